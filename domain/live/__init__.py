"""Live streams, their nodes, and the client of the media nodes."""
