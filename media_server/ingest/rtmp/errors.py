"""What ends an RTMP connection."""


class ProtocolError(Exception):
    """The peer does not speak RTMP, or sends what no publisher sends: it is closed."""
