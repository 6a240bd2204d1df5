"""Colours of configuration and code, by Pygments' lexers; the markup and its classes are ours."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from pygments.token import _TokenType

_LEXERS: Final[Mapping[str, str]] = {
    ".bash": "bash", ".c": "c", ".cpp": "cpp", ".css": "css", ".go": "go", ".h": "c",
    ".hcl": "terraform", ".html": "html", ".java": "java", ".js": "javascript", ".json": "json",
    ".kt": "kotlin", ".md": "markdown", ".py": "python", ".rb": "ruby", ".rs": "rust",
    ".sh": "bash", ".sql": "sql", ".svg": "xml", ".tf": "terraform", ".toml": "toml",
    ".ts": "typescript", ".xml": "xml", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
_NAMED: Final[Mapping[str, str]] = {
    "dockerfile": "docker", "makefile": "make", "nginx.conf": "nginx",
}  # fmt: skip
_LOOKS: Final[Mapping[str, str]] = {
    "Token.Comment": "dim",
    "Token.Generic.Heading": "bold",
    "Token.Keyword": "magenta",
    "Token.Keyword.Constant": "yellow",
    "Token.Literal.Number": "yellow",
    "Token.Literal.String": "green",
    "Token.Name.Attribute": "blue",
    "Token.Name.Builtin": "cyan",
    "Token.Name.Class": "bold",
    "Token.Name.Function": "blue",
    "Token.Name.Property": "blue",
    "Token.Name.Tag": "blue",
}


def lexer_of(name: str, *, is_config: bool) -> str | None:
    """Return which lexer reads a file; configuration of an unknown kind is keys and values."""
    path = PurePath(name.lower())
    known = _NAMED.get(path.name) or _LEXERS.get(path.suffix)
    return known or ("ini" if is_config else None)


@lru_cache(maxsize=256)
def coloured(lexer: str, text: str) -> Markup:
    """Return a text with its colours; takes milliseconds: call it in a thread."""
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 (0.3 s, and few pages need it)

    found = get_lexer_by_name(lexer, stripnl=False, ensurenl=False)
    runs = groupby(found.get_tokens(text), key=lambda token: _look_of(token[0], lexer))
    return Markup("").join(_span(look, "".join(words for _, words in run)) for look, run in runs)


def _look_of(kind: "_TokenType | None", lexer: str) -> str | None:
    if lexer == "toml" and str(kind) == "Token.Name":  # a key
        return "blue"
    while kind is not None:
        if look := _LOOKS.get(str(kind)):
            return look
        kind = kind.parent
    return None


def _span(look: str | None, text: str) -> Markup:
    return Markup('<span class="m-a-{}">{}</span>').format(look, text) if look else escape(text)
