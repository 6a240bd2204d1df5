"""Whatever the request, documented or not, the response is never a 500."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.web import Web

EXAMPLES = 3


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_schemathesis_finds_no_fault(live: Web, tmp_path: Path) -> None:
    somebody = await live.person()  # who may sign out, or give everything away, at any moment
    token = await somebody.token()
    # Other methods than an address has are the router's matter, and one test's elsewhere.
    (tmp_path / "schemathesis.toml").write_text("[phases.coverage]\nunexpected-methods = []\n")
    run = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"{live.url}/api/openapi.json",
        "--url",
        live.url,
        "--header",
        f"Authorization: Bearer {token}",
        "--checks",
        "not_a_server_error,status_code_conformance,response_schema_conformance",
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        str(EXAMPLES),
        "--generation-deterministic",
        "--exclude-path",  # it answers for as long as one listens
        "/api/events",
        "--request-timeout",
        "20",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()[-8000:]
