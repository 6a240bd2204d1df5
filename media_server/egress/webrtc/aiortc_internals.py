"""Internals of aiortc, aioice and pylibsrtp that sending relies on, tested before use.

aiortc is pinned to one version. If another version lacks something, viewers are served through
aiortc's own senders (see `fallback.py`), and log and metrics say so.
"""

from typing import Final

import pylibsrtp
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport

from media_server.egress.webrtc.send_buffer import SendBuffer, context_of, tag_bytes

_TRANSCEIVER: Final = ("_codecs", "_headerExtensions", "sender")
_SENDER: Final = (
    "_ssrc", "_rtx_ssrc", "_stream_id", "send", "stop", "_handle_rtcp_packet", "transport",
)  # fmt: skip
_DTLS: Final = ("_tx_srtp", "_register_rtp_sender", "_unregister_rtp_sender", "transport")
_ICE: Final = ("_nominated",)


async def missing_names() -> list[str]:
    """Return whatever is missing or misbehaves; empty means all is well."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        transceiver = connection.addTransceiver("video", direction="sendonly")
        dtls = transceiver.sender.transport
        inner = getattr(dtls.transport, "_connection", None)
        wanted = (
            (transceiver, _TRANSCEIVER),
            (transceiver.sender, _SENDER),
            (dtls, _DTLS),
            (inner, _ICE),
        )
        missing = [
            f"{type(thing).__name__}.{name}"
            for thing, names in wanted
            for name in names
            if not hasattr(thing, name)
        ]
    finally:
        await connection.close()
    return missing + _cipher_trouble()


def _cipher_trouble() -> list[str]:
    """Protect one packet both ways: through pylibsrtp, and directly in libsrtp."""
    needed = [name for name in ("ffi", "lib") if name not in vars(pylibsrtp)]
    if needed or not hasattr(RTCDtlsTransport, "_setup_srtp"):
        return [f"pylibsrtp.{name}" for name in needed] or ["RTCDtlsTransport._setup_srtp"]
    packet = bytes((0x80, 96, 0, 1, *range(8))) + b"picture"
    policy = pylibsrtp.Policy(bytes(30), pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    policy.allow_repeat_tx = True
    session, send_buffer = pylibsrtp.Session(policy), SendBuffer()
    if not hasattr(session, "_srtp"):
        return ["pylibsrtp.Session._srtp"]
    send_buffer.copy(send_buffer.start, packet, len(packet))
    send_buffer.length[0] = len(packet)
    done = send_buffer.protect(context_of(session), send_buffer.start, send_buffer.length)
    ours = bytes(send_buffer.view[: len(packet) + tag_bytes(session)])
    return [] if done == 0 and ours == session.protect(packet) else ["libsrtp.srtp_protect"]
