"""Nonces for NiceGUI's own inline scripts, so that no other inline script may run.

They are put into its template, not into a finished page: whatever a page's content contains gets
none. `Access` chooses a request's nonce, and `Policy` names it in the page's header.
"""

import re
from typing import Final

from jinja2 import DictLoader
from nicegui.client import templates

_NAME: Final = "index.html"
_INLINE: Final = re.compile(r"<script(?![^>]*\b(?:src|nonce)=)")


def add_nonces() -> None:
    """Give the inline scripts of NiceGUI's template the nonce of the request."""
    environment = templates.env
    if environment.loader is None:  # Starlette gives it one
        return
    source, *_ = environment.loader.get_source(environment, _NAME)
    attribute = "<script nonce=\"{{ request.scope.get('nonce', '') }}\""
    environment.loader = DictLoader({_NAME: _INLINE.sub(attribute, source)})
