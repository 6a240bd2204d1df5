"""Streams: their dialogs, and how one runs."""
