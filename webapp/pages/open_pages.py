"""Limits the pages that wait for their socket: each keeps its elements for about a minute.

A browser opens a page and connects; a program that only fetches pages never does.
"""

from collections import defaultdict
from typing import Final

from nicegui.client import Client

MAX_WAITING: Final = 12  # more than anybody opens at once


class OpenPages:
    """The pages of each credential that nobody has connected to yet."""

    def __init__(self, limit: int = MAX_WAITING) -> None:
        self._limit = limit
        self._waiting: dict[str, list[Client]] = defaultdict(list)

    def admit(self, credential_id: str, client: Client) -> None:
        """Count a new page; the oldest ones that still wait are given up."""
        waiting = [each for each in self._waiting[credential_id] if not each.has_socket_connection]
        self._waiting[credential_id] = [*waiting, client]
        client.on_delete(lambda: self._forget(credential_id, client))
        for given_up in waiting[: max(0, len(waiting) + 1 - self._limit)]:
            given_up.delete()

    def _forget(self, credential_id: str, client: Client) -> None:
        left = [each for each in self._waiting.pop(credential_id, ()) if each is not client]
        if left:
            self._waiting[credential_id] = left
