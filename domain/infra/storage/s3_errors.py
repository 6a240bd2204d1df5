"""Maps an S3-compatible store's errors to the domain's."""

import contextlib
from collections.abc import Iterator

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from domain.core.errors import BadInput, NotFound, StorageUnavailable

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NoSuchBucket", "NotFound"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException"})
MISCONFIGURED = "storage_misconfigured"


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Translate the client's exceptions into the domain's errors.

    Raises:
        NotFound: There is no such object.
        BadInput: The range is after the end.
        StorageUnavailable: The store is unreachable; `code="storage_misconfigured"` means that it
            answers but refuses us, and waiting does not help.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error) from error
    except ParamValidationError as error:
        raise BadInput(
            "The object store refuses this name. Choose another one.", code="bad_object_name"
        ) from error
    except (BotoCoreError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise StorageUnavailable(
            "The object store does not answer. Try again in a moment."
        ) from error


def code_of(error: ClientError) -> str:
    """Return the store's own error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """Return the HTTP status of the store's response."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))


def _of_answer(error: ClientError) -> Exception:
    code = code_of(error)
    status = status_of(error)
    if code in _MISSING:
        return NotFound("There is no such file. It may have been deleted.")
    if code == "InvalidRange" or status == 416:
        return BadInput(
            "The range starts after the end of the file. Choose an earlier start.", code="bad_range"
        )
    if status >= 500 or status == 429 or code in _BUSY:
        return StorageUnavailable("The object store is failing. Try again in a moment.")
    message = f"The object store refuses us ({code}). Check its keys, region and bucket name."
    return StorageUnavailable(message, retry_after_s=60, code=MISCONFIGURED)
