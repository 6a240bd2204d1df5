"""`moments up`: runs everything in the Procfile until stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress

from domain.core.settings import Settings
from webapp.cli import home, options, ports
from webapp.cli.child import Child, Watcher
from webapp.cli.formation import POSTGRES, Part, parts_for
from webapp.cli.orphan_reaper import OrphanReaper
from webapp.cli.output import Output
from webapp.cli.processes import UP_PID

UNHEALTHY_AFTER_S = 45.0
# What the first page needs starts at once; the rest waits, to leave it the processor.
FIRST = frozenset({POSTGRES, "web", "media"})
REST_AFTER_S = 6.0


def environment_for(settings: Settings) -> dict[str, str]:
    """Return the processes' environment: this one, with the chosen options."""
    here = os.path.dirname(sys.executable)  # noqa: PTH120 (a link must stay one: it is the venv)
    return {
        **os.environ,
        "PATH": os.pathsep.join([here, os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        UP_PID: str(os.getpid()),
        "MOMENTS_HOME": str(settings.home),
        "MOMENTS_HOST": settings.host,
        "MOMENTS_PORT": str(settings.port),
        "MOMENTS_DEMO": str(settings.demo).lower(),
        **_tls_environment(settings),
    }


def _tls_environment(settings: Settings) -> dict[str, str]:
    if settings.tls_certificate is None:
        return {}
    files = {
        "MOMENTS_TLS_CERTIFICATE": settings.tls_certificate,
        "MOMENTS_TLS_KEY": settings.tls_key,
    }
    return {
        "MOMENTS_PUBLIC_URL": settings.origin,
        **{name: str(path) for name, path in files.items() if path is not None},
    }


class Supervisor:
    """The children of one `up`, from the first start to the last end."""

    def __init__(
        self, settings: Settings, parts: list[Part], output: Output, watcher: Watcher
    ) -> None:
        self._settings = settings
        self._output = output
        self._environment: Mapping[str, str] = environment_for(settings)
        self._stop = asyncio.Event()
        self._web_answers = asyncio.Event()
        self._children = [Child(part, self._environment, output, watcher) for part in parts]

    def stop(self) -> None:
        """Stop everything; a second call kills it."""
        if self._stop.is_set():
            for child in self._children:
                child.kill()
        self._stop.set()

    async def run(self) -> None:
        """Run until `stop`; each process waits for what it needs."""
        async with asyncio.TaskGroup() as tasks:
            for child in self._children:
                tasks.create_task(self._keep(child), name=child.name)
            welcome = tasks.create_task(self._welcome())
            await self._stop.wait()
            welcome.cancel()
            self._web_answers.set()
            database = [child for child in self._children if child.name == POSTGRES]
            faces = [child for child in self._children if child.name != POSTGRES]
            last = (
                "; PostgreSQL is last and may need a minute to write its data" if database else ""
            )
            self._output.say(f"Stopping{last}. Press Ctrl-C again to stop at once.")
            await self._end(faces)  # they still write to the database
            await self._end(database)

    async def _keep(self, child: Child) -> None:
        if child.name not in FIRST:
            with suppress(TimeoutError):
                async with asyncio.timeout(REST_AFTER_S):
                    await self._web_answers.wait()
        await child.keep()

    async def _end(self, children: list[Child]) -> None:
        for child in children:
            child.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(max((child.patience_s for child in children), default=0)):
                for child in children:
                    await child.done.wait()
        for child in children:
            if not child.done.is_set():
                self._output.say(f"{child.name} does not stop; killing it.")
                child.kill()

    async def _welcome(self) -> None:
        """Print the address as soon as the first page can be shown."""
        clock = asyncio.get_running_loop().time
        host, port = self._settings.host, self._settings.port
        is_tls = self._settings.tls_certificate is not None
        complain_at = clock() + UNHEALTHY_AFTER_S
        while (status := await ports.health(host, port, is_tls=is_tls)) != 200:
            if status is not None:
                self._web_answers.set()
            if clock() > complain_at:
                answer = f"/health answers {status}" if status else "the web does not answer yet"
                self._output.say(f"Not healthy yet: {answer}. `moments doctor` says what to fix.")
                complain_at = clock() + UNHEALTHY_AFTER_S
            await asyncio.sleep(0.1)
        self._web_answers.set()
        if link := await self._first_start_link():
            self._output.say("Moments is ready. Create your account; the link works once:")
            self._output.say(link, is_secret=True)
        else:
            self._output.say(f"Moments is ready: {self._settings.origin}")

    async def _first_start_link(self) -> str:
        """Run the query in its own process, so that this one stays small."""
        process = await asyncio.create_subprocess_exec(
            *("moments", "first-start"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
        )
        try:
            told, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return told.decode().strip()


async def _supervise(
    settings: Settings, parts: list[Part], output: Output, reaper: OrphanReaper
) -> None:
    supervisor = Supervisor(settings, parts, output, reaper)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup moments up` ignores hang-ups: keep ignoring them.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, supervisor.stop)
    await supervisor.run()


def with_tls(settings: Settings) -> tuple[Settings, str]:
    """Return settings that serve HTTPS on the network with a self-signed certificate.

    Configured values stay: the listen address, and the public URL. Also returns a message for the
    user.
    """
    from webapp.cli import certificate  # noqa: PLC0415 (needed with --tls alone)

    home.prepare(settings.home)
    made = certificate.certificate(settings.home, certificate.own_names())
    is_chosen = "host" in settings.model_fields_set
    host = settings.host if is_chosen else "0.0.0.0"  # noqa: S104 (phones are to reach it)
    shown = host if host not in ports.ANY else certificate.reached_at()
    named = f"[{shown}]" if ":" in shown else shown
    changed = {
        "host": host,
        "tls_certificate": made.path,
        "tls_key": made.key_path,
        "public_url": settings.public_url or f"https://{named}:{settings.port}",
    }
    words = (
        "HTTPS with a certificate of this machine's own. Browsers warn once: go on when the\n"
        f"fingerprint (SHA-256) is {made.fingerprint}"
    )
    return settings.changed(**changed), words


def up(settings: Settings, *, tls: bool = False, verbose: bool = False) -> None:
    """Run everything until Ctrl-C or SIGTERM; `tls` creates a certificate.

    The processes log to a file, or with `verbose` to the terminal.

    Raises:
        Conflict: The home or the port is in use. Unavailable: Either cannot be used.
        BadInput: The settings contradict each other.
    """
    words = ""
    if tls and settings.tls_certificate is None:
        settings, words = with_tls(settings)
    parts = parts_for(settings)
    home.prepare(settings.home)
    lock = home.lock(settings.home)
    ports.claim(settings.host, settings.port)
    log = None if verbose else settings.home / "logs" / "up.log"
    output = Output([part.line.name for part in parts], log=log)
    reaper = OrphanReaper(lock)
    options.remember(settings)
    output.say(f"Starting Moments on {settings.origin} with all its data in {settings.home} …")
    output.say(f"Press Ctrl-C to stop it. Log file: {log}." if log else "Press Ctrl-C to stop it.")
    if words:
        output.say(words)
    try:
        asyncio.run(_supervise(settings, parts, output, reaper))
    finally:
        options.remember(settings, options.LASTING)
        reaper.close()
        output.say("Stopped.")
        output.close()
