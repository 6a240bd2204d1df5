"""People correct what a provider calls a source."""

from dataclasses import replace

import pytest

from domain.core.errors import BadFields, Forbidden, NotFound
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP, save
from tests.integration.domain.test_profiles import joined_as_member


async def test_three_equal_corrections_become_the_name_and_both_stay(world: World) -> None:
    services, names = world.services, world.services.source_names
    mark = await save(world, world.member)
    source_id = mark.source.id
    await services.database.execute(
        "UPDATE track_sources SET title = 'MUSiC by LiSA', artist = 'uploader' WHERE id = $1",
        source_id,
    )

    async def say(caller: object, title: str, artist: str = "LiSA") -> None:
        await names.correct(caller, mark.track_id, source_id, title, artist)  # type: ignore[arg-type]

    for caller, title in (
        (world.member, "MUSiC"),
        (world.member, " music "),  # the same person again
        (world.owner, "Something else"),
        (world.stranger, "Music"),
    ):
        await say(caller, title)
        track = await services.tracks.get(None, mark.track_id)
        assert (track.title, track.artist) == ("MUSiC by LiSA", "uploader")
    await say(world.admin, "MUSIC")
    track = await services.tracks.get(None, mark.track_id)
    assert (track.title, track.artist) == ("MUSIC", "LiSA")
    [source] = track.sources
    assert (source.title, source.people_title, source.shown_artist) == (
        "MUSiC by LiSA",
        "MUSIC",
        "LiSA",
    )
    found = await names.correct(world.owner, mark.track_id, source_id, "MUSIC", "lisa")
    assert [(each.title.lower(), each.people) for each in found] == [("music", 4)]
    by = await services.database.fetch("SELECT user_id, created_at FROM source_name")
    assert len(by) == 4  # who said it, and when
    assert (await services.artists.report("LISA")).tracks[0].title == "MUSIC"
    with pytest.raises(NotFound):
        await services.artists.report("uploader")


async def test_names_are_short_lines_of_members_about_what_they_see(world: World) -> None:
    names = world.services.source_names
    file = replace(DROP, url="https://cdn.example.org/song.mp3")
    mark = await save(world, world.member, file)
    for title in ("", " \n ", "x" * 201):
        with pytest.raises(BadFields):
            await names.correct(world.member, mark.track_id, mark.source.id, title, "")
    with pytest.raises(Forbidden):
        await names.correct(world.viewer, mark.track_id, mark.source.id, "A", "")
    for caller in (world.stranger,):
        with pytest.raises(NotFound):
            await names.correct(caller, mark.track_id, mark.source.id, "A", "")
    other = await save(world, world.member)
    with pytest.raises(NotFound):
        await names.correct(world.member, other.track_id, mark.source.id, "A", "")
    colleague = await joined_as_member(world)
    await names.correct(colleague, mark.track_id, mark.source.id, "Our\nsong\0", "")
    track = await world.services.tracks.get(world.member, mark.track_id)
    assert (track.title, track.artist) == ("Our song", "")
