"""HLS as ffmpeg writes it: both tracks arrive together, whatever the segments look like."""

import itertools
import subprocess
from pathlib import Path

import pytest

from media_server.ingest.http_io import HttpOpener
from media_server.ingest.opening import open_source
from tests.conftest import command
from tests.integration.node.scripted_camera import policy_for
from tests.integration.node.sources import Web

pytestmark = pytest.mark.ffmpeg


def write_hls(film: Path, folder: Path, *options: str) -> None:
    folder.mkdir(parents=True)
    arguments = ["-v", "error", "-i", str(film), "-c", "copy", "-f", "hls", "-hls_time", "2"]
    arguments += ["-hls_list_size", "0", *options]
    subprocess.run([command("ffmpeg"), *arguments], check=True, cwd=folder)


def longest_run(web: Web, path: str) -> tuple[int, int]:
    """Return how many packets of one track come in a row at most, and how many there are."""
    policy = policy_for("127.0.0.1")
    with open_source(web.url + path, policy, HttpOpener(policy.fetcher)) as opened:
        tracks = [track is opened.lines.video for track, _ in opened.packets()]
    return max(len([*run]) for _, run in itertools.groupby(tracks)), len(tracks)


def test_fragmented_mp4_with_both_tracks_in_one_file(films: Path, web: Web, tmp_path: Path) -> None:
    write_hls(films / "film.mp4", tmp_path / "a", "-hls_segment_type", "fmp4", "media.m3u8")
    web.folder(tmp_path)
    run, count = longest_run(web, "/a/media.m3u8")
    assert run <= 3
    assert count > 400


def test_separate_sound_over_a_discontinuity(films: Path, web: Web, tmp_path: Path) -> None:
    parts = [tmp_path / "a", tmp_path / "b"]
    for folder in parts:
        write_hls(
            films / "film.mp4", folder, "-map", "0:v", "-map", "0:a", "-master_pl_name",
            "master.m3u8", "-var_stream_map", "v:0,agroup:x a:0,agroup:x", "media%v.m3u8",
        )  # fmt: skip
    for name in ("media0.m3u8", "media1.m3u8"):
        first, second = ((folder / name).read_text() for folder in parts)
        second = second[second.index("#EXTINF") :].replace("media", "/b/media")
        joined = first.replace("#EXT-X-ENDLIST", "#EXT-X-DISCONTINUITY") + second
        (parts[0] / name).write_text(joined)
    web.folder(tmp_path)
    run, count = longest_run(web, "/a/master.m3u8")
    assert run <= 3
    assert count > 800
