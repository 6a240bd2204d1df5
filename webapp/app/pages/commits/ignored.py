"""The changes that are ignored in a repository, each with its undo."""

from domain.core.time import isoformat
from webapp.app.components.list_row import Press, RowItem, RowList, When
from webapp.app.kit.elements import El
from webapp.app.pages.commits.state import short_name
from webapp.app.shell import SignedInPage


class Ignored:
    """A part of a page; nothing is drawn where nothing is ignored."""

    def __init__(self, page: SignedInPage) -> None:
        self._page = page
        self._repository: str | None = None
        with El("section", "m-section", aria_label="Ignored changes") as self._root:
            El("h2", text="Ignored changes")
            self._rows = RowList(self._act, none="No changes are ignored.")

    async def show(self, repository: str | None) -> None:
        """Read them anew."""
        self._repository = repository
        page = self._page
        found = await page.services.reviews.ignored(page.caller, repository)
        buttons = [Press("undo", "Show again")] if page.me["may_capture"] else []
        items = [
            RowItem(
                each.id,
                each.name,
                short_name(each.repository),
                [
                    *([each.ignored_by.name or each.ignored_by.email] if each.ignored_by else []),
                    When("", isoformat(each.ignored_at), "time"),
                ],
                glyph="eye",
                buttons=buttons,
            )
            for each in found
        ]
        self._root.set_visibility(bool(items))
        self._rows.show(items)

    async def _act(self, ignored_id: str, _what: str, _value: str) -> None:
        async def do() -> None:
            await self._page.services.reviews.stop_ignoring(self._page.caller, ignored_id)
            await self.show(self._repository)

        if await self._page.act(do, once=f"undo {ignored_id}"):
            self._page.toaster.say("This change is shown again")
