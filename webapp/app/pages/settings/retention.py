"""Retention: rules of what goes to the bin by itself, shown before they apply."""

from collections.abc import Sequence
from dataclasses import replace

from domain.core.errors import BadFields
from domain.moments.policies import Rule, RulePreview
from webapp.app.components.list_row import Press, RowItem, RowList
from webapp.app.kit.elements import Button, El, plural
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section
from webapp.pages.theme import size_text


class RetentionPage(SettingsPage):
    """The rules, and a dialog that shows what they would move."""

    section = "retention"

    def draw(self) -> None:
        """Draw the list."""
        lead = "What goes to the bin by itself. Without rules, everything stays."
        with section("Retention", lead) as action:
            if self.is_admin:
                with action:
                    Button("Add rule", lambda: self._ask(Rule()), kind="solid", glyph="plus")
            self.list = RowList(self._do, none="No rules: everything stays.")
            days = plural(self.services.settings.retention_days, "day")
            El(
                "p",
                "m-hint m-after",
                "Marks, public and unlisted moments, baselines, and what is in a collection or has "
                f"a valid link always stay. From the bin, moments can be restored for {days}, "
                "and a restored one stays for as long again.",
            )

    @in_order
    async def refresh(self) -> None:
        """Show the rules."""
        self._rules = list(await self.services.policies.rules(self.caller))
        self.list.show([self._row(each) for each in self._rules])

    def _row(self, each: Rule) -> RowItem:
        changes = (
            Press("edit", "Edit", "pencil"),
            Press("preview", "Show what would go", "eye"),
            Press("-", ""),
            Press("delete", "Delete", "trash", is_danger=True),
        )
        return RowItem(
            id=each.branch or "*",
            title=_name(each),
            meta=(*_words(each), *(("tagged moments stay",) if each.keep_tagged else ())),
            glyph="branch" if each.branch else "library",
            menu=changes if self.is_admin else (),
        )

    async def _do(self, row_id: str, what: str, _value: str) -> None:
        rule = next((each for each in self._rules if (each.branch or "*") == row_id), None)
        if rule is None:
            return
        if what == "edit":
            self._ask(rule, was=rule)
        elif what == "delete":
            await self.act(lambda: self._save(self._without(rule)), once="save")
        elif what == "preview":
            await self.act(lambda: self._show(self._rules, is_new=False), once="preview")

    def _without(self, rule: Rule | None) -> list[Rule]:
        return [each for each in self._rules if rule is None or each.branch != rule.branch]

    def _ask(self, rule: Rule, was: Rule | None = None) -> None:
        """Ask for a rule; the next dialog shows what it would move."""
        dialog = Dialog(self.client, "Edit rule" if was else "Add rule")

        async def go_on(values: Values) -> None:
            made = replace(
                rule,
                branch=values["branch"],
                max_age_days=_number("max_age_days", values["max_age_days"]),
                keep_newest=_number("keep_newest", values["keep_newest"]),
                keep_tagged=values["keep_tagged"],
            )
            await self._show([*self._without(was), made], is_new=True)
            dialog.close()

        with dialog.body:
            form = Form(self.act, go_on, action="Show what would go", cancel=dialog.close)
            with form.body:
                form.add_text(
                    "branch",
                    "Branch",
                    rule.branch,
                    hint="Empty for everything else; release/* for all that begin alike.",
                    maxlength=250,
                )
                with El("div", "m-two"):
                    days, newest = rule.max_age_days, rule.keep_newest
                    form.add_text("max_age_days", "Days to keep", str(days or ""), type="number")
                    form.add_text(
                        "keep_newest",
                        "Newest to keep on each branch",
                        str(newest or ""),
                        type="number",
                    )
                form.add_toggle("keep_tagged", "Keep tagged moments", value=rule.keep_tagged)

    async def _show(self, rules: Sequence[Rule], *, is_new: bool) -> None:
        """Show what rules would move now, and offer to apply new ones."""
        found = await self.services.policies.preview(self.caller, rules)
        total = sum(each.total for each in found)
        size = f", {size_text(sum(each.bytes for each in found))}," if total else ""
        dialog = Dialog(self.client, f"{plural(total, 'moment')}{size} would go to the bin")

        async def apply() -> None:
            if await self.act(lambda: self._save(rules), once="save"):
                dialog.close()

        with dialog.body:
            for each in found:
                if each.total:
                    _draw_going(each)
            if not total:
                El("p", "m-2", "Nothing goes now. The rules are checked every hour.")
            if is_new:
                with El("div", "m-dfoot"):
                    Button("Cancel", dialog.close)
                    Button("Apply", apply, kind="danger" if total else "solid")

    async def _save(self, rules: Sequence[Rule]) -> None:
        await self.services.policies.set_rules(self.caller, rules)
        await self.refresh()
        self.toaster.say("Saved", "The rules apply within the hour.")


def _number(name: str, text: object) -> int | None:
    words = str(text or "").strip().removesuffix(".0")
    if not words:
        return None
    if not words.isdecimal() or len(words) > 9:
        raise BadFields({name: "must be a whole number"})
    return int(words)


def _name(rule: Rule) -> str:
    return rule.branch or "Everything else"


def _words(rule: Rule) -> list[str]:
    words = []
    if rule.max_age_days is not None:
        words.append(f"after {plural(rule.max_age_days, 'day')}")
    if rule.keep_newest is not None:
        words.append(f"all but the newest {rule.keep_newest}")
    return words


def _draw_going(each: RulePreview) -> None:
    El("h3", text=f"{_name(each.rule)}: {each.total}, {size_text(each.bytes)}")
    with El("ul", "m-texts m-sm m-2"):
        for going in each.oldest:
            El("li", text=f"{going.title}, {going.created_at:%d %b %Y}")
        if each.total > len(each.oldest):
            El("li", text=f"And {each.total - len(each.oldest)} newer ones.")
