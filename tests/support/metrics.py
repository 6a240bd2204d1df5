"""The metrics that the operations guide says to watch."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

_GUIDE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def metrics_to_watch(where: str) -> list[str]:
    """Return the guide's metric names for `web`, `web, with an S3 store` or `node`."""
    rows = re.findall(rf"^\| {where}: ([^|]*)\|", _GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert names, f"the guide names no metric of: {where}"
    return names


def metric_names(text: str) -> set[str]:
    """Return the names of an exposition's families and samples."""
    families = list(text_string_to_metric_families(text))
    samples = {sample.name for family in families for sample in family.samples}
    return samples | {family.name for family in families}
