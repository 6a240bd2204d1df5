"""Marks: exact parts of songs and videos, their canonical tracks, and the sums over all saves."""
