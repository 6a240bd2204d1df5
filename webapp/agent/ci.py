"""What a CI service says about the build: branch, commit and where it runs.

A build checks out a commit, not a branch (detached HEAD), and for a pull request often a merge of
it that nobody knows; the service's variables name both.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The first that is set counts: a pull request's branch before what was checked out.
_BRANCHES = (
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_COMMIT_BRANCH",
    "BITBUCKET_BRANCH",
    "CIRCLE_BRANCH",
    "BUILDKITE_BRANCH",
    "CHANGE_BRANCH",  # Jenkins, for a pull request
    "DRONE_SOURCE_BRANCH",
    "TRAVIS_PULL_REQUEST_BRANCH",
    "TRAVIS_BRANCH",
    "SEMAPHORE_GIT_WORKING_BRANCH",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH",  # Azure
    "BUILD_SOURCEBRANCHNAME",
    "APPVEYOR_REPO_BRANCH",
    "CI_COMMIT_REF_NAME",
    "GITHUB_REF_NAME",
    "GIT_BRANCH",
    "BRANCH_NAME",
)
_BASES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "CHANGE_TARGET",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
)
_PREFIXES = ("refs/heads/", "origin/")


@dataclass(frozen=True, slots=True)
class Build:
    """A build; fields that the service does not say are None."""

    branch: str | None = None
    base_branch: str | None = None
    base_commit: str | None = None
    commit: str | None = None  # where the checkout is a merge: the pull request's own
    url: str | None = None


def build_of(environment: Mapping[str, str]) -> Build:
    """Return what the environment says about the build."""
    event = _github_event(environment)
    return Build(
        branch=_branch(environment, _BRANCHES),
        base_branch=_branch(environment, _BASES),
        base_commit=environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")
        or _text(event, "base", "sha"),
        commit=environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or _text(event, "head", "sha"),
        url=_url(environment),
    )


def _branch(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    if environment.get("GITHUB_REF_TYPE") == "tag" or environment.get("CI_COMMIT_TAG"):
        return None
    name = next((environment[each] for each in names if environment.get(each)), "")
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return None if name in {"", "HEAD"} else name


def _url(environment: Mapping[str, str]) -> str | None:
    if run := environment.get("GITHUB_RUN_ID"):
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        return f"{server}/{environment.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
    return environment.get("CI_JOB_URL") or environment.get("BUILD_URL")


def _github_event(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the pull request of the event that started a GitHub workflow."""
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        found = json.loads(Path(path).read_text("utf-8"))["pull_request"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(event: Mapping[str, Any], *names: str) -> str | None:
    found: Any = event
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found else None
