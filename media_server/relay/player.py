"""Who watches, as far as a node can tell."""

from typing import NamedTuple


class Player(NamedTuple):
    """What tells players apart; each part may be empty."""

    token: str  # with which it may watch
    address: str
    browser: str
