"""Where captured media is kept: the face of every store, and the one that settings choose."""

from domain.core.secrets import Keyring
from domain.core.settings import Settings
from domain.infra.file_urls import FileUrls
from domain.infra.folder import FolderStorage
from domain.infra.objects import (
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


def make_storage(settings: Settings, keyring: Keyring) -> Storage:
    """Return the store that the settings name: a folder in the home by default."""
    urls = FileUrls(settings.origin, keyring)
    layout = Layout(settings.s3_bucket_name)
    return FolderStorage(settings.home / "storage", urls, layout)
