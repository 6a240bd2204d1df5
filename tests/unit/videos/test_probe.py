"""What a file is, and why one cannot be processed."""

import wave
from pathlib import Path

import av
import pytest

from domain.core.errors import UnsupportedMedia
from domain.videos.media import sound
from domain.videos.media.probe import probe
from tests.support.films import write_film, write_talk


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    write_talk(path, seconds=2)
    return path.read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _data: b"",
        lambda _data: b"\0" * 5000,
        lambda _data: b"<!doctype html><title>404</title>",
        lambda _data: b"#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/\n#EXT-X-ENDLIST\n",
        lambda data: data[:2000],
        lambda data: data.replace(b"avc1", b"encv").replace(b"mp4a", b"enca"),
    ],
    ids=["0 bytes", "zeros", "page", "playlist", "no index", "DRM"],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, talk: bytes, spoil) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    path = tmp_path / "a.mp4"
    path.write_bytes(spoil(talk))
    with pytest.raises(UnsupportedMedia) as refused:
        probe(path, tmp_path / "poster.jpg")
    assert refused.value.message.endswith(".")


def test_sound_alone_and_video_alone_are_fine(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(bytes(4 * 44_100))
    facts = probe(tmp_path / "a.wav", tmp_path / "poster.jpg")
    assert (facts.has_video, facts.has_audio, facts.duration_ms) == (False, True, 1000)
    assert not (tmp_path / "poster.jpg").exists()
    write_film(tmp_path / "b.webm", "libvpx", is_live=True)
    facts = probe(tmp_path / "b.webm", tmp_path / "poster.jpg")
    assert (facts.has_video, facts.has_audio, facts.width) == (True, False, 320)
    assert (tmp_path / "poster.jpg").exists()


def test_sound_is_kept_on_the_files_time(tmp_path: Path, talk: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(talk)
    made = sound.extract(tmp_path / "a.mp4", tmp_path / "a.flac", lambda _fraction: None)
    with av.open(str(tmp_path / "a.flac")) as container:
        track = container.streams.audio[0]
        assert (track.rate, track.codec_context.layout.nb_channels) == (16_000, 1)
    assert abs(made.length_ms - 2000) < 100
