"""Access to `/files/{bucket}/{key}`: by signed URL alone, for the methods that it allows."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from domain.bootstrap import Services
from domain.core.errors import BadInput, TooLarge
from domain.infra.storage import Storage, Stored
from domain.infra.storage.file_urls import FileUrls, Grant, Method

AnyRequest = Request[object, object, State]


class Uploads(Protocol):
    """Expects the bytes of an upload."""

    async def expect(self, bucket: str, key: str) -> None:
        """Do nothing if an object's bytes are expected; else raise."""
        ...

    async def arrived(self, bucket: str, key: str, stored: Stored, sha256: str) -> None:
        """Record that an object is durable."""
        ...

    async def abandon(self, bucket: str, key: str) -> None:
        """Stop expecting an object's bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """The file stores and their access checks."""

    storage: Storage
    urls: FileUrls
    uploads: Uploads


AnyDoor = NamedDependency[SkipValidation[Door]]


def provide_door(services: NamedDependency[SkipValidation[Services]]) -> Door:
    """Return the running app's file access."""
    urls = FileUrls(services.settings.origin, services.keyring, services.clock)
    return Door(services.storage, urls, services.uploads)


def grant_of(request: AnyRequest, door: Door, method: Method, bucket: str, key: str) -> Grant:
    """Return the grant of a request's URL.

    Raises:
        Forbidden: It does not allow this method, was changed, or has expired.
    """
    query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return door.urls.check(method, bucket, key.removeprefix("/"), query)


def too_large(size: int) -> TooLarge:
    """Return the error for a body longer than the signed size."""
    return TooLarge(f"This link accepts {size} bytes, and more were sent. Check the file.")


def too_short(size: int) -> BadInput:
    """Return the error for a body shorter than the signed size."""
    return BadInput(
        f"This link accepts {size} bytes, and fewer were sent. Send it again.", code="too_short"
    )
