"""What pages load before they show anything."""

import re

import pytest

from tests.support.web import Person, Web

_ADDRESS = re.compile(r'(?:src=|href=|url\()"(/(?:static|_nicegui)/[^"]+)"')


@pytest.mark.parametrize(
    "path", ["/live", "/settings/profile", "/sign-in", "/s/nothing", "/api/docs"]
)
async def test_a_page_loads_files_that_are_compressed_and_kept(
    web: Web, ada: Person, path: str
) -> None:
    http = web.http if path == "/sign-in" else ada.http
    addresses = sorted(set(_ADDRESS.findall((await http.get(path)).text)))
    assert addresses
    for address in addresses:
        found = await http.get(address, headers={"Accept-Encoding": "gzip"})
        assert found.status_code == 200, address
        assert "immutable" in found.headers["cache-control"], address
        if len(found.content) > 500 and not address.endswith((".woff2", ".jpg")):
            assert found.headers["content-encoding"] == "gzip", address
            assert found.headers["vary"] == "Accept-Encoding", address
        known = {"If-None-Match": found.headers["etag"], "Accept-Encoding": "gzip"}
        assert (await http.get(address, headers=known)).status_code == 304, address
