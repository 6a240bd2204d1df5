"""Captions that are written."""

import pysubs2

from domain.videos.captions import write
from domain.videos.models import Line, Transcript


def test_a_name_is_a_single_field_of_ass_and_no_markup() -> None:
    line = Line(0, 0, 1000, "Hello, {you}", speaker=0)
    names = {0: "Ada, 0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}"}
    text = write(Transcript("en", 1.0, "captions", None, names, (line,)), "ass")
    [event] = pysubs2.SSAFile.from_string(text)
    assert event.text == "Hello, (you)"
    assert "{" not in text
