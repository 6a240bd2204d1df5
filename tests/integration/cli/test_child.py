"""One supervised process: restarted, cleaned up and stopped, with real processes."""

import asyncio
import io
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.support.waiting import exists, until
from webapp.cli.child import Child
from webapp.cli.formation import Part
from webapp.cli.output import Output
from webapp.cli.procfile import Line


class Groups:
    """Remembers which process groups are alive."""

    def __init__(self) -> None:
        self.alive: list[int] = []
        self.seen: list[int] = []

    def started(self, group: int, patience_s: float) -> None:
        self.alive.append(group)
        self.seen.append(group)

    def ended(self, group: int) -> None:
        self.alive.remove(group)


async def running(
    script: str,
    use: Callable[[Child, Groups], Awaitable[None]],
    *,
    name: str = "web",
    log: Path | None = None,
    says: str = "",
) -> str:
    """Keep a script running while it is used, and until something is said; return all that was."""
    shown = io.StringIO()
    output, groups = Output([name], shown, log=log), Groups()
    part = Part(Line(name, ("sh", "-c", script)))
    child = Child(part, dict(os.environ), output, groups)
    task = asyncio.create_task(child.keep())
    try:
        await use(child, groups)
        await until(lambda: says in shown.getvalue())
    finally:
        child.kill()
        await task
        output.close()
    assert groups.alive == []
    return shown.getvalue()


async def test_what_is_killed_comes_back() -> None:
    async def use(_child: Child, groups: Groups) -> None:
        await until(lambda: groups.alive)
        first = groups.alive[0]
        os.kill(first, signal.SIGKILL)
        await until(lambda: groups.alive and groups.alive != [first])

    shown = await running("exec sleep 60", use)
    assert "web ended (killed by SIGKILL); restarting it" in shown


async def test_what_a_dead_process_left_behind_is_ended(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    async def use(_child: Child, groups: Groups) -> None:
        await until(lambda: pid_file.exists() and pid_file.read_text().strip())
        left = int(pid_file.read_text())
        os.kill(groups.alive[0], signal.SIGKILL)
        await until(lambda: not exists(left))

    await running(f"sleep 60 & echo $! > {pid_file}; wait", use)


async def test_a_crash_loop_is_said_clearly() -> None:
    async def use(_child: Child, groups: Groups) -> None:
        await until(lambda: len(groups.seen) >= 4 and not groups.alive)

    warning = "web keeps failing (exit code 3, 4 times in a row)"
    shown = await running("echo no such table; exit 3", use, says=warning)
    assert "web     | no such table\n" in shown
    assert warning in shown


async def test_why_it_ended_is_said_where_its_lines_are_only_in_a_file(tmp_path: Path) -> None:
    async def use(_child: Child, groups: Groups) -> None:
        await until(lambda: len(groups.seen) >= 2)

    log = tmp_path / "logs" / "up.log"
    shown = await running("echo all is well; echo no such table; exit 3", use, log=log)
    assert shown.startswith(
        "web ended (exit code 3); restarting it.\n"
        f"  all is well\n  no such table\n  More is in {log}.\n"
    )
    assert "web     | no such table\n" in log.read_text()
    assert "moments | web ended (exit code 3)" in log.read_text()


async def test_a_command_that_is_not_there_is_said() -> None:
    shown = io.StringIO()
    output, groups = Output(["web"], shown), Groups()
    part = Part(Line("web", ("no-such-command",)))
    child = Child(part, dict(os.environ), output, groups)
    task = asyncio.create_task(child.keep())
    await until(lambda: "cannot start no-such-command" in shown.getvalue())
    child.stop()
    await task
    output.close()


async def test_stop_ends_it_for_good() -> None:
    async def use(child: Child, groups: Groups) -> None:
        await until(lambda: groups.alive)
        child.stop()
        await child.done.wait()
        assert len(groups.seen) == 1

    assert "restarting it" not in await running("exec sleep 60", use)


async def test_lines_of_any_length_and_bytes_are_shown() -> None:
    async def use(_child: Child, groups: Groups) -> None:
        await until(lambda: len(groups.seen) >= 2)

    script = (
        "head -c 200000 /dev/zero | tr '\\0' x; echo; printf 'caf\\303\\251 \\377\\n'; echo -n end"
    )
    shown = await running(script, use)
    assert sum(line.count("x") for line in shown.splitlines()[:6]) >= 200_000
    assert "web     | café \ufffd\n" in shown
    assert "web     | end\n" in shown
