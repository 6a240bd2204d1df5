"""The media node: everything that touches live media."""
