"""RTP packets by UDP come out in order, whatever the network does."""

import random

import pytest

from media_server.ingest.rtsp_order import PATIENCE_S, InOrder


def rtp(number: int) -> bytes:
    return b"\x80\x60" + (number & 0xFFFF).to_bytes(2, "big") + bytes(8)


def numbers(packets: list[bytes]) -> list[int]:
    return [int.from_bytes(packet[2:4], "big") for packet in packets]


@pytest.mark.parametrize("first", [0, 65_500])
def test_disorder_and_doubles_leave_no_trace(first: int) -> None:
    chance = random.Random(3)
    sent = sorted(range(1, 1000), key=lambda number: number + 20 * chance.random())
    order = InOrder()
    got = [*order.push(rtp(first), 0)]
    for number in sent:
        for _ in range(1 + (number % 7 == 0)):
            got += order.push(rtp(first + number), 0)
    assert numbers(got) == [(first + number) & 0xFFFF for number in range(1000)]
    assert not order.is_waiting


def test_what_is_lost_is_waited_for_for_a_moment() -> None:
    order = InOrder()
    assert numbers([*order.push(rtp(1), 0), *order.push(rtp(3), 0), *order.push(rtp(6), 0)]) == [1]
    assert numbers([*order.overdue(PATIENCE_S / 2)]) == []
    assert numbers([*order.overdue(PATIENCE_S)]) == [3]
    assert numbers([*order.push(rtp(2), PATIENCE_S)]) == []
    assert numbers([*order.overdue(2 * PATIENCE_S)]) == [6]
    assert not order.is_waiting


def test_little_is_held_and_a_camera_may_count_anew() -> None:
    order = InOrder()
    got = [*order.push(rtp(1), 0)]
    for number in range(3, 600):
        got += order.push(rtp(number), 0)
    assert numbers(got) == [1, *range(3, 600)]
    assert numbers([*order.push(rtp(700), 0), *order.push(rtp(30_000), 0)]) == [700, 30_000]
    assert numbers([*order.push(rtp(30_001), 0)]) == [30_001]
