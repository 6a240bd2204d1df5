"""Assembles the node: its tasks, its listeners, its shutdown."""

import asyncio
import contextlib
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from domain.core.ids import new_id
from domain.core.log import get_logger
from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.core.time import Clock, SystemClock
from domain.infra.http.addresses import AddressBook, AddressRules, Policy
from domain.infra.http.safe_http import SafeFetcher
from domain.infra.serving import http_server, open_files
from domain.infra.serving.connection_metrics import ConnectionFigures
from domain.infra.serving.connections import ANYBODY, LOOPBACK, Connections
from domain.live.wire import StreamConfig
from media_server.egress.outlet import Outlets
from media_server.egress.webrtc.service import Sending, Whep
from media_server.http.control import control_app
from media_server.http.decoder_metrics import DecoderFigures
from media_server.http.metrics import Metrics
from media_server.http.public import public_app
from media_server.http.state import NodeState
from media_server.http.stream_redirect import StreamRedirect
from media_server.http.whep_metrics import WhepFigures
from media_server.ingest.policy import PullPolicy
from media_server.ingest.pull import PullSource
from media_server.ingest.rtmp.proxy import Proxy
from media_server.ingest.rtmp.service import Rtmp
from media_server.ingest.webrtc.service import Whip
from media_server.relay.decoders import DecoderPool
from media_server.relay.directory import Addresses, ConfigFile, Reconciler, StreamDirectory
from media_server.relay.history import Histories
from media_server.relay.publishing import Publishers
from media_server.relay.recording import Recordings
from media_server.relay.registry import Registry, Running
from media_server.relay.source import Sink, Source
from media_server.relay.webrtc.ice import ice_of
from media_server.relay.webrtc.peer import Peers

_STOP_S = 1.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")

log = get_logger(__name__)


def node_folder(settings: Settings) -> Path:
    """Return the folder of this node's own state.

    Raises:
        ValueError: The node's name is not a valid folder name.
    """
    name = settings.media_name or "node"
    if not _NAME.fullmatch(name):
        raise ValueError("MOMENTS_MEDIA_NAME may contain only letters, digits, - and _.")
    folder = settings.home / "nodes" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _scratch(folder: Path) -> Path:
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    return scratch


def node_id(folder: Path) -> str:
    """Return the node's id, which survives restarts."""
    path = folder / "id"
    if not path.exists():
        draft = folder / "id.tmp"
        draft.write_text(new_id("node"))
        draft.rename(path)
    return path.read_text().strip()


def sources(settings: Settings) -> "SourceMaker":
    """Return the factory for this node's sources."""
    networks = settings.pull_networks
    book = AddressBook(AddressRules(Policy.PULL, networks))
    fetcher = SafeFetcher(Policy.PULL, networks)
    policy = PullPolicy(fetcher, book.resolve, settings.pull_folder)
    return SourceMaker(policy, settings.demo_height)


@dataclass(frozen=True)
class SourceMaker:
    """Creates the source that a stream's config names."""

    policy: PullPolicy
    demo_height: int

    def __call__(self, config: StreamConfig, sink: Sink) -> Source | None:
        """Return a source, or None for a stream that publishers send to."""
        if config.kind == "demo":
            from media_server.ingest.demo import DemoSource  # noqa: PLC0415 (it draws: heavy)

            return DemoSource(sink, self.demo_height)
        if config.kind == "pull" and config.url:
            return PullSource(config.stream_id, config.url, sink, self.policy)
        return None


class _Server(http_server.Server):
    """A listener that leaves signals to the node."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    listener.settimeout(0)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (what is registered is an address to reach it by)
        host = socket.gethostbyname(socket.gethostname())
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _connections(settings: Settings) -> tuple[Connections, Connections]:
    """Return the addresses of the public and the control port; RTMP and WebRTC have their own.

    If viewers do not connect directly, only web processes do, each for many viewers.
    """
    most = open_files.limit()
    trusted = (*LOOPBACK, *settings.trusted_proxies) if settings.media_url else (ANYBODY,)
    return (
        Connections(most // 2, settings.connections_per_address, trusted),
        Connections(most // 8, most, (ANYBODY,)),
    )


class Node:
    """One media node."""

    def __init__(
        self, settings: Settings, directory: StreamDirectory, clock: Clock | None = None
    ) -> None:
        clock = clock or SystemClock()
        folder = node_folder(settings)
        self.id = node_id(folder)
        self.registry = Registry(sources(settings), clock, settings.ring_bytes)
        self.decoders = DecoderPool(settings.still_workers, is_wanted=lambda: self.registry.is_fed)
        self.registry.on_feed.append(self.decoders.wake)
        self.recordings = Recordings(folder / "recordings", clock)
        self.registry.on_stop.append(
            lambda running: self.recordings.drop_stream(running.config.stream_id)
        )
        self.histories = Histories(self.registry, clock)
        self.peers = Peers(settings.webrtc_peers)
        keyring = load_keyring(settings)
        self.publishers = Publishers(self.registry, keyring, settings.second_publisher)
        self.registry.on_stop.append(self._close_peers)
        outlets = Outlets(self.registry, clock)
        ice = ice_of(settings)
        sending = Sending(transcodes=settings.whep_transcode)
        whep = Whep(self.registry, clock, self.peers, ice, sending)
        self.whip = Whip(self.peers, self.publishers, ice)
        self._public = _listen(settings.media_host, settings.media_port)
        self._control = _listen(settings.media_control_host, settings.media_control_port)
        self.rtmp = Rtmp(settings, self.registry, self.publishers, clock)
        self.addresses = Addresses(
            _url(self._control),
            _url(self._public),
            settings.media_url,
            self.rtmp.private_address,
            folder.name,
        )
        self.reconciler = Reconciler(
            self.id,
            self.addresses,
            directory,
            ConfigFile(folder / "streams.json"),
            self.registry,
        )
        self.reconciler.on_drained.append(self.stop)
        self.rtmp.server.elsewhere = Proxy(self.id, directory.of_stream, self.reconciler.now)
        self._find, self._origin = directory.of_stream, settings.origin
        self._connections = public, control = _connections(settings)
        self._state = NodeState(
            node_id=self.id,
            keyring=keyring,
            clock=clock,
            registry=self.registry,
            outlets=outlets,
            decoders=self.decoders,
            histories=self.histories,
            recordings=self.recordings,
            metrics=Metrics(
                self.registry,
                self.rtmp.server.counts,
                WhepFigures(whep),
                DecoderFigures(self.decoders),
                ConnectionFigures(public=public, control=control),
            ),
            ice=ice,
            peers=self.peers,
            whep=whep,
            whip=self.whip,
            publishers=self.publishers,
            scratch=_scratch(folder),
            reconcile=self.reconciler.now,
            drain=lambda: directory.drain(self.id),
        )
        self._stopped = asyncio.Event()

    def _close_peers(self, running: Running) -> None:
        for peer in self.peers.of(running.config.stream_id):
            peer.close_soon()

    def stop(self) -> None:
        """Ask the node to stop."""
        self._stopped.set()

    async def run(self) -> None:
        """Run until stopped."""
        await self.recordings.restore()
        await self.whip.check_names()
        public, control = self._connections
        servers = [
            self._server(self._public_app(), public),
            self._server(control_app(self._state), control),
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.registry.pump()),
                group.create_task(self.reconciler.run()),
                group.create_task(self.histories.run()),
                group.create_task(self.decoders.run()),
                group.create_task(self.rtmp.run()),
            ]
            listeners = [
                group.create_task(server.serve(sockets=[listener]))
                for server, listener in zip(servers, (self._public, self._control), strict=True)
            ]
            log.info("node_started", node=self.id, **self.addresses.as_dict())
            await self._stopped.wait()
            log.info("node_stopping", node=self.id)
            await self._end(servers, tasks, listeners)

    def _public_app(self) -> StreamRedirect:
        is_direct = self.addresses.media_url is not None
        app = public_app(self._state, is_direct=is_direct)
        return StreamRedirect(
            app,  # type: ignore[arg-type]  # Litestar's own names for ASGI
            self.registry,
            self._find,
            self.reconciler.now,
            node_id=self.id,
            is_direct=is_direct,
            origin=self._origin,
        )

    @staticmethod
    def _server(app: object, connections: Connections) -> _Server:
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            loop="none",
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=45,  # outlasts the web's connection pool
        )
        return _Server(config, connections)

    async def _end(
        self,
        servers: list[_Server],
        tasks: list[asyncio.Task[None]],
        listeners: list[asyncio.Task[None]],
    ) -> None:
        await self.recordings.close()
        await self.peers.close()
        for server in servers:
            server.should_exit = True
        for task in tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await self.reconciler.leave()
        await asyncio.to_thread(self.registry.close, _STOP_S / 2)
        await self.decoders.close()
        for task in listeners:
            with contextlib.suppress(asyncio.CancelledError):
                await task
