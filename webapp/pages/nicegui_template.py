"""What we change in NiceGUI's template of a page.

Its inline scripts get nonces, so that no other inline script may run. They are put into the
template, not into a finished page: whatever a page's content contains gets none. `Access` chooses a
request's nonce, and `Policy` names it in the page's header.

Its style sheets and scripts are replaced by files that join them: a browser loads six at a time, so
each of them costs a distant reader a part of a round trip.
"""

import re
from typing import Final

from jinja2 import DictLoader
from nicegui.client import templates

from webapp import assets

_NAME: Final = "index.html"
_INLINE: Final = re.compile(r"<script(?![^>]*\b(?:src|nonce)=)")
_NONCE: Final = "<script nonce=\"{{ request.scope.get('nonce', '') }}\""
_SHEETS: Final = re.compile(r"^ *@import url\(.*\n", re.MULTILINE)  # the page's head has them
_SCRIPTS: Final = re.compile(
    r"""^\ *<script\ defer\ src="[^"]*/static/(?:socket\.io\.|quasar\.|nicegui\.|lang/)[^"]*">
    </script>\n""",
    re.MULTILINE | re.VERBOSE,
)
_LAST_SCRIPT: Final = "{{ body_html | safe }}"
# `webapp.app.modules` has these two functions.
_IMPORTS: Final = ("{{ js_imports | safe }}", "{{ joined_imports(js_imports) | safe }}")
_URLS: Final = ("in js_imports_urls %}", "in without_joined(js_imports_urls) %}")


def adapt_template() -> None:
    """Change the template, once."""
    environment = templates.env
    if environment.loader is None:  # Starlette gives it one
        return
    source, *_ = environment.loader.get_source(environment, _NAME)
    environment.loader = DictLoader({_NAME: adapted(source)})


def adapted(source: str) -> str:
    """Return the template with our changes."""
    script = (
        f'<script defer fetchpriority="high" src="{assets.url("js/framework.js")}"></script>\n    '
    )
    plain = _SCRIPTS.sub("", _SHEETS.sub("", source))
    plain = plain.replace(_LAST_SCRIPT, script + _LAST_SCRIPT)
    return _INLINE.sub(_NONCE, plain.replace(*_IMPORTS).replace(*_URLS))
