"""`/files/{bucket}/{key}`: objects of the folder and of the spool, by signed URL alone.

The URL is the only credential; no cookie or token works here. User uploads are served so that they
are harmless in our origin: never sniffed, sandboxed, and anything that could run a script only as a
download.
"""

import hashlib
from collections.abc import AsyncIterator

from litestar import HttpMethod, Response, Router, put, route
from litestar.di import Provide
from litestar.params import FromPath

from domain.core.errors import UnsupportedMedia
from domain.infra.storage.file_urls import Grant
from domain.infra.storage.presentation import disposition
from webapp.api.file_access import (
    AnyDoor,
    AnyRequest,
    grant_of,
    provide_door,
    too_large,
    too_short,
)
from webapp.api.tus import append_to_upload, describe_uploads, give_up_upload, progress
from webapp.edge.ranges import etag_of
from webapp.edge.sending import Sent, send_stored

_SANDBOX = (
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
)


def _headers(grant: Grant, max_age_s: int) -> dict[str, str]:
    """Return the headers that make a stored file harmless."""
    name = grant.filename or grant.key.rpartition("/")[2]
    return {
        "content-disposition": disposition(name, grant.content_type, inline=grant.inline),
        "content-security-policy": _SANDBOX,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": f"private, max-age={max(0, min(max_age_s, 3600))}",
    }


@route(
    "/{bucket:str}/{key:path}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
)
async def read_file(
    request: AnyRequest, door: AnyDoor, bucket: FromPath[str], key: FromPath[str]
) -> Sent:
    """Serve a file, or the requested range of it; tus clients get the offset."""
    if request.method == HttpMethod.HEAD and "tus-resumable" in request.headers:
        return await progress(request, door, bucket, key)
    grant = grant_of(request, door, "GET", bucket, key)
    return await send_stored(
        request,
        door.storage,
        grant.bucket,
        grant.key,
        content_type=grant.content_type,
        headers=_headers(grant, grant.expires_s - door.urls.expiry(0)),
    )


@put(
    "/{bucket:str}/{key:path}",
    status_code=200,
    request_max_body_size=None,
    include_in_schema=False,
)
async def write_file(
    request: AnyRequest, door: AnyDoor, bucket: FromPath[str], key: FromPath[str]
) -> Response[bytes | None]:
    """Accept a file of exactly the signed type and size; anything else leaves nothing behind."""
    grant = grant_of(request, door, "PUT", bucket, key)
    if request.headers.get("content-type", "").strip().lower() != grant.content_type.lower():
        raise UnsupportedMedia(
            f"This link accepts {grant.content_type}. Send that as the Content-Type."
        )
    size = grant.size or 0
    _check_length(request.headers.get("content-length"), size)
    await door.uploads.expect(grant.bucket, grant.key)
    digest = hashlib.sha256()
    body = _exactly(request.stream(), size, digest)
    stored = await door.storage.put(grant.bucket, grant.key, body, content_type=grant.content_type)
    await door.uploads.arrived(grant.bucket, grant.key, stored, digest.hexdigest())
    return Response(None, status_code=200, headers={"etag": etag_of(stored.generation)})


def _check_length(declared: str | None, size: int) -> None:
    if declared is None or not declared.isdecimal():
        return  # chunked: count the bytes as they arrive
    if int(declared) > size:
        raise too_large(size)
    if int(declared) < size:
        raise too_short(size)


async def _exactly(
    chunks: AsyncIterator[bytes], size: int, digest: "hashlib._Hash"
) -> AsyncIterator[bytes]:
    """Pass on a body of exactly this size; otherwise fail before its end is stored."""
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > size:
            raise too_large(size)
        digest.update(chunk)
        yield chunk
    if received < size:
        raise too_short(size)


HANDLERS = (
    describe_uploads,  # first: else Litestar answers OPTIONS itself
    read_file,
    write_file,
    append_to_upload,
    give_up_upload,
)


def files_router() -> Router:
    """Return the routes below `/files`; they need the dependency `services`."""
    return Router(
        "/files",
        route_handlers=HANDLERS,
        dependencies={"door": Provide(provide_door, sync_to_thread=False)},
    )
