"""What the embedded PostgreSQL runs with."""

from pathlib import Path

import pytest

from domain.infra.postgres.options import memory, server_options, shared_buffers

GIB = 2**30


@pytest.mark.parametrize(
    ("memory", "data", "size"),
    [
        (GIB, 100 * GIB, "128MB"),
        (8 * GIB, 100 * GIB, "512MB"),
        (64 * GIB, 100 * GIB, "1024MB"),
        (64 * GIB, GIB, "256MB"),
        (64 * GIB, 0, "128MB"),
    ],
)
def test_the_cache_is_a_part_of_the_memory_and_of_the_data(
    memory: int, data: int, size: str
) -> None:
    assert shared_buffers(memory, data) == size


def test_the_data_are_measured(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    with (tmp_path / "base" / "large").open("wb") as file:
        file.truncate(800 * 2**20)  # it has a hole, and takes no space
    assert server_options(tmp_path)["shared_buffers"] == shared_buffers(memory(), 800 * 2**20)
