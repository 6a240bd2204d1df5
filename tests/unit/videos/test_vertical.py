"""Vertical clips: their shape, their captions, and which words are on at a time."""

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from domain.videos.correcting import spread
from domain.videos.exports import words_within
from domain.videos.media.subtitles import Spoken, grouped
from domain.videos.media.vertical import render
from domain.videos.models import Line, Transcript
from tests.support.films import write_fields, write_held_sideways, write_talk

WORDS = [Spoken(0, 400, "Добрый"), Spoken(400, 900, "день"), Spoken(1800, 1950, "καλημέρα")]


@pytest.mark.parametrize("crop", [None, 0.0])
def test_a_clip_becomes_vertical_with_its_words(tmp_path: Path, crop: float | None) -> None:
    write_talk(tmp_path / "talk.mp4", seconds=2)
    render(
        tmp_path / "talk.mp4",
        tmp_path / "v.mp4",
        crop=crop,
        words=WORDS,
        report=lambda _fraction: None,
    )
    with av.open(str(tmp_path / "v.mp4")) as container:
        assert len(container.streams.audio) == 1
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert frames[0].shape == (1280, 720, 3)
    assert abs(len(frames) - 60) <= 1
    band = slice(880, 1080)
    yellow = [int(((f[band, :, 0] > 180) & (f[band, :, 2] < 110)).sum()) for f in frames]
    assert yellow[3] > 100  # the first word is said
    assert yellow[45] == 0  # nothing is said
    assert int(np.ptp(frames[45][band])) < 60


def rendered(path: Path, crop: float | None = None) -> NDArray[np.uint8]:
    target = path.with_suffix(".vertical.mp4")
    render(path, target, crop=crop, words=(), report=lambda _fraction: None)
    with av.open(str(target)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return np.asarray(frames[len(frames) // 2])


def test_a_clip_that_was_recorded_sideways_stands_upright(tmp_path: Path) -> None:
    write_held_sideways(tmp_path / "a.mp4", "libx264")
    picture = rendered(tmp_path / "a.mp4")
    assert picture[900:1000].mean() > 200  # the left became the bottom
    assert picture[300:400].mean() < 50


def test_a_clip_of_fields_has_whole_pictures(tmp_path: Path) -> None:
    write_fields(tmp_path / "a.mp4")
    square = rendered(tmp_path / "a.mp4", 0.4)[300:800]
    assert square.std(axis=0).max() < 20  # each column is of one colour


def test_words_are_grouped_by_length_and_pauses() -> None:
    assert [len(group) for group in grouped(WORDS)] == [2, 1]
    long = [Spoken(n * 100, n * 100 + 90, "Donaudampfer") for n in range(4)]
    assert [len(group) for group in grouped(long)] == [2, 2]


def test_words_without_times_share_their_line() -> None:
    line = Line(0, 1000, 3000, "one two")
    words = words_within(Transcript(None, None, "file", None, {}, (line,)), 900, 2500)
    assert [(word.start_ms, word.end_ms, word.text) for word in words] == [
        (100, 1100, "one"),
        (1100, 2100, "two"),
    ]
    assert spread([], 0, 1000) == ()
