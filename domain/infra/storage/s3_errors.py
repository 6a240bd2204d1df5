"""What an S3-compatible store answers, as the domain's errors."""

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
    """Turn what the client raises into the domain's errors.

    Raises:
        NotFound: There is no such object.
        BadInput: The range lies behind the end.
        StorageUnavailable: The store is away; with `code="storage_misconfigured"` it is there, but
            refuses us, and waiting does not help.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error) from error
    except ParamValidationError as error:
        raise BadInput(
            "The object store does not take this name", code="bad_object_name"
        ) from error
    except (BotoCoreError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise StorageUnavailable(
            "The object store does not answer: try again in a moment"
        ) from error


def code_of(error: ClientError) -> str:
    """Return the store's own word for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """Return the HTTP status that the store answered."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))


def _of_answer(error: ClientError) -> Exception:
    code = code_of(error)
    status = status_of(error)
    if code in _MISSING:
        return NotFound("There is no such file: it may have been deleted")
    if code == "InvalidRange" or status == 416:
        return BadInput("The range starts behind the end of the file", code="bad_range")
    if status >= 500 or status == 429 or code in _BUSY:
        return StorageUnavailable("The object store is failing: try again in a moment")
    message = f"The object store refuses us ({code}): check its keys, region and bucket name"
    return StorageUnavailable(message, retry_after_s=60, code=MISCONFIGURED)
