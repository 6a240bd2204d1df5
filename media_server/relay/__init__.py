"""What runs between ingest and egress: live streams, decoder processes, recordings."""
