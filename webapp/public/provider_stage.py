"""The place of a provider's player on a page: what its script gets, and the way to the source."""

import json
from dataclasses import dataclass
from typing import Any

from domain.core.settings import Settings
from domain.marks.models import TrackSource
from domain.marks.rules import blocked
from domain.marks.times import whole_start
from domain.moments.models import MediaSource
from domain.sharing.places import place_of
from webapp.edge.asgi_types import Scope
from webapp.players import PROVIDER_NAMES, Playable, show_player
from webapp.public.render import duration


@dataclass(frozen=True, slots=True)
class Stage:
    """The template's variables."""

    provider: str
    url: str
    open_url: str | None  # the source, at its start if its provider can
    open_words: str
    reason: str | None  # why it cannot be played here
    config: dict[str, Any] | None  # what the script needs; None: there is no player for it

    @property
    def name(self) -> str:
        """The provider's name."""
        return PROVIDER_NAMES.get(self.provider, self.provider)

    @property
    def json(self) -> str:
        """What the script needs, as JSON."""
        return json.dumps(self.config)


def stage_of(
    scope: Scope,
    settings: Settings,
    source: TrackSource,
    span: tuple[float, float] | None,
    own: str | None = None,
) -> Stage:
    """Return the place of a source's part (seconds, on its own time), or of all of it.

    Call it while the page is drawn: the page's policy then names the provider. `own` is the public
    page of our own media.
    """
    start_ds = round(span[0] * 10) if span else 0
    place = place_of(
        MediaSource(source.provider, source.provider_id, own or source.url),
        whole_start(start_ds),
        None,
    )
    reason = blocked(source)
    config = None if reason else _config(scope, settings, source, span, own)
    return Stage(
        provider=source.provider,
        url=own or source.url,
        open_url=place.url,
        open_words=f"Open at {duration(start_ds * 100)}"
        if place.opens_at_start
        else f"Open in {PROVIDER_NAMES[source.provider]}"
        if source.provider in {"spotify", "moments"}
        else "Open the source",
        reason=reason,
        config={**config, "href": place.url} if config else None,
    )


def _config(
    scope: Scope,
    settings: Settings,
    source: TrackSource,
    span: tuple[float, float] | None,
    own: str | None,
) -> dict[str, Any] | None:
    media_url = f"{own}/media.mp4" if own else None
    what = Playable(
        source.provider,
        source.provider_id,
        source.kind,
        source.url,
        source.shown_title,
        source.length_ms,
        media_url=media_url,
        poster=f"{own}/thumbnail.jpg" if own else None,
    )
    player = show_player(scope, settings, what)
    if player is None:
        return None
    part = {"start": span[0], "end": span[1]} if span else None
    return {**player, "range": part}
