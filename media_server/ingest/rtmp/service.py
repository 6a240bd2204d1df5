"""RTMP on a node: its ports, and the report when one is unavailable."""

import asyncio
import socket

from domain.core.log import get_logger
from domain.core.settings import Settings
from domain.core.time import Clock
from media_server.ingest.rtmp.ports import PortTakenError, SharedPort, listen
from media_server.ingest.rtmp.server import RtmpServer
from media_server.relay.publishing import Publishers
from media_server.relay.registry import Registry

_AGAIN_S = 5.0

log = get_logger(__name__)


class Rtmp:
    """The RTMP side of a node.

    All nodes of a home share the public port. A second one, on the control host, receives the
    publishers that other nodes forward.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        publishers: Publishers,
        clock: Clock,
    ) -> None:
        self.server = RtmpServer(registry, publishers, clock, most=settings.rtmp_publishers)
        self._host, self.port = settings.rtmp_host, settings.rtmp_port
        self._shared = SharedPort(settings.home / "run", self._host, self.port)
        self._private: socket.socket | None = None
        if self.port:
            self._private = listen(settings.media_control_host, 0)

    @property
    def private_address(self) -> str | None:
        """The address for forwarded publishers; None without RTMP."""
        if self._private is None:
            return None
        host, port = self._private.getsockname()[:2]
        if host in {"0.0.0.0", "::"}:  # noqa: S104 (what is registered is an address to reach it by)
            host = socket.gethostbyname(socket.gethostname())
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def run(self) -> None:
        """Serve until cancelled; keeps retrying a port that is in use."""
        if self._private is None:
            return
        await self.server.listen(self._private, is_private=True)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.server.run())
                group.create_task(self._open())
        finally:
            self._shared.close()

    async def _open(self) -> None:
        is_told = False
        while True:
            try:
                listener = await asyncio.to_thread(self._shared.listen)
            except (PortTakenError, OSError) as error:
                if not is_told:
                    log.warning("rtmp_port_taken", port=self.port, error=str(error), hint=_HINT)
                is_told = True
                await asyncio.sleep(_AGAIN_S)
            else:
                await self.server.listen(listener)
                log.info("rtmp_listening", host=self._host, port=self.port)
                return


_HINT = (
    "RTMP publishing is unavailable; everything else works. Set MOMENTS_RTMP_PORT to a free "
    "port, or to 0 to turn RTMP off."
)
