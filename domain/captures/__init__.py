"""Snapshots and clips: what was captured from a live stream, as media facts of a moment."""
