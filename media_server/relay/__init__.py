"""What runs between in and out: live streams, decoder processes, recordings."""
