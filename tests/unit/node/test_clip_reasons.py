"""Why a clip of the last milliseconds is shorter than that."""

from domain.live.wire import CutRequest
from media_server.http.clip import cut, meta_of, why_shorter
from media_server.media.ring import Ring
from tests.unit.media.scripted import BOTH, START, both

S = 1_000_000


def _with_a_gap() -> Ring:
    """Return 4 seconds, a gap of 10 and 2 more seconds."""
    ring = Ring(600 * S, 1 << 30)
    for start, seconds in ((START, 4), (START + 14 * S, 2)):
        for number, packet in enumerate(both(seconds, start=start)):
            ring.append(packet, BOTH, discontinuity=number == 0)
    return ring


async def _reason(last_ms: int) -> str:
    wanted = CutRequest(last_ms=last_ms)
    clip = await cut(_with_a_gap(), wanted)
    return meta_of(clip, why_shorter(clip, wanted)).reason or ""


async def test_a_start_in_a_gap_is_called_that() -> None:
    assert await _reason(2_000) == ""
    assert "no frame at the start" in await _reason(8_000)
    assert await _reason(14_000) == ""
    assert "does not reach back" in await _reason(60_000)
