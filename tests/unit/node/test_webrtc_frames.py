"""The jitter buffer and retransmission requests: scripted, without clock or network."""

import random

from media_server.ingest.webrtc.frames import Frames
from media_server.ingest.webrtc.resend import Resend
from media_server.ingest.webrtc.rtp import Rtp, parse_rtp

FRAME = 4  # packets


def packet(number: int, *, start: int = 65_500) -> Rtp:
    """Return the nth packet of a track whose frames have four packets each."""
    index = number // FRAME
    payload = f"{index}.{number % FRAME}".encode()
    return Rtp(
        96, number % FRAME == FRAME - 1, (start + number) & 0xFFFF, index * 3000, 7, payload, 0
    )


class Catch:
    """Keeps what comes out."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.losses = 0
        self.buffer = Frames(self.whole, self.lost, lambda payload: payload.endswith(b".0"))

    def whole(self, timestamp: int, payloads: list[bytes]) -> None:
        index = timestamp // 3000
        assert payloads == [f"{index}.{part}".encode() for part in range(FRAME)]
        self.frames.append(index)

    def lost(self) -> None:
        self.losses += 1


def test_a_frame_leaves_with_its_last_packet_over_a_wrap_of_the_numbers() -> None:
    catch = Catch()
    for number in range(100):
        catch.buffer.push(packet(number))
        assert len(catch.frames) == (number + 1) // FRAME


def test_any_order_within_the_buffer_comes_out_whole() -> None:
    for seed in range(50):
        shuffled = list(range(400))
        chance = random.Random(seed)
        for at in range(1, 390, 10):
            part = shuffled[at : at + 10]
            chance.shuffle(part)
            shuffled[at : at + 10] = part
        catch = Catch()
        for number in shuffled:
            catch.buffer.push(packet(number))
            catch.buffer.push(packet(number))  # and twice
        assert catch.frames == list(range(100))
        assert not catch.buffer.is_waiting


def test_what_is_missing_is_named_and_given_up() -> None:
    catch = Catch()
    first = catch.buffer.push(packet(0))
    assert first is not None
    for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11):
        catch.buffer.push(packet(number))
    assert catch.frames == [0]
    assert [n - first for n in catch.buffer.missing()] == [5]
    catch.buffer.give_up()
    assert catch.losses == 1
    assert catch.frames == [0, 2]  # the damaged one is not shown to anybody


def test_sequence_numbers_from_elsewhere_are_followed_when_they_go_on() -> None:
    catch = Catch()
    for number in range(8):
        catch.buffer.push(packet(number))
    assert catch.buffer.push(packet(8, start=30_000)) is None
    for number in range(9, 20):
        catch.buffer.push(packet(number, start=30_000))
    assert catch.losses == 1
    assert catch.frames[-1] == 4


def test_requests_are_repeated_with_patience_and_end() -> None:
    resend = Resend()
    assert resend.due([5], 0.0) == []  # it may just have been overtaken
    assert resend.due([5], 0.02) == [5]
    assert resend.due([5], 0.03) == []
    assert resend.due([5], 0.2) == [5]
    assert not resend.is_hopeless(0.2)
    assert resend.due([5], 0.3) == [5]
    assert resend.is_hopeless(0.35)
    resend.came(5, 0.21)
    assert resend.recovered == 1
    assert not resend.is_hopeless(9)


def test_an_event_loop_that_stood_still_gives_nothing_up() -> None:
    resend = Resend()
    resend.due([5], 0.0)
    assert resend.due([5], 0.5) == [5]  # the first time that it is asked for
    assert not resend.is_hopeless(0.5)
    assert resend.is_hopeless(0.7)  # asked for or not, nothing waits for ever


def test_damaged_headers_are_no_packets() -> None:
    chance = random.Random(1)
    for size in range(80):
        for _ in range(50):
            data = bytes([0x80 | chance.randrange(64)]) + chance.randbytes(size)
            found = parse_rtp(data)
            assert found is None or len(found.payload) <= size
