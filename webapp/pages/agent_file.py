"""`/moments-agent.pyz`: the agent as one file that any Python runs (PEP 441)."""

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Final

from fastapi.responses import Response

_ROOT: Final = Path(__file__).parents[2]
_MAIN: Final = """\
import sys

if sys.version_info < (3, 10):
    sys.exit("The agent needs Python 3.10 or later.")

from webapp.agent.main import main

sys.exit(main())
"""
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same code is the same file


async def agent_file() -> Response:
    """Return the agent."""
    headers = {
        "content-disposition": 'attachment; filename="moments-agent.pyz"',
        "cache-control": "no-cache",
    }
    return Response(build(), media_type="application/zip", headers=headers)


@cache
def build() -> bytes:
    """Return the file: a line that names the interpreter, and a zip of the sources.

    The visual diff is in it, for `diff` where numpy and Pillow are installed.
    """
    file = io.BytesIO()
    file.write(b"#!/usr/bin/env python3\n")
    top = [_ROOT / name / "__init__.py" for name in ("webapp", "domain", "domain/commits")]
    parts = [_ROOT / "webapp/agent", _ROOT / "domain/commits/visual"]
    paths = [*top, *(path for part in parts for path in sorted(part.rglob("*.py")))]
    sources = {str(path.relative_to(_ROOT)): path.read_text("utf-8") for path in paths}
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"__main__.py": _MAIN, **sources}.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), text, zipfile.ZIP_DEFLATED)
    return file.getvalue()
