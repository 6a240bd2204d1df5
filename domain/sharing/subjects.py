"""Shareable subjects: a whole moment, or one file of it. Each package registers its view.

A link names its subjects by id. `moment_…` shows all files of a moment; the other prefixes belong
to packages, which answer for their own files.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.sharing.models import PublicMoment


class Viewable(Protocol):
    """One package's views of its subjects."""

    async def check(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moment of each subject that an actor can see, locked in the open transaction.

        Raises:
            NotFound: One is absent, deleted, another organisation's, or hidden from them.
        """
        ...

    async def moments(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moment of each subject that still exists."""
        ...

    async def views(self, ids: Sequence[str], organization_id: str) -> Mapping[str, PublicMoment]:
        """Return the public views of subjects, without deleted ones."""
        ...

    def event(self, subject_id: str) -> str:
        """Return the event kind for a changed subject."""
        ...


class Subjects:
    """All kinds of subjects, by their ids' prefix."""

    def __init__(self, viewable: Mapping[str, Viewable]) -> None:
        self._viewable = viewable

    async def check(self, actor: Actor, ids: Sequence[str]) -> dict[str, str]:
        """Return the moment of each subject; as `Viewable.check`."""
        found: dict[str, str] = {}
        for viewable, mine in self._by_kind(ids):
            found |= await viewable.check(actor, mine)
        return {subject_id: found[subject_id] for subject_id in dict.fromkeys(ids)}

    async def moments(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the moment of each subject that still exists."""
        found: dict[str, str] = {}
        for viewable, mine in self._by_kind(ids):
            found |= await viewable.moments(mine)
        return found

    async def views(self, ids: Sequence[str], organization_id: str) -> list[PublicMoment]:
        """Return a link's content, in its order, without deleted subjects."""
        found: dict[str, PublicMoment] = {}
        for viewable, mine in self._by_kind(ids):
            found |= await viewable.views(mine, organization_id)
        return [found[subject_id] for subject_id in ids if subject_id in found]

    def event(self, subject_id: str) -> str:
        """Return the event kind for a changed subject."""
        return self._of(subject_id).event(subject_id)

    def _of(self, subject_id: str) -> Viewable:
        viewable = self._viewable.get(subject_id.partition("_")[0])
        if viewable is None:
            message = f"There is no such moment, snapshot or clip: {subject_id[:60]}."
            raise NotFound(message)
        return viewable

    def _by_kind(self, ids: Sequence[str]) -> list[tuple[Viewable, list[str]]]:
        groups: dict[int, tuple[Viewable, list[str]]] = {}
        for subject_id in dict.fromkeys(ids):
            viewable = self._of(subject_id)
            groups.setdefault(id(viewable), (viewable, []))[1].append(subject_id)
        return list(groups.values())
