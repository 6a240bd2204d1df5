"""The captions inside a file, as SubRip text."""

from pathlib import Path

import pysubs2

from domain.videos.media.files import opened


def extract(path: Path, index: int, target: Path) -> int:
    """Write one caption track of a file as SubRip; return the number of its lines."""
    found = pysubs2.SSAFile()
    with opened(path) as container:
        stream = container.streams[index]
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            start = round(packet.pts * packet.time_base * 1000)
            length = round((packet.duration or 0) * packet.time_base * 1000)
            for subtitle in packet.decode():
                # ASS events: eight fields before the text
                ass = getattr(subtitle, "ass", b"")
                text = (ass.decode(errors="replace") if isinstance(ass, bytes) else ass).split(
                    ",", 8
                )[-1]
                if text.strip():
                    found.append(pysubs2.SSAEvent(start, start + max(length, 1), text.strip()))
    target.write_text(found.to_string("srt"), encoding="utf-8")
    return len(found)
