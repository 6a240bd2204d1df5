"""The inner names of aiortc and aioice that we rely on: asserted when a node starts.

aiortc is pinned to one version. Should somebody install another one in which a name is gone, the
node says so and uses the slower ways that need none (see `ingest/webrtc/fallback.py`).
"""

from typing import Any

import pylibsrtp
from aiortc import RTCPeerConnection

# By the object that must have them; each is used in the module that is named.
_CONNECTION = (  # aioice.Connection: relay/webrtc/ice.py, ingest/webrtc/tap.py
    "get_component_candidates", "_protocols", "_nominated", "data_received", "_remote_candidates",
)  # fmt: skip
_DTLS = (  # RTCDtlsTransport: ingest/webrtc/tap.py
    "_rx_srtp", "_tx_srtp", "_register_rtp_receiver", "_unregister_rtp_receiver", "_send_rtp",
    "transport", "state",
)  # fmt: skip
_RECEIVER = ("receive", "stop", "_set_rtcp_ssrc", "transport", "track")  # ingest/webrtc/tap.py
_SENDER = ("_ssrc",)  # ours, which feedback is sent from
_SRTP = ("_srtp",)  # pylibsrtp.Session: ingest/webrtc/unprotect.py, egress/webrtc/send_buffer.py


def ice_connections(connection: RTCPeerConnection) -> list[Any]:
    """Return the aioice connections of a peer connection, none if they cannot be reached."""
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
    """Return which of the names are not there in the aiortc that is installed; empty is well."""
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
