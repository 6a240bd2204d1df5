"""`/api/docs`: interactive API documentation, served without any third-party host."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin

from webapp import assets

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moments API</title>
<script type="module" src="{viewer}"></script>
<style>body{{margin:0;background:#0b1020}}</style>
</head>
<body>
<rapi-doc spec-url="/api/openapi.json" load-fonts="false" theme="dark" bg-color="#0b1020"
  text-color="#e6e9f5" primary-color="#8b7bff" nav-bg-color="#10162b" render-style="focused"
  show-header="false" schema-style="table" allow-authentication="true" persist-auth="false"
  regular-font="Inter, system-ui, sans-serif" mono-font="ui-monospace, monospace">
</rapi-doc>
</body>
</html>
"""


class DocsPage(OpenAPIRenderPlugin):
    """RapiDoc over our own OpenAPI document."""

    def __init__(self) -> None:
        super().__init__(path="/", favicon="")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page; it loads the document itself."""
        viewer = assets.url("vendor/rapidoc/rapidoc-min.js")
        return _PAGE.format(viewer=viewer).encode()


@get(
    "/openapi.json",
    include_in_schema=False,
    opt={"anybody": True},
    media_type="application/json",
    sync_to_thread=True,
)
def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the OpenAPI document."""
    state = request.app.state
    if "openapi_document" not in state:
        state.openapi_document = msgspec.json.encode(request.app.openapi_schema.to_schema())
    headers = {"cache-control": "public, max-age=300"}
    return Response(state.openapi_document, media_type="application/json", headers=headers)
