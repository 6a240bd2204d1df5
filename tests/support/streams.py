"""Stream configs as a node receives them."""

import msgspec

from domain.live.wire import StreamConfig


def stream_config(
    stream_id: str = "stream_a", url: str | None = None, **values: object
) -> StreamConfig:
    """Return the config of a demo, or of a pull if a URL is given."""
    fields: dict[str, object] = {
        "stream_id": stream_id,
        "organization_id": "org_a",
        "name": "A",
        "slug": "a",
        "kind": "pull" if url else "demo",
        "url": url,
        "buffer_s": 60,
        "visibility": "public",
        "allow_capture": True,
    }
    return msgspec.convert({**fields, **values}, StreamConfig)
