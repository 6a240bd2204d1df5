"""A pulled source: opens, reads, and reopens it for as long as the stream needs it."""

import os
import sys
import threading
import time

import av

from domain.core.log import get_logger
from domain.live.wire import Status
from media_server.ingest.backoff import Backoff
from media_server.ingest.demux import Reader
from media_server.ingest.http_io import HttpOpener
from media_server.ingest.opening import open_source
from media_server.ingest.policy import PullPolicy
from media_server.ingest.reasons import SourceError, explain
from media_server.media.timeline import Timeline
from media_server.relay.source import Sink

# After this long without failures, the backoff resets.
_WELL_S = 10.0
_NICE = 5  # decoding and encoding yield to the event loop
# Permanent failures show as an error, everything else as offline.
_LASTING = frozenset({"refused", "unsupported", "unauthorized", "absent"})

log = get_logger(__name__)


class PullSource:
    """Pulls one URL in its own thread and never gives up; reports each failure in words."""

    def __init__(
        self,
        stream_id: str,
        url: str,
        sink: Sink,
        policy: PullPolicy,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        self._stream_id = stream_id
        self._url = url
        self._sink = sink
        self._policy = policy
        self._backoff = backoff or Backoff()
        self._stopped = threading.Event()
        self._timeline = Timeline()
        self._thread = threading.Thread(target=self._run, name=f"pull-{stream_id}", daemon=True)

    def start(self) -> None:
        """Start; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to stop; a blocked read ends within the stall time."""
        self._stopped.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread to stop; return whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        _lower_priority()
        self._sink.report("connecting")
        while not self._stopped.is_set():
            began = time.monotonic()
            reason = self._attempt()
            if self._stopped.is_set():
                return
            status: Status = "error" if reason.kind in _LASTING else "offline"
            self._sink.report(status, reason.message)
            log.info("source_lost", stream=self._stream_id, reason=reason.message)
            if time.monotonic() - began > _WELL_S:
                self._backoff.reset()
            self._stopped.wait(self._backoff.next())
            self._sink.count(reconnects=1)

    def _attempt(self) -> SourceError:
        """Pull until the source ends or fails; return why."""
        http = HttpOpener(self._policy.fetcher, stopped=self._stopped)
        try:
            with open_source(self._url, self._policy, http) as opened:
                Reader(opened, self._timeline, self._sink, self._stopped).run()
        except (SourceError, av.FFmpegError, OSError, ValueError) as error:
            return explain(error)
        except Exception as error:
            log.exception("source_failed", stream=self._stream_id)
            return explain(error)
        message = "The pull has been stopped."
        return SourceError(message)


def _lower_priority() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
