"""A Moments of its own with something of every kind in it, for pictures of its pages."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from PIL import Image, ImageDraw

EMAIL: Final = "mira@example.org"
PASSWORD: Final = "correct horse battery"  # noqa: S105 (of a sample)
STREAM: Final = "demo"
TITLES: Final = ("Sun over the hills", "Second beep", "Low tide", "Still water", "Last light")
_MOMENTS: Final = str(Path(sys.executable).parent / "moments")
_PATIENCE_S: Final = 180
_LONGEST_S: Final = 11  # of the clips
PEOPLE: Final = ("Jun Park", "Ada Lind", "Tove Berg")
FILM: Final = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
_SONG: Final = "https://open.spotify.com/track/6rqhFgbbKwnb9MLmUQDhG6"
_MARKS: Final = (  # link, title, start, end
    (FILM, "The rabbit wakes up", 64, 92),
    (_SONG, "The turn before the chorus", 51, 76),
)
_MARKS_OF_OTHERS: Final = (
    (FILM, "Butterfly", 66, 88),
    ("https://www.youtube.com/watch?v=eRsGyueVLvQ", "Snow and the gatekeeper", 31, 58),
    ("https://www.youtube.com/watch?v=R6MlUcmOul8", "The robots walk", 120, 144),
)
_DIFF: Final = """diff --git a/hero.css b/hero.css
--- a/hero.css
+++ b/hero.css
@@ -1,3 +1,4 @@
 .hero { padding: 48px; }
-.hero .first { background: #eee; }
+.hero .first { background: #ff9a5a; }
+.hero .second { background: none; }
"""
_COMMITS: Final = (  # a colour on its page, its title and its hash
    ("#7fb2ff", ("Hero: first draft", "1c0ffee7be20aa00112233445566778899aabbcc")),
    ("#f2b36b", ("Hero: second button, four links", "7be20aa1c0ffee00112233445566778899aabbcc")),
)
_CAPTIONS: Final = """WEBVTT

00:00.100 --> 00:00.900
<v Hildy>I came to say it to your face.

00:01.000 --> 00:01.700
<v Walter>The train does not go until nine.

00:01.800 --> 00:02.500
<v Hildy>Thank you. For once somebody in this room says so.
"""
_LOG: Final = "\n".join(f"12:00:{n:02} INFO step {n} of 40 done" for n in range(40))


class House:
    """A running Moments: its client, and its command line."""

    def __init__(self, client: httpx.Client, environment: dict[str, str]) -> None:
        self.client = client
        self._environment = environment

    def run(self, *words: str) -> str:
        """Run a command of `moments`; return what it prints."""
        given = [_MOMENTS, *words]
        return subprocess.check_output(given, env=self._environment, text=True).strip()

    def enter(self) -> None:
        """Create the owner, sign in, and wait until the demo can be captured from."""
        client = self.client
        who = ["--email", EMAIL, "--password", PASSWORD, "--organization", "Halden Lab"]
        self.run("user", "create", *who)
        entry = {"email": EMAIL, "password": PASSWORD}
        client.post("/api/auth/sign-in", json=entry).raise_for_status()
        client.patch("/api/auth/profile", json={"name": "Mira Holt"}).raise_for_status()
        _until(lambda: _buffered_s(client) > _LONGEST_S)


@contextmanager
def running(home: Path) -> Iterator[House]:
    """Run `moments up` in a folder.

    Raises:
        TimeoutError: It did not start. Its output is in the folder, in `up.log`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MOMENTS_HOME": str(home), "MOMENTS_RTMP_PORT": "0"}
    with (home / "up.log").open("w") as log:
        up = subprocess.Popen(
            [_MOMENTS, "up", "--home", str(home), "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        with httpx.Client(base_url=url, timeout=60, headers={"Origin": url}) as client:
            _until(lambda: client.get("/health").status_code == 200)
            yield House(client, environment)
    finally:
        up.terminate()
        up.wait(60)


def _buffered_s(client: httpx.Client) -> float:
    window = client.get(f"/api/streams/{STREAM}").json()["window"]
    if window is None:
        return 0
    since, until = (datetime.fromisoformat(window[edge]) for edge in ("start", "end"))
    return (until - since).total_seconds()


def _until(is_so: Callable[[], bool]) -> None:
    late_s = time.monotonic() + _PATIENCE_S
    while True:
        with suppress(httpx.TransportError):
            if is_so():
                return
        if time.monotonic() > late_s:
            raise TimeoutError
        time.sleep(0.3)


def fill(house: House) -> dict[str, str]:
    """Add something of every kind; return the addresses of the pages about single things."""
    client = house.client
    made: dict[str, str] = {"watch": f"/watch/{STREAM}", "health": f"/streams/{STREAM}"}
    for name in PEOPLE:
        _join(client, name)
    marks = [_mark(client, mark) for mark in _MARKS]
    for number, title in enumerate(TITLES):
        body = {"stream": STREAM, "last_ms": 4000 + 1500 * number, "title": title}
        clip = _post(client, "/api/clips", body)
        made["clip"] = f"/library/{clip['moment_id']}"
        _post(client, "/api/snapshots", {"stream": STREAM, "title": title})
    made["video"] = f"/videos/{_video(client, clip)}"
    share = _post(client, f"/api/clips/{clip['id']}/share", {"expires_in_s": 604_800})
    made["shared"] = share["share_url"]
    made["vm"] = f"/settings/vms/{(vm := _post(client, '/api/vms', {'name': 'build-3'})['id'])}"
    for colour, commit in _COMMITS:
        made["commit"] = f"/library/{_commit(client, vm, colour, commit)}"
    made["chat"] = f"/chats/{_chat(client, made['commit'].rpartition('/')[2])}"
    _post(client, "/api/tokens", {"name": "Backup script"})
    invitation = _post(client, "/api/invitations", {"email": "sam@example.org"})
    made["invitation"] = invitation["url"]
    made["reset"] = house.run("user", "reset-link", "--email", EMAIL)
    _post(client, "/api/streams", {"name": "Harbour", "source": {"kind": "push"}})
    _publish(client, clip["moment_id"], marks, made)
    hook = {"url": "https://hooks.example.org/moments", "events": ["moment.created"]}
    _post(client, "/api/webhooks", hook)
    record(client)
    return made


def _publish(
    client: httpx.Client, moment_id: str, marks: list[dict[str, Any]], made: dict[str, str]
) -> None:
    """Make the demo, a moment, a collection and a profile public."""
    client.patch(f"/api/streams/{STREAM}", json={"visibility": "public"}).raise_for_status()
    shown = client.patch(f"/api/moments/{moment_id}", json={"visibility": "public"})
    made["public-moment"] = shown.raise_for_status().json()["moment"]["shareUrl"]
    made |= {"public-mark": marks[0]["share_url"], "track": f"/t/{marks[0]['track_id']}"}
    made["track-report"] = f"{made['track']}/report"
    chosen = {
        "title": "Night drives",
        "description": "For the way home.",
        "visibility": "public",
        "moment_ids": [moment_id, *(mark["id"] for mark in marks)],
    }
    kept = _post(client, "/api/collections", chosen)
    made |= {"collection": f"/collections/{kept['id']}", "public-collection": kept["share_url"]}
    me = {"handle": "mira", "bio": "Tides, trains and the turn before the chorus."}
    profile = client.put("/api/profiles/me", json=me)
    made["profile"] = profile.raise_for_status().json()["url"]


def _mark(client: httpx.Client, mark: tuple[str, str, int, int]) -> dict[str, Any]:
    """Save a mark for everybody."""
    url, title, start, end = mark
    body = {"url": url, "start": start, "end": end, "title": title, "duration": 240}
    return _post(client, "/api/marks", body | {"visibility": "public", "tags": ["night"]})


def _chat(client: httpx.Client, moment_id: str) -> str:
    """Write in a chat about a moment; return its id."""
    chat_id = str(_post(client, "/api/sessions", {"moment_id": moment_id})["id"])
    for text in ("Why is there a second button?", "Ada asked for it: many leave before the end."):
        _post(client, f"/api/sessions/{chat_id}/messages", {"content": text})
    return chat_id


def record(client: httpx.Client) -> None:
    """Begin a clip that is recorded for two minutes."""
    since = datetime.now(UTC) - timedelta(seconds=2)
    recorded = {
        "stream": STREAM,
        "start_ts": since.isoformat(),
        "duration_ms": 119_000,
        "wait": True,
        "title": "The long tide",
    }
    _post(client, "/api/clips", recorded)


def _join(client: httpx.Client, name: str) -> None:
    """Let somebody join by an invitation, and save marks, in a browser of their own."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    token = str(_post(client, "/api/invitations", {"email": email})["url"]).rpartition("/")[2]
    headers = {"Origin": client.headers["Origin"]}
    with httpx.Client(base_url=client.base_url, timeout=60, headers=headers) as browser:
        who = {"email": email, "password": PASSWORD, "name": name}
        _post(browser, f"/api/auth/invitations/{token}/sign-up", who)
        for mark in _MARKS_OF_OTHERS:
            _mark(browser, mark)


def _commit(client: httpx.Client, vm: str, colour: str, commit: tuple[str, str]) -> str:
    """Capture what a commit looks like; return the moment's id."""
    title, commit_hash = commit
    body = {
        "title": title,
        "vmId": vm,
        "description": "The outline is softer now.",
        "tags": ["design", "hero"],
        "gitBranch": "main",
        "gitCommitHash": commit_hash,
        "gitCommitMessage": title,
        "gitAuthor": "Mira Holt",
        "gitDiff": _DIFF,
    }
    moment_id = str(_post(client, "/api/moments/create", body)["moment"]["id"])
    _attach(client, moment_id, "home.png", ("screenshot", "image/png"), _page(colour))
    _attach(client, moment_id, "build.log", ("log_file", "text/plain"), _LOG.encode())
    return moment_id


def _attach(
    client: httpx.Client, moment_id: str, name: str, kind: tuple[str, str], content: bytes
) -> None:
    """Add a file to a moment; `kind` is its type among a moment's files, and its media type."""
    file: dict[str, Any] = {
        "assetType": kind[0],
        "fileName": name,
        "mimeType": kind[1],
        "fileSizeBytes": len(content),
        "uploadMethod": "api",
    }
    place = _post(client, f"/api/moments/{moment_id}/assets/upload", file)["uploadUrl"]
    client.put(place, content=content, headers={"content-type": kind[1]}).raise_for_status()


def _video(client: httpx.Client, clip: dict[str, Any]) -> str:
    """Process a clip as a video, with captions beside it and a part that is kept."""
    _until(lambda: client.get(f"/api/clips/{clip['id']}").json()["status"] == "ready")
    _attach(client, clip["moment_id"], "talk.vtt", ("other", "text/plain"), _CAPTIONS.encode())
    video = str(_post(client, "/api/videos", {"moment_id": clip["moment_id"]})["id"])
    _until(lambda: client.get(f"/api/videos/{video}").json()["status"] in {"completed", "failed"})
    part = {"start_s": 0.9, "end_s": 1.9, "title": "The train does not go until nine"}
    _post(client, f"/api/videos/{video}/moments", part)
    return video


def _page(colour: str) -> bytes:
    """Draw what stands for a picture of a web page."""
    picture = Image.new("RGB", (1280, 720), "#10131f")
    draw = ImageDraw.Draw(picture)
    for box, fill_ in (
        ((0, 0, 1280, 64), "#1b2033"),
        ((96, 180, 620, 230), "#e8ecf7"),
        ((96, 250, 520, 290), "#aab3cc"),
        ((96, 340, 280, 396), colour),
        ((700, 150, 1180, 470), colour),
        ((96, 540, 440, 680), "#1b2033"),
        ((468, 540, 812, 680), "#1b2033"),
        ((840, 540, 1184, 680), "#1b2033"),
    ):
        draw.rounded_rectangle(box, 12, fill=fill_)
    body = io.BytesIO()
    picture.save(body, "PNG")
    return body.getvalue()


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    if answer.is_error:
        message = f"{path}: {answer.status_code} {answer.text}"
        raise RuntimeError(message)
    found: dict[str, Any] = answer.json()
    return found
