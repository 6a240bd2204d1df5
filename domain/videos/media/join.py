"""Puts fetched tracks into one mp4 without transcoding."""

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from domain.core.errors import UnsupportedMedia
from domain.videos.media.files import opened


def join(paths: list[Path], target: Path) -> None:
    """Write the first video and the first audio of files that belong together.

    Raises:
        UnsupportedMedia: A codec does not go into mp4, or a file is damaged.
    """
    try:
        with ExitStack() as stack:
            sources = [stack.enter_context(opened(path)) for path in paths]
            out = stack.enter_context(av.open(str(target), "w", format="mp4"))
            _copy(sources, out)
    except av.FFmpegError as error:
        raise UnsupportedMedia("The video's codecs do not go into MP4. Convert it.") from error


def _copy(sources: list[InputContainer], out: OutputContainer) -> None:
    made = {}
    chosen: list[list[Stream]] = [[] for _ in sources]
    for kind in ("video", "audio"):
        for number, source in enumerate(sources):
            found = source.streams.get({kind: 0}) if getattr(source.streams, kind) else []
            if found:
                chosen[number] += found
                made[found[0]] = out.add_stream_from_template(found[0])
                break
    packets = [_packets(*each) for each in zip(sources, chosen, strict=True) if each[1]]
    for packet in heapq.merge(*packets, key=_time_of):
        packet.stream = made[packet.stream]
        out.mux(packet)


def _packets(source: InputContainer, streams: list[Stream]) -> "Iterator[Packet[Stream]]":
    return (packet for packet in source.demux(streams) if packet.dts is not None)


def _time_of(packet: "Packet[Stream]") -> float:
    return float((packet.dts or 0) * packet.time_base)
