"""Retention policies in memory."""

from collections.abc import Sequence

from domain.accounts.models import Caller, Role
from domain.moments.policies import Going, Rule, RulePreview
from tests.fakes.library import NOW, FakeLibrary


class FakePolicies:
    """Rules; every preview finds one moment a rule."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.kept: Sequence[Rule] = ()

    async def rules(self, caller: Caller) -> Sequence[Rule]:
        """Return the rules."""
        self._library.check()
        return self.kept

    async def set_rules(self, caller: Caller, rules: Sequence[Rule]) -> Sequence[Rule]:
        """Replace the rules."""
        self._library.check(at_least=Role.ADMIN)
        self.kept = tuple(rules)
        return self.kept

    async def preview(self, caller: Caller, rules: Sequence[Rule]) -> Sequence[RulePreview]:
        """Return a moment for each rule."""
        self._library.check(at_least=Role.ADMIN)
        going = Going("moment_1", "<b>Old</b>", None, NOW)
        return [RulePreview(rule, 1, 2_400_000, [going]) for rule in rules]
