"""People's own data: all of it as a zip, and the end of an account."""

import io
import json
import zipfile
from dataclasses import replace

import pytest

from domain.accounts.models import Caller, Role
from domain.captures.models import NewFrame, Notes
from domain.chats.models import NewSession, SessionChange
from domain.collections.models import NewCollection
from domain.core.errors import BadFields, Conflict, Gone, NotFound, Unauthenticated
from domain.marks.models import MarkChange, MarkFilter
from domain.moments.models import MomentChange, NewMoment
from domain.personal.models import Closing
from domain.sharing.models import NewShare
from tests.integration.api.test_other_organisations import PIXEL
from tests.integration.domain.conftest import PASSWORD, World
from tests.integration.domain.test_marks import DROP, save

IP = "192.0.2.7"


async def zip_of(world: World, caller: Caller) -> zipfile.ZipFile:
    made = await world.services.export.export(caller)
    return zipfile.ZipFile(io.BytesIO(b"".join([chunk async for chunk in made.body])))


async def test_people_take_along_what_they_made_and_nothing_of_others(world: World) -> None:
    services = world.services
    await services.profiles.save(world.member, "mira", "Flowers")
    mine = await save(world, world.member, replace(DROP, note="that drop"))
    theirs = await save(world, world.stranger, replace(DROP, note="a stranger's"))
    await services.reactions.like(world.member, theirs.slug or "", ip=IP)
    await services.nudges.suggest(world.member, theirs.slug or "", 455, 600)
    await services.source_names.correct(world.member, mine.track_id, mine.source.id, "Ferry", "")
    await services.moments.create(world.admin, NewMoment("Somebody else's"))
    note = await services.moments.create(world.member, NewMoment("My note"))
    await services.moments.delete(world.member, [note.id])
    await services.collections.create(world.member, NewCollection("Night", moment_ids=[mine.id]))
    taken = await services.snapshots.create_from_frame(world.member, NewFrame(PIXEL))
    found = await zip_of(world, world.member)
    assert found.testzip() is None
    texts = {each: found.read(each).decode() for each in found.namelist() if "json" in each}
    titles = [each["title"] for each in json.loads(texts["moments.json"])]
    assert sorted(titles) == sorted([mine.title, "My note", taken.title])
    assert json.loads(texts["account.json"])[0]["email"] == "member@example.org"
    assert json.loads(texts["browsers.json"]) == []
    assert json.loads(texts["likes.json"])[0]["slug"] == theirs.slug
    assert json.loads(texts["names.json"])[0]["title"] == "Ferry"
    assert json.loads(texts["suggestions.json"])[0]["start_ds"] == 455
    assert json.loads(texts["videos.json"]) == []
    assert json.loads(texts["collections.json"])[0]["moment_ids"] == [mine.id]
    [file] = [each for each in found.namelist() if each.startswith("files/")]
    assert found.getinfo(file).file_size > 0
    [marks] = [texts[each] for each in texts if each.startswith("marks-")]
    assert [each["note"] for each in json.loads(marks)["marks"]] == ["that drop"]
    everything = "".join(texts.values())
    for secret in ("Somebody else's", "password_hash", "token_hash", "stranger@example.org"):
        assert secret not in everything
    # What stops being for everybody has no name in others' files.
    await services.marks.update(world.stranger, theirs.id, MarkChange(visibility="private"))
    again = json.loads((await zip_of(world, world.member)).read("likes.json"))
    assert (again[0]["slug"], again[0]["title"]) == (None, None)


async def test_people_take_along_their_words_in_chats(world: World) -> None:
    chats = world.services.chats
    own = await chats.create(world.member, NewSession("Own plans", visibility="private"))
    await chats.append(world.member, own.id, "To myself")
    open_chat = await chats.create(world.owner, NewSession("Herons"))
    await chats.append(world.owner, open_chat.id, "The owner's words")
    await chats.append(world.member, open_chat.id, "Mine")
    moments = world.services.moments
    herons = await moments.create(world.owner, NewMoment("Herons"))
    for quoted in (herons.id, (await moments.create(world.member, NewMoment("Otters"))).id):
        said = await chats.append(world.member, own.id, "Said there")
        cited = json.dumps([{"moment_id": quoted}])
        await world.services.database.execute(
            "UPDATE messages SET role = 'assistant', created_by = NULL, citations = $2"
            " WHERE id = $1",
            *(said.id, cited),
        )
    await moments.update(world.owner, herons.id, MomentChange(visibility="private"))
    hidden = SessionChange(title="Secret merger", visibility="private")
    await chats.update(world.owner, open_chat.id, hidden)
    text = (await zip_of(world, world.member)).read("chats.json").decode()
    told = [(each["title"], [m["content"] for m in each["messages"]]) for each in json.loads(text)]
    assert told == [("Own plans", ["To myself", "Said there"]), (None, ["Mine"])]
    assert "Secret merger" not in text


async def test_who_left_an_organisation_takes_nothing_of_it_along(world: World) -> None:
    await world.services.moments.create(world.member, NewMoment("Secret plan"))
    await world.services.members.remove(world.owner, world.member.user_id or "")
    found = await zip_of(world, world.member)
    assert json.loads(found.read("moments.json")) == []
    assert not [each for each in found.namelist() if each.startswith(("files/", "marks-"))]


async def test_a_closed_account_leaves_no_trace(world: World) -> None:
    services, database = world.services, world.services.database
    mark = await save(world, world.member)
    same = await save(world, world.stranger)
    private = await services.moments.create(world.member, NewMoment("Diary", visibility="private"))
    shared = await services.moments.create(world.member, NewMoment("For the team"))
    picture = await services.snapshots.create_from_frame(
        world.member, NewFrame(PIXEL, notes=Notes(moment_id=private.id))
    )
    file = await services.snapshots.file(world.member, picture.id)
    await services.profiles.save(world.member, "mira", "")
    await services.reactions.like(world.member, same.slug or "", ip=IP)
    shelf = await services.collections.create(
        world.member, NewCollection("Night", visibility="public", moment_ids=[mark.id])
    )
    link = await services.sharing.share(world.member, [shared.id], NewShare())
    with pytest.raises(BadFields):
        await services.erasure.request(world.member, "wrong", ip=IP)
    assert (await services.marks.get(world.stranger, same.id)).saved_by == 2

    await services.erasure.request(world.member, PASSWORD, ip=IP)
    with pytest.raises(Unauthenticated):
        await services.marks.list(world.member, MarkFilter())
    with pytest.raises(Unauthenticated):
        await services.accounts.sign_in("member@example.org", PASSWORD, ip=IP)
    for gone in (
        services.profiles.public("mira"),
        services.collection_pages.view(shelf.slug or ""),
        services.share_views.view(link.token),
    ):
        with pytest.raises(Gone):
            await gone
    assert "accounts.erase" in await world.run_jobs()

    assert (await services.marks.get(world.stranger, same.id)).saved_by == 1
    assert await services.reactions.liked(None, same.slug or "") == (0, False)
    with pytest.raises(Gone):
        await services.moment_pages.view(mark.slug or "")
    with pytest.raises(NotFound):
        await services.moments.get(world.admin, private.id)
    kept = await services.moments.get(world.admin, shared.id)
    assert (kept.title, kept.created_by) == ("For the team", None)
    with pytest.raises(Conflict):  # its addresses stay taken
        await services.profiles.save(world.admin, "mira", "")
    with pytest.raises(NotFound):
        await services.storage.stat(file.bucket, file.key)
    rows = await database.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('text', 'ARRAY', 'jsonb')"
        " AND table_name NOT IN ('event', 'rate_limit')"
    )
    for table, column in rows:  # neither id nor address nor name is anywhere
        found = await database.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column}::text ~ $1",
            f"{world.member.user_id}|member@example.org|mira",
        )
        is_handle = (table, column) == ("profile_handle", "handle")
        assert found == (1 if is_handle else 0), (table, column)


async def test_the_only_owner_of_others_stays_until_there_is_another(world: World) -> None:
    services = world.services
    assert await services.erasure.preview(world.owner) == Closing((), ("Garden club",))
    with pytest.raises(Conflict, match="only owner of Garden club"):
        await services.erasure.request(world.owner, PASSWORD, ip=IP)
    await services.members.change_role(world.owner, world.admin.user_id or "", Role.OWNER)
    await services.erasure.request(world.owner, PASSWORD, ip=IP)
    await world.run_jobs()
    members = await services.members.members(world.admin)
    assert world.owner.user_id not in {each.user_id for each in members}


async def test_an_organisation_of_one_goes_with_them_and_no_other(world: World) -> None:
    services, database = world.services, world.services.database
    other = await services.moments.create(world.member, NewMoment("Ours"))
    await services.moments.create(world.stranger, NewMoment("Mine alone"))
    invitation = await services.members.invite(world.stranger, Role.MEMBER)
    vm = await services.vms.register(world.stranger, "Robot")
    robot = await services.vms.authenticate(vm.vm.id, vm.token)
    [name] = (await services.erasure.preview(world.stranger)).deleted
    assert name == "Other"
    await services.erasure.request(world.stranger, PASSWORD, ip=IP)
    with pytest.raises(NotFound):  # nobody joins what is going
        await services.members.join(world.member, invitation.url.rpartition("/")[2])
    with pytest.raises(Unauthenticated):
        await services.moments.create_by_vm(robot, NewMoment("Late"))
    await world.run_jobs()
    for table in ("organization", "moments", "vms", "stream"):
        column = "id" if table == "organization" else "organization_id"
        assert not await database.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column} = $1", world.stranger.organization_id
        )
    assert (await services.moments.get(world.member, other.id)).title == "Ours"


async def test_an_interrupted_end_goes_on_later(world: World) -> None:
    services, database = world.services, world.services.database
    await save(world, world.member)
    await services.erasure.request(world.member, PASSWORD, ip=IP)
    await database.execute("DELETE FROM job")  # its worker was killed once too often
    await services.erasure.resume()
    assert await world.run_jobs() == ["accounts.erase"]
    assert not await database.fetchval("SELECT count(*) FROM erasure")
    assert not await database.fetchval(
        "SELECT count(*) FROM app_user WHERE id = $1", world.member.user_id
    )
    await services.erasure.erase({"user_id": world.member.user_id})  # a second run: nothing
