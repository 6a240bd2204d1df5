"""A ring's memory relative to its encoded bytes, and its time per packet.

Run as `python -m benchmarks.ring_memory`. Measures the process's own memory (private pages), after
more has passed through the ring than it holds, so that fragmentation counts.
"""

import gc
import time

import psutil

from benchmarks._media import source
from media_server.media.playlist import media_playlist
from media_server.media.ring import Ring
from media_server.media.segmenter import Segmenter

_BUFFER_S = 120
_STREAMS = 3


def main() -> None:
    """Print the results."""
    with source() as material:
        process = psutil.Process()
        rings = [Ring(_BUFFER_S * 1_000_000, 1 << 32) for _ in range(_STREAMS)]
        segmenters = [Segmenter(ring) for ring in rings]
        gc.collect()
        before = process.memory_full_info().uss
        appended = spent = followed = 0.0
        for packet in material.packets(3 * _BUFFER_S):
            for ring, segmenter in zip(rings, segmenters, strict=True):
                own = bytes(bytearray(packet.data))
                packet_of_own = type(packet)(
                    packet.track, packet.pts_us, packet.dts_us, packet.duration_us,
                    packet.is_key, own,
                )  # fmt: skip
                start = time.perf_counter()
                ring.append(packet_of_own, material.header)
                middle = time.perf_counter()
                segmenter.advance()
                spent += middle - start
                followed += time.perf_counter() - middle
                appended += 1
        gc.collect()
        used = process.memory_full_info().uss - before
        held = sum(ring.byte_size for ring in rings)
        print(f"{_STREAMS} streams, {_BUFFER_S} s each: {held / 1e6:.1f} MB of packets held")
        print(f"memory used {used / 1e6:.1f} MB, {used / held:.3f}x")
        print(f"append {spent / appended * 1e6:.2f} us, HLS {followed / appended * 1e6:.2f} us")
        segmenter = segmenters[0]
        start = time.perf_counter()
        for _ in range(1000):
            media_playlist(segmenter.state())
        middle = time.perf_counter()
        number = segmenter.state().segments[-3].number
        for _ in range(1000):
            segmenter.part(number, 3)
        print(f"playlist {(middle - start) * 1000:.1f} us, "
              f"part {(time.perf_counter() - middle) * 1000:.1f} us")  # fmt: skip


if __name__ == "__main__":
    main()
