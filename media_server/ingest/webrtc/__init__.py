"""WHIP ingest: a publisher's RTP becomes packets of the ring without being decoded."""
