"""Captions that are read and written."""

import pysubs2

from domain.videos.captions import read, write
from domain.videos.models import Line, Transcript


def test_a_name_is_a_single_field_of_ass_and_no_markup() -> None:
    line = Line(0, 0, 1000, "Hello, {you}", speaker=0)
    names = {0: "Ada, 0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}"}
    text = write(Transcript("en", 1.0, "captions", None, names, (line,)), "ass")
    [event] = pysubs2.SSAFile.from_string(text)
    assert event.text == "Hello, (you)"
    assert "{" not in text


def test_speakers_are_those_that_a_file_names() -> None:
    cues = (
        "WEBVTT - a talk",
        "NOTE made by hand",
        "intro\n00:00.000 --> 00:01.000 line:0\n<v.loud Ada  Lovelace>Hello <i>you</i></v>",
        "NOTE not said",
        "00:01.000 --> 00:02.000\n<v Bob>Hi",
        f"2\n00:02.000 --> 00:03.000\n<v {'x' * 101}>- Nobody",
        "00:03.000 --> 00:04.000\n<v Ada Lovelace>So\n<v Bob>Yes",
        "00:04.000 --> 00:05.000\n<v Ada Lovelace>Again",
    )
    lines, names = read("\n\n".join(cues).replace("\n", "\r\n"))
    assert [(line.speaker, line.text) for line in lines] == [
        (0, "Hello you"),
        (1, "Hi"),
        (None, "- Nobody"),
        (None, "So Yes"),
        (0, "Again"),
    ]
    assert names == {0: "Ada Lovelace", 1: "Bob"}


def test_a_name_in_ass_is_a_speaker() -> None:
    [line] = [Line(0, 0, 1000, "Hello", speaker=0)]
    text = write(Transcript("en", 1.0, "captions", None, {0: "Ada"}, (line,)), "ass")
    assert read(text) == ((line,), {0: "Ada"})
