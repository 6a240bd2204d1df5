"""Drafts: the next start removes those of dead processes, however recent; others stay."""

import threading
from pathlib import Path

from domain.infra.storage.atomic_files import draft, sweep_drafts


def test_what_a_killed_process_left_this_moment_is_swept(tmp_path: Path) -> None:
    (tmp_path / "left.tmp").write_bytes(b"half")
    assert sweep_drafts(tmp_path) == 1
    assert not list(tmp_path.iterdir())


def test_a_draft_under_way_is_not_swept(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    with draft(incoming) as made:
        made.write(b"whole")
        assert sweep_drafts(incoming) == 0
        made.publish(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"whole"


def test_a_sweep_at_the_very_moment_that_a_draft_is_made_takes_nothing(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            sweep_drafts(incoming)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for number in range(300):
            with draft(incoming) as made:
                made.write(b"whole")
                made.publish(tmp_path / f"{number}")
    finally:
        stop.set()
        sweeper.join()
    assert len(list(tmp_path.glob("[0-9]*"))) == 300
    assert not list(incoming.iterdir())
