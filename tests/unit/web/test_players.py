"""A page that shows a provider's player may load that provider, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import isolated_settings
from webapp.edge.headers import Policy, allow, begin_page
from webapp.players import Playable, original, show_player

YOUTUBE = Playable("youtube", "dQw4w9WgXcQ", "video", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
SPOTIFY = Playable("spotify", "4uLU6hMCjMI75M1A2tKUQC", "track", "https://open.spotify.com/track/4")
FILE = Playable("file", "a1", "file", "https://files.example:8443/song.mp3?x=1")
CLIP = Playable("moments", "m1", "moment", "https://m.example/library/m1", media_url="/files/c.mp4")


def page(path: str = "/mark") -> dict[str, Any]:
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    begin_page(scope, "abc")
    return scope


def directives(tmp_path: Path, scope: dict[str, Any]) -> dict[str, str]:
    policy = Policy.from_settings(isolated_settings(tmp_path))
    found = dict(policy.apply(scope, [], "id-1"))[b"content-security-policy"].decode()
    return dict(part.strip().partition(" ")[::2] for part in found.split(";"))


@pytest.mark.parametrize("path", ["/mark", "/m/some-slug", "/m/some-slug/embed"])
@pytest.mark.parametrize(
    ("what", "directive", "origin"),
    [
        (YOUTUBE, "frame-src", "https://www.youtube-nocookie.com"),
        (SPOTIFY, "frame-src", "https://open.spotify.com"),
        (FILE, "media-src", "https://files.example:8443"),
        (CLIP, None, None),
    ],
)
def test_a_page_may_load_the_player_that_it_shows(
    tmp_path: Path, path: str, what: Playable, directive: str | None, origin: str
) -> None:
    scope = page(path)
    assert show_player(scope, isolated_settings(tmp_path), what) is not None
    shown, plain = directives(tmp_path, scope), directives(tmp_path, page(path))
    changed = {name: shown[name] for name in shown if shown[name] != plain[name]}
    assert changed == ({directive: f"{plain[directive]} {origin}"} if directive else {})
    assert "'self'" in shown["script-src"]
    assert "http" not in shown["script-src"]


def test_the_operator_can_set_another_address(tmp_path: Path) -> None:
    settings = isolated_settings(tmp_path, youtube_player_url="https://www.youtube.com/")
    player = show_player(page(), settings, YOUTUBE)
    assert player is not None
    assert player["addresses"] == {"youtube": "https://www.youtube.com"}
    assert player["source"]["id"] == "dQw4w9WgXcQ"


def test_what_has_no_player_here_opens_nothing(tmp_path: Path) -> None:
    scope = page()
    moment = Playable("moments", "moment_1", "moment", "http://localhost:8000/m/x")
    assert show_player(scope, isolated_settings(tmp_path), moment) is None
    assert directives(tmp_path, scope) == directives(tmp_path, page())


@pytest.mark.parametrize("url", ["https://a.example;script-src *", "javascript:x", "", None, "x"])
def test_an_address_cannot_add_a_directive(tmp_path: Path, url: str | None) -> None:
    scope = page()
    allow(scope, "frame-src", url)
    assert directives(tmp_path, scope) == directives(tmp_path, page())


def test_the_original_opens_at_the_start_where_its_form_is_known() -> None:
    assert original(YOUTUBE, 455) == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=45s"
    assert original(YOUTUBE, None) == YOUTUBE.url
    assert original(FILE, 455) == FILE.url
