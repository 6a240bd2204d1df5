"""What pasted links lead to; nothing is asked for it."""

import pytest

from domain.core.errors import BadFields
from domain.marks.links import Link, first_link, parse_link
from domain.marks.times import read_span, read_time, whole_end, whole_start

ORIGIN = "https://moments.example"
V = "dQw4w9WgXcQ"
S = "4PTG3Z6ehGkBFwjybzWkR8"

YOUTUBE = [
    f"https://www.youtube.com/watch?v={V}",
    f"http://youtube.com/watch?v={V}",
    f"youtube.com/watch?v={V}",
    f"https://m.youtube.com/watch?v={V}&feature=youtu.be",
    f"https://www.youtube.com/watch?app=desktop&v={V}&list=PLx&index=3",
    f"https://music.youtube.com/watch?v={V}&si=abcDEF",
    f"https://youtu.be/{V}?si=trackingtracking",
    f"youtu.be/{V}",
    f"https://www.youtube.com/shorts/{V}?feature=share",
    f"https://www.youtube.com/live/{V}?si=x",
    f"https://www.youtube.com/embed/{V}?rel=0&autoplay=1",
    f"https://www.youtube-nocookie.com/embed/{V}",
    f"https://www.youtube.com/v/{V}",
    f"https://www.youtube.com/e/{V}",
    f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{V}%26feature%3Dshare",
    f"  https://www.youtube.com/watch?v={V}  ",
    f"HTTPS://WWW.YOUTUBE.COM/watch?v={V}",
    f"https://www.youtube.com./watch?v={V}",
    f"https://www.youtube.com:443/watch?v={V}",
    f"https://www.youtube.com/watch?v={V}&v=AAAAAAAAAAA",
]
SPOTIFY = [
    f"https://open.spotify.com/track/{S}?si=0123456789abcdef",
    f"https://open.spotify.com/intl-de/track/{S}",
    f"https://open.spotify.com/embed/track/{S}?utm_source=generator&theme=0",
    f"https://play.spotify.com/track/{S}",
    f"https://embed.spotify.com/?uri=spotify:track:{S}",
    f"spotify:track:{S}",
    f"open.spotify.com/track/{S}",
    f"https://open.spotify.com/intl-pt/track/{S}?context=spotify%3Aplaylist%3Ax",
]
OTHERS = {
    f"https://open.spotify.com/episode/{S}": ("spotify", "episode", S),
    f"https://open.spotify.com/embed-podcast/episode/{S}": ("spotify", "episode", S),
    f"spotify:episode:{S}": ("spotify", "episode", S),
    "https://spotify.link/AbCdEfGh12": ("spotify", "short", "AbCdEfGh12"),
    "https://spotify.app.link/AbCdEfGh12": ("spotify", "short", "AbCdEfGh12"),
    "https://soundcloud.com/Artist/Song?utm_source=x": ("soundcloud", "track", "artist/song"),
    "https://m.soundcloud.com/a/b": ("soundcloud", "track", "a/b"),
    "https://soundcloud.com/a/b/s-AbCd12": ("soundcloud", "track", "a/b/s-AbCd12"),
    "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/123&color=x": (
        "soundcloud",
        "track",
        "tracks/123",
    ),
    "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b": (
        "soundcloud",
        "track",
        "a/b",
    ),
    "https://on.soundcloud.com/AbC12": ("soundcloud", "short", "AbC12"),
    "https://vimeo.com/76979871": ("vimeo", "video", "76979871"),
    "https://vimeo.com/76979871/abcdef0123": ("vimeo", "video", "76979871/abcdef0123"),
    "https://vimeo.com/channels/staffpicks/76979871": ("vimeo", "video", "76979871"),
    "https://vimeo.com/groups/motion/videos/76979871": ("vimeo", "video", "76979871"),
    "https://vimeo.com/showcase/1/video/76979871": ("vimeo", "video", "76979871"),
    "https://player.vimeo.com/video/76979871?h=abcdef0123": (
        "vimeo",
        "video",
        "76979871/abcdef0123",
    ),
    "https://moments.example/m/garden-abc": ("moments", "moment", "garden-abc"),
    "https://moments.example/m/garden-abc/embed": ("moments", "moment", "garden-abc"),
    "https://moments.example/library/moment_1?q=x": ("moments", "moment", "moment_1"),
    "https://moments.example/s/tOk_en-1": ("moments", "share", "tOk_en-1"),
    "https://moments.example/live/garden": ("moments", "stream", "garden"),
    "https://moments.example/watch/garden": ("moments", "stream", "garden"),
}
TIMES = [
    ("t=45", 450),
    ("t=45s", 450),
    ("t=1m30s", 900),
    ("t=1h2m3s", 37230),
    ("t=1:30", 900),
    ("start=90", 900),
    ("time_continue=12", 120),
    ("t=0", 0),
    ("t=45.25", 452),
    ("t=oops&start=7", 70),
    ("t=-5", None),
    ("t=NaN", None),
    ("t=1e9", None),
    ("t=99999999", None),
    ("t=", None),
]
HOSTILE = [
    "",
    " ",
    "hello",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//youtube.com/watch?v=" + V,
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "file:///etc/song.mp3",
    "ftp://example.org/song.mp3",
    "gopher://example.org/song.mp3",
    "blob:https://youtube.com/1",
    "about:blank",
    "//youtube.com/watch?v=" + V,
    "https:///watch?v=" + V,
    "https://",
    "http://[",
    "http://[::1",
    "https://youtube.com:x/watch?v=" + V,
    "https://youtube.com:99999/watch?v=" + V,
    "https://youtube.com:8443/watch?v=" + V,
    "https://user@youtube.com/watch?v=" + V,
    "https://user:secret@youtube.com/watch?v=" + V,
    "https://youtube.com@evil.example/watch?v=" + V,
    "https://youtube.com%40evil.example/watch?v=" + V,
    "https://evil.example\\@youtube.com/watch?v=" + V,
    "https://youtube.com\\.evil.example/watch?v=" + V,
    "https://youtube.com\t.evil.example/watch?v=" + V,
    "https://youtube.com\n/watch?v=" + V,
    "https://youtube.com\x00.evil.example/watch?v=" + V,
    "https://youtube.com/watch?v=" + V + "\u202e",
    "https://youtube.com\u200b/watch?v=" + V,
    "https://youtube.com.evil.example/watch?v=" + V,
    "https://evil.example/youtube.com/watch?v=" + V,
    "https://evil.example/watch?v=" + V,
    "https://evil.example/?u=https://youtube.com/watch?v=" + V,
    "https://notyoutube.com/watch?v=" + V,
    "https://youtube.co/watch?v=" + V,
    "https://youtube.com.co/watch?v=" + V,
    "https://youtubee.com/watch?v=" + V,
    "https://yout-ube.com/watch?v=" + V,
    "https://www.youtube.evil/watch?v=" + V,
    "https://wwwyoutube.com/watch?v=" + V,
    "https://xyoutu.be/" + V,
    "https://youtu.be.evil.example/" + V,
    "https://youtu。be.evil.example/" + V,
    "https://yоutube.com/watch?v=" + V,  # noqa: RUF001
    "https://youtubе.com/watch?v=" + V,  # noqa: RUF001
    "https://xn--yutube-wqf.com/watch?v=" + V,
    "https://ｙoutube.com.evil.example/watch?v=" + V,  # noqa: RUF001
    "https://youtube.com.evil.example/song.mp4",
    "https://yоutube.com/song.mp4",  # noqa: RUF001
    "https://xn--yutube-wqf.com/song.mp4",
    "https://spotify-cdn.example/song.mp3",
    "https://sp0tify.example/song.mp3",
    "https://sóundcloud.example/song.mp3",
    "https://my-vimeo.example/song.mp4",
    "https://www.youtube.com/",
    "https://www.youtube.com/watch",
    "https://www.youtube.com/watch?v=",
    "https://www.youtube.com/watch?v=short",
    f"https://www.youtube.com/watch?v={V}x",
    "https://www.youtube.com/watch?v=../../../../x",
    "https://www.youtube.com/watch?v=%3Cscript%3E1",
    "https://www.youtube.com/watch?v=dQw4w9WgXc'",
    "https://www.youtube.com/watch?v=dQw4w9WgXc%00",
    "https://www.youtube.com/embed/",
    "https://www.youtube.com/embed/videoseries?list=PLx",
    "https://www.youtube.com/embed/..%2f..%2fx",
    "https://www.youtube.com/shorts/",
    "https://www.youtube.com/clip/UgkxAbCdEf",
    "https://youtube.com/clip/UgkxAbCdEf?si=x",
    "https://www.youtube.com/playlist?list=PLx",
    "https://www.youtube.com/@artist",
    "https://www.youtube.com/channel/UCx",
    "https://www.youtube.com/results?search_query=x",
    "https://www.youtube.com/redirect?q=https://evil.example",
    "https://www.youtube.com/attribution_link?u=https://evil.example/watch?v=" + V,
    "https://www.youtube.com/attribution_link?u=//evil.example/watch?v=" + V,
    "https://www.youtube.com/attribution_link?u=@evil.example/watch?v=" + V,
    "https://www.youtube.com/attribution_link?u=/attribution_link?u=/watch?v=" + V,
    "https://youtu.be/",
    "https://youtu.be/short",
    "https://open.spotify.com/",
    "https://open.spotify.com/track/",
    "https://open.spotify.com/track/short",
    f"https://open.spotify.com/track/{S}x",
    f"https://open.spotify.com/track/..%2f{S}",
    f"https://open.spotify.com/playlist/{S}",
    f"https://open.spotify.com/album/{S}",
    f"https://open.spotify.com/artist/{S}",
    f"https://open.spotify.com/show/{S}",
    f"https://open.spotify.com/user/spotify/playlist/{S}",
    f"https://spotify.com.evil.example/track/{S}",
    f"https://open.spotify.com.evil.example/track/{S}",
    f"https://open-spotify.com/track/{S}",
    f"spotify:playlist:{S}",
    f"spotify:user:x:playlist:{S}",
    "spotify:track:",
    "spotify:track:<script>",
    "spotify:",
    "https://spotify.link/",
    "https://spotify.link/<script>",
    "https://soundcloud.com/",
    "https://soundcloud.com/artist",
    "https://soundcloud.com/artist/sets/album",
    "https://soundcloud.com/discover/x",
    "https://soundcloud.com/a/b/c/d",
    "https://soundcloud.com/a/b/s-<x>",
    "https://soundcloud.com/a'/b",
    "https://soundcloud.com.evil.example/a/b",
    "https://w.soundcloud.com/player/?url=https://evil.example/tracks/1",
    "https://w.soundcloud.com/player/?url=javascript:alert(1)",
    "https://w.soundcloud.com/player/",
    "https://vimeo.com/",
    "https://vimeo.com/user123",
    "https://vimeo.com/123/<script>",
    "https://vimeo.com/99999999999999999",
    "https://vimeo.com.evil.example/123",
    "https://player.vimeo.com/video/../../x",
    "https://example.org/page.html",
    "https://example.org/song.mp3.exe",
    "https://example.org/.mp3",
    "https://example.org/x?file=song.mp3",
    "http://localhost/song.mp3",
    "http://localhost./song.mp3",
    "http://127.0.0.1/song.mp3",
    "http://127.1/song.mp3",
    "http://2130706433/song.mp3",
    "http://0x7f000001/song.mp3",
    "http://0177.0.0.1/song.mp3",
    "http://0/song.mp3",
    "http://10.0.0.1/song.mp3",
    "http://192.168.1.1/song.mp3",
    "http://169.254.169.254/latest/song.mp3",
    "http://[::1]/song.mp3",
    "http://[::ffff:127.0.0.1]/song.mp3",
    "http://[fd00:ec2::254]/song.mp3",
    "http://[fe80::1%25eth0]/song.mp3",
    "http://printer.local/song.mp3",
    "http://metadata.google.internal/song.mp3",
    "http://intranet/song.mp3",
    "http://-bad-.example/song.mp3",
    "https://user:pass@example.org/song.mp3",
    "https://example.org/../../song\\.mp3",
    "https://moments.example/",
    "https://moments.example/settings",
    "https://moments.example/m/",
    "https://moments.example/m/a%2fb",
    "https://moments.example/m/<script>",
    "https://moments.example/api/marks",
    "https://moments.example:444/m/garden",
    "https://moments.example.evil.example/m/garden",
    "https://www.youtube.com/watch?v=" + V + "&x=" + "a" * 3000,
]


@pytest.mark.parametrize("text", YOUTUBE)
def test_each_form_of_youtube(text: str) -> None:
    assert parse_link(text, ORIGIN) == Link(
        "youtube", "video", V, f"https://www.youtube.com/watch?v={V}"
    )


@pytest.mark.parametrize("text", SPOTIFY)
def test_each_form_of_spotify(text: str) -> None:
    url = f"https://open.spotify.com/track/{S}"
    assert parse_link(text, ORIGIN) == Link("spotify", "track", S, url)


@pytest.mark.parametrize("text", OTHERS)
def test_other_providers(text: str) -> None:
    link = parse_link(text, ORIGIN)
    assert (link.provider, link.kind, link.provider_id) == OTHERS[text]
    assert "?" not in link.url


@pytest.mark.parametrize(("query", "start"), TIMES)
def test_start_times(query: str, start: int | None) -> None:
    assert parse_link(f"https://youtu.be/{V}?{query}").start_ds == start
    assert parse_link(f"https://www.youtube.com/watch?v={V}&{query}").start_ds == start


def test_times_in_fragments_and_ends() -> None:
    assert parse_link(f"https://youtu.be/{V}#t=1m5s").start_ds == 650
    assert parse_link("https://vimeo.com/1#t=45s").start_ds == 450
    assert parse_link("https://soundcloud.com/a/b#t=1%3A30").start_ds is None
    assert parse_link("https://soundcloud.com/a/b#t=1:30").start_ds == 900
    assert parse_link(f"spotify:track:{S}#0:45").start_ds == 450
    embed = parse_link(f"https://www.youtube.com/embed/{V}?start=10&end=20")
    assert (embed.start_ds, embed.end_ds) == (100, 200)
    backwards = parse_link(f"https://www.youtube.com/embed/{V}?start=20&end=10")
    assert (backwards.start_ds, backwards.end_ds) == (200, None)
    assert read_span("t=10,20.5") == (100, 205)
    assert read_span("t=,20") == (0, 200)
    assert read_span("") == (None, None)


def test_files_lose_tracking_and_keep_the_rest() -> None:
    text = "https://cdn.example.org/a%20b/song.MP3?utm_source=x&token=1&fbclid=2#t=10,20"
    link = parse_link(text)
    assert link.url == "https://cdn.example.org/a%20b/song.MP3?token=1"
    assert (link.provider, link.kind, link.start_ds, link.end_ds) == ("file", "file", 100, 200)
    assert len(link.provider_id) == 32
    assert parse_link(text.replace("token=1", "token=2")).provider_id != link.provider_id
    for host in ("münchen.example.org", "8.8.8.8", "[2606:4700::1111]", "example.org:8443"):
        assert parse_link(f"https://{host}/a.webm").provider == "file"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_and_unsuitable_links_are_refused(text: str) -> None:
    with pytest.raises(BadFields) as refused:
        parse_link(text, ORIGIN)
    sentence = refused.value.fields["url"]
    assert sentence == refused.value.message
    assert sentence.endswith(".")


def test_a_clip_link_says_what_to_do() -> None:
    assert len(HOSTILE) >= 100
    with pytest.raises(BadFields, match="hides its times"):
        parse_link("https://www.youtube.com/clip/UgkxAbCdEf")


def test_the_link_in_a_shared_text() -> None:
    shared = f"Listen to this: https://open.spotify.com/track/{S}?si=1. Great!"
    assert first_link(shared) == f"https://open.spotify.com/track/{S}?si=1"
    assert first_link(f"(https://youtu.be/{V})") == f"https://youtu.be/{V}"
    assert first_link("no link") is None


def test_times() -> None:
    assert [read_time(text) for text in ("1h", "1m30", "90.55", "1:02:03", "1:2", "x", "")] == [
        36000, 900, 906, 37230, None, None, None,
    ]  # fmt: skip
    assert (whole_start(459), whole_end(451), whole_end(450)) == (45, 46, 45)
