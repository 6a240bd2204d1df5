"""Bytes in, bytes out: packets, time, ring, files, playlists, stills. No network or database.

All tracks of a stream share one timeline: integer microseconds since the Unix epoch, UTC.
"""
