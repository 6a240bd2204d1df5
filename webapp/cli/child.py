"""One process of the Procfile: starts it, shows its output, restarts it, stops it."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from webapp.cli.formation import Part
from webapp.cli.output import Output

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 15.0
STEADY_S = 5.0  # a run this long counts as a good start
LOOP_AT = 4  # this many consecutive short runs are a crash loop
_CHUNK = 65_536


class Backoff:
    """The delay before the next start: doubled by each short run."""

    def __init__(self) -> None:
        self.short_runs = 0

    def after(self, lived_s: float) -> float:
        """Return the seconds to wait after a run of some length."""
        self.short_runs = 1 if lived_s >= STEADY_S else self.short_runs + 1
        return min(FIRST_DELAY_S * 3.0 ** min(self.short_runs - 1, 9), LONGEST_DELAY_S)


class Watcher(Protocol):
    """Tracks which process groups are alive."""

    def started(self, group: int, patience_s: float) -> None:
        """Record a group, and its stop timeout."""
        ...

    def ended(self, group: int) -> None:
        """Forget a group."""
        ...


class Child:
    """Keeps one process running until it is stopped.

    It leads its own session and process group: Ctrl-C in the terminal reaches only `up`, and what a
    dead process left behind is found by its group and ended.
    """

    def __init__(
        self, part: Part, environment: Mapping[str, str], output: Output, watcher: Watcher
    ) -> None:
        self.name = part.line.name
        self.patience_s = part.patience_s
        self._command = part.line.command
        self._environment = {**environment, **part.environment}
        self._output = output
        self._watcher = watcher
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._backoff = Backoff()
        self.done = asyncio.Event()

    async def keep(self) -> None:
        """Run the process, and restart it whenever it ends, until `stop`."""
        clock = asyncio.get_running_loop().time
        try:
            while not self._stopping.is_set():
                born = clock()
                how = await self._run_once()
                if not self._stopping.is_set():
                    await self._pause(how, self._backoff.after(clock() - born))
        finally:
            self.done.set()

    def stop(self) -> None:
        """Ask the process to end, without a restart."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process and everything that it started."""
        self._stopping.set()
        self._signal(signal.SIGKILL)

    async def _pause(self, how: str, delay_s: float) -> None:
        if self._backoff.short_runs >= LOOP_AT:
            self._output.say(
                f"{self.name} keeps failing ({how}, {self._backoff.short_runs} times in a row). "
                "Its last lines say why; `moments doctor` may know more. Next attempt in "
                f"{delay_s:.0f} s."
            )
        else:
            self._output.say(f"{self.name} ended ({how}); restarting it.")
        self._output.show_last(self.name)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), delay_s)

    async def _run_once(self) -> str:
        """Run the process to its end; return how it ended, in words."""
        # Our own pipe: asyncio's would wait for every process that holds it, not for this one.
        reader, writer = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=DEVNULL,
                stdout=writer,
                stderr=STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            os.close(reader)
            return f"cannot start {self._command[0]}: {error.strerror}"
        finally:
            os.close(writer)
        self._process = process
        self._watcher.started(process.pid, self.patience_s)
        if self._stopping.is_set():  # stopped while it was starting
            self._signal(signal.SIGTERM)
        show = asyncio.create_task(self._show(reader))
        code = await process.wait()
        await self._sweep(process.pid)
        self._process = None
        self._watcher.ended(process.pid)
        with suppress(TimeoutError):
            await asyncio.wait_for(show, 0.5)  # its last output
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    async def _sweep(self, group: int) -> None:
        """End what a dead process left in its group.

        SIGQUIT first: to PostgreSQL it means stop at once and leave no shared memory behind.
        """
        for number in (signal.SIGQUIT, signal.SIGKILL):
            for _ in range(20):
                if not _signal_group(group, number):
                    return
                await asyncio.sleep(0.02)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if number == signal.SIGKILL:
            _signal_group(self._process.pid, number)
        else:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _show(self, descriptor: int) -> None:
        lines, rest = asyncio.StreamReader(), b""
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(descriptor, "rb", buffering=0)
        )
        try:
            while chunk := await lines.read(_CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    self._output.line(self.name, line.decode(errors="replace").rstrip("\r"))
                if len(rest) > _CHUNK:
                    self._output.line(self.name, rest.decode(errors="replace"))
                    rest = b""
        finally:
            transport.close()
        if rest:
            self._output.line(self.name, rest.decode(errors="replace"))


def _signal_group(group: int, number: signal.Signals) -> bool:
    """Send a signal to a process group; return whether it exists."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # only others' processes or zombies are in it (macOS reports it so)
    return True
