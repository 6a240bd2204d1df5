"""Sends stored files: whole, in part, or not modified (RFC 9110, sections 13 and 14)."""

from typing import Any

from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.response import Stream

from domain.infra.storage import Storage
from domain.infra.storage.presentation import served_type
from webapp.edge.ranges import NotSatisfiable, etag_of, matches, parse_range

Sent = Response[bytes | None] | Stream
_BEHIND = b'{"error":"The range lies behind the end of the file","code":"bad_range"}'


async def send_stored(
    request: Request[Any, Any, Any],
    storage: Storage,
    bucket: str,
    key: str,
    *,
    content_type: str,
    headers: dict[str, str],
) -> Sent:
    """Send a stored file, or the requested range of it.

    Raises:
        NotFound: It does not exist. StorageUnavailable: The store is unreachable.
    """
    info = await storage.stat(bucket, key)
    etag = etag_of(info.generation)
    headers = {**headers, "accept-ranges": "bytes", "etag": etag}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, status_code=304, headers=headers)
    asked, if_range = request.headers.get("range"), request.headers.get("if-range")
    try:
        wanted = parse_range(asked, if_range, info.size, etag)
    except NotSatisfiable:
        told = {"content-range": f"bytes */{info.size}", "cache-control": "no-store"}
        return Response(_BEHIND, status_code=416, headers=told, media_type="application/json")
    start, stop = wanted or (0, info.size)
    if wanted is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{info.size}"
    headers["content-length"] = str(stop - start)
    status, media_type = 200 if wanted is None else 206, served_type(content_type)
    if request.method == HttpMethod.HEAD:
        return Response(b"", status_code=status, headers=headers, media_type=media_type)
    body = await storage.open(bucket, key, wanted)
    return Stream(body, status_code=status, headers=headers, media_type=media_type)
