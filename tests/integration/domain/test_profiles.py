"""Profiles, likes, followers, reports and collections, on a real database."""

import asyncio
from dataclasses import replace

import pytest

from domain.accounts.models import Caller, Role
from domain.collections.models import CollectionChange, NewCollection
from domain.core.errors import (
    BadFields,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    RateLimited,
    UnsupportedMedia,
)
from domain.infra import images
from domain.marks.models import Mark, MarkChange
from domain.moments.models import MomentChange
from domain.profiles.models import PublicProfile
from domain.sharing.models import Moved
from tests.integration.api.test_other_organisations import PIXEL
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP
from tests.integration.domain.test_moment_assets import png, upload

IP = "192.0.2.7"


async def save(world: World, caller: Caller, start_ds: int = 450, **values: object) -> Mark:
    new = replace(DROP, start_ds=start_ds, end_ds=start_ds + 150, **values)  # type: ignore[arg-type]
    return await world.services.marks.create(caller, new)


async def profile_at(world: World, handle: str) -> PublicProfile:
    found = await world.services.profiles.public(handle)
    assert isinstance(found, PublicProfile)
    return found


async def test_a_profile_shows_what_is_public(world: World) -> None:
    profiles = world.services.profiles
    assert await profiles.own(world.member) is None
    with pytest.raises(BadFields):
        await profiles.save(world.member, "a", "")
    with pytest.raises(BadFields):
        await profiles.save(world.member, "admin", "x" * 301)
    made = await profiles.save(world.member, "@Mira", " flowers  and ferries ")
    assert (made.handle, made.bio, made.name) == ("mira", "flowers and ferries", "Member")
    mark = await save(world, world.member)
    await save(world, world.member, 900, visibility="unlisted")
    await save(world, world.member, 1200, visibility="private")
    found = await profile_at(world, "MIRA")
    assert ([each.slug for each in found.moments], found.total) == ([mark.slug], 1)
    clips = await profiles.public("mira", kind="clip")
    assert isinstance(clips, PublicProfile)
    assert (clips.moments, clips.total) == ((), 0)
    with pytest.raises(Conflict):
        await profiles.save(world.admin, "mira", "")
    await profiles.save(world.member, "mira-holt", "")
    assert await profiles.public("mira") == Moved("mira-holt")
    with pytest.raises(Conflict):  # an address never leads to somebody else
        await profiles.save(world.admin, "mira", "")
    await profiles.delete(world.member)
    with pytest.raises(NotFound):
        await profiles.public("mira")
    assert (await profiles.save(world.member, "mira", "")).followers == 0


async def test_a_picture_is_made_small_and_has_an_address_of_its_own(world: World) -> None:
    profiles, user_id = world.services.profiles, world.member.user_id or ""
    picture = images.parse_data_url(PIXEL).data
    with pytest.raises(NotFound):  # a handle comes first
        await profiles.set_avatar(world.member, picture)
    await profiles.save(world.member, "mira", "")
    assert await profiles.picture_of(user_id) is None
    with pytest.raises(UnsupportedMedia):
        await profiles.set_avatar(world.member, b"<svg onload=alert(1)>")
    made = await profiles.set_avatar(world.member, picture)
    path = await profiles.picture_of(user_id)
    assert (made.avatar_url or "").endswith(path or "nothing")
    assert (await profiles.avatar("mira"))[0].startswith(b"\xff\xd8")
    assert await profiles.picture_of(world.stranger.user_id or "") is None
    await profiles.set_avatar(world.member, None)
    assert await profiles.picture_of(user_id) is None


async def test_moments_of_private_streams_are_in_no_list(world: World) -> None:
    await world.services.profiles.save(world.owner, "owner", "")
    stream = await world.stream()
    mark = await save(world, world.owner)
    await world.services.database.execute(
        "UPDATE moments SET source_id = $1 WHERE id = $2", stream.id, mark.id
    )
    assert (await profile_at(world, "owner")).total == 1
    await world.services.database.execute(
        "UPDATE stream SET visibility = 'private' WHERE id = $1", stream.id
    )
    assert (await profile_at(world, "owner")).total == 0
    assert f"/m/{mark.slug}" not in await world.services.moment_pages.listed(100)


async def test_a_like_counts_once_however_often_it_is_sent(world: World) -> None:
    reactions = world.services.reactions
    mark = await save(world, world.member)
    slug = mark.slug or ""
    replays = [reactions.like(world.stranger, slug, ip=IP) for _ in range(5)]
    assert set(await asyncio.gather(*replays)) == {1}
    assert await reactions.liked(world.stranger, slug) == (1, True)
    assert await reactions.liked(None, slug) == (1, False)
    with pytest.raises(Conflict):
        await reactions.like(world.member, slug, ip=IP)
    assert await reactions.unlike(world.stranger, slug) == 0
    await world.services.marks.update(world.member, mark.id, MarkChange(visibility="private"))
    with pytest.raises(NotFound):
        await reactions.like(world.owner, slug, ip=IP)


async def test_many_accounts_at_one_address_cannot_stuff_likes(world: World) -> None:
    reactions, database = world.services.reactions, world.services.database
    mark = await save(world, world.member)
    await database.execute(  # as if twenty accounts of this address had liked it
        "INSERT INTO rate_limit (id, arrival_at) SELECT id, $1::timestamptz + interval '1 day' FROM"
        " (SELECT 'like:' || left(encode(sha256($2::bytea), 'hex'), 40) AS id) AS limited",
        world.clock.now(),
        f"{mark.id} {IP}".encode(),
    )
    with pytest.raises(RateLimited):
        await reactions.like(world.stranger, mark.slug or "", ip=IP)
    assert await reactions.like(world.stranger, mark.slug or "", ip="198.51.100.1") == 1


async def test_following(world: World) -> None:
    reactions = world.services.reactions
    await world.services.profiles.save(world.member, "mira", "")
    assert await reactions.follow(world.stranger, "mira") == 1
    assert await reactions.follow(world.stranger, "Mira") == 1
    assert await reactions.followed(world.stranger, "mira") == (1, True)
    with pytest.raises(Conflict):
        await reactions.follow(world.member, "mira")
    assert (await profile_at(world, "mira")).profile.followers == 1
    assert await reactions.unfollow(world.stranger, "mira") == 0
    with pytest.raises(NotFound):
        await reactions.follow(world.stranger, "nobody")


async def test_reports_reach_the_admins_alone(world: World) -> None:
    reports = world.services.reports
    mark = await save(world, world.member)
    slug = mark.slug or ""
    with pytest.raises(BadFields):
        await reports.report(slug, "because", "", ip=IP)
    await reports.report(slug, "spam", "It is <b>spam</b>", ip=IP)
    await reports.report(slug, "abuse", "Again", ip=IP)  # the same network: once
    await reports.report(slug, "other", "", ip="198.51.100.1")
    [first, _] = await reports.list(world.admin)
    assert (first.reason, first.details, first.moment_id) == ("spam", "It is <b>spam</b>", mark.id)
    for caller in (world.member, world.viewer):
        with pytest.raises(Forbidden):
            await reports.list(caller)
    assert await reports.list(world.stranger) == []
    with pytest.raises(NotFound):
        await reports.resolve(world.stranger, first.id)
    await reports.resolve(world.admin, first.id)
    assert len(await reports.list(world.owner)) == 1
    audience = await world.services.database.fetchval(
        "SELECT audience FROM event WHERE kind = 'report.created' LIMIT 1"
    )
    assert audience == []
    with pytest.raises(NotFound):
        await reports.report("never-was", "spam", "", ip=IP)


async def test_a_collection_keeps_its_order_and_its_addresses(world: World) -> None:
    collections, pages = world.services.collections, world.services.collection_pages
    first, second, third = [await save(world, world.member, at) for at in (450, 900, 1300)]
    made = await collections.create(
        world.member, NewCollection("Night drives", moment_ids=[second.id, first.id])
    )
    assert (made.share_url, [item.id for item in made.items]) == (None, [second.id, first.id])
    made = await collections.add(world.member, made.id, [first.id, third.id])
    assert [item.id for item in made.items] == [second.id, first.id, third.id]
    order = [third.id, first.id, second.id]
    made = await collections.update(
        world.member, made.id, CollectionChange(visibility="public", moment_ids=order)
    )
    assert [item.id for item in made.items] == order
    slug = made.slug or ""
    view = await pages.view(slug)
    assert not isinstance(view, Moved)
    assert [item.moment.id for item in view.items] == order
    await world.services.marks.update(world.member, first.id, MarkChange(visibility="unlisted"))
    view = await pages.view(slug)
    assert not isinstance(view, Moved)
    assert [item.moment.id for item in view.items] == [third.id, second.id]
    await collections.update(world.member, made.id, CollectionChange(slug="night"))
    assert await pages.view(slug) == Moved("night")
    await world.services.profiles.save(world.member, "mira", "")
    [listed] = (await profile_at(world, "mira")).collections
    assert (listed.slug, listed.items) == ("night", 2)
    assert await pages.listed(10) == ["/c/night"]
    await collections.delete(world.member, made.id)
    for address in (slug, "night"):
        with pytest.raises(Gone):
            await pages.view(address)


async def test_a_profile_pictures_collections_by_what_anybody_may_see(world: World) -> None:
    moments = world.services.moments
    seen, hidden = [await upload(world, png(), "image/png") for _ in range(2)]
    change = MomentChange(visibility="public")
    public = await moments.update(world.member, seen.moment_id, change)
    ids = (hidden.moment_id, seen.moment_id, (await save(world, world.member)).id)
    new = NewCollection("Pictures", visibility="public", moment_ids=ids)
    await world.services.collections.create(world.member, new)
    await world.services.profiles.save(world.member, "mira", "")
    [listed] = (await profile_at(world, "mira")).collections
    assert (listed.items, listed.pictured) == (2, (public.slug,))


async def test_collections_are_their_creators(world: World) -> None:
    collections = world.services.collections
    hidden = await save(world, world.member, visibility="private")
    mine = await collections.create(
        world.member,
        NewCollection("Mine", visibility="organization", moment_ids=[hidden.id]),
    )
    other = await joined_as_member(world)
    seen = await collections.get(other, mine.id)
    assert (seen.items, seen.may_edit) == ((), False)  # not what they cannot see
    with pytest.raises(Forbidden):
        await collections.update(other, mine.id, CollectionChange(title="Yours"))
    for caller in (world.stranger,):
        with pytest.raises(NotFound):
            await collections.get(caller, mine.id)
    with pytest.raises(NotFound):
        await collections.create(other, NewCollection("Stolen", moment_ids=[hidden.id]))
    await collections.update(world.member, mine.id, CollectionChange(visibility="private"))
    assert await collections.list(other) == []
    assert [each.id for each in await collections.list(world.admin)] == [mine.id]
    with pytest.raises(NotFound):
        await world.services.collection_pages.view(mine.slug or "mine")


async def joined_as_member(world: World) -> Caller:
    """Add another member."""
    accounts = world.services.accounts
    invitation = await world.services.members.invite(world.owner, Role.MEMBER)
    signed_in = await world.services.members.join_as_new(
        invitation.url.rpartition("/")[2], "other@example.org", "a good long password", name="Other"
    )
    return await accounts.authenticate(signed_in.token)
