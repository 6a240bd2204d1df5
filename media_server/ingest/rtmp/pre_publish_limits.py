"""Limits per peer: few bytes before it publishes, a stream's message rate afterwards.

A message, a part of an aggregate and a value in AMF0 each cost the node the same small work however
few bytes they are, so a limit on bytes alone does not bound the work.
"""

from media_server.ingest.rtmp.errors import ProtocolError

_STRANGER_BYTES = 64 * 1024
_STRANGER_ITEMS = 256  # publishing takes about ten messages with sixty values
# A busy stream has sixty frames and a hundred audio packets a second; after a network stall, half a
# minute of them can arrive at once.
_ITEMS_A_SECOND, _ITEMS_AT_ONCE = 1000, 10_000


class PrePublishLimits:
    """Counts one peer's bytes and items; `now_s` is seconds of any one clock."""

    def __init__(self) -> None:
        self._bytes = _STRANGER_BYTES
        self._items: float = _STRANGER_ITEMS
        self._granted_s: float | None = None  # the last grant of items; publishers only

    def publishes(self, now_s: float) -> None:
        """Raise the limits to those of a stream."""
        self._items, self._granted_s = _ITEMS_AT_ONCE, now_s

    def ended(self) -> None:
        """Allow another publish sequence."""
        self._bytes, self._items, self._granted_s = _STRANGER_BYTES, _STRANGER_ITEMS, None

    def take(self, size: int, now_s: float) -> None:
        """Count received bytes.

        Raises:
            ProtocolError: They are more than publishing takes.
        """
        if self._granted_s is None:
            self._bytes -= size
            if self._bytes < 0:
                raise ProtocolError(f"more than {_STRANGER_BYTES} bytes before it published")
            return
        granted = (now_s - self._granted_s) * _ITEMS_A_SECOND
        self._items = min(_ITEMS_AT_ONCE, self._items + granted)
        self._granted_s = now_s

    def spend(self) -> None:
        """Count a message, a part of one, or a value in one.

        Raises:
            ProtocolError: They are more than publishing takes, or than a stream sends.
        """
        self._items -= 1
        if self._items < 0:
            rate = f"more than {_ITEMS_A_SECOND} messages and values a second"
            message = "too many messages before it published" if self._granted_s is None else rate
            raise ProtocolError(message)
