"""Marks and what they sum up to, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.accounts.models import Caller
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.marks.models import Mark, MarkChange, MarkFilter, NewMark
from domain.moments.models import MomentChange
from tests.integration.domain.conftest import World

URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
DROP = NewMark(URL, 450, 600, note="That drop!\nReally", visibility="public")


async def save(world: World, caller: Caller, new: NewMark = DROP) -> Mark:
    return await world.services.marks.create(caller, new)


async def test_a_mark_is_a_moment_with_its_place(world: World) -> None:
    mark = await save(world, world.member)
    assert (mark.start_ds, mark.end_ds, mark.title, mark.saved_by) == (450, 600, "That drop!", 1)
    assert mark.source.provider_id == "dQw4w9WgXcQ"
    moment = await world.services.moments.get(world.member, mark.id)
    assert (moment.kind, moment.start_s, moment.end_s) == ("mark", 45, 60)
    assert moment.source_id == mark.track_id
    assert mark.share_url == f"{world.services.settings.origin}/m/{mark.slug}"
    assert await world.run_jobs() == ["marks.enrich"]


async def test_a_source_is_asked_about_once_a_week(world: World) -> None:
    await save(world, world.member)
    assert "marks.enrich" in await world.run_jobs()
    asked = "UPDATE track_sources SET fetched_at = $1"
    await world.services.database.execute(asked, world.clock.now() - timedelta(days=6))
    await save(world, world.owner)
    assert "marks.enrich" not in await world.run_jobs()
    await world.services.database.execute(asked, world.clock.now() - timedelta(days=8))
    await save(world, world.admin)
    assert "marks.enrich" in await world.run_jobs()


async def test_near_ones_count_and_others_do_not(world: World) -> None:
    first = await save(world, world.member)
    await save(world, world.owner, replace(DROP, start_ds=470, end_ds=580))
    await save(world, world.admin, replace(DROP, start_ds=471))
    await save(world, world.stranger, replace(DROP, start_ds=430, end_ds=620))
    assert (await world.services.marks.get(world.member, first.id)).saved_by == 3
    page = await world.services.marks.list(world.member, MarkFilter(track_id=first.track_id))
    assert [mark.saved_by for mark in page.items] == [2, 3, 3]
    elsewhere = await world.services.marks.list(world.stranger, MarkFilter())
    assert [mark.saved_by for mark in elsewhere.items] == [2]


async def test_a_private_mark_counts_only_as_its_owner_allows(world: World) -> None:
    mine = await save(world, world.member, replace(DROP, visibility="private"))
    assert mine.saved_by == 1  # to oneself
    assert (await save(world, world.owner)).saved_by == 1
    await world.services.marks.update(world.member, mine.id, MarkChange(counts_if_private=True))
    await save(world, world.admin)
    assert (await save(world, world.stranger)).saved_by == 4
    with pytest.raises(Forbidden):
        await world.services.marks.update(world.owner, mine.id, MarkChange(counts_if_private=False))


async def test_few_are_counted_only_for_those_who_see_them(world: World) -> None:
    await save(world, world.member, replace(DROP, visibility="organization"))
    hidden = await save(world, world.stranger, replace(DROP, visibility="unlisted"))
    assert hidden.saved_by == 1
    tracks, track = world.services.tracks, hidden.track_id
    assert max((await tracks.heatmap(None, track)).values) == 0
    assert await tracks.best(None, track) is None
    assert (await tracks.get(None, track)).parts == ()
    assert max((await tracks.heatmap(world.stranger, track)).values) == 1
    best = await tracks.best(world.viewer, track)
    assert best is not None
    assert (best.start_s, best.end_s, best.saves) == (45, 60, 1)
    await save(world, world.admin)
    for viewer in (None, world.stranger, world.viewer):
        heat = await tracks.heatmap(viewer, track)
        assert (heat.bucket_s, heat.values[44], heat.values[45], heat.values[59]) == (1, 0, 3, 3)
        best = await tracks.best(viewer, track)
        assert best is not None
        assert (best.start_s, best.end_s, best.saves) == (45, 60, 3)
        [part] = (await tracks.get(viewer, track)).parts
        assert (part.start_ds, part.end_ds, part.saves) == (450, 600, 3)


async def test_a_mark_near_ones_own_is_offered_as_an_edit(world: World) -> None:
    mark = await save(world, world.member)
    with pytest.raises(Conflict) as refused:
        await save(world, world.member, replace(DROP, start_ds=470, end_ds=619))
    assert (refused.value.code, refused.value.fields) == ("mark_exists", {"id": mark.id})
    other = await save(world, world.member, replace(DROP, start_ds=471))
    with pytest.raises(Conflict):
        await world.services.marks.update(world.member, other.id, MarkChange(start_ds=455))
    moved = await world.services.marks.update(world.member, mark.id, MarkChange(start_ds=445))
    assert (moved.start_ds, moved.end_ds) == (445, 600)
    at_once = [save(world, world.owner) for _ in range(4)]
    results = await asyncio.gather(*at_once, return_exceptions=True)
    assert sum(isinstance(result, Mark) for result in results) == 1


async def test_sums_follow_what_happens_to_the_moment(world: World) -> None:
    marks, moments = world.services.marks, world.services.moments
    first = await save(world, world.member)
    second = await save(world, world.owner)

    async def count() -> int:
        return (await marks.get(world.member, first.id)).saved_by

    assert await count() == 2
    await moments.update(world.owner, second.id, MomentChange(start_s=48))
    assert await count() == 1
    await moments.update(world.owner, second.id, MomentChange(start_s=46))
    assert (await marks.get(world.owner, second.id)).start_ds == 460
    assert await count() == 2
    await marks.delete(world.owner, second.id)
    assert await count() == 1
    await moments.restore(world.owner, [second.id])
    assert await count() == 2
    await moments.update(world.owner, second.id, MomentChange(visibility="private"))
    assert await count() == 1


BAD: list[tuple[dict[str, object], str]] = [
    ({"start_ds": -1}, "start"),
    ({"start_ds": 600}, "end"),
    ({"start_ds": 700}, "end"),
    ({"end_ds": 99_999_999}, "end"),
    ({"seen_duration_ms": 50_000}, "end"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"url": "https://www.youtube.com/clip/UgkxAbC"}, "url"),
    ({"url": "https://spotify.link/AbCdEf"}, "url"),
    ({"note": "x" * 5001}, "note"),
    ({"note": "a\x07"}, "note"),
    ({"title": "x" * 201}, "title"),
]


async def test_bad_marks_are_refused(world: World) -> None:
    for change, field in BAD:
        with pytest.raises(BadFields) as refused:
            await save(world, world.member, replace(DROP, **change))  # type: ignore[arg-type]
        assert list(refused.value.fields) == [field], change


async def test_a_preview_is_never_marked(world: World) -> None:
    url = "https://open.spotify.com/track/4PTG3Z6ehGkBFwjybzWkR8"
    new = NewMark(url, 50, 150, seen_duration_ms=200_000)
    await save(world, world.member, new)
    with pytest.raises(BadFields, match="body") as refused:
        await save(world, world.owner, replace(new, seen_duration_ms=30_000))
    assert "preview" in refused.value.fields["duration"]


async def test_files_and_our_own_media_belong_to_their_organisation(world: World) -> None:
    file = replace(DROP, url="https://cdn.example.org/song.mp3?key=secret")
    ours, theirs = await save(world, world.member, file), await save(world, world.stranger, file)
    assert ours.track_id != theirs.track_id
    for ask in (world.services.tracks.get, world.services.tracks.best):
        with pytest.raises(NotFound):
            await ask(world.stranger, ours.track_id)
    own = f"{world.services.settings.origin}/library/{ours.id}"
    with pytest.raises(BadFields, match="Only clips"):
        await save(world, world.member, replace(DROP, url=own))


async def test_what_anybody_sees_of_a_mark(world: World) -> None:
    mark = await save(world, world.member)
    await save(world, world.owner, replace(DROP, start_ds=460, note="Those strings, that drop"))
    secret = replace(DROP, start_ds=465, visibility="private", note="drop it, strings")
    hidden = await save(world, world.admin, secret)
    found = await world.services.public_marks.of([mark.id, hidden.id, "moment_none"])
    assert (found[mark.id].start_ds, found[mark.id].saved_by) == (450, 2)
    report = await world.services.tracks.report(None, mark.track_id)
    assert [(theme.word, theme.people) for theme in report.themes] == [("drop", 2)]
    assert report.quotes == ["Those strings, that drop"]
    paths = await world.services.moment_pages.listed(10)
    assert f"/m/{mark.slug}" in paths
    assert paths.count(f"/t/{mark.track_id}") == 1
    assert len(paths) == 3


async def test_somebody_with_many_short_links_opens_them_alone(world: World) -> None:
    marks, url = world.services.marks, "https://spotify.link/AbCdEfGh12"
    for _ in range(61):  # more than an hour's
        found = await marks.resolve(world.member, url)
    assert found.link.kind == "short"
    assert found.reason is not None
    assert "Open it" in found.reason


async def test_one_person_counts_once_however_often_they_save(world: World) -> None:
    marks, tracks = world.services.marks, world.services.tracks
    url = "https://youtu.be/StuffedVote"
    first = await marks.create(world.owner, NewMark(url, 450, 600, visibility="public"))
    for n in range(1, 12):  # each just far enough from the last one
        start = 450 + 21 * n
        await marks.create(world.owner, NewMark(url, start, start + 400, visibility="public"))
    for _ in range(2):  # the same once more, and with another form of its link
        with pytest.raises(Conflict):
            await marks.create(world.owner, NewMark(f"{url}?si=x", 460, 610, visibility="public"))
    heat = await tracks.heatmap(world.owner, first.track_id)
    assert max(heat.values) == 1
    assert (await marks.get(world.owner, first.id)).saved_by == 1
    await marks.create(world.admin, NewMark(url, 450, 600, visibility="public"))
    assert (await marks.get(world.owner, first.id)).saved_by == 2
