"""Share links and visitors: access, expiry, and what strangers never learn."""

from datetime import timedelta

import pytest

from domain.captures.models import Clip, NewClip, NewSnapshot, Notes
from domain.core.errors import (
    BadFields,
    Forbidden,
    Gone,
    MomentsError,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from domain.live.models import StreamChange
from domain.moments.models import NewMoment
from domain.sharing.models import NewShare, PublicView
from tests.integration.domain.conftest import World


async def clip(world: World) -> Clip:
    await world.stream("Garden")
    return await world.services.clips.create(
        world.member, NewClip(last_ms=2000, notes=Notes("Full bloom", "red"))
    )


async def test_a_link_opens_for_anybody(world: World) -> None:
    made = await clip(world)
    sharing = world.services.sharing
    link = await sharing.share(world.member, [made.id], NewShare(expires_in_s=3600))
    assert link.url == f"{world.services.settings.origin}/s/{link.token}"
    assert link.expires_at == world.clock.now() + timedelta(hours=1)
    view = await world.services.share_views.view(link.token)
    assert (view.title, view.description, view.by) == ("Full bloom", "red", "Member")
    [item] = view.items
    assert (item.kind, item.duration_ms) == ("clip", 2000)
    assert view.moments[0].source_name == "Garden"
    assert item.media is not None
    assert item.poster is not None
    assert item.poster.content_type == "image/jpeg"
    assert (await world.services.clips.get(world.viewer, made.id)).is_shared
    for token in (link.token, link.token, "unknown"):
        world.services.view_counts.add(token)
    await world.services.view_counts.close()
    [listed] = await sharing.links(world.viewer, made.id)
    assert (listed.url, listed.views) == (link.url, 2)
    assert await sharing.urls(world.viewer, [made.id, "clip_x"]) == {made.id: link.url}
    stored = str(await world.services.database.fetch("SELECT l::text FROM share_link l"))
    assert link.token not in stored


async def test_a_link_ends_by_itself_or_when_it_is_revoked(world: World) -> None:
    made = await clip(world)
    sharing = world.services.sharing
    brief = await sharing.share(world.member, [made.id], NewShare(expires_in_s=60))
    lasting = await sharing.share(world.member, [made.id], NewShare())
    world.clock.advance(61)
    with pytest.raises(Gone, match="expired"):
        await world.services.share_views.view(brief.token)
    assert (await world.services.share_views.view(lasting.token)).items
    for caller, error in ((world.stranger, NotFound), (world.viewer, Forbidden)):
        with pytest.raises(error):
            await sharing.revoke(caller, lasting.token)
    await sharing.revoke(world.admin, lasting.token)
    with pytest.raises(Gone, match="revoked"):
        await world.services.share_views.view(lasting.token)
    with pytest.raises(NotFound):
        await sharing.revoke(world.admin, lasting.token)
    assert not (await world.services.clips.get(world.viewer, made.id)).is_shared
    assert await sharing.links(world.viewer, made.id) == []


async def test_who_may_not_see_a_capture_does_not_revoke_its_link(world: World) -> None:
    sharing, streams = world.services.sharing, world.services.streams
    stream = await world.stream("Garden")
    seen = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=2000))
    hidden = await world.services.clips.create(world.owner, NewClip(stream.id, last_ms=2000))
    await streams.update(world.owner, stream.id, StreamChange(visibility="private"))
    for ids in ([hidden.id], [seen.id, hidden.id]):
        link = await sharing.share(world.owner, ids, NewShare())
        with pytest.raises(NotFound):
            await sharing.revoke(world.member, link.token)
        assert (await world.services.share_views.view(link.token)).items
        await sharing.revoke(world.admin, link.token)
    own = await sharing.share(world.owner, [seen.id], NewShare())
    await sharing.revoke(world.member, own.token)
    with pytest.raises(Gone):
        await world.services.share_views.view(own.token)


async def test_nothing_is_added_to_a_moment_that_is_hidden(world: World) -> None:
    stream = await world.stream("Garden")
    other = await world.stream("Yard")
    snapshots = world.services.snapshots
    hidden = await snapshots.create(world.owner, NewSnapshot(stream.id))
    notes = Notes(moment_id=hidden.moment_id)
    await snapshots.create(world.member, NewSnapshot(other.id, notes=notes))
    change = StreamChange(visibility="private")
    await world.services.streams.update(world.owner, stream.id, change)
    alone = Notes(moment_id=(await snapshots.create(world.owner, NewSnapshot(stream.id))).moment_id)
    with pytest.raises(NotFound):
        await snapshots.create(world.member, NewSnapshot(other.id, notes=alone))
    await snapshots.create(world.admin, NewSnapshot(other.id, notes=alone))


async def test_a_password_is_wanted_and_tries_are_limited(world: World) -> None:
    made = await clip(world)
    sharing = world.services.sharing
    link = await sharing.share(world.member, [made.id], NewShare(password="open sesame"))
    other = await sharing.share(world.member, [made.id], NewShare(password="other word"))
    assert link.has_password
    grant = await world.services.share_views.unlock(link.token, "open sesame", ip="192.0.2.1")
    wrong = await world.services.share_views.unlock(other.token, "other word", ip="192.0.2.1")
    view = await world.services.share_views.view(link.token, grant=grant)
    assert view.is_private
    for bad in (None, "", "x.y", wrong, grant + "x"):
        with pytest.raises(Forbidden) as caught:
            await world.services.share_views.view(link.token, grant=bad)
        assert caught.value.code == "password_required"
    for _ in range(9):
        with pytest.raises(Unauthenticated) as refused:
            await world.services.share_views.unlock(link.token, "guess", ip="192.0.2.1")
        assert refused.value.code == "wrong_password"
    with pytest.raises(RateLimited):
        await world.services.share_views.unlock(link.token, "open sesame", ip="192.0.2.1")
    for stranger in range(11):
        for _ in range(11):
            with pytest.raises((Unauthenticated, RateLimited)):
                await world.services.share_views.unlock(
                    link.token, "guess", ip=f"198.51.100.{stranger}"
                )
    assert await world.services.share_views.unlock(link.token, "open sesame", ip="192.0.2.2")
    await sharing.revoke(world.member, link.token)
    for call in (
        world.services.share_views.view(link.token, grant=grant),
        world.services.share_views.unlock(link.token, "open sesame", ip="192.0.2.3"),
    ):
        with pytest.raises(Gone):
            await call


async def test_an_address_tries_few_passwords_whatever_the_link(world: World) -> None:
    made = await clip(world)
    sharing = world.services.sharing
    for _ in range(6):
        link = await sharing.share(world.member, [made.id], NewShare(password="open sesame"))
        for _ in range(10):
            with pytest.raises(Unauthenticated):
                await world.services.share_views.unlock(link.token, "guess", ip="192.0.2.1")
    link = await sharing.share(world.member, [made.id], NewShare(password="open sesame"))
    with pytest.raises(RateLimited):
        await world.services.share_views.unlock(link.token, "open sesame", ip="192.0.2.1")


async def test_several_are_shared_together_and_what_is_deleted_is_gone(world: World) -> None:
    first = await clip(world)
    second = await world.services.snapshots.create(world.member, NewSnapshot())
    sharing = world.services.sharing
    link = await sharing.share(world.member, [second.id, first.id], NewShare())
    view = await world.services.share_views.view(link.token)
    assert [item.id for item in view.items] == [second.id, first.id]
    assert view.title.endswith(" and 1 more")
    assert await sharing.urls(world.member, [first.id]) == {}
    await world.services.snapshots.delete(world.member, second.id)
    assert [item.id for item in (await world.services.share_views.view(link.token)).items] == [
        first.id
    ]
    await world.services.clips.delete(world.member, first.id)
    with pytest.raises(Gone):
        await world.services.share_views.view(link.token)
    await world.services.gallery.restore(world.member, [first.id])
    assert (await world.services.share_views.view(link.token)).items


async def test_a_clip_on_its_way_is_shared_before_it_is_ready(world: World) -> None:
    stream = await world.stream("Garden")
    made = await world.services.clips.create(world.member, NewClip(stream.id, world.ago(1), 5000))
    link = await world.services.sharing.share(world.member, [made.id], NewShare())
    [item] = (await world.services.share_views.view(link.token)).items
    assert (item.is_ready, item.media) == (False, None)


async def test_who_may_share_and_what(world: World) -> None:
    made = await clip(world)
    sharing = world.services.sharing
    wrong = [
        NewShare(expires_in_s=0),
        NewShare(expires_in_s=10**10),
        NewShare(password="x"),
    ]
    for new in wrong:
        with pytest.raises(BadFields):
            await sharing.share(world.member, [made.id], new)
    cases: list[tuple[object, list[str], type[MomentsError]]] = [
        (world.viewer, [made.id], Forbidden),
        (world.stranger, [made.id], NotFound),
        (world.member, [made.id, "clip_nothing"], NotFound),
        (world.member, [], BadFields),
    ]
    for caller, ids, error in cases:
        with pytest.raises(error):
            await sharing.share(caller, ids, NewShare())  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await sharing.links(world.stranger, made.id)
    assert await sharing.urls(world.stranger, [made.id]) == {}
    for token in ("", "nothing", "a\0b"):
        with pytest.raises(NotFound):
            await world.services.share_views.view(token)


async def test_public_streams_are_seen_and_others_are_not(world: World) -> None:
    await world.stream("Open", visibility="public")
    await world.stream("Quiet", visibility="unlisted")
    await world.stream("Ours")
    view = await world.services.streams.public("open")
    assert (view.is_listed, view.organization_name) == (True, "Garden club")
    assert view.watch.stream.publishing is None
    assert not (await world.services.streams.public("quiet")).is_listed
    for slug in ("ours", "nothing"):
        with pytest.raises(NotFound):
            await world.services.streams.public(slug)


@pytest.fixture
async def open_stream(world: World) -> str:
    stream = await world.stream("Open", visibility="public")
    await world.services.streams.update(world.owner, stream.id, StreamChange(allow_capture=True))
    return stream.slug


async def test_visitors_capture_where_they_may_and_get_a_link(
    world: World, open_stream: str
) -> None:
    visitors = world.services.visitors
    clip = await visitors.clip(open_stream, NewClip(last_ms=1000), ip="192.0.2.1")
    snap = await visitors.snapshot(open_stream, world.ago(3), ip="192.0.2.1")
    for made in (clip, snap):
        [item] = (await world.services.share_views.view(made.token)).items
        assert (item.id, made.status) == (made.id, "ready")
    assert (await world.services.clips.get(world.owner, clip.id)).created_by is None
    with pytest.raises(Forbidden):
        await world.services.clips.delete(world.member, clip.id)


async def test_visitors_are_held_back(world: World, open_stream: str) -> None:
    visitors = world.services.visitors
    for _ in range(10):
        await visitors.snapshot(open_stream, None, ip="192.0.2.1")
    with pytest.raises(RateLimited):
        await visitors.snapshot(open_stream, None, ip="192.0.2.1")
    await visitors.snapshot(open_stream, None, ip="192.0.2.2")
    await world.services.streams.update(world.owner, open_stream, StreamChange(allow_capture=False))
    with pytest.raises(Forbidden, match="visitors"):
        await visitors.clip(open_stream, NewClip(last_ms=1000), ip="192.0.2.2")
    await world.services.streams.update(
        world.owner, open_stream, StreamChange(visibility="organization")
    )
    with pytest.raises(NotFound):
        await visitors.clip(open_stream, NewClip(last_ms=1000), ip="192.0.2.2")


async def test_the_address_of_a_purged_moment_stays_gone(world: World) -> None:
    moments, pages = world.services.moments, world.services.moment_pages
    made = await moments.create(world.member, NewMoment("Full bloom", visibility="unlisted"))
    assert made.slug is not None
    seen = await pages.view(made.slug)
    assert isinstance(seen, PublicView)
    assert (seen.url, seen.title, seen.by) == (
        (await pages.urls([made]))[made.id],
        "Full bloom",
        "Member",
    )
    await moments.delete(world.member, [made.id])
    world.clock.advance((world.services.settings.retention_days + 1) * 86_400)
    assert await world.services.moment_retention.purge() == 1
    with pytest.raises(Gone):
        await pages.view(made.slug)
    for slug in ("never", "", "a\0b"):
        with pytest.raises(NotFound):
            await pages.view(slug)


async def test_a_capture_that_was_removed_alone_is_not_on_its_moments_page(world: World) -> None:
    stream = await world.stream("Garden")
    first = await world.services.clips.create(world.member, NewClip(stream.id, last_ms=2000))
    notes = Notes(moment_id=first.moment_id)
    second = await world.services.snapshots.create(world.member, NewSnapshot(notes=notes))
    link = await world.services.sharing.share(world.member, [first.moment_id], NewShare())
    ids = [item.id for item in (await world.services.share_views.view(link.token)).items]
    assert ids == [first.id, second.id]
    await world.services.snapshots.delete(world.member, second.id)
    ids = [item.id for item in (await world.services.share_views.view(link.token)).items]
    assert ids == [first.id]
