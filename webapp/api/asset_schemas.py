"""Moments' files in wire format."""

from typing import Annotated, Any

from msgspec import Meta

from domain.moments.models import Asset, AssetType, NewAsset, ProcessingStatus, UploadMethod
from webapp.api.camel_schemas import CamelIn, CamelOut, UserRefOut, user_ref_out
from webapp.api.schemas import Instant, instant


class AssetIn(CamelIn, frozen=True, kw_only=True):
    """A file to upload."""

    asset_type: AssetType
    file_name: Annotated[str, Meta(min_length=1, max_length=1024, examples=["homepage.png"])]
    mime_type: Annotated[str, Meta(min_length=1, max_length=255, examples=["image/png"])]
    file_size_bytes: Annotated[int, Meta(ge=0, examples=[1048576])]
    upload_method: UploadMethod

    def new(self) -> NewAsset:
        """Return the file to upload."""
        return NewAsset(
            self.asset_type,
            self.file_name,
            self.mime_type,
            self.file_size_bytes,
            self.upload_method,
        )


class StatusIn(CamelIn, frozen=True, kw_only=True):
    """A file's processing status; metadata is merged key by key."""

    status: ProcessingStatus
    error: Annotated[str, Meta(max_length=2000)] | None = None
    metadata: dict[str, Any] | None = None


class AssetOut(CamelOut, frozen=True, kw_only=True):
    """A file of a moment."""

    id: Annotated[str, Meta(examples=["asset_01jdk2v7w8x9y0z1a2b3c4d5e6"])]
    moment_id: str
    asset_type: AssetType
    file_name: str
    mime_type: str
    file_size_bytes: int
    gcs_bucket: str
    gcs_path: str
    generation: str | None
    sha256: Annotated[str | None, Meta(description="Of the bytes that arrived.")]
    metadata: dict[str, Any]
    processing_status: ProcessingStatus
    processing_error: str | None
    uploaded_by: str | None
    upload_method: UploadMethod
    created_at: Instant
    updated_at: Instant


class AssetItem(CamelOut, frozen=True, kw_only=True):
    """A file with its uploader and signed URLs, valid for an hour; null until it arrives."""

    asset: AssetOut
    uploaded_by_user: UserRefOut | None
    download_url: str | None
    preview_url: str | None


class UploadOut(CamelOut, frozen=True, kw_only=True):
    """Where to upload: one PUT of exactly the declared type and size, or tus 1.0."""

    success: bool = True
    asset_id: str
    upload_url: str
    gcs_path: str


def asset_out(asset: Asset) -> AssetItem:
    """Return a file in wire format."""
    user, file = asset.uploaded_by, asset.file
    return AssetItem(
        asset=AssetOut(
            id=asset.id,
            moment_id=asset.moment_id,
            asset_type=asset.asset_type,
            file_name=file.file_name,
            mime_type=file.content_type,
            file_size_bytes=file.size_bytes,
            gcs_bucket=file.bucket,
            gcs_path=file.key,
            generation=asset.generation,
            sha256=asset.sha256,
            metadata=dict(asset.metadata),
            processing_status=asset.processing_status,
            processing_error=asset.processing_error,
            uploaded_by=user.id if user else asset.uploaded_by_vm,
            upload_method=asset.upload_method,
            created_at=instant(asset.created_at) or "",
            updated_at=instant(asset.updated_at) or "",
        ),
        uploaded_by_user=user_ref_out(user),
        download_url=asset.download_url,
        preview_url=asset.preview_url,
    )
