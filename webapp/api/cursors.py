"""Cursors of long lists: where the next page begins, however much is added meanwhile."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from litestar.params import QueryParameter
from msgspec import UNSET, UnsetType

from domain.core.errors import BadFields
from domain.core.time import from_us, to_us
from domain.moments.models import Cursor

CursorQuery = Annotated[
    str | None,
    QueryParameter(name="cursor", max_length=100, description="The next cursor of a page."),
]


class Listed(Protocol):
    """An item of a list, newest first."""

    @property
    def id(self) -> str:
        """Which one it is."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        ...


def next_cursor(items: Sequence[Listed], limit: int) -> str | UnsetType:
    """Return where the next page begins; a page that is not full is the last."""
    if len(items) < limit:
        return UNSET
    text = f"{to_us(items[-1].created_at)} {items[-1].id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor | None:
    """Read what `next_cursor` made.

    Raises:
        BadFields: It is not one.
    """
    if text is None:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        at_us, _, id_ = plain.partition(" ")
        return Cursor(from_us(int(at_us)), id_.replace("\0", ""))
    except (ValueError, OverflowError, binascii.Error) as error:
        raise BadFields({"cursor": "is not a next cursor of this list"}) from error
