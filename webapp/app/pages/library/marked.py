"""A mark on its moment's page: its part in the provider's own player, and who else saved it."""

from domain.accounts.models import Caller
from domain.marks.models import Mark
from webapp.app.components.provider_player import ProviderPlayer
from webapp.app.kit.elements import El, Icon, link
from webapp.app.pages.marks.player import playable
from webapp.app.pages.marks.state import link_of
from webapp.app.shell import SignedInPage
from webapp.players import NO_PLAYER, PROVIDER_NAMES, original, show_player


class Marked:
    """A moment's mark, drawn where it is made."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark

    def is_of(self, caller: Caller) -> bool:
        """Return whether a caller saved it."""
        return self.mark.created_by == caller.user_id

    @staticmethod
    def key(mark: Mark) -> tuple[object, ...]:
        """Return what the player depends on: the same key is not drawn again."""
        return (mark.id, mark.start_ds, mark.end_ds, mark.seen_duration_ms)

    async def draw(self, page: SignedInPage) -> ProviderPlayer | None:
        """Draw the player and return it, or draw why there is none."""
        mark, source = self.mark, self.mark.source
        what = await playable(page.services, page.caller, link_of(mark), source)
        href = original(what, mark.start_ds)
        player = show_player(page.request.scope, page.services.settings, what)
        reason = source.restrictions.get("reason")
        if player is not None and not reason:
            return ProviderPlayer(
                player,
                part=(mark.start_ds / 10, mark.end_ds / 10),
                href=href,
                marked_ms=mark.seen_duration_ms,
            )
        name = PROVIDER_NAMES[source.provider]
        with El("div", "m-trouble", role="status"):
            El("p", text=str(reason or NO_PLAYER))
            El("a", "m-btn", f"Open {name}", href=href, target="_blank", rel="noopener")
        return None

    def draw_saved_by(self) -> None:
        """Draw how many people saved this part."""
        count = self.mark.saved_by
        people = "person" if count == 1 else "people"
        with El("p", "m-row m-t m-sm m-3"):
            Icon("people", "s")
            El("span", text=f"{count:,} {people} saved this part in Moments")
        link("Its track, and where else it is", f"/tracks/{self.mark.track_id}", "m-link m-sm")
