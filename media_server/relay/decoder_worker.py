"""A decoder process: `python -m media_server.relay.decoder_worker <parent pid>`.

Reads requests from standard input (a size and a pickle from the node, its parent) and writes
answers (a size and msgpack). A file that crashes the decoder kills only this process.
"""

import ctypes
import os
import pickle
import resource
import signal
import struct
import sys
from typing import BinaryIO

import msgspec

from domain.core.errors import MomentsError
from media_server.media.films import look_at
from media_server.media.still import render
from media_server.relay.questions import Answer, FilmQuestion, Question

_SIZE = struct.Struct("<I")
_PR_SET_PDEATHSIG = 1
_MEMORY = 3 * 1024**3


def bind_to_parent(parent: int) -> None:
    """Die with the parent even if it is killed while this process is busy decoding."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def answer(question: Question | FilmQuestion) -> Answer:
    """Decode a still."""
    try:
        if isinstance(question, FilmQuestion):
            return _film(question)
        still = render(question.frame, image_format=question.format, max_width=question.max_width)
    except MomentsError as error:
        return Answer(error=error.message)
    return Answer(data=still.data, width=still.width, height=still.height, at_us=still.pts_us)


def _film(question: FilmQuestion) -> Answer:
    film = look_at(
        question.path,
        question.at_us,
        image_format=question.format,
        max_width=question.max_width,
    )
    return Answer(film.data, film.width, film.height, duration_ms=film.duration_ms)


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer until the requests end."""
    while len(head := source.read(_SIZE.size)) == _SIZE.size:
        (size,) = _SIZE.unpack(head)
        question = pickle.loads(source.read(size))  # noqa: S301 (from our own parent alone)
        data = msgspec.msgpack.encode(answer(question))
        target.write(_SIZE.pack(len(data)) + data)
        target.flush()


if __name__ == "__main__":
    bind_to_parent(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
