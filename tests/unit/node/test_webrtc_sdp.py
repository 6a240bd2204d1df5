"""Validation of offers and fragments: invalid ones are only ever refused."""

import random

import pytest
from aiortc import RTCPeerConnection

from domain.core.errors import BadInput
from domain.core.settings import Settings
from media_server.ingest.webrtc.agreement import formats, prefer, teach_codecs, with_start_bitrate
from media_server.relay.webrtc.aiortc_internals import missing_names
from media_server.relay.webrtc.ice import Ice, announce, ice_of, link_values, parse_server
from media_server.relay.webrtc.sdp import check_offer, parse_fragment, without_unreachable


@pytest.fixture(scope="module")
async def offer() -> str:
    connection = RTCPeerConnection()
    connection.addTransceiver("video", direction="sendonly")
    connection.addTransceiver("audio", direction="sendonly")
    made = (await connection.createOffer()).sdp
    await connection.close()
    return made


def test_a_good_offer_passes_and_the_wrong_direction_does_not(offer: str) -> None:
    check_offer(offer, sends=True)
    with pytest.raises(BadInput, match="WHIP"):
        check_offer(offer, sends=False)
    with pytest.raises(BadInput, match="WHEP"):
        check_offer(offer.replace("a=sendonly", "a=recvonly"), sends=True)


@pytest.mark.parametrize(
    "gone", ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=rtcp-mux", "a=mid", "m=", "v=0"]
)
def test_what_an_offer_must_have(offer: str, gone: str) -> None:
    lines = [line for line in offer.split("\r\n") if not line.startswith(gone)]
    with pytest.raises(BadInput):
        check_offer("\r\n".join(lines), sends=True)


def test_damaged_offers_are_refused_and_nothing_else(offer: str) -> None:
    chance = random.Random(3)
    for _ in range(400):
        text = list(offer)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(3)] = chr(chance.randrange(10, 300))
        try:
            check_offer("".join(text), sends=True)
        except BadInput:
            continue


def test_candidates_that_hide_are_left_out(offer: str) -> None:
    hidden = "a=candidate:1 1 udp 2113937151 3f1e-7a.local 50000 typ host\r\n"
    shown = "a=candidate:2 1 udp 1677729535 192.0.2.9 50001 typ srflx\r\n"
    text = without_unreachable(offer + hidden + shown + "a=end-of-candidates\r\n", local=False)
    assert ".local" not in text
    assert shown in text
    assert "end-of-candidates" not in text


@pytest.mark.parametrize("host", ["10.0.0.7", "203.0.113.5", "fd00::7", "2001:db8::7"])
def test_candidates_of_other_hosts_stay(host: str) -> None:
    line = f"a=candidate:1 1 udp 2 {host} 5 typ host\r\n"
    assert without_unreachable(line, local=False) == line


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0",
             "224.0.0.1", "ff02::1", "255.255.255.255", "name.example"],
)  # fmt: skip
def test_nothing_is_sent_to_this_machine_nor_to_many(host: str) -> None:
    line = f"a=candidate:1 1 udp 2 {host} 5 typ host\r\n"
    assert without_unreachable(line, local=False) == ""
    is_own = host in {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert without_unreachable(line, local=True) == (line if is_own else "")


@pytest.mark.parametrize(
    "damage", [("a=group:BUNDLE 0", "a=group:BUNDLE 7"), ("a=mid:1", "a=mid:0")]
)
def test_sections_are_those_of_the_bundle(offer: str, damage: tuple[str, str]) -> None:
    assert damage[0] in offer
    with pytest.raises(BadInput, match="BUNDLE"):
        check_offer(offer.replace(*damage), sends=True)


def test_fragments() -> None:
    text = (
        "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\n"
        "a=mid:0\r\na=candidate:1 1 udp 2 192.0.2.1 61764 typ host\r\n"
        "a=candidate:1 1 tcp 2 192.0.2.1 9 typ host tcptype active\r\na=end-of-candidates\r\n"
    )
    fragment = parse_fragment(text)
    assert (fragment.ufrag, fragment.is_end) == ("EsAw", True)
    assert [(each.ip, each.sdpMid) for each in fragment.candidates] == [("192.0.2.1", "0")]
    for bad in ("hello", "a=candidate:nonsense", "a=candidate:" + "x" * 600):
        with pytest.raises(BadInput):
            parse_fragment(bad)


async def test_the_answer_prefers_h264_and_asks_for_a_bitrate(offer: str) -> None:
    teach_codecs()
    teach_codecs()  # a second node in this process changes nothing more
    sender, receiver = RTCPeerConnection(), RTCPeerConnection()
    try:
        for kind in ("video", "audio"):
            sender.addTransceiver(kind, direction="sendonly")
        made = await sender.createOffer()
        prefer(receiver, check_offer(made.sdp, sends=True))
        await receiver.setRemoteDescription(made)
        answer = with_start_bitrate((await receiver.createAnswer()).sdp)
    finally:
        await sender.close()
        await receiver.close()
    found = {form.track: form for form in formats(answer, made.sdp)}
    video = found["video"]
    first = int(answer.split("m=video ")[1].split("\r\n")[0].split(" ")[2])
    assert video.codecs[first] == "h264"
    assert set(video.codecs.values()) == {"h264", "vp8", "vp9", "av1"}
    assert set(video.resent.values()) == set(video.codecs)
    assert set(found["audio"].codecs.values()) == {"opus"}
    assert answer.count("x-google-start-bitrate") == len(video.codecs)
    assert video.send_time is not None


def test_ice_servers_and_announced_addresses() -> None:
    turn = parse_server("turn:me:pass@turn.example:3478?transport=udp")
    assert (turn.url, turn.username) == ("turn:turn.example:3478?transport=udp", "me")
    ice = Ice((parse_server("stun:stun.example:3478"), turn), announced=("203.0.113.5",))
    assert link_values(ice)[0] == '<stun:stun.example:3478>; rel="ice-server"'
    assert 'credential="pass"' in link_values(ice)[1]
    sdp = (
        "a=candidate:1 1 udp 2 10.0.0.2 5 typ host\r\na=candidate:2 1 udp 2 fd00::1 5 typ host\r\n"
    )
    assert announce(sdp, ice) == "a=candidate:1 1 udp 2 203.0.113.5 5 typ host\r\n"
    for bad in ("http://x", "turn:turn.example:3478", "stun:"):
        with pytest.raises(ValueError, match="ICE server"):
            parse_server(bad)
    assert ice_of(Settings(webrtc_ports="50000-50009")).ports == range(50000, 50010)


async def test_the_inner_names_that_we_use_are_there() -> None:
    assert await missing_names() == []
