"""A decoder process: `python -m media_server.relay.decoder_worker <parent pid>`.

Reads requests from standard input (a size and a pickle from the node, its parent) and writes
answers (a size and msgpack). A file that crashes the decoder kills only this process.
"""

import sys

import msgspec

from domain.core.errors import MomentsError
from domain.infra.worker_process import bind_to_parent, serve
from media_server.media.films import look_at
from media_server.media.still import render
from media_server.relay.questions import Answer, FilmQuestion, Question

_MEMORY = 3 * 1024**3


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


def packed(question: Question | FilmQuestion) -> bytes:
    """Return the answer as the node reads it."""
    return msgspec.msgpack.encode(answer(question))


if __name__ == "__main__":
    bind_to_parent(int(sys.argv[1]), _MEMORY)
    serve(sys.stdin.buffer, sys.stdout.buffer, packed)
