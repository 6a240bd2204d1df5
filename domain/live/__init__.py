"""Live streams, snapshots and clips, and the client of the media nodes."""
