"""The identity of a player, as far as a node knows it."""

from typing import NamedTuple


class Player(NamedTuple):
    """Identifies a player; each part may be empty."""

    token: str  # the token that it watches with
    address: str
    browser: str
