"""An error response: a status, a sentence, a code, and the problem of each field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error in wire format."""

    status: int
    error: str
    code: str
    fields: Mapping[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """Its JSON: `{"error", "code"}` and, for an invalid body, `"fields"`."""
        content: dict[str, object] = {"error": self.error, "code": self.code}
        if self.fields:
            content["fields"] = dict(self.fields)
        return msgspec.json.encode(content)


Describe = Callable[[BaseException], Refusal]
