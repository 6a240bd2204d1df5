"""Codec negotiation with a viewer: chooses the payload types to send a stream with.

aiortc negotiates from its own list of codecs, which has only two H.264 profiles. The stream's codec
is fixed, so we choose the best matching type from the offer and replace aiortc's choice between the
remote and the local description.
"""

import re
from dataclasses import dataclass
from typing import Final

from aiortc import RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from aiortc.sdp import MediaDescription, SessionDescription

from domain.core.errors import UnsupportedMedia
from media_server.egress.webrtc.track import RtpTrack
from media_server.media.packet import AudioParams

_FEEDBACK: Final = (RTCRtcpFeedback("nack"), RTCRtcpFeedback("nack", "pli"))
_RECEIVES: Final = frozenset({"recvonly", "sendrecv"})
_BASELINE, _MAIN, _HIGH = 66, 77, 100
# A decoder of a profile also decodes the profiles to its left: encoders only use the constrained
# subset of baseline, which is part of main, which is part of high.
_RANKS: Final = {_BASELINE: 0, _MAIN: 1, _HIGH: 2}
_DEFAULT_PROFILE: Final = "42e01f"  # RFC 6184 says 42 00 0A; browsers mean this one


@dataclass(frozen=True, slots=True)
class Choice:
    """A viewer's payload type for one track, and its retransmissions' type."""

    codec: RTCRtpCodecParameters
    rtx: RTCRtpCodecParameters | None

    @property
    def payload_type(self) -> int:
        """The payload type of the media."""
        return self.codec.payloadType or 0

    @property
    def rtx_payload_type(self) -> int | None:
        """The payload type of retransmissions; None if they share the media's stream."""
        return None if self.rtx is None else self.rtx.payloadType


def choose_video(offer: SessionDescription, profile: int) -> Choice | None:
    """Return how to send video of an H.264 profile, or None if the viewer declines video.

    Raises:
        UnsupportedMedia: The viewer requests video, but not fragmented H.264.
    """
    media = _wanted(offer, "video")
    if media is None:
        return None
    codecs = [
        codec
        for codec in media.rtp.codecs
        if codec.mimeType.lower() == "video/h264"
        and str(codec.parameters.get("packetization-mode", 0)) == "1"
    ]
    if not codecs:
        raise UnsupportedMedia(
            "This player does not support H.264 (packetization-mode=1), the stream's format. "
            "Watch it by HLS.",
            code="codec",
        )
    codec = min(codecs, key=lambda codec: _distance(_profile(codec), profile))
    rtx = [
        other
        for other in media.rtp.codecs
        if other.mimeType.lower() == "video/rtx"
        and other.parameters.get("apt") == codec.payloadType
    ]
    return Choice(_answered(codec, codec.parameters), rtx[0] if rtx else None)


def choose_sound(offer: SessionDescription, params: AudioParams) -> Choice | None:
    """Return how to send the audio, or None if the viewer supports no codec of ours."""
    media = _wanted(offer, "audio")
    codecs = [] if media is None else media.rtp.codecs
    for codec in codecs:
        if codec.mimeType.lower() == "audio/opus":
            settings: dict[str, int | str | None] = {"minptime": 10, "useinbandfec": 1}
            if params.channels == 2:
                settings |= {"stereo": 1, "sprop-stereo": 1}
            return Choice(_answered(codec, settings), None)
    return None


def readable(offer: str, video: Choice | None) -> str:
    """Return an offer in which the chosen H.264 looks like a codec that aiortc knows."""
    if video is None:
        return offer
    line = re.compile(rf"^a=fmtp:{video.payload_type} .*$", re.M)
    ours = (
        f"a=fmtp:{video.payload_type} level-asymmetry-allowed=1;packetization-mode=1;"
        f"profile-level-id={_DEFAULT_PROFILE}"
    )
    return line.sub(ours, offer, count=1)


def offer_track(
    connection: RTCPeerConnection, kind: str, track: RtpTrack, stream_name: str
) -> RTCRtpTransceiver:
    """Add a track to a connection, with the stream's own identity instead of a random one."""
    transceiver = connection.addTransceiver(kind, direction="sendonly")
    sender = transceiver.sender
    sender._ssrc, sender._rtx_ssrc = track.ssrc, track.rtx_ssrc
    # One name for both tracks: players synchronise audio and video of one stream.
    sender._stream_id = stream_name
    return transceiver


def settle(connection: RTCPeerConnection, choices: dict[RTCRtpTransceiver, Choice]) -> None:
    """Replace aiortc's choices with ours as soon as it has made them."""

    def put() -> None:
        if connection.signalingState != "have-remote-offer":
            return
        for transceiver, choice in choices.items():
            codecs = [choice.codec] if choice.rtx is None else [choice.codec, choice.rtx]
            transceiver._codecs = codecs
            transceiver._headerExtensions = []

    connection.on("signalingstatechange", put)


def _wanted(offer: SessionDescription, kind: str) -> MediaDescription | None:
    """Return the first section of a kind, the one that aiortc assigns our track to."""
    media = next((each for each in offer.media if each.kind == kind), None)
    return media if media is not None and media.direction in _RECEIVES and media.port else None


def _answered(
    codec: RTCRtpCodecParameters, parameters: dict[str, int | str | None]
) -> RTCRtpCodecParameters:
    return RTCRtpCodecParameters(
        mimeType=codec.mimeType,
        clockRate=codec.clockRate,
        channels=codec.channels,
        payloadType=codec.payloadType,
        rtcpFeedback=[each for each in _FEEDBACK if each in codec.rtcpFeedback],
        parameters=dict(parameters),
    )


def _profile(codec: RTCRtpCodecParameters) -> int:
    text = str(codec.parameters.get("profile-level-id", _DEFAULT_PROFILE))
    try:
        return int(text[:2], 16)
    except ValueError:
        return _BASELINE


def _distance(offered: int, wanted: int) -> tuple[int, int]:
    """Rank a profile: an exact match first, then higher profiles, then the nearest lower one."""
    if offered == wanted:
        return 0, 0
    rank, needed = _RANKS.get(offered, -1), _RANKS.get(wanted, len(_RANKS))
    return (1, rank - needed) if rank >= needed else (2, needed - rank)
