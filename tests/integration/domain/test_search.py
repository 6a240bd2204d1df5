"""Search of what is stored: who finds what, by words and by meaning."""

import pytest

from domain.accounts.models import Caller
from domain.chats.models import NewSession
from domain.core.errors import BadFields, NotFound
from domain.infra.indexing import index_later
from domain.marks.models import NewMark
from domain.moments.models import (
    Insight,
    MomentChange,
    MomentFilter,
    NewAsset,
    NewMoment,
    Speaker,
)
from domain.moments.search import Where
from domain.search.models import Query
from domain.search.vectors import index_name
from tests.integration.domain.conftest import World


async def _ids(world: World, caller: Caller, text: str, **more: object) -> list[str | None]:
    query = Query(text, match="words", **more)  # type: ignore[arg-type]
    return [hit.moment_id for hit in (await world.services.search.find(caller, query)).hits]


async def _moment(world: World, caller: Caller, title: str, **more: object) -> str:
    new = NewMoment(title, **more)  # type: ignore[arg-type]
    return (await world.services.moments.create(caller, new)).id


async def test_words_find_what_a_caller_can_see_and_nothing_else(world: World) -> None:
    moments = world.services.moments
    shared = await _moment(world, world.member, "The otter dives", tags=["river"])
    hidden = await _moment(world, world.member, "A secret otter", visibility="private")
    foreign = await _moment(world, world.stranger, "Their otter", visibility="public")
    binned = await _moment(world, world.member, "An old otter")
    await moments.delete(world.member, [binned])
    await world.services.database.execute(
        "UPDATE moments SET git_branch = 'main', key_emotions = '{Tense}' WHERE id = $1", shared
    )
    await world.index()
    assert set(await _ids(world, world.member, "otter")) == {shared, hidden}
    assert await _ids(world, world.viewer, "otters") == [shared]  # in another form
    assert await _ids(world, world.viewer, "river otter") == [shared]
    [river] = (await world.services.search.find(world.viewer, Query("river"))).hits
    assert (river.highlights, river.match) == ([], "words")  # by its tag
    assert (river.emotions, river.origins) == (("Tense",), ("main",))
    assert await _ids(world, world.stranger, "otter") == [foreign]
    assert await _ids(world, world.viewer, "oter divs") == [shared]  # spelled wrongly
    assert await _ids(world, world.viewer, "zeppelin") == []
    assert await _ids(world, world.viewer, "otter", moment_id=shared) == [shared]
    for moment_id in (hidden, foreign, binned, "moment_1"):
        with pytest.raises(NotFound):
            await _ids(world, world.viewer, "otter", moment_id=moment_id)
    with pytest.raises(BadFields):
        await _ids(world, world.viewer, " \0 ")


async def test_what_changes_is_found_by_its_new_words_alone(world: World) -> None:
    moments = world.services.moments
    moment_id = await _moment(world, world.member, "Before", description="A walrus sleeps.")
    await world.index()
    assert await _ids(world, world.viewer, "walrus") == [moment_id]
    await moments.update(world.member, moment_id, MomentChange(description="A heron <b>waits</b>."))
    await world.index()
    assert await _ids(world, world.viewer, "walrus") == []
    [hit] = (await world.services.search.find(world.viewer, Query("heron", match="words"))).hits
    assert hit.text == "A heron <b>waits</b>."
    assert [hit.text[start:end] for start, end in hit.highlights] == ["heron"]
    await moments.update(world.member, moment_id, MomentChange(visibility="private"))
    assert await _ids(world, world.viewer, "heron") == []


async def test_meaning_finds_other_words_and_vectors_follow_the_text(world: World) -> None:
    services = world.services
    dog = await _moment(world, world.member, "A puppy plays in the garden")
    await _moment(world, world.member, "The invoice is due on Friday")
    hidden = await _moment(world, world.member, "My dog is ill", visibility="private")
    await services.work.handlers["search.vectors"]({})
    await world.index()
    found = await services.search.find(world.viewer, Query("a young dog outside"))
    assert (found.match, found.reason) == ("meaning", None)
    assert [hit.moment_id for hit in found.hits] == [dog]
    assert (found.hits[0].highlights, found.hits[0].match) == ([], "meaning")
    mine = await services.search.find(world.member, Query("a young dog outside"))
    assert {hit.moment_id for hit in mine.hits} == {dog, hidden}

    await services.moments.update(world.member, dog, MomentChange(title="Payment is late"))
    await services.database.execute(
        "UPDATE passages SET model = 'another' WHERE source_id <> $1", dog
    )
    await services.work.handlers["search.vectors"]({})
    assert not await services.database.fetch("SELECT 1 FROM passages WHERE model = 'another'")
    await world.index()
    found = await services.search.find(world.viewer, Query("a young dog outside"))
    assert found.hits == []
    assert await services.database.fetchval("SELECT count(vector) FROM passages") == 3


async def test_a_misspelled_word_comes_before_what_only_means_something_near(world: World) -> None:
    refund = await _moment(
        world,
        world.member,
        "Hanna keeps the receipts of our trip to Porto in a green folder,"
        " beside the plane tickets and a refund.",
    )
    far = await _moment(world, world.member, "Deliver it to Harrowgate 12, please.")
    newer = await _moment(world, world.member, "Give me my money back")
    await world.services.work.handlers["search.vectors"]({})
    await world.index()
    hits = (await world.services.search.find(world.viewer, Query("refunnd"))).hits
    assert [hit.moment_id for hit in hits] == [refund, newer]
    assert hits[0].score == hits[1].score  # the first of each ranking
    assert await _ids(world, world.viewer, "Harowgate") == [far]  # wrong from its fourth letter


async def test_words_alone_are_searched_without_vectors(world: World) -> None:
    services = world.services
    await services.database.execute("ALTER TABLE passages DROP COLUMN IF EXISTS vector")
    moment_id = await _moment(world, world.member, "The otter dives")
    await world.index()
    found = await services.search.find(world.viewer, Query("otter"))
    assert [hit.moment_id for hit in found.hits] == [moment_id]
    assert found.match == "words"
    assert "pgvector" in (found.reason or "")


async def test_a_purged_moment_takes_its_passages_along(world: World) -> None:
    moment_id = await _moment(world, world.member, "The otter dives")
    await world.index()
    await world.services.database.execute("DELETE FROM moments WHERE id = $1", moment_id)
    assert await world.services.database.fetchval("SELECT count(*) FROM passages") == 0


async def test_a_track_is_found_by_who_sees_a_mark_of_it(world: World) -> None:
    services = world.services
    url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    mark = await services.marks.create(world.member, NewMark(url, 1, 9, visibility="private"))
    sql = (
        "UPDATE track_sources SET title = 'Night Ferry', artist = 'The Otters' WHERE track_id = $1"
    )
    await services.database.execute(sql, mark.track_id)

    async def found(caller: Caller) -> list[str]:
        hits = (await services.search.find(caller, Query("ferry otte", match="words"))).hits
        return [hit.href for hit in hits if hit.kind == "track"]

    assert await found(world.member) == [f"/tracks/{mark.track_id}"]
    assert await found(world.viewer) == await found(world.stranger) == []
    await services.moments.update(world.member, mark.id, MomentChange(visibility="organization"))
    assert await found(world.viewer) == [f"/tracks/{mark.track_id}"]
    assert await found(world.stranger) == []


async def test_what_was_there_before_is_indexed_in_parts(world: World) -> None:
    moment_id = await _moment(world, world.member, "The otter dives")
    await world.services.database.execute("DELETE FROM job")
    await world.services.work.handlers["search.backfill"]({})
    assert await world.index() == ["search.index", "search.backfill"]
    assert await world.index() == []
    assert await _ids(world, world.viewer, "otter") == [moment_id]


_MANY = """
INSERT INTO passages (organization_id, kind, source_id, number, moment_id, author, text, more,
    model, created_at, vector)
SELECT $1, CASE WHEN n % 50 = 0 THEN 'line' ELSE 'moment' END, $4, n, $2, '', 'a', '', $3, now(),
    l2_normalize(array(SELECT 0.8 + sin((n + $5::int) * i + i * i)
        FROM generate_series(1, 384) i)::halfvec)
FROM generate_series(1, 500) n
"""


async def test_a_graph_finds_what_an_exact_search_does_and_no_filter_starves_it(
    world: World,
) -> None:
    services, database = world.services, world.services.database
    vectors = services.search._vectors
    await vectors.prepare()
    moment_id = await _moment(world, world.member, "Full")
    of = world.member.organization_id or ""
    await database.execute(_MANY, of, moment_id, vectors.model, "talk", 0)
    await database.execute("ANALYZE passages")
    await vectors.index_large(least=400)
    try:
        assert await vectors._has_index(of)
        made = "SELECT reloptions FROM pg_class WHERE oid = to_regclass($1)"
        options = await database.fetchval(made, index_name(of))
        assert options == ["m=24", "ef_construction=128"]
        wanted = await database.fetchval(
            "SELECT vector::text FROM passages WHERE source_id = 'talk' AND number = 101"
        )
        where = Where("p.organization_id = $1", [of])
        exact = await vectors._exactly(where, wanted, 10)
        assert await vectors._by_graph(where, of, wanted, 10) == exact
        assert await vectors.nearest(where, wanted, 10, whole=of) == [*exact]
        where.add("p.kind = 'line'")
        assert await vectors._by_graph(where, of, wanted, 10) is None
        few = await vectors.nearest(where, wanted, 10, whole=of)
        assert few == [*await vectors._exactly(where, wanted, 10)] != []
    finally:
        await database.execute(f"DROP INDEX {index_name(of)}")


async def test_a_graph_has_nothing_that_some_do_not_see(world: World) -> None:
    """So neither an answer's way nor its time tells of what others keep to themselves."""
    services, database = world.services, world.services.database
    vectors, of = services.search._vectors, world.member.organization_id or ""
    await vectors.prepare()
    shown = await _moment(world, world.member, "Shown")
    secret = await _moment(world, world.member, "Secret", visibility="private")
    for number, moment_id in enumerate((shown, secret)):
        values = (of, moment_id, vectors.model, f"talk {number}", 1000 * number)
        await database.execute(_MANY, *values)
    await database.execute("ANALYZE passages")
    await vectors.index_large(least=400)

    async def found(caller: Caller) -> tuple[set[str], set[str]]:
        """Return the moments of what the graph has, and of what is found."""
        where = await services.search._where(await services.rights.load(caller), Query("a"))
        wanted = await database.fetchval("SELECT sum(vector::vector)::text FROM passages")
        by_graph = await vectors._by_graph(where, of, wanted, 20)
        assert by_graph is not None
        nearest = await vectors.nearest(where, wanted, 20, whole=of)
        assert {*nearest} == {*await vectors._exactly(where, wanted, 20)}
        names = "SELECT DISTINCT moment_id AS id FROM passages WHERE id = ANY($1::bigint[])"
        one, other = [await database.fetch(names, [*each]) for each in (by_graph, nearest)]
        return {row["id"] for row in one}, {row["id"] for row in other}

    try:
        assert await found(world.viewer) == ({shown}, {shown})
        assert await found(world.member) == ({shown}, {shown, secret})
        for visibility, seen in (("organization", {shown, secret}), ("private", {shown})):
            change = MomentChange(visibility=visibility)  # type: ignore[arg-type]
            await services.moments.update(world.member, secret, change)
            await world.index()
            assert await found(world.viewer) == (seen, seen)
        await database.execute("UPDATE passages SET is_shared = true")
        await vectors.index_large(least=400)  # what no job has told it is settled hourly
        assert await found(world.viewer) == ({shown}, {shown})
    finally:
        await database.execute(f"DROP INDEX {index_name(of)}")


async def test_messages_are_found_by_who_may_read_their_chat(world: World) -> None:
    services, chats = world.services, world.services.chats
    moment = await _moment(world, world.member, "Design review")
    other = await _moment(world, world.member, "Another review")
    hidden = await _moment(world, world.member, "Mine", visibility="private")
    sessions = [
        await chats.create(world.member, new)
        for new in (
            NewSession(moment_id=moment),
            NewSession(moment_id=other),
            NewSession(moment_id=hidden),
            NewSession(visibility="private"),
            NewSession(),
        )
    ]
    for session in sessions:
        await chats.append(world.member, session.id, "An otter: the puppy plays outside.")
    await services.work.handlers["search.vectors"]({})
    await world.index()

    async def found(caller: Caller, text: str = "otter", **more: object) -> list[str | None]:
        query = Query(text, kinds=["message"], **more)  # type: ignore[arg-type]
        return [hit.session_id for hit in (await services.search.find(caller, query)).hits]

    about, elsewhere, of_hidden, private, free = (session.id for session in sessions)
    assert set(await found(world.member)) == {about, elsewhere, of_hidden, private, free}
    assert set(await found(world.viewer)) == {about, elsewhere, free}
    assert private not in await found(world.admin)
    assert await found(world.stranger) == []
    assert await found(world.viewer, "a young dog in the garden", moment_id=moment) == [about]
    sql = "UPDATE app_user SET name = 'Renamed' WHERE id = $1"
    await services.database.execute(sql, world.member.user_id)
    for text in ("otter", "review"):
        hits = (await services.search.find(world.viewer, Query(text, match="words"))).hits
        assert {hit.author for hit in hits} == {"Renamed"}, "names are not copied"
    await chats.delete(world.member, about)
    await services.moments.delete(world.member, [other])
    assert await found(world.viewer) == [free]


async def test_words_seen_in_a_picture_find_its_moment(world: World) -> None:
    uploads = world.services.uploads
    moment_id = await _moment(world, world.member, "Build 7")
    new = NewAsset("screenshot", "a.png", "image/png", 10, "api")
    asset_id = (await uploads.begin(world.member, moment_id, new)).asset_id
    seen = {"text": "Deploy failed on heron"}
    await uploads.set_status(world.member, asset_id, "processing", error=None, metadata=seen)
    await index_later(world.services.queue, "moment", moment_id)
    await world.index()
    assert await _ids(world, world.viewer, "heron failed") == [moment_id]
    assert await _ids(world, world.stranger, "heron") == []
    # Also in the library's list, as long as the picture is there.
    moments = world.services.moments
    wanted = MomentFilter(q="build heron")
    assert [each.id for each in (await moments.list(world.viewer, wanted)).items] == [moment_id]
    await moments.update(world.member, moment_id, MomentChange(title="Build 8"))
    assert (await moments.list(world.viewer, wanted)).items
    assert not (await moments.list(world.stranger, wanted)).items
    sql = "DELETE FROM moment_assets WHERE id = $1"
    await world.services.database.execute(sql, asset_id)
    assert not (await moments.list(world.viewer, wanted)).items


async def test_more_words_than_an_index_holds_are_cut(world: World) -> None:
    letters = [chr(0x10400 + n) for n in range(40)]  # four bytes each
    words = [
        f"{a}{b}{c}{d}" for a in letters[:2] for b in letters for c in letters for d in letters
    ]
    lines = [" ".join(words[n : n + 3900]) for n in range(0, 80_000, 3900)]
    said = tuple(Speaker(line, "Ada") for line in lines)
    new = NewMoment("Otter", insight=Insight(speakers=said))
    made = await world.services.moments.create(world.member, new)
    found = await world.services.moments.list(world.viewer, MomentFilter(q="otter"))
    assert [each.id for each in found.items] == [made.id]


@pytest.mark.parametrize("has_vectors", [False, True])
async def test_whatever_is_typed_is_answered(world: World, *, has_vectors: bool) -> None:
    if has_vectors:
        await world.services.work.handlers["search.vectors"]({})
    shared = await _moment(world, world.member, "The otter's 100% a_b c:\\otters don't")
    await _moment(world, world.stranger, "A foreign otter")
    await _moment(world, world.member, "A secret otter", visibility="private")
    await world.index()
    for text in (
        *("'", '"', '"otter', "-", "--", "-otter", "or", "or or", "the", "the of and", "!", "a:*"),
        *("%", "_", "___", "\\", "\\'; --", "otter & | ! ( <-> )", "$1 {0} {}", "%s", ":*", "(((("),
        *("\0", "ot\0ter", "\x7f", "\ud800", "\uffff", "\u202eretto", "\u200b", "İ", "ß" * 400),
        *("\U0001f9a6", "水獺", "ثعلب الماء", "हिन्दी", "e\u0301" * 300, "²", "٣", "a\u0300" * 5000),
        *("a " * 5000, "otter " * 1700, "x" * 10_000, '"' * 10_000, "(" * 10_000, "or -" * 2500),
    ):
        try:
            found = await world.services.search.find(world.viewer, Query(text))
        except BadFields:
            continue
        assert {hit.moment_id for hit in found.hits} <= {shared}, text
    for text in ("otter", "OTTERS!", "100%", "a_b", "don't", "c:\\otters"):
        assert await _ids(world, world.viewer, text) == [shared], text
