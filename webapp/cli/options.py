"""Options of `moments up`, kept in the home for commands that run beside it.

The web's address is valid while `up` runs. The demo choice is valid until changed: `up` can be
restarted before anybody creates the first account.
"""

import json
from typing import Final

from domain.core.settings import Settings

LASTING: Final = frozenset({"demo"})
ALL: Final = LASTING | {"host", "port", "public_url", "tls_certificate", "tls_key"}


def remember(settings: Settings, names: frozenset[str] = ALL) -> None:
    """Store which of these settings were chosen, by option or environment; forget the others."""
    path = settings.home / "up.json"
    draft = path.with_suffix(".tmp")
    draft.write_text(settings.model_dump_json(include=set(names & settings.model_fields_set)))
    draft.replace(path)


def recall(settings: Settings, names: frozenset[str] = ALL) -> Settings:
    """Return the settings, with `up`'s options in place of defaults."""
    try:
        kept = json.loads((settings.home / "up.json").read_text())
    except (OSError, ValueError):
        return settings
    chosen = {name: value for name, value in kept.items() if name in names}
    return settings.changed(**{**chosen, **settings.chosen()})
