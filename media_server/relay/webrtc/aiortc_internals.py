"""The internals of aiortc and aioice that we rely on, checked when a node starts.

aiortc is pinned to one version. If another version lacks a name, the node says so and uses the
slower code paths that need none (see `ingest/webrtc/fallback.py`).
"""

from typing import Any

import pylibsrtp
from aiortc import RTCPeerConnection

# By the object that must have them; each is used in the named module.
_CONNECTION = (  # aioice.Connection: relay/webrtc/{consent,ice}.py, ingest/webrtc/tap.py
    "get_component_candidates", "_protocols", "_nominated", "data_received", "_remote_candidates",
    "query_consent", "build_request", "remote_password", "_query_consent_task",
)  # fmt: skip
_DTLS = (  # RTCDtlsTransport: ingest/webrtc/tap.py
    "_rx_srtp", "_tx_srtp", "_register_rtp_receiver", "_unregister_rtp_receiver", "_send_rtp",
    "transport", "state",
)  # fmt: skip
_RECEIVER = ("receive", "stop", "_set_rtcp_ssrc", "transport", "track")  # ingest/webrtc/tap.py
_SENDER = ("_ssrc",)  # ours, the sender of feedback
_SRTP = ("_srtp",)  # pylibsrtp.Session: ingest/webrtc/unprotect.py, egress/webrtc/send_buffer.py


def ice_connections(connection: RTCPeerConnection) -> list[Any]:
    """Return a peer connection's aioice connections; empty if they are unreachable."""
    found: list[Any] = []
    for transceiver in connection.getTransceivers():
        ice = getattr(transceiver.receiver.transport, "transport", None)
        each = getattr(ice, "_connection", None)
        if each is not None and each not in found:
            found.append(each)
    sctp = connection.sctp
    if sctp is not None:
        each = getattr(sctp.transport.transport, "_connection", None)
        if each is not None and each not in found:
            found.append(each)
    return found


async def missing_names() -> list[str]:
    """Return the names missing in the installed aiortc; empty means all is well."""
    connection = RTCPeerConnection()
    try:
        transceiver = connection.addTransceiver("video", direction="recvonly")
        dtls = transceiver.receiver.transport
        wanted = [
            (transceiver.receiver, _RECEIVER),
            (transceiver.sender, _SENDER),
            (dtls, _DTLS),
            (pylibsrtp.Session(), _SRTP),
            *((each, _CONNECTION) for each in ice_connections(connection)),
        ]
        missing = [
            f"{type(thing).__name__}.{name}"
            for thing, names in wanted
            for name in names
            if not hasattr(thing, name)
        ]
        return missing if ice_connections(connection) else [*missing, "RTCIceTransport._connection"]
    finally:
        await connection.close()
