"""A stream's state in words and colours."""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.core.time import isoformat
from domain.live.models import Stream
from domain.live.wire import State
from webapp.app.components.list_row import Look, When

_BADGES: Final[dict[State, tuple[Look, str]]] = {
    "never_on_air": ("plain", "Never on air"),
    "connecting": ("warnw", "Connecting"),
    "off_air": ("plain", "Off air"),
    "error": ("badw", "Problem"),
    "unsteady": ("live", "Live"),
    "healthy": ("live", "Live"),
}


def badge_of(stream: Stream) -> tuple[Look, str]:
    """Return a badge's look and word."""
    return _BADGES[stream.state]


def state_words(stream: Stream) -> Sequence[str | When]:
    """Return what is the matter with a stream; empty if it is well."""
    reason = [stream.reason] if stream.reason else []
    if stream.state == "off_air":
        if stream.since is None:
            return ["Off air", *reason]
        return [When("Off air since ", isoformat(stream.since), "time"), *reason]
    if stream.state == "error":
        return reason or ["The source has a problem."]
    if stream.state == "unsteady":
        return [f"Unsteady: {stream.reason}"]
    return reason


def may_run(me: Mapping[str, object], stream: Stream) -> bool:
    """Return whether a page offers its user what a stream's creator and admins can do."""
    return bool(me["is_admin"]) or stream.created_by == me["id"]
