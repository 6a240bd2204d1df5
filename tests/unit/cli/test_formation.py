"""The number of processes that `moments up` runs, and their names and ports."""

from pathlib import Path

import pytest

from domain.core.errors import BadInput
from tests.conftest import isolated_settings
from webapp.cli.formation import media_nodes, parts_for
from webapp.cli.procfile import read


@pytest.mark.parametrize(("cores", "nodes"), [(1, 1), (2, 1), (3, 2), (4, 3), (64, 4)])
def test_there_is_a_node_for_each_core_but_one(tmp_path: Path, cores: int, nodes: int) -> None:
    assert media_nodes(isolated_settings(tmp_path), cores) == nodes


def test_the_setting_decides_and_one_address_is_one_node(tmp_path: Path) -> None:
    assert media_nodes(isolated_settings(tmp_path, media_nodes=7), 2) == 7
    address = {"media_url": "https://media.example"}
    assert media_nodes(isolated_settings(tmp_path, **address), 64) == 1
    with pytest.raises(BadInput, match="one node"):
        media_nodes(isolated_settings(tmp_path, media_nodes=2, **address))


def test_every_process_is_a_line_of_the_procfile(tmp_path: Path) -> None:
    settings = isolated_settings(tmp_path, media_nodes=3, media_port=9000)
    parts = parts_for(settings)
    lines = {line.name: line.command for line in read()}
    assert [part.line.name for part in parts if part.line.name.startswith("media")] == [
        "media", "media.2", "media.3",
    ]  # fmt: skip
    assert all(part.line.command == lines[part.line.name.partition(".")[0]] for part in parts)
    own = {part.line.name: part.environment for part in parts if part.environment}
    assert own == {
        "media.2": {"MOMENTS_MEDIA_NAME": "node-2", "MOMENTS_MEDIA_PORT": "9001"},
        "media.3": {"MOMENTS_MEDIA_NAME": "node-3", "MOMENTS_MEDIA_PORT": "9002"},
    }
