"""The moment record and its assets."""
