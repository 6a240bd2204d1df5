"""Resumable uploads by tus 1.0 (https://tus.io/protocols/resumable-upload) on a signed PUT URL.

The URL is the upload: `POST /api/moments/{id}/assets/upload` creates it, so there is no `creation`
extension. HEAD returns the offset, PATCH appends there, DELETE cancels the upload. The last byte
completes it as a whole PUT does.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress

from litestar import HttpMethod, Response, delete, patch, route
from litestar.params import FromPath

from domain.core.errors import BadInput, Conflict, NotFound, UnsupportedMedia
from domain.infra.storage import Stored
from domain.infra.storage.file_urls import Grant
from domain.moments.uploads import MAX_BYTES
from webapp.api.file_access import AnyDoor, AnyRequest, Door, grant_of, too_large, too_short

VERSION = "1.0.0"
_PATH = "/{bucket:str}/{key:path}"
_PIECE = "application/offset+octet-stream"
# Up to this size a file sent in one piece is stored at once: a store that keeps unfinished uploads
# needs three times the requests for it. Should it break off, little has to be sent again.
_AT_ONCE_BYTES = 512 * 1024
_HEADERS = {"tus-resumable": VERSION, "cache-control": "no-store"}

Answer = Response[bytes | None]


def _wrong_version(request: AnyRequest) -> Answer | None:
    if request.headers.get("tus-resumable") == VERSION:
        return None
    return Response(
        b'{"error":"Send Tus-Resumable: 1.0.0.","code":"tus_version"}',
        status_code=412,
        headers={**_HEADERS, "tus-version": VERSION},
        media_type="application/json",
    )


@route(_PATH, http_method=[HttpMethod.OPTIONS], include_in_schema=False)
async def describe_uploads(bucket: FromPath[str], key: FromPath[str]) -> Answer:
    """Return the supported tus features."""
    headers = {
        **_HEADERS,
        "tus-version": VERSION,
        "tus-extension": "termination",
        "tus-max-size": str(MAX_BYTES),
        "allow": "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
    }
    return Response(None, status_code=204, headers=headers)


async def progress(request: AnyRequest, door: Door, bucket: str, key: str) -> Answer:
    """Answer a HEAD with the durable offset of an upload."""
    if refusal := _wrong_version(request):
        return refusal
    grant = grant_of(request, door, "PUT", bucket, key)
    headers = {
        **_HEADERS,
        "upload-offset": str(await _offset(door, grant)),
        "upload-length": str(grant.size or 0),
    }
    return Response(None, status_code=200, headers=headers)


async def _offset(door: Door, grant: Grant) -> int:
    size = grant.size or 0
    try:
        await door.uploads.expect(grant.bucket, grant.key)
    except Conflict:
        return size
    received = await door.storage.received(grant.bucket, grant.key)
    if received is not None:
        if received == size:  # a kill happened between the last byte and the object
            await _complete(door, grant)
        return received
    with suppress(NotFound):  # or between the object and its record
        info = await door.storage.stat(grant.bucket, grant.key)
        if info.size == size:
            await _record(door, grant, Stored(info.size, info.generation))
            return size
    return 0


@patch(_PATH, status_code=200, request_max_body_size=None, include_in_schema=False)
async def append_to_upload(
    request: AnyRequest, door: AnyDoor, bucket: FromPath[str], key: FromPath[str]
) -> Answer:
    """Append an upload's bytes at its current offset."""
    if refusal := _wrong_version(request):
        return refusal
    grant = grant_of(request, door, "PUT", bucket, key)
    offset = _checked_offset(request, grant.size or 0)
    await door.uploads.expect(grant.bucket, grant.key)
    body = _at_most(request.stream(), grant.size or 0, offset)
    if offset == 0 and await _is_small_and_whole(request, door, grant):
        await _store(door, grant, b"".join([chunk async for chunk in body]))
        return _at(grant.size or 0)
    offset = await door.storage.append(
        grant.bucket, grant.key, offset, body, content_type=grant.content_type
    )
    if offset == grant.size:
        await door.uploads.expect(grant.bucket, grant.key)  # nobody else was faster
        await _complete(door, grant)
    return _at(offset)


def _at(offset: int) -> Answer:
    return Response(None, status_code=204, headers={**_HEADERS, "upload-offset": str(offset)})


def _checked_offset(request: AnyRequest, size: int) -> int:
    """Return a PATCH's offset after checking its headers."""
    if request.headers.get("content-type", "").strip().lower() != _PIECE:
        raise UnsupportedMedia(f"Send a piece of an upload as {_PIECE}.")
    text = request.headers.get("upload-offset", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise BadInput("Send Upload-Offset: the byte at which this piece begins.")
    length = request.headers.get("content-length", "")
    if int(text) + (int(length) if length.isdecimal() else 0) > size:
        raise too_large(size)
    return int(text)


async def _at_most(chunks: AsyncIterator[bytes], size: int, offset: int) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        offset += len(chunk)
        if offset > size:
            raise too_large(size)
        yield chunk


async def _is_small_and_whole(request: AnyRequest, door: Door, grant: Grant) -> bool:
    size = grant.size or 0
    return (
        size <= _AT_ONCE_BYTES
        and request.headers.get("content-length") == str(size)
        and await door.storage.received(grant.bucket, grant.key) is None
    )


async def _store(door: Door, grant: Grant, data: bytes) -> None:
    if len(data) != grant.size:
        raise too_short(grant.size or 0)
    kind = grant.content_type
    stored = await door.storage.put(grant.bucket, grant.key, data, content_type=kind)
    digest = hashlib.sha256(data).hexdigest()
    await door.uploads.arrived(grant.bucket, grant.key, stored, digest)


async def _complete(door: Door, grant: Grant) -> None:
    stored = await door.storage.finish(grant.bucket, grant.key, content_type=grant.content_type)
    await _record(door, grant, stored)


async def _record(door: Door, grant: Grant, stored: Stored) -> None:
    digest = hashlib.sha256()
    async for chunk in await door.storage.open(grant.bucket, grant.key):
        digest.update(chunk)
    await door.uploads.arrived(grant.bucket, grant.key, stored, digest.hexdigest())


@delete(_PATH, status_code=200, include_in_schema=False)
async def give_up_upload(
    request: AnyRequest, door: AnyDoor, bucket: FromPath[str], key: FromPath[str]
) -> Answer:
    """Cancel an upload and remove its bytes; its URL stops working."""
    if refusal := _wrong_version(request):
        return refusal
    grant = grant_of(request, door, "PUT", bucket, key)
    await door.uploads.expect(grant.bucket, grant.key)
    await door.storage.abort(grant.bucket, grant.key)
    await door.uploads.abandon(grant.bucket, grant.key)
    return Response(None, status_code=204, headers=_HEADERS)
