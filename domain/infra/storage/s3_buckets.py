"""Buckets of an S3-compatible store, with versioning if the store supports it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from domain.core.log import get_logger
from domain.infra.storage.s3_errors import code_of, status_of

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

log = get_logger(__name__)

_KEPT_VERSIONS_DAYS = 365
_OWN_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


async def ensure_bucket(client: "S3Client", bucket: str, region: str) -> None:
    """Create a bucket if it is missing."""
    try:
        await client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if status_of(error) != 404:
            raise
        await make_bucket(client, bucket, region)


async def make_bucket(client: "S3Client", bucket: str, region: str) -> None:
    """Create a bucket that keeps replaced versions for a year, if the store supports that."""
    where: Any = (
        {}
        if region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    try:
        await client.create_bucket(Bucket=bucket, **where)
    except ClientError as error:
        if code_of(error) not in _OWN_ALREADY:
            raise
        return
    log.info("bucket_made", bucket=bucket)
    await _where_supported(
        lambda: client.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        ),
        bucket,
    )
    await _where_supported(
        lambda: client.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "moments-old-versions",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": _KEPT_VERSIONS_DAYS},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        ),
        bucket,
    )


async def _where_supported(call: Callable[[], Awaitable[object]], bucket: str) -> None:
    try:
        await call()
    except ClientError as error:
        code = code_of(error)
        log.info("bucket_option_not_supported", bucket=bucket, code=code)
