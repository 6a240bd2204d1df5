"""Generate the README's table of settings.

`python scripts/settings_table.py` updates the README.
"""

from pathlib import Path

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from domain.core.settings import Settings

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN = "<!-- settings: made by scripts/settings_table.py -->\n"
END = "<!-- /settings -->"


def names(name: str, field: FieldInfo) -> list[str]:
    """Return the environment variables that set a field."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [str(alias)] if alias else [f"MOMENTS_{name.upper()}"]


def default(name: str, field: FieldInfo) -> str:
    """Return a field's default in `.env` syntax."""
    if name == "home":
        return "`~/.moments`"
    value = field.default
    if value is None or value == () or value is PydanticUndefined:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def table() -> str:
    """Return the table as Markdown."""
    rows = ["| Setting | Default | What it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        keys = " or ".join(f"`{key}`" for key in names(name, field))
        rows.append(f"| {keys} | {default(name, field)} | {field.description} |")
    return "\n".join(rows) + "\n"


def updated(readme: str) -> str:
    """Return the README's text with the current table."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
