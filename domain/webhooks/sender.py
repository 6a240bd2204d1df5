"""Sends one message through the guarded client: to public addresses only, without redirects."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.core.errors import MomentsError
from domain.infra.http.safe_http import SafeFetcher

_TIMEOUT_S: Final = 10
_EXCERPT: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; without a status there was no response."""

    status: int | None
    excerpt: str
    duration_ms: int

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more messages."""
        return self.status == 410


class Sender:
    """Sends messages; the client is made on first use."""

    def __init__(self, fetcher: Callable[[], SafeFetcher]) -> None:
        self._fetcher = fetcher

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a message; a failure is an outcome."""
        return await asyncio.to_thread(self._send, url, headers, body)

    def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        started = time.monotonic()

        def outcome(status: int | None, text: str) -> Outcome:
            return Outcome(status, text[:_EXCERPT], round((time.monotonic() - started) * 1000))

        try:
            with self._fetcher().open_sync(
                url,
                headers=headers,
                content=body,
                total_s=_TIMEOUT_S,
                any_status=True,
                follow_redirects=False,
            ) as response:
                try:
                    text = response.read(4 * _EXCERPT).decode(errors="replace")
                except MomentsError:  # the status counts; its body may break off
                    text = ""
                return outcome(response.status, text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
        except MomentsError as error:
            return outcome(None, error.message)
