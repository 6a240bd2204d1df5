"""The providers' players on a local port; they speak the providers' real messages.

What a video does is chosen by its id (`Quirks`). A page that hides its address is refused with 153,
as YouTube does.
"""

import json
import threading
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

_SCRIPTS = {"embed": "youtube", "video": "vimeo", "": "soundcloud"}
_FRAMES = Path(__file__).parent / "frames"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{margin:0;height:100vh;display:grid;place-content:center;gap:12px;text-align:center;
font:16px system-ui;color:#fff;background:linear-gradient(160deg,#101a3c,#31406f 55%,#e9b27a)}}
</style><body><b id="title"></b><span id="at">0.0</span><button id="play">Play or pause</button>
<script type="application/json" id="quirks">{quirks}</script><script>{script}</script>"""


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a player behaves."""

    title: str = "Night Ferry"
    duration_s: float = 222
    error: int | str | None = None
    ad_s: float = 0
    is_blocked: bool = False
    is_live: bool = False
    is_preview: bool = False
    is_hostile: bool = False


class Players:
    """All players; `url` is the origin of each."""

    def __init__(self) -> None:
        self.quirks: dict[str, Quirks] = {}
        self.referrers: list[str] = []
        players = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                referrer = self.headers.get("Referer", "")
                players.referrers.append(referrer)
                body = players.page(path, is_known=bool(referrer)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def page(self, path: str, *, is_known: bool) -> str:
        """Return a player's page; `is_known`: it was told which page shows it."""
        kind, _, item = path.strip("/").rpartition("/")
        name = _SCRIPTS.get(kind, "spotify")
        quirks = asdict(self.quirks.get(item, Quirks()))
        if name == "youtube" and not is_known:
            quirks["error"] = 153
        script = (_FRAMES / f"{name}.js").read_text()
        said = json.dumps(quirks).replace("<", "\\u003c")
        return _PAGE.format(title="Player", quirks=said, script=script)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
