"""A stream's state as users see it: derived here, for the API, the pages and the players.

never on air ─▶ connecting ─▶ healthy ◀─▶ unsteady (with a reason)
                    ▲            │
                    └─ off air, or an error, since it was last on air
"""

from datetime import datetime

import msgspec

from domain.core.time import to_us
from domain.live.wire import State, StreamStatus


def with_state(status: StreamStatus, last_on_air: datetime | None = None) -> StreamStatus:
    """Return a status with its state, the reason, and its start.

    `last_on_air` is the stored value of earlier runs; the node may have a newer one. A stream that
    is not on air has been in its state since the end of its last time on air, whatever was tried
    since.
    """
    kept_us = 0 if last_on_air is None else to_us(last_on_air)
    last_us = max(status.last_on_air_us or 0, kept_us) or None
    is_live = status.status == "live"
    return msgspec.structs.replace(
        status,
        state=_state(status, last_us),
        reason=status.reason if is_live else status.error,
        since_us=status.since_us if is_live else last_us,
        last_on_air_us=last_us,
    )


def _state(status: StreamStatus, last_on_air_us: int | None) -> State:
    if status.status == "live":
        return "unsteady" if status.reason else "healthy"
    if status.status == "offline":
        return "off_air" if last_on_air_us else "never_on_air"
    return status.status
