"""What the MCP server's tools take, and the check of it."""

from collections.abc import Mapping
from typing import Any

from webapp.agent.errors import UsageError

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
}


def _strings(words: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": words}


def _string(words: str) -> dict[str, Any]:
    return {"type": "string", "description": words}


_MOMENT = _string("The moment's id: moment_…")
_FILES = _strings("Paths of files, below the folder that this server was started for.")


def _tool(
    name: str,
    title: str,
    words: str,
    properties: Mapping[str, Any],
    *,
    required: tuple[str, ...] = (),
    reads: bool = False,
) -> dict[str, Any]:
    hints = {"readOnlyHint": reads, "destructiveHint": False, "openWorldHint": True}
    return {
        "name": name,
        "title": title,
        "description": words,
        "inputSchema": {
            "type": "object",
            "properties": dict(properties),
            "required": list(required),
            "additionalProperties": False,
        },
        "annotations": hints,
    }


TOOLS = [
    _tool(
        "capture",
        "Capture",
        "Capture web pages, the screen or files as one moment, together with the git commit. Texts"
        " are sent without their secrets.",
        {
            "urls": _strings("Pages to capture with headless Chromium, http or https."),
            "files": _FILES,
            "screen": {"type": "boolean", "description": "Capture the screen."},
            "title": _string("By default the commit's subject."),
            "description": _string("What it shows, and why."),
            "tags": _strings("Labels."),
            "size": _string("The window of pages, for example 390x844; by default 1440x900."),
            "full_page": {"type": "boolean", "description": "Whole pages, beyond the window."},
            "mask": _strings("CSS selectors or X,Y,W,H rectangles to black out."),
            "repo": _string("The repository's folder; by default the folder of this server."),
            "share": _string(
                "Only if somebody wants anybody to see the picture: how long, such as 12h or 30d."
            ),
        },
    ),
    _tool(
        "attach",
        "Attach files",
        "Add files to a moment.",
        {"moment": _MOMENT, "files": _FILES},
        required=("moment", "files"),
    ),
    _tool(
        "find",
        "Find moments",
        "Find moments by words, branch or tags, newest first; shows the first one's picture.",
        {
            "query": _string("Words in the title, description, commit message, diff or author."),
            "branch": _string("A git branch."),
            "tags": _strings("All of these labels."),
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "description": "20."},
        },
        reads=True,
    ),
    _tool(
        "compare",
        "Compare",
        "Say what changed in the pictures of a moment since its baseline, or since another moment.",
        {"moment": _MOMENT, "before": _string("The earlier moment; by default the baseline.")},
        required=("moment",),
        reads=True,
    ),
    _tool(
        "approve",
        "Approve or reject",
        "Approve a moment's pictures, so that later commits are compared with them, or reject"
        " them. Only if a person asked for it.",
        {
            "moment": _MOMENT,
            "verdict": {
                "type": "string",
                "enum": ["approved", "rejected"],
                "description": "By default approved.",
            },
            "note": _string("Why."),
        },
        required=("moment",),
    ),
]


def check(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Do nothing if a tool takes these arguments.

    Raises:
        UsageError: One is missing, unknown or of the wrong type.
    """
    properties = schema["properties"]
    if missing := [name for name in schema["required"] if name not in arguments]:
        raise UsageError(f"The argument {missing[0]} is missing.")
    for name, value in arguments.items():
        if name not in properties:
            raise UsageError(f"There is no argument {name}. Use {', '.join(properties)}.")
        if problem := _problem(properties[name], value):
            raise UsageError(f"The argument {name} {problem}.")


def _problem(schema: Mapping[str, Any], value: Any) -> str | None:  # noqa: ANN401 (JSON)
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return f"must be of type {kind}"
    if isinstance(value, list) and not all(isinstance(each, str) for each in value):
        return "must hold strings"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(schema['enum'])}"
    if kind == "integer" and not schema["minimum"] <= value <= schema["maximum"]:
        return f"must be {schema['minimum']} to {schema['maximum']}"
    return None
