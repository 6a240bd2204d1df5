"""Watching a repository, and git's hook."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.agent import Repository, repository
from webapp.agent.commands.watch import watch
from webapp.agent.errors import UsageError
from webapp.agent.main import main, parser


class Over(Exception):  # noqa: N818 (ends an endless loop)
    """Ends the watch."""


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return repository(tmp_path / "repo")


def options_of(repo: Repository, *more: str) -> argparse.Namespace:
    return parser().parse_args(["watch", "--repo", str(repo.folder), *more])


def test_each_new_commit_is_captured_and_a_failure_ends_nothing(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a server each capture fails, which says that it was tried."""
    repo.commit("First")
    asked = 0

    def sleep(_seconds: float) -> None:
        nonlocal asked
        asked += 1
        if asked in {2, 4}:
            repo.commit(f"Commit {asked}")
        if asked == 6:
            raise Over

    with pytest.raises(Over):
        watch(options_of(repo), {}, sleep)
    assert capsys.readouterr().err.count("Set MOMENTS_URL") == 2


def test_an_interval_needs_no_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = parser().parse_args(["watch", "--repo", str(tmp_path), "--every", "90"])
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Over

    with pytest.raises(Over):
        watch(options, {}, sleep)
    assert slept == [90, 90, 90]
    assert capsys.readouterr().err.count("Set MOMENTS_URL") == 2
    assert main(["watch", "--every", "0.5"]) == 2


def test_nothing_to_watch_is_a_sentence(repo: Repository) -> None:
    with pytest.raises(UsageError):
        watch(options_of(repo), {}, lambda _: None)


def test_the_hook_is_run_by_git_and_removed(repo: Repository, tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text(
        "import sys\nfrom webapp.agent.main import main\n"
        "if sys.argv[1] == 'watch': sys.exit(main())\n"
        f"open({str(tmp_path / 'log')!r}, 'w').write(' '.join(sys.argv[1:]))"
    )
    call = ["watch", "--repo", str(repo.folder), "--install-hook", "--url", "http://a b"]
    subprocess.run([sys.executable, agent, *call], check=True)
    hook = repo.folder / ".git" / "hooks" / "post-commit"
    line = hook.read_text().splitlines()[-1]
    subprocess.run(["sh", "-c", line.replace("&)", ")")], check=True)  # in the foreground
    expected = f"capture --repo {repo.folder} --url http://a b --quiet"
    assert (tmp_path / "log").read_text() == expected
    repo.commit("First")
    removal = [*call[:3], "--remove-hook"]
    assert main(removal) == 0
    assert not hook.exists()
    hook.write_text("#!/bin/sh\n")
    assert main(call) == 2
    assert main(removal) == 0
    assert hook.exists()
