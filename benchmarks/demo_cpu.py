"""The demo source's share of a core; the limit is 15 %.

Run: python -m benchmarks.demo_cpu [seconds]
Measures the processor time of encoding frames at full speed, per second of media: unlike wall-clock
time, it does not depend on the machine's other load.
"""

import sys
import time

from media_server.ingest.demo import _Maker
from media_server.ingest.demo_picture import FPS, HEIGHT


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    first = int(time.time()) * FPS
    maker = _Maker(first, HEIGHT)
    size = 0
    began = time.process_time()
    for number in range(first, first + seconds * FPS):
        size += sum(len(packet.data) for packet in maker.frame(number))
    spent = time.process_time() - began
    print(f"demo source: {spent / seconds:.1%} of a core, {size * 8 / seconds / 1000:.0f} kbit/s")
    return 0 if spent / seconds <= 0.15 else 1


if __name__ == "__main__":
    sys.exit(main())
