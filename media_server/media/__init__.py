"""Bytes in, bytes out: packets, time, the ring, files, playlists, stills. No network, no database.

All tracks of a stream lie on one timeline: integer microseconds since the Unix epoch in UTC.
"""
