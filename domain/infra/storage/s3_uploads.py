"""Unfinished uploads in an S3 store: a multipart upload, and an object with the bytes after it.

The object `{key}.part` is a line of JSON (the multipart upload's id and the number of parts before
the tail), then the tail: too few bytes for a part. Any process can continue from there. A tail with
fewer parts before it than the store has was already sent as part of the next one.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from domain.core.errors import NotFound
from domain.infra.storage.atomic_files import disk_errors, write_all
from domain.infra.storage.multipart import PART_BYTES
from domain.infra.storage.objects import check_names
from domain.infra.storage.partial_files import check_offset, open_locked, partial_path
from domain.infra.storage.s3_errors import code_of, readable_errors
from domain.infra.threads import in_thread

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

_AT_ONCE = 8  # parts in memory


@dataclass(slots=True)
class State:
    """The state of an upload in the store."""

    bucket: str
    key: str
    upload_id: str = ""
    parts: list[Any] = field(default_factory=list)  # number and ETag
    size: int = 0  # of the parts
    tail: bytes = b""
    tail_size: int = 0  # of the tail that an append started from

    @property
    def offset(self) -> int:
        """How many bytes are durable."""
        return self.size + len(self.tail)

    @property
    def upload(self) -> Any:  # noqa: ANN401 (keyword arguments of several calls)
        """The multipart upload's three names."""
        return {"Bucket": self.bucket, "Key": self.key, "UploadId": self.upload_id}

    @property
    def tail_object(self) -> Any:  # noqa: ANN401 (keyword arguments of several calls)
        """The names of the tail's object."""
        return {"Bucket": self.bucket, "Key": self.key + ".part"}


class S3Uploads:
    """Appends to uploads; at most `_AT_ONCE` parts are in memory, the rest waits in `folder`.

    `client` returns the open client. A file in `folder` is also an upload's lock.
    """

    def __init__(self, folder: Path, client: "Callable[[], S3Client]") -> None:
        self._folder = folder
        self._client = client
        self._sending = asyncio.Semaphore(_AT_ONCE)

    async def received(self, bucket: str, key: str) -> int | None:
        """Return how many bytes of an upload the store has; None if there is no such upload."""
        state = await self._load(bucket, key)
        return state.offset if state else None

    async def append(
        self, bucket: str, key: str, offset: int, body: AsyncIterable[bytes], *, content_type: str
    ) -> int:
        """Append what arrives: whole parts as they fill, the tail when the body ends or breaks."""
        async with self._locked(bucket, key) as file:
            async with self._sending:
                state = await self._load(bucket, key) or State(bucket, key)
                check_offset(offset, state.offset)
                await in_thread(write_all, file, state.tail)
            held = state.tail_size = len(state.tail)
            state.tail = b""  # in the file: a slow client uses no memory
            try:
                async for chunk in body:
                    await in_thread(write_all, file, chunk)
                    held += len(chunk)
                    while held >= PART_BYTES:
                        async with self._sending:
                            held = await self._send_part(state, file, content_type)
            finally:
                async with self._sending:
                    state.tail = await in_thread(os.pread, file.fileno(), PART_BYTES, 0)
                    await self._save(state)
                    state.tail = b""
        return state.size + held

    async def finish(self, bucket: str, key: str, content_type: str) -> Any:  # noqa: ANN401 (the store's answer)
        """Complete the object, and return the store's answer and the size.

        Raises:
            NotFound: There is no such upload.
        """
        async with self._locked(bucket, key), self._sending:
            state = await self._load(bucket, key)
            if state is None:
                raise NotFound("There is no such upload. Start it again.")
            size = state.offset
            with readable_errors():
                if not state.upload_id:
                    answer: Any = await self._client().put_object(
                        Bucket=bucket, Key=key, Body=state.tail, ContentType=content_type
                    )
                else:
                    if state.tail:
                        await self._send(state, state.tail)
                    answer = await self._client().complete_multipart_upload(
                        **state.upload, MultipartUpload={"Parts": state.parts}
                    )
                await self._client().delete_object(**state.tail_object)
        return answer, size

    async def abort(self, bucket: str, key: str) -> None:
        """Remove an upload from the store."""
        state = await self._load(bucket, key)
        if state is None:
            return
        async with self._locked(bucket, key):
            with readable_errors():
                if state.upload_id:
                    await self._client().abort_multipart_upload(**state.upload)
                await self._client().delete_object(**state.tail_object)

    @contextlib.asynccontextmanager
    async def _locked(self, bucket: str, key: str) -> AsyncIterator[FileIO]:
        path = partial_path(self._folder, bucket, key)
        with disk_errors():
            file = await in_thread(open_locked, path)
            try:
                await in_thread(file.truncate, 0)
                yield file
            finally:
                path.unlink(missing_ok=True)
                file.close()

    async def _load(self, bucket: str, key: str) -> State | None:
        state = State(bucket, key)
        check_names(bucket, key)
        try:
            with readable_errors():
                answer = await self._client().get_object(**state.tail_object)
                async with answer["Body"] as body:
                    data = await body.read()
        except NotFound:
            return None
        head, _, tail = data.partition(b"\n")
        fields = json.loads(head)
        state.upload_id = fields["upload_id"]
        if state.upload_id and not await self._load_parts(state):
            return None
        if fields["parts"] == len(state.parts):
            state.tail = tail
        return state

    async def _load_parts(self, state: State) -> bool:
        """List the parts; return whether the multipart upload still exists."""
        with readable_errors():
            try:
                listed = await self._client().list_parts(**state.upload)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise
                return False
        for part in listed.get("Parts", []):
            state.parts.append({"PartNumber": part["PartNumber"], "ETag": part["ETag"]})
            state.size += part["Size"]
        return True

    async def _save(self, state: State) -> None:
        fields = {"upload_id": state.upload_id, "parts": len(state.parts)}
        data = json.dumps(fields).encode() + b"\n" + state.tail
        with readable_errors():
            await self._client().put_object(**state.tail_object, Body=data)

    async def _send_part(self, state: State, file: FileIO, content_type: str) -> int:
        """Send the file's first part; return how many bytes remain."""
        data = await in_thread(os.pread, file.fileno(), PART_BYTES, 0)
        if not state.upload_id:
            with readable_errors():
                upload = await self._client().create_multipart_upload(
                    Bucket=state.bucket, Key=state.key, ContentType=content_type
                )
            state.upload_id = upload["UploadId"]
            state.tail = data[: state.tail_size]
            await self._save(state)  # before its parts: a kill must not lose track of it
            state.tail = b""
        await self._send(state, data)
        return await in_thread(_keep_rest, file)

    async def _send(self, state: State, data: bytes) -> None:
        number = len(state.parts) + 1
        with readable_errors():
            sent = await self._client().upload_part(**state.upload, PartNumber=number, Body=data)
        state.parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        state.size += len(data)


def _keep_rest(file: FileIO) -> int:
    rest = os.pread(file.fileno(), PART_BYTES, PART_BYTES)
    file.truncate(0)
    write_all(file, rest)
    return len(rest)
