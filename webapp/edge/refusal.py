"""An answer that says no: a status, a sentence, a code, and what was wrong by field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error looks like on the wire."""

    status: int
    error: str
    code: str
    fields: Mapping[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The JSON of it: `{"error", "code"}` and, for a bad body, `"fields"`."""
        content: dict[str, object] = {"error": self.error, "code": self.code}
        if self.fields:
            content["fields"] = dict(self.fields)
        return msgspec.json.encode(content)


Describe = Callable[[BaseException], Refusal]
