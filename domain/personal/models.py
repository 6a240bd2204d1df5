"""The end of an account, as other code sees it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing an account would do to organisations, by their names."""

    deleted: tuple[str, ...]  # nobody else is in them
    blocking: tuple[str, ...]  # they have other members, and no other owner
