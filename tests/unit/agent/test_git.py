"""Commits as they are found: on a branch, detached, in CI, merged."""

import json
from pathlib import Path

import pytest

from tests.support.agent import Repository, repository
from webapp.agent.ci import Build, build_of
from webapp.agent.errors import UsageError
from webapp.agent.git import commit_of


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return repository(tmp_path / "repo")


def test_no_repository_and_no_commit_are_no_commit(tmp_path: Path, repo: Repository) -> None:
    assert commit_of(tmp_path, Build(), "commit") is None
    assert commit_of(repo.folder, Build(), "commit") is None


def test_a_commit_has_its_facts(repo: Repository) -> None:
    made = repo.commit("First\n\nWith a body", a_txt="one\n")
    repo.git("remote", "add", "origin", "https://x-access-token:secret@example.org/a.git")
    found = commit_of(repo.folder, Build(), "commit")
    assert found is not None
    assert (found.hash, found.branch, found.author) == (made, "main", "Ada")
    assert found.message == "First\n\nWith a body"
    assert found.repository == "https://example.org/a.git"
    assert found.diff is not None
    assert "+one" in found.diff
    assert not found.is_dirty


def test_a_detached_head_has_the_branch_that_points_at_it(repo: Repository) -> None:
    repo.commit("First")
    repo.git("checkout", "--quiet", "--detach")
    found = commit_of(repo.folder, Build(), "none")
    assert found is not None
    assert found.branch == "main"
    repo.git("branch", "other")
    found = commit_of(repo.folder, Build(), "none")
    assert found is not None
    assert found.branch is None


def test_a_branch_s_diff_begins_where_it_left_its_base(repo: Repository) -> None:
    repo.commit("First", a_txt="one\n")
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.commit("Second", b_txt="two\n")
    repo.commit("Third", c_txt="three\n")
    found = commit_of(repo.folder, Build(base_branch="main"), "branch")
    assert found is not None
    assert found.diff is not None
    assert "+two" in found.diff
    assert "+one" not in found.diff
    with pytest.raises(UsageError):
        commit_of(repo.folder, Build(base_branch="--output=x"), "branch")


@pytest.mark.parametrize(
    ("environment", "branch"),
    [
        ({"GITHUB_HEAD_REF": "feature", "GITHUB_REF_NAME": "7/merge"}, "feature"),
        ({"GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "main"}, "main"),
        ({"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1"}, None),
        ({"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "a/b", "CI_COMMIT_REF_NAME": "x"}, "a/b"),
        ({"CI_COMMIT_REF_NAME": "main"}, "main"),
        ({"GIT_BRANCH": "origin/main"}, "main"),
        ({}, None),
    ],
)
def test_ci_names_the_branch(environment: dict[str, str], branch: str | None) -> None:
    assert build_of(environment).branch == branch


def test_a_pull_request_s_merge_has_the_commit_that_people_know(
    repo: Repository, tmp_path: Path
) -> None:
    base = repo.commit("First", a_txt="one\n")
    repo.git("checkout", "--quiet", "-b", "feature")
    head = repo.commit("Second", b_txt="two\n")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message=Merge 2 into 1", "feature")
    event = {"pull_request": {"head": {"sha": head}, "base": {"sha": base}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    build = build_of({"GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_RUN_ID": "1"})
    found = commit_of(repo.folder, build, "branch")
    assert found is not None
    assert (found.hash, found.message) == (head, "Second")
    assert "+two" in str(found.diff)
