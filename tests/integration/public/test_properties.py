"""Whatever the request, documented or not, the response is never a 500."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.web import Web

EXAMPLES = 3
# Each of these is read by the same code wherever it may be sent: a few addresses show it.
SHARED = frozenset({"Idempotency-Key", "X-Moment-Id", "limit", "offset"})
A_FEW = 5


def without_repetition(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave the shared parameters to the first operations that have them."""
    seen: Counter[str] = Counter()
    for operations in schema["paths"].values():
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            seen.update(each["name"] for each in parameters)
            operation["parameters"] = [
                each
                for each in parameters
                if each["name"] not in SHARED or seen[each["name"]] <= A_FEW
            ]
    return schema


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_schemathesis_finds_no_fault(live: Web, tmp_path: Path) -> None:
    somebody = await live.person()  # who may sign out, or give everything away, at any moment
    token = await somebody.token()
    # Other methods than an address has are the router's matter, and one test's elsewhere.
    hooks = Path(__file__).with_name("fewer_cases.py")
    (tmp_path / "schemathesis.toml").write_text(
        f"hooks = '{hooks}'\n[phases.coverage]\nunexpected-methods = []\n"
    )
    async with httpx.AsyncClient(timeout=120) as http:
        schema = (await http.get(f"{live.url}/api/openapi.json")).json()
    (tmp_path / "openapi.json").write_text(json.dumps(without_repetition(schema)))
    run = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        "run",
        "openapi.json",
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
