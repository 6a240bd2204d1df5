"""Notices: who is told of what, and what they read and switch off."""

from dataclasses import replace

import pytest

from domain.accounts.models import Caller, Role
from domain.core.errors import BadFields
from domain.live.models import NewStream, Source, Stream
from domain.live.nodes import Beat
from domain.moments.models import MomentChange, NewMoment, Visibility
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP, save


async def titles(world: World, caller: Caller) -> list[str]:
    return [each.title for each in await world.services.notices.list(caller)]


async def garden(world: World) -> Stream:
    """Return an admin's stream that a node runs."""
    made = await world.services.streams.create(world.admin, NewStream("Garden", Source("push")))
    await world.beat()
    return made


async def test_an_invitation_tells_who_is_invited_and_then_who_invited(world: World) -> None:
    services = world.services
    user = (await services.accounts.identity(world.stranger)).user
    made = await services.members.invite(world.admin, Role.VIEWER, email=user.email)
    [notice] = await services.notices.list(world.stranger)
    assert "invited you to" in notice.title
    assert made.url.endswith(notice.href), "it leads to the invitation"

    await services.members.join(world.stranger, made.url.rpartition("/")[2])
    [told] = await services.notices.list(world.admin)
    assert told.title.startswith(f"{user.name or user.email} joined ")
    assert await titles(world, world.member) == [], "nobody else is told"


async def test_a_stream_that_fails_tells_its_creator_once_while_unread(world: World) -> None:
    services, stream, node = world.services, await garden(world), world.node
    beat = Beat(node.id, node.url, node.url, failed={stream.id: "No route to host."})
    for _ in range(2):
        await services.nodes.heartbeat(beat)
    [notice] = await services.notices.list(world.admin)
    assert (notice.title, notice.detail) == ("Garden went off air", "No route to host.")
    assert notice.href == f"/watch/{stream.slug}"
    assert await services.notices.unread(world.admin) == 1

    await services.notices.mark_read(world.admin)
    assert await services.notices.unread(world.admin) == 0
    await services.nodes.heartbeat(beat)
    assert len(await services.notices.list(world.admin)) == 2


async def test_a_notice_reaches_the_open_pages_of_its_user_only(world: World) -> None:
    services, stream = world.services, await garden(world)
    last = await services.database.fetchval("SELECT coalesce(max(id), 0) FROM event")
    node = world.node
    await services.nodes.heartbeat(Beat(node.id, node.url, node.url, failed={stream.id: "Lost."}))
    [row] = await services.database.fetch("SELECT * FROM event WHERE id > $1", last)
    assert (row["kind"], row["audience"]) == ("notification.changed", [world.admin.user_id])


async def test_a_kind_can_be_switched_off(world: World) -> None:
    services, stream, node = world.services, await garden(world), world.node
    await services.notices.mute(world.admin, "stream", is_muted=True)
    await services.notices.mute(world.admin, "stream", is_muted=True)
    assert await services.notices.muted(world.admin) == {"stream"}
    beat = Beat(node.id, node.url, node.url, failed={stream.id: "Lost."})
    await services.nodes.heartbeat(beat)
    assert await titles(world, world.admin) == []
    await services.notices.mute(world.admin, "stream", is_muted=False)
    await services.nodes.heartbeat(beat)
    assert await titles(world, world.admin) == ["Garden went off air"]
    with pytest.raises(BadFields):
        await services.notices.mute(world.admin, "nonsense", is_muted=True)


async def test_others_notices_are_neither_seen_nor_read(world: World) -> None:
    services, stream, node = world.services, await garden(world), world.node
    await services.nodes.heartbeat(Beat(node.id, node.url, node.url, failed={stream.id: "Lost."}))
    [notice] = await services.notices.list(world.admin)
    await services.notices.mark_read(world.member, [notice.id])
    assert await services.notices.unread(world.admin) == 1
    await services.notices.mark_read(world.admin, [notice.id])
    assert await services.notices.unread(world.admin) == 0


async def test_old_notices_are_purged(world: World) -> None:
    services, stream, node = world.services, await garden(world), world.node
    await services.nodes.heartbeat(Beat(node.id, node.url, node.url, failed={stream.id: "Lost."}))
    await services.notices.purge()
    assert len(await titles(world, world.admin)) == 1
    world.clock.advance(91 * 86_400)
    await services.notices.purge()
    assert await services.database.fetchval("SELECT count(*) FROM notifications") == 0


async def test_others_who_save_a_part_are_news_to_those_who_can_see_it(world: World) -> None:
    first = await save(world, world.member)
    others: list[tuple[Caller, Visibility]] = [
        (world.member, "public"),  # one's own, elsewhere in the song
        (world.admin, "private"),
        (world.stranger, "private"),
    ]
    for caller, visibility in others:
        at = 900 if caller is world.member else 450
        await save(
            world, caller, replace(DROP, start_ds=at, end_ds=at + 150, visibility=visibility)
        )
        await world.run_jobs()
        assert await titles(world, world.member) == []

    await save(world, world.owner, replace(DROP, visibility="organization"))
    await world.run_jobs()
    [notice] = await world.services.notices.list(world.member)
    assert (notice.kind, notice.title) == ("saved", f"Somebody saved your part “{first.title}” too")
    assert notice.href == f"/library/{first.id}"
    assert await titles(world, world.stranger) == [], "another organisation's is hidden"


async def test_a_note_mentions_members_who_can_see_it_once(world: World) -> None:
    services = world.services
    for caller, handle in ((world.member, "mira"), (world.admin, "ada"), (world.stranger, "jun")):
        await services.profiles.save(caller, handle, "")
    note = "Look, @Mira, @ada and @jun: mail a@mira.example, https://example.org/@mira"
    made = await services.moments.create(world.admin, NewMoment("Hero", description=note))
    await world.run_jobs()
    [notice] = await services.notices.list(world.member)
    assert (notice.kind, notice.title) == ("mention", "You are mentioned in “Hero”")
    assert notice.href == f"/library/{made.id}"
    assert await titles(world, world.admin) == [], "they wrote it"
    assert await titles(world, world.stranger) == [], "they are in another organisation"

    await services.notices.mark_read(world.member)
    change = MomentChange(description=f"{note}.")
    await services.moments.update(world.admin, made.id, change)
    private = NewMoment("Diary", description="@mira", visibility="private")
    await services.moments.create(world.admin, private)
    await world.run_jobs()
    assert await titles(world, world.member) == ["You are mentioned in “Hero”"]


async def test_who_left_an_organisation_is_told_nothing_more_of_it(world: World) -> None:
    await save(world, world.member, replace(DROP, visibility="organization"))
    await world.services.members.remove(world.owner, world.member.user_id or "")
    await save(world, world.owner, replace(DROP, visibility="organization"))
    await world.run_jobs()
    told = "SELECT count(*) FROM notifications WHERE user_id = $1"
    assert await world.services.database.fetchval(told, world.member.user_id) == 0
