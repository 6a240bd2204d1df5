"""An S3-compatible store: Amazon S3, MinIO, Google Cloud Storage's XML interface, rclone."""

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import aioboto3
import aiohttp
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from domain.core.errors import NotFound, StorageUnavailable
from domain.core.settings import Settings
from domain.infra.storage.multipart import PART_BYTES, parts_of
from domain.infra.storage.objects import (
    CHUNK_BYTES,
    Body,
    ByteRange,
    Layout,
    ObjectInfo,
    Stored,
    check_names,
)
from domain.infra.storage.presentation import disposition, served_type
from domain.infra.storage.s3_buckets import ensure_bucket, make_bucket
from domain.infra.storage.s3_errors import code_of, readable_errors
from domain.infra.storage.s3_uploads import S3Uploads

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

T = TypeVar("T")

_ABORT_S = 1


class S3Storage:
    """Objects in buckets; one client for the process, from `start` to `close`."""

    def __init__(self, settings: Settings, layout: Layout | None = None) -> None:
        self._layout = layout or Layout(settings.s3_bucket_name)
        self._region = settings.s3_region
        secret = settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None
        self._options: dict[str, Any] = {
            "service_name": "s3",
            "region_name": settings.s3_region,
            "aws_access_key_id": settings.s3_access_key,
            "aws_secret_access_key": secret,
            "config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                # Newer checksums break ranged reads on S3-compatible stores.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=1,
                read_timeout=60,
                retries={"total_max_attempts": 1},
                max_pool_connections=32,
            ),
        }
        self._endpoint = settings.s3_endpoint_url
        # Signing needs no connection, so a blocking client does it that never opens one.
        self._signer: Any = botocore.session.get_session().create_client(
            **self._options, endpoint_url=settings.s3_public_url or settings.s3_endpoint_url
        )
        self._stack = contextlib.AsyncExitStack()
        self._opened: S3Client | None = None
        self._made: set[str] = set()
        self._uploads = S3Uploads(settings.home / "uploads", lambda: self._client)

    @property
    def _client(self) -> "S3Client":
        if self._opened is None:
            raise StorageUnavailable(
                "The application is starting or stopping. Try again in a moment."
            )
        return self._opened

    async def start(self) -> None:
        """Open the client; the first request happens when something is stored."""
        client = aioboto3.Session().client(**self._options, endpoint_url=self._endpoint)
        self._opened = await self._stack.enter_async_context(client)

    async def close(self) -> None:
        """Close the client and its connections."""
        self._opened = None
        await self._stack.aclose()

    def key(self, organization_id: str, name: str) -> str:
        """Return a name's key."""
        return self._layout.key(organization_id, name)

    async def ensure_bucket(self, organization_id: str) -> str:
        """Return an organisation's bucket name, creating the bucket if needed."""
        bucket = self._layout.bucket(organization_id)
        await self._ensure(bucket)
        return bucket

    async def _ensure(self, bucket: str) -> None:
        if bucket not in self._made:
            with readable_errors():
                await ensure_bucket(self._client, bucket, self._region)
            self._made.add(bucket)

    async def put(self, bucket: str, key: str, body: Body, *, content_type: str) -> Stored:
        """Store an object; over 8 MiB in parts, one in memory at a time."""
        check_names(bucket, key)
        parts = parts_of(body)
        try:
            first = await anext(parts, b"")
            if len(first) < PART_BYTES:
                return await self._put_whole(bucket, key, first, content_type)
            return await self._put_parts(bucket, key, _chain(first, parts), content_type)
        finally:
            await parts.aclose()

    async def _put_whole(self, bucket: str, key: str, data: bytes, content_type: str) -> Stored:
        with readable_errors():
            answer = await self._in_bucket(
                bucket,
                lambda: self._client.put_object(
                    Bucket=bucket, Key=key, Body=data, ContentType=content_type
                ),
            )
        return Stored(len(data), _generation(answer))

    async def _put_parts(
        self, bucket: str, key: str, parts: AsyncIterator[bytes], content_type: str
    ) -> Stored:
        with readable_errors():
            upload = await self._in_bucket(
                bucket,
                lambda: self._client.create_multipart_upload(
                    Bucket=bucket, Key=key, ContentType=content_type
                ),
            )
        name: Any = {"Bucket": bucket, "Key": key, "UploadId": upload["UploadId"]}
        done: list[CompletedPartTypeDef] = []
        size = 0
        try:
            async for part in parts:
                number = len(done) + 1
                with readable_errors():
                    sent = await self._client.upload_part(**name, PartNumber=number, Body=part)
                done.append({"PartNumber": number, "ETag": sent["ETag"]})
                size += len(part)
            with readable_errors():
                answer = await self._client.complete_multipart_upload(
                    **name, MultipartUpload={"Parts": done}
                )
        except BaseException:
            await self._abort(name)
            raise
        return Stored(size, _generation(answer))

    async def _abort(self, name: Any) -> None:  # noqa: ANN401 (the upload's three names)
        """Discard what was sent; if the store is unreachable, it cleans up after a week."""
        with contextlib.suppress(BotoCoreError, ClientError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_ABORT_S):  # TimeoutError is an OSError
                await self._client.abort_multipart_upload(**name)

    async def _in_bucket(self, bucket: str, call: Callable[[], Awaitable[T]]) -> T:
        """Call; if the bucket is missing, create it and call once more."""
        try:
            return await call()
        except ClientError as error:
            if code_of(error) != "NoSuchBucket":
                raise
            await make_bucket(self._client, bucket, self._region)
            return await call()

    async def received(self, bucket: str, key: str) -> int | None:
        """Return how many bytes of an unfinished upload the store has."""
        return await self._uploads.received(bucket, key)

    async def append(
        self, bucket: str, key: str, offset: int, body: AsyncIterable[bytes], *, content_type: str
    ) -> int:
        """Append to a multipart upload."""
        await self._ensure(bucket)
        return await self._uploads.append(bucket, key, offset, body, content_type=content_type)

    async def finish(self, bucket: str, key: str, *, content_type: str) -> Stored:
        """Complete a multipart upload."""
        answer, size = await self._uploads.finish(bucket, key, content_type)
        return Stored(size, _generation(answer))

    async def abort(self, bucket: str, key: str) -> None:
        """Abort a multipart upload."""
        await self._uploads.abort(bucket, key)

    async def open(
        self, bucket: str, key: str, byte_range: ByteRange | None = None
    ) -> AsyncIterator[bytes]:
        """Read an object or a range of it in chunks."""
        check_names(bucket, key)
        wanted: Any = {}
        if byte_range is not None and byte_range != (0, None):
            start, stop = byte_range
            if stop is not None and stop <= start:
                return _nothing()
            wanted["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        with readable_errors():
            answer = await self._client.get_object(Bucket=bucket, Key=key, **wanted)
        return _chunks(answer["Body"])

    async def stat(self, bucket: str, key: str) -> ObjectInfo:
        """Return an object's size and generation."""
        check_names(bucket, key)
        with readable_errors():
            answer = await self._client.head_object(Bucket=bucket, Key=key)
        return ObjectInfo(answer["ContentLength"], _generation(answer))

    async def delete(self, bucket: str, key: str) -> None:
        """Remove an object; a versioned bucket keeps it for a year."""
        check_names(bucket, key)
        with contextlib.suppress(NotFound), readable_errors():
            await self._client.delete_object(Bucket=bucket, Key=key)

    def signed_get(
        self,
        bucket: str,
        key: str,
        *,
        content_type: str,
        lifetime_s: int = 3600,
        filename: str | None = None,
        inline: bool = True,
    ) -> str:
        """Return a presigned URL of the store."""
        check_names(bucket, key)
        name = filename or key.rpartition("/")[2]
        parameters = {
            "Bucket": bucket,
            "Key": key,
            "ResponseContentType": served_type(content_type),
            "ResponseContentDisposition": disposition(name, content_type, inline=inline),
        }
        return self._sign("get_object", parameters, lifetime_s)

    def signed_put(
        self, bucket: str, key: str, *, content_type: str, size: int, lifetime_s: int = 900
    ) -> str:
        """Return a presigned URL of the store whose signature covers type and length."""
        check_names(bucket, key)
        parameters = {
            "Bucket": bucket, "Key": key, "ContentType": content_type, "ContentLength": size
        }  # fmt: skip
        return self._sign("put_object", parameters, lifetime_s)

    def _sign(self, method: str, parameters: Mapping[str, object], lifetime_s: int) -> str:
        return str(
            self._signer.generate_presigned_url(method, Params=parameters, ExpiresIn=lifetime_s)
        )

    async def backlog(self) -> None:
        """Return None: whatever the store refuses fails at once."""

    async def ping(self) -> None:
        """Return if the store answers us."""
        with readable_errors():
            if self._layout.fixed_bucket is None:
                await self._client.list_buckets()
            else:
                await ensure_bucket(self._client, self._layout.fixed_bucket, self._region)


def _generation(answer: Any) -> str:  # noqa: ANN401 (several answers have these keys)
    version = answer.get("VersionId")
    return str(version if version and version != "null" else answer.get("ETag", "")).strip('"')


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _chunks(body: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 (aiobotocore's stream)
    with readable_errors():
        async with body:
            async for chunk in body.iter_chunks(CHUNK_BYTES):
                yield chunk
