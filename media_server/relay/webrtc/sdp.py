"""Validates session descriptions and trickled candidates (RFC 8840)."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from aiortc import RTCIceCandidate
from aiortc.sdp import MediaDescription, SessionDescription, candidate_from_sdp

from domain.core.errors import BadInput

MOST_BYTES = 64 * 1024
_MOST_MEDIA = 8
_MOST_CANDIDATES = 40
# aiortc's parser raises these for invalid input; it has no errors of its own.
PARSER_ERRORS = (
    ValueError, AssertionError, LookupError, AttributeError, TypeError, StopIteration,
)  # fmt: skip
_CANDIDATE = re.compile(r"^a=(candidate:.*)$", re.M)
_HOST = re.compile(r"^a=candidate:\S+ \d+ \S+ \d+ (\S+) .*\r?\n?", re.M)
_END = re.compile(r"^a=end-of-candidates\r?\n?", re.M)


def check_offer(text: str, *, sends: bool) -> SessionDescription:
    """Return an offer that we can answer; `sends` if the peer sends media to us.

    Raises:
        BadInput: It is not an offer, or has the wrong direction.
    """
    if not text.startswith("v=0"):
        raise BadInput("The body is not a session description (SDP): it does not begin with v=0.")
    if text.count("\nm=") > _MOST_MEDIA:
        raise BadInput("The offer has too many media sections.")
    if len(_CANDIDATE.findall(text)) > _MOST_CANDIDATES:
        raise BadInput("The offer has too many ICE candidates.")
    try:
        offer = SessionDescription.parse(text)
    except PARSER_ERRORS:
        raise BadInput("The offer is not valid SDP.") from None
    media = [each for each in offer.media if each.kind in {"audio", "video"}]
    if not media:
        raise BadInput("The offer has neither audio nor video.")
    for section in offer.media:
        _check_section(section)
    _check_names(offer)
    wanted = {"sendonly", "sendrecv"} if sends else {"recvonly", "sendrecv"}
    if not any(each.direction in wanted for each in media):
        raise BadInput(
            "The offer sends nothing. To watch, use WHEP."
            if sends
            else "The offer receives nothing. To publish, use WHIP."
        )
    return offer


def _check_section(section: MediaDescription) -> None:
    ice = section.ice
    if ice is None or not ice.usernameFragment or not ice.password:
        raise BadInput("The offer has no ICE credentials (ice-ufrag, ice-pwd).")
    if section.dtls is None or not section.dtls.fingerprints:
        raise BadInput("The offer has no DTLS fingerprint.")
    if section.kind in {"audio", "video"}:
        if not section.rtcp_mux:
            raise BadInput("The offer must have a=rtcp-mux.")
        if not section.rtp.muxId:
            raise BadInput("The offer must name its media sections (a=mid).")


def _check_names(offer: SessionDescription) -> None:
    names = [section.rtp.muxId for section in offer.media]
    grouped = {str(name) for group in offer.group for name in group.items}
    if len({*names}) < len(names) or not grouped <= {*names}:
        raise BadInput("The offer's media sections (a=mid) do not match its a=group:BUNDLE.")


def is_reachable(host: str, *, local: bool) -> bool:
    """Return whether to send checks to a candidate's address.

    An offer may contain any address, and ICE sends checks to all of them: so we skip addresses that
    are not a single host's, and, unless peers are `local`, this machine's own. Names are not
    resolved: browsers hide their addresses behind names of their own network (mDNS). They need not
    be: the peer's checks reach us and reveal its address.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return local
    return not (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )


def without_unreachable(text: str, *, local: bool) -> str:
    """Return an offer without the skipped candidates."""
    shown = _HOST.sub(lambda line: line[0] * is_reachable(line[1], local=local), text)
    return text if shown == text and "a=candidate:" in text else _END.sub("", shown)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A PATCH's content: new candidates, or new credentials, which means an ICE restart."""

    ufrag: str | None
    password: str | None
    candidates: tuple[RTCIceCandidate, ...]
    is_end: bool


def parse_fragment(text: str) -> Fragment:
    """Parse an `application/trickle-ice-sdpfrag` body.

    Raises:
        BadInput: It is not one.
    """
    values: dict[str, str] = {}
    index, found = -1, []
    for line in text.replace("\r\n", "\n").split("\n"):
        name, _, value = line.partition(":")
        if line.startswith("m="):
            index += 1
            values.pop("a=mid", None)
        elif name == "a=candidate":
            candidate = _candidate(value)
            if candidate is not None:
                candidate.sdpMid = values.get("a=mid")
                candidate.sdpMLineIndex = max(index, 0)
                found.append(candidate)
        elif line and not line.startswith(("a=", "c=")):
            raise BadInput("The body is not an SDP fragment with ICE candidates.")
        else:
            values[name] = value
    if len(found) > _MOST_CANDIDATES:
        raise BadInput("There are too many ICE candidates. Send fewer.")
    is_end = "a=end-of-candidates" in values
    return Fragment(values.get("a=ice-ufrag"), values.get("a=ice-pwd"), tuple(found), is_end)


def _candidate(value: str) -> RTCIceCandidate | None:
    """Return a candidate, None for one over TCP, which we do not use."""
    if "typ " not in value or len(value) > 500:
        raise BadInput("An ICE candidate is malformed.")
    try:
        candidate = candidate_from_sdp(value)
    except PARSER_ERRORS:
        raise BadInput("An ICE candidate is malformed.") from None
    return candidate if candidate.protocol.lower() == "udp" else None
