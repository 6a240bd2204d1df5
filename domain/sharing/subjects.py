"""What can be shared: a whole moment, or one file of it. Each pillar registers how its kind looks.

A link names its subjects by id. `moment_…` shows all files of a moment; the other prefixes are the
pillars', which answer for their own files.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.sharing.models import PublicMoment


class Viewable(Protocol):
    """One pillar's answer to what its subjects show."""

    async def check(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moment of each subject that an actor sees, locked in the open transaction.

        Raises:
            NotFound: One is absent, deleted, another organisation's, or hidden from them.
        """
        ...

    async def moments(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moment of each subject that is still kept."""
        ...

    async def views(self, ids: Sequence[str], organization_id: str) -> Mapping[str, PublicMoment]:
        """Return what subjects show to anybody; deleted ones are left out."""
        ...

    def event(self, subject_id: str) -> str:
        """Return the kind of the event that says that a subject has changed."""
        ...


class Subjects:
    """All kinds of subjects together, by the prefix of their ids."""

    def __init__(self, viewable: Mapping[str, Viewable]) -> None:
        self._viewable = viewable

    async def check(self, actor: Actor, ids: Sequence[str]) -> dict[str, str]:
        """Return the moment of each subject; as `Viewable.check`."""
        found: dict[str, str] = {}
        for viewable, mine in self._by_kind(ids):
            found |= await viewable.check(actor, mine)
        return {subject_id: found[subject_id] for subject_id in dict.fromkeys(ids)}

    async def moments(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the moment of each subject that is still kept."""
        found: dict[str, str] = {}
        for viewable, mine in self._by_kind(ids):
            found |= await viewable.moments(mine)
        return found

    async def views(self, ids: Sequence[str], organization_id: str) -> list[PublicMoment]:
        """Return what a link to these shows, in its order; what was deleted is left out."""
        found: dict[str, PublicMoment] = {}
        for viewable, mine in self._by_kind(ids):
            found |= await viewable.views(mine, organization_id)
        return [found[subject_id] for subject_id in ids if subject_id in found]

    def event(self, subject_id: str) -> str:
        """Return the kind of the event that says that a subject has changed."""
        return self._of(subject_id).event(subject_id)

    def _of(self, subject_id: str) -> Viewable:
        viewable = self._viewable.get(subject_id.partition("_")[0])
        if viewable is None:
            message = f"There is no such moment, snapshot or clip: {subject_id[:60]}"
            raise NotFound(message)
        return viewable

    def _by_kind(self, ids: Sequence[str]) -> list[tuple[Viewable, list[str]]]:
        groups: dict[int, tuple[Viewable, list[str]]] = {}
        for subject_id in dict.fromkeys(ids):
            viewable = self._of(subject_id)
            groups.setdefault(id(viewable), (viewable, []))[1].append(subject_id)
        return list(groups.values())
