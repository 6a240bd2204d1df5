"""The formats that offer and answer agree on, read from the answer; and our preferences in it.

aiortc requires `setCodecPreferences` before the remote description.
"""

import re
from collections.abc import Iterator

from aiortc import RTCPeerConnection, RTCRtpReceiver
from aiortc.codecs import CODECS
from aiortc.rtcrtpparameters import (
    ParametersDict,
    RTCRtcpFeedback,
    RTCRtpCodecCapability,
    RTCRtpCodecParameters,
)
from aiortc.sdp import MediaDescription, SessionDescription

from media_server.ingest.webrtc.receiver import Format
from media_server.media.packet import Track

_TRACKS: tuple[Track, ...] = ("video", "audio")
# Best first. Any H.264 profile passes through; other codecs are transcoded.
_VIDEO = ("video/h264", "video/vp8", "video/vp9", "video/av1")
_PROFILES = ("42e01f", "42001f", "4d001f", "64001f", "640c1f")
_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_START_KBPS, _LEAST_KBPS, _MOST_KBPS = 2500, 300, 8000
_RTPMAP = re.compile(r"a=rtpmap:(\d+) (H264|VP8|VP9|AV1)/90000")
_SPROP = re.compile(r"^a=fmtp:(\d+) .*sprop-parameter-sets=([^;\s]+)", re.M)


def teach_codecs() -> None:
    """Let aiortc negotiate codecs that it cannot decode but we pass through or transcode.

    aiortc knows VP8 and baseline H.264. Our sending peers choose their codecs themselves, so this
    changes nothing else.
    """
    taken = {codec.payloadType for codecs in CODECS.values() for codec in codecs}
    free = (number for number in range(96, 128) if number not in taken)
    known = {
        (codec.mimeType.lower(), codec.parameters.get("profile-level-id"))
        for codec in CODECS["video"]
    }
    for mime_type, parameters in _wanted():
        if (mime_type.lower(), parameters.get("profile-level-id")) not in known:
            CODECS["video"] += _codec(mime_type, parameters, free)


def _wanted() -> Iterator[tuple[str, ParametersDict]]:
    for profile in _PROFILES:
        yield (
            "video/H264",
            {
                "level-asymmetry-allowed": "1",
                "packetization-mode": "1",
                "profile-level-id": profile,
            },
        )
    yield "video/VP9", {}
    yield "video/AV1", {}


def _codec(
    mime_type: str, parameters: ParametersDict, free: Iterator[int]
) -> list[RTCRtpCodecParameters]:
    number, resent = next(free), next(free)
    feedback = [
        RTCRtcpFeedback(type="nack"),
        RTCRtcpFeedback(type="nack", parameter="pli"),
        RTCRtcpFeedback(type="goog-remb"),
    ]
    return [
        RTCRtpCodecParameters(
            mimeType=mime_type,
            clockRate=90000,
            payloadType=number,
            rtcpFeedback=feedback,
            parameters=parameters,
        ),
        RTCRtpCodecParameters(
            mimeType="video/rtx", clockRate=90000, payloadType=resent, parameters={"apt": number}
        ),
    ]


def prefer(connection: RTCPeerConnection, offer: SessionDescription) -> None:
    """Prepare a connection to receive an offer's media: one video, one audio."""
    kinds = {media.kind for media in offer.media}
    for kind in _TRACKS:
        if kind in kinds:
            transceiver = connection.addTransceiver(kind, direction="recvonly")
            transceiver.setCodecPreferences(_preferences(kind))


def _preferences(kind: Track) -> list[RTCRtpCodecCapability]:
    known = RTCRtpReceiver.getCapabilities(kind)
    codecs = known.codecs if known else []
    if kind == "audio":
        return [codec for codec in codecs if codec.mimeType.lower() == "audio/opus"]
    ranked = [codec for codec in codecs if codec.mimeType.lower() in _VIDEO]
    ranked.sort(key=lambda codec: _VIDEO.index(codec.mimeType.lower()))
    return [*ranked, *(codec for codec in codecs if codec.mimeType.lower() == "video/rtx")]


def with_start_bitrate(answer: str) -> str:
    """Return an answer that lets Chromium start at a useful bitrate instead of 300 kbit/s."""
    wanted = (
        f"x-google-start-bitrate={_START_KBPS};x-google-min-bitrate={_LEAST_KBPS}"
        f";x-google-max-bitrate={_MOST_KBPS}"
    )
    for payload_type in {match[1] for match in _RTPMAP.finditer(answer)}:
        line = re.compile(rf"^(a=fmtp:{payload_type} [^\r\n]*)", re.M)
        if line.search(answer):
            answer = line.sub(rf"\1;{wanted}", answer, count=1)
        else:
            answer = re.sub(
                rf"^(a=rtpmap:{payload_type} [^\r\n]*)(\r?\n)",
                rf"\1\2a=fmtp:{payload_type} {wanted}\2",
                answer,
                count=1,
                flags=re.M,
            )
    return answer


def formats(answer: str, offer: str) -> list[Format]:
    """Return the negotiated tracks."""
    sets = dict(_SPROP.findall(offer))
    found: dict[Track, Format] = {}
    for media in SessionDescription.parse(answer).media:
        for track in _TRACKS:
            if media.kind == track and track not in found and media.direction == "recvonly":
                found[track] = _format(track, media, sets)
    return list(found.values())


def _format(track: Track, media: MediaDescription, sets: dict[str, str]) -> Format:
    codecs: dict[int, str] = {}
    resent: dict[int, int] = {}
    for codec in media.rtp.codecs:
        name = codec.mimeType.partition("/")[2].lower()
        apt, number = codec.parameters.get("apt"), codec.payloadType
        if number is None:
            continue
        if name == "rtx" and apt is not None:
            resent[number] = int(apt)
        else:
            codecs[number] = name
    times = [each.id for each in media.rtp.headerExtensions if each.uri == _SEND_TIME]
    return Format(
        track=track,
        rate=90000 if track == "video" else 48000,
        codecs=codecs,
        resent=resent,
        parameters={number: sets[str(number)] for number in codecs if str(number) in sets},
        send_time=times[0] if times else None,
    )
