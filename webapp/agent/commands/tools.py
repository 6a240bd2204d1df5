"""The tools of the MCP server: each answers a link, Markdown and a small picture.

What they send is bounded by what the person's token may do, and to files below one folder. Results
hold no signed URLs: the picture itself is in the result, and the link needs an account.
"""

import base64
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from webapp.agent.client import Client, download
from webapp.agent.commands import attach, capture
from webapp.agent.errors import AgentError, Refused, UsageError
from webapp.agent.schemas import TOOLS, check
from webapp.agent.settings import Server, server_of

MAX_PICTURE = 1_000_000
_WIDTHS = (1280, 640, 320)  # of a drawing: the first that is small enough
_FOUND = 20
Content = list[dict[str, Any]]


class Tools:
    """The tools, for one server and one folder of files."""

    def __init__(self, environment: Mapping[str, str], root: Path, server: str | None) -> None:
        self._environment = {**environment, **({"MOMENTS_URL": server} if server else {})}
        self._root = root.resolve()
        self._calls: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "capture": self._capture,
            "attach": self._attach,
            "find": self._find,
            "compare": self._compare,
            "approve": self._approve,
        }

    def definitions(self) -> list[dict[str, Any]]:
        """Return the tools' definitions."""
        return TOOLS

    def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return a tool's result; a failure is one, too: a sentence that the model can act on."""
        run = self._calls[name]
        schema = next(each["inputSchema"] for each in TOOLS if each["name"] == name)
        try:
            check(schema, arguments)
            return {**run(arguments), "isError": False}
        except AgentError as error:
            return {"content": [_text(_explained(error))], "isError": True}

    def _capture(self, given: Mapping[str, Any]) -> dict[str, Any]:
        options = [f"--repo={self._inside(given.get('repo', '.'))}"]
        for url in given.get("urls", []):
            if urlsplit(url).scheme not in {"http", "https"}:
                raise UsageError("A page's address must begin with https:// or http://.")
            options.append(f"--url={url}")
        options += [f"--file={self._inside(each)}" for each in given.get("files", [])]
        options += [f"--tag={each}" for each in given.get("tags", [])]
        options += [f"--mask={each}" for each in given.get("mask", [])]
        for name in ("title", "description", "size", "share"):
            options += [f"--{name}={given[name]}"] if given.get(name) else []
        options += ["--screen"] if given.get("screen") else []
        options += ["--full-page"] if given.get("full_page") else []
        result, warnings = capture.make(self._options("capture", options), self._environment)
        return self._made(result.json(), warnings)

    def _attach(self, given: Mapping[str, Any]) -> dict[str, Any]:
        paths = [str(self._inside(each)) for each in given["files"]]
        options = self._options("attach", ["--", given["moment"], *paths])
        return self._made(attach.make(options, self._environment).json())

    def _find(self, given: Mapping[str, Any]) -> dict[str, Any]:
        server = self._of_person()
        answer = Client(server).get(
            "/api/moments/list",
            q=given.get("query"),
            gitBranch=given.get("branch"),
            tags=given.get("tags"),
            limit=given.get("limit", _FOUND),
        )
        found = [each["moment"] for each in answer["moments"]]
        lines = [_line(server, each) for each in found]
        text = "\n".join(lines) if lines else "Nothing matches. Try fewer words."
        newest = self._picture_of(found[0]["id"]) if found else []
        listed = [
            {
                "id": each["id"],
                "title": each["title"],
                "url": server.page(each["id"]),
                "branch": each["gitBranch"],
                "commit": each["gitCommitHash"],
                "createdAt": each["createdAt"],
            }
            for each in found
        ]
        structured = {"moments": listed, "total": answer["total"]}
        return {"content": [_text(text), *newest], "structuredContent": structured}

    def _compare(self, given: Mapping[str, Any]) -> dict[str, Any]:
        server = self._of_person()
        after, before = given["moment"], given.get("before")
        body = {"after": after, **({"before": before} if before else {})}
        client = Client(server)
        change = client.post("/api/commits/compare", body)
        lines = [_pair_line(each) for each in change["pictures"]]
        if change["verdict"] is None:
            lines = ["There are no pictures to compare, or no baseline: approve an earlier commit."]
        url = server.page(after)
        changed = [each for each in change["pictures"] if each["verdict"] == "changed"]
        picture = self._picture_of(after)
        if changed and changed[0]["comparison"]:
            words = {"name": changed[0]["name"], "before": change["beforeId"]}
            path = f"/api/commits/moments/{quote(after, safe='')}/diff.png"
            for width in _WIDTHS:
                jpeg = client.get_bytes(path, **words, maxWidth=width)
                if made := _picture(jpeg, "image/jpeg"):
                    picture = made
                    break
        markdown = f"[{change['verdict'] or 'new'}: {_share(change['changedShare'])}]({url})"
        text = "\n".join([url, markdown, *lines])
        return {"content": [_text(text), *picture], "structuredContent": change}

    def _approve(self, given: Mapping[str, Any]) -> dict[str, Any]:
        server, moment = self._of_person(), given["moment"]
        verdict = given.get("verdict", "approved")
        body = {"verdict": verdict, "note": given.get("note", "")}
        path = f"/api/commits/moments/{quote(moment, safe='')}/decisions"
        decision = Client(server).post(path, body)
        url = server.page(moment)
        text = f"{url}\n[{verdict}]({url})"
        structured = {"id": decision["id"], "verdict": verdict, "url": url}
        content = [_text(text), *self._picture_of(moment)]
        return {"content": content, "structuredContent": structured}

    def _made(self, made: dict[str, Any], warnings: Sequence[str] = ()) -> dict[str, Any]:
        text = "\n".join([made["url"], made["markdown"], *warnings])
        return {
            "content": [_text(text), *self._picture_of(made["id"])],
            "structuredContent": made,
        }

    def _picture_of(self, moment_id: str) -> Content:
        """Return a moment's first preview, if it has one."""
        server = self._server()
        answer = Client(server).get(f"{server.api}/{quote(moment_id, safe='')}")
        urls = [each["previewUrl"] for each in answer["assets"] if each["previewUrl"]]
        return _picture(download(urls[0]), "image/jpeg") if urls else []

    def _inside(self, path: str) -> Path:
        """Return a path below the folder that the server was started for.

        Raises:
            UsageError: It is outside.
        """
        found = (self._root / path).resolve()
        if not found.is_relative_to(self._root):
            raise UsageError(f"{path} is outside of {self._root}. Name a file below it.")
        return found

    def _options(self, command: str, words: list[str]) -> Any:  # noqa: ANN401 (argparse's)
        main = importlib.import_module("webapp.agent.main")  # which imports the commands
        return main.parser().parse_args([command, "--quiet", *words])

    def _server(self) -> Server:
        return server_of(self._environment)

    def _of_person(self) -> Server:
        server = self._server()
        if server.is_vm:
            raise UsageError("A VM can only capture. Set MOMENTS_TOKEN to a person's token.")
        return server


def _explained(error: AgentError) -> str:
    if isinstance(error, Refused) and error.status == 403:
        return f"{error.message.rstrip('.')}. The token's owner needs a higher role for this."
    return error.message


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _picture(data: bytes, mime_type: str) -> Content:
    """Return a picture as content; one that is too large is left out."""
    if not data or len(data) > MAX_PICTURE:
        return []
    encoded = base64.b64encode(data).decode()
    return [{"type": "image", "data": encoded, "mimeType": mime_type}]


def _line(server: Server, moment: Mapping[str, Any]) -> str:
    facts = [moment["gitBranch"], (moment["gitCommitHash"] or "")[:8], moment["createdAt"]]
    label = moment["title"].replace("[", "(").replace("]", ")")
    about = ", ".join(each for each in facts if each)
    return f"- [{label}]({server.page(moment['id'])}) {moment['id']} ({about})"


def _pair_line(pair: Mapping[str, Any]) -> str:
    words = pair["error"] or (pair["comparison"] or {}).get("summary") or pair["state"]
    return f"- {pair['name']}: {words}"


def _share(share: float) -> str:
    return f"{100 * share:.2f} % changed"
