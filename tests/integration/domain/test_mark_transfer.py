"""Marks leave as files and come from files."""

import json
from dataclasses import replace

import pytest

from domain.core.errors import BadInput, Forbidden
from domain.marks.models import MarkFilter
from domain.marks.transfer import Format
from tests.integration.domain.conftest import World
from tests.integration.domain.test_marks import DROP, save

SONG = "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"
HOSTILE = "=HYPERLINK(\"http://evil.example\")\n'quoted', and “more”"


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_an_export_comes_back_whole(world: World, form: Format) -> None:
    new = replace(DROP, start_ds=453, note=HOSTILE, tags=("bass", "live"))
    await save(world, world.member, new)
    await save(world, world.member, replace(DROP, url=SONG, note=""))
    await save(world, world.owner)
    text = await world.services.mark_transfer.export(world.member, form)
    assert (form == "json") or "\n=" not in text
    done = await world.services.mark_transfer.load(world.member, text)
    assert (done.saved, done.known, done.failed) == (0, 2, ())

    done = await world.services.mark_transfer.load(world.admin, text)
    assert (done.saved, done.known, done.failed) == (2, 0, ())
    page = await world.services.marks.list(world.admin, MarkFilter(is_mine=True))
    found = {mark.source.provider: mark for mark in page.items}
    mark = found["youtube"]
    assert (mark.start_ds, mark.end_ds, mark.note, mark.tags) == (453, 600, HOSTILE, new.tags)
    assert {mark.visibility for mark in page.items} == {"private"}
    assert found["spotify"].title == "0:45 to 1:00"


async def test_segments_are_sponsorblock_s(world: World) -> None:
    await save(world, world.member)
    await save(world, world.member, replace(DROP, url=SONG))
    text = await world.services.mark_transfer.export(world.member, "sponsorblock")
    [video] = json.loads(text)
    [segment] = video["segments"]
    assert (video["videoID"], segment["segment"]) == ("dQw4w9WgXcQ", [45.0, 60.0])
    done = await world.services.mark_transfer.load(world.admin, text)
    assert (done.saved, done.failed) == (1, ())


async def test_each_bad_mark_is_told_and_the_others_are_saved(world: World) -> None:
    text = (
        "\ufeffurl,start,end,note\r\n"
        f"{DROP.url},45,60,good\r\n"
        f"{DROP.url},90,80,reversed\r\n"
        f"{DROP.url},nan,80,no number\r\n"
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ,1,2,look-alike\r\n"
        f"{DROP.url},1e9,2e9,far\r\n"
        f"{DROP.url}\r\n"
    )
    done = await world.services.mark_transfer.load(world.member, text)
    assert (done.saved, done.known) == (1, 0)
    assert [number for number, _ in done.failed] == [2, 3, 4, 5, 6]
    assert done.failed[0][1] == "End must be greater than start."
    assert all(why.endswith(".") for _, why in done.failed)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"marks": 3}', "a,b\n1,2\n", 'url,start,end\n"', "\0", "null"]
)
async def test_what_is_no_such_file_is_refused(world: World, text: str) -> None:
    with pytest.raises(BadInput):
        await world.services.mark_transfer.load(world.member, text)


async def test_viewers_import_nothing_and_too_many_marks_are_refused(world: World) -> None:
    row = f"{DROP.url},45,60\r\n"
    with pytest.raises(Forbidden):
        await world.services.mark_transfer.load(world.viewer, f"url,start,end\r\n{row}")
    with pytest.raises(BadInput, match="1001 marks"):
        await world.services.mark_transfer.load(world.member, f"url,start,end\r\n{row * 1001}")
