"""Errors that close an RTMP connection."""


class ProtocolError(Exception):
    """The peer does not speak RTMP, or sends what no publisher sends; closes the connection."""
