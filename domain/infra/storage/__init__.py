"""Storage of captured media: the interface of every store, and the configured one."""

from domain.core.secrets import Keyring
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.storage.file_urls import FileUrls
from domain.infra.storage.folder import FolderStorage
from domain.infra.storage.objects import (
    Body,
    ByteRange,
    Layout,
    ObjectInfo,
    Storage,
    Stored,
    safe_file_name,
)

__all__ = [
    "Body",
    "ByteRange",
    "Layout",
    "ObjectInfo",
    "Storage",
    "Stored",
    "make_storage",
    "safe_file_name",
]


def make_storage(settings: Settings, keyring: Keyring, clock: Clock | None = None) -> Storage:
    """Return the configured store: a folder in the home by default.

    A store on the network gets a spool in the home. Call `start` before using it.
    """
    urls = FileUrls(settings.origin, keyring, clock)
    layout = Layout(settings.s3_bucket_name)
    if settings.s3_endpoint_url is None and settings.s3_access_key is None:
        return FolderStorage(settings.home / "storage", urls, layout)
    # The S3 client takes a second to import: only processes that use it pay.
    from domain.infra.storage.s3 import S3Storage  # noqa: PLC0415
    from domain.infra.storage.spool import SpooledStorage  # noqa: PLC0415

    return SpooledStorage(S3Storage(settings, layout), settings.home / "spool", urls, layout)
