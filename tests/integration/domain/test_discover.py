"""Discovery: what is suggested and why, what rises, and what never leaks."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.accounts.models import Caller, Role
from domain.core.errors import BadFields, NotFound
from domain.core.ids import new_id
from domain.discover.models import Suggestion, Wish
from domain.marks.models import NewMark
from domain.moments.models import MomentChange, NewMoment
from domain.search.models import Query
from tests.integration.domain.conftest import PASSWORD, World

LINKS = [f"https://www.youtube.com/watch?v=drop{number:07}" for number in range(9)]
WISH = Wish()


def part(number: int, **more: object) -> NewMark:
    new = NewMark(LINKS[number], 450, 600, visibility="public", seen_duration_ms=240_000)
    return replace(new, **more)  # type: ignore[arg-type]


async def save(world: World, caller: Caller, *numbers: int, **more: object) -> list[str]:
    marks = [await world.services.marks.create(caller, part(n, **more)) for n in numbers]
    return [mark.id for mark in marks]


async def person(world: World, name: str, *, days_old: float = 30) -> Caller:
    """Join as somebody new, whose account is so old."""
    invitation = await world.services.members.invite(world.owner, Role.MEMBER)
    token = invitation.url.rpartition("/")[2]
    email = f"{name}@example.org"
    joined = await world.services.members.join_as_new(token, email, PASSWORD, name=name)
    caller = await world.services.accounts.authenticate(joined.token)
    await world.services.database.execute(
        "UPDATE app_user SET created_at = $2 WHERE id = $1",
        caller.user_id,
        world.clock.now() - timedelta(days=days_old),
    )
    return caller


def urls(found: list[Suggestion]) -> list[str | None]:
    return [each.url for each in found]


async def test_people_who_saved_a_part_lead_to_what_else_they_saved(world: World) -> None:
    [mine] = await save(world, world.member, 0)
    for name, numbers in (("ida", (0, 1)), ("jo", (0, 1, 2)), ("kim", (3,))):
        await save(world, await person(world, name), *numbers)
    found = await world.services.discover.similar(world.member, mine)
    assert [each.url for each in found] == [LINKS[1], LINKS[2]]
    assert [each.reason for each in found] == [
        "2 people who saved that part saved this too.",
        "1 of the 2 people who saved that part saved this too.",
    ]
    [row] = (await world.services.discover.discover(world.member, WISH)).because
    assert (row.moment_id, len(row.items)) == (mine, 2)
    for number in range(12):  # whatever their programs capture, their marks still speak
        new = NewMoment(f"Build {number}", tags=["build"])
        await world.services.moments.create(world.member, new)
    [row] = (await world.services.discover.discover(world.member, WISH)).because
    assert row.moment_id == mine
    await save(world, world.member, 1)  # it is theirs now
    rows = (await world.services.discover.discover(world.member, WISH)).because
    assert [each.url for row in rows for each in row.items] == [LINKS[2]]  # once


async def test_tags_feelings_and_words_are_said(world: World) -> None:
    moments = world.services.moments
    mine = await moments.create(world.member, NewMoment("Mine", tags=["drop", "live"]))
    feels = MomentChange(emotion_tags=["tense"])
    await moments.update(world.member, mine.id, feels)
    tagged = await moments.create(world.owner, NewMoment("Tagged", tags=["drop"]))
    tense = await moments.create(world.owner, NewMoment("Tense"))
    await moments.update(world.owner, tense.id, feels)
    await moments.create(world.owner, NewMoment("Nothing alike", tags=["calm"]))
    found = await world.services.discover.similar(world.viewer, mine.id)
    assert {each.id: each.reason for each in found} == {
        tagged.id: "Both are tagged “drop”.",
        tense.id: "Both feel like this: “tense”.",
    }


async def test_private_moments_of_others_change_nothing(world: World) -> None:
    """Whatever somebody else keeps private, what a person gets is the same to the last letter."""
    [mine] = await save(world, world.member, 0, tags=("drop",))
    ida, jo = await person(world, "ida"), await person(world, "jo")
    await save(world, ida, 0, 1, 2, tags=("drop",))
    discover = world.services.discover
    await world.services.work.handlers["discover.rising"]({})

    async def everything() -> object:
        return (
            await discover.similar(world.member, mine),
            await discover.discover(world.member, WISH),
        )

    before = await everything()
    for counts in (False, True):
        hidden = {"visibility": "private", "counts_if_private": counts, "tags": ("drop",)}
        for caller in (jo, world.stranger):
            await save(world, caller, *((0, 1, 3) if counts else (2, 4, 5)), **hidden)
    await save(world, world.stranger, 6, visibility="organization", tags=("drop",))
    await world.services.work.handlers["discover.rising"]({})
    assert await everything() == before
    with pytest.raises(NotFound):
        await discover.similar(world.stranger, (await save(world, ida, 7, visibility="private"))[0])


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_others_do_in_private_all_answers_stay_equal(
    world: World, seed: int
) -> None:
    """In any population, after any change of private moments, to the last score."""
    chance = random.Random(seed)
    services, moments = world.services, world.services.moments
    others = [world.admin, await person(world, "ida"), world.stranger]
    parts = [(who, number) for who in others for number in range(4)]
    chance.shuffle(parts)
    texts = ["The otter dives", "An otter swims away", "A red kite", "The same kite again"]

    async def random_moment(visibility: str) -> tuple[Caller, str]:
        if chance.random() < 0.7:
            who, number = parts.pop()
            tags = tuple(chance.sample(("drop", "live"), 1))
            counts = {"visibility": visibility, "counts_if_private": True, "tags": tags}
            return who, (await save(world, who, number, **counts))[0]
        who = chance.choice(others)
        new = NewMoment(chance.choice(texts), visibility=visibility, tags=["drop"])  # type: ignore[arg-type]
        return who, (await moments.create(who, new)).id

    for _ in range(6):
        await random_moment(chance.choice(("organization", "public", "unlisted")))
    [mark] = await save(world, world.member, 0, tags=("drop",))
    note = await moments.create(world.member, NewMoment(texts[0], tags=["drop"]))

    async def settle() -> None:
        await world.index()
        for job in ("search.vectors", "discover.rising"):
            await services.work.handlers[job]({})

    async def everything() -> list[object]:
        return [
            *[await services.discover.similar(world.member, id_) for id_ in (mark, note.id)],
            await services.discover.discover(world.member, WISH),
            *[await services.search.find(world.member, Query(text)) for text in (*texts, "ottr")],
        ]

    await settle()
    before = await everything()
    assert before[0]
    assert before[3]
    hidden = [await random_moment("private") for _ in range(6)]
    await settle()
    assert await everything() == before
    for who, id_ in chance.sample(hidden, 3):
        change = MomentChange(title=note.title, emotion_tags=["tense"], tags=["drop", "live"])
        await moments.update(who, id_, change)
    owner, gone = hidden[0]
    await moments.delete(owner, [gone])
    await settle()
    assert await everything() == before


async def test_what_is_not_for_somebody_or_does_not_play_is_left_out(world: World) -> None:
    [mine] = await save(world, world.member, 0)
    for name in ("ida", "jo"):
        await save(world, await person(world, name), 0, 1, 2, 3)
    services = world.services
    for link, said in (
        (LINKS[1], '{"reason": "It is gone."}'),
        (LINKS[2], '{"regions_blocked": ["DE"]}'),
    ):
        await services.database.execute(
            "UPDATE track_sources SET restrictions = $2 WHERE url = $1", link, said
        )
    found = await services.discover.similar(world.member, mine)
    assert urls(found) == [LINKS[2], LINKS[3]]
    found = await services.discover.similar(world.member, mine, region="de")
    assert urls(found) == [LINKS[3]]
    for subject in (found[0].id, found[0].track_id or ""):
        await services.discover.dismiss(world.member, subject)
        assert await services.discover.similar(world.member, mine, region="DE") == []
        await services.discover.restore(world.member, subject)
    assert len(await services.discover.similar(world.member, mine, region="FR")) == 2
    for bad in ("user_1", "moment_\0", "moment_" + "x" * 100, ""):
        with pytest.raises(BadFields):
            await services.discover.dismiss(world.member, bad)
    with pytest.raises(BadFields):
        await services.discover.similar(world.member, mine, region="D1")


async def test_a_burst_of_new_accounts_moves_nothing(world: World) -> None:
    for name in ("ida", "jo", "kim"):
        await save(world, await person(world, name), 0)
    rising = world.services.work.handlers["discover.rising"]
    await rising({})
    before = (await world.services.discover.discover(world.member, WISH)).rising
    assert [(each.url, each.people, each.gained) for each in before] == [(LINKS[0], 3, 3)]
    assert before[0].reason == "3 of 3 people saved a part of it within a week."
    await _burst(world, 50)
    await rising({})
    assert (await world.services.discover.discover(world.member, WISH)).rising == before
    world.clock.advance(timedelta(days=20).total_seconds())
    await rising({})
    assert (await world.services.discover.discover(await world.signed_in(), WISH)).rising == ()


async def _burst(world: World, count: int) -> None:
    """Save a part by as many accounts as a script makes in a minute."""
    database, now = world.services.database, world.clock.now()
    [mark] = await save(world, await person(world, "first", days_old=0), 1)
    for _ in range(count):
        user, moment = new_id("user"), new_id("moment")
        await database.execute(
            "INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)"
            " VALUES ($1, $1, '', '', $2, $2)",
            user,
            now,
        )
        await database.execute(
            "INSERT INTO moments (id, organization_id, created_by, kind, title, description, tags,"
            " visibility, created_at, updated_at) SELECT $2, organization_id, $3, kind, title, '',"
            " '{}', visibility, $4, $4 FROM moments WHERE id = $1",
            mark,
            moment,
            user,
            now,
        )
        await database.execute(
            "INSERT INTO marks (moment_id, organization_id, track_id, source_id, user_id, start_ds,"
            " end_ds, visibility, counts_if_private, is_deleted, created_at) SELECT $2,"
            " organization_id, track_id, source_id, $3, start_ds, end_ds, visibility, false, false,"
            " $4 FROM marks WHERE moment_id = $1",
            mark,
            moment,
            user,
            now,
        )


async def test_news_are_of_whom_somebody_follows(world: World) -> None:
    services = world.services
    ida = await person(world, "ida")
    await services.profiles.save(ida, "ida", "")
    await services.reactions.follow(world.member, "ida")
    await save(world, ida, 0)
    await save(world, ida, 1, visibility="organization")
    await services.database.execute(
        "UPDATE track_sources SET title = 'Low Tide', artist = 'Glass Harbour; Orla Venn'"
    )
    await save(world, world.member, 0, 1)
    found = await services.discover.discover(world.member, WISH)
    assert [(each.name, each.text) for each in found.news] == [
        ("ida", "Saved a part of “Low Tide”")
    ]
    assert [(each.name, each.parts) for each in found.artists] == [("Glass Harbour; Orla Venn", 2)]
    await services.discover.follow_artist(world.member, "  glass  harbour ")
    found = await services.discover.discover(world.member, WISH)
    assert found.following == 2
    assert [each.text for each in found.news if each.is_artist] == [
        "1 person saved a part of “Low Tide”"
    ]
    heard = [each.text for each in found.news]
    track = next(each.href or "" for each in found.news if each.is_artist).rpartition("/")[2]
    await services.discover.dismiss(world.member, track)
    assert (await services.discover.discover(world.member, WISH)).news == ()
    await services.discover.restore(world.member, track)
    await services.database.execute(
        """UPDATE track_sources SET restrictions = '{"regions_blocked": ["DE"]}'"""
    )
    for region, news in (("DE", []), ("FR", heard)):
        found = await services.discover.discover(world.member, replace(WISH, region=region))
        assert [each.text for each in found.news] == news
    await services.discover.unfollow_artist(world.member, "Glass Harbour")
    assert (await services.discover.discover(world.member, WISH)).following == 1
    for bad in ("", " ", "x" * 201):
        with pytest.raises(BadFields):
            await services.discover.follow_artist(world.member, bad)
