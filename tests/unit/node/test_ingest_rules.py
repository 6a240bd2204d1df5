"""Rules of pulling: backoff, packagings, files, error sentences."""

from pathlib import Path

import av
import pytest

from domain.core.errors import UnsupportedMedia
from media_server.ingest import adts
from media_server.ingest.backoff import Backoff
from media_server.ingest.opening import checked_path
from media_server.ingest.reasons import SourceError, explain


def test_waiting_grows_to_its_most_and_begins_anew() -> None:
    backoff = Backoff(0.5, 4, chance=lambda: 1.0)
    assert [backoff.next() for _ in range(5)] == [0.5, 1, 2, 4, 4]
    backoff.reset()
    assert backoff.next() == 0.5


def test_waiting_is_spread_over_its_upper_half() -> None:
    assert Backoff(2, 8, chance=lambda: 0.0).next() == 1.0


def test_an_adts_frame_loses_its_header_and_tells_its_config() -> None:
    body = bytes(range(40))
    size = len(body) + 7
    head = bytes(
        [0xFF, 0xF1, 0x4C, 0x80 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 31, 0xFC]
    )
    config, data = adts.strip(head + body)
    params = adts.params_of(config)
    assert data == body
    assert (params.sample_rate, params.channels) == (48000, 2)


def test_a_cut_adts_frame_is_refused() -> None:
    with pytest.raises(UnsupportedMedia):
        adts.strip(bytes([0xFF, 0xF1, 0x4C, 0x80, 0xFF, 0xFF, 0xFC, 1]))


@pytest.mark.parametrize(
    ("config", "rate", "channels"),
    [("1190", 48000, 2), ("1208", 44100, 1), ("2b8a0800", 22050, 1), ("17805dc008", 48000, 1)],
)
def test_a_config_tells_the_cores_rate(config: str, rate: int, channels: int) -> None:
    params = adts.params_of(bytes.fromhex(config))
    assert (params.sample_rate, params.channels) == (rate, channels)


@pytest.mark.parametrize("config", ["", "11", "16ff"])
def test_a_damaged_config_is_refused(config: str) -> None:
    with pytest.raises(UnsupportedMedia):
        adts.params_of(bytes.fromhex(config))


def test_files_only_below_the_operators_folder(tmp_path: Path) -> None:
    folder, secret = tmp_path / "films", tmp_path / "secret.mp4"
    folder.mkdir()
    secret.write_bytes(b"x")
    (folder / "inside.mp4").write_bytes(b"x")
    (folder / "link.mp4").symlink_to(secret)
    assert checked_path(str(folder / "inside.mp4"), folder) == folder / "inside.mp4"
    for path in (secret, folder / "link.mp4", folder / ".." / "secret.mp4", Path("/etc/passwd")):
        with pytest.raises(SourceError, match="outside the folder"):
            checked_path(str(path), folder)
    with pytest.raises(SourceError, match="not configured a folder"):
        checked_path(str(secret), None)
    with pytest.raises(SourceError, match="no such file"):
        checked_path(str(folder / "absent.mp4"), folder)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (av.HTTPUnauthorizedError(1, "x", "rtsp://u:secret@h"), "unauthorized", "password"),
        (av.ConnectionRefusedError(111, "x", "rtsp://u:secret@h"), "unreachable", "refused"),
        (av.ExitError(1, "x"), "unreachable", "did not answer"),
        (
            av.OptionNotFoundError(1, "Option not found", "rtsp://u:secret@h"),
            "unreachable",
            "Option",
        ),
        (TimeoutError(), "unreachable", "did not answer"),
        (ValueError("rtsp://u:secret@h"), "unreachable", "log has the details"),
    ],
)
def test_a_failure_is_told_in_words_without_credentials(
    error: Exception, kind: str, words: str
) -> None:
    reason = explain(error)
    assert reason.kind == kind
    assert words in reason.message
    assert "secret" not in reason.message
