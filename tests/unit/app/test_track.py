"""A track's page as a simulated user sees it."""

from dataclasses import replace

from domain.accounts.models import Role
from tests.unit.app.conftest import Visitor
from webapp.app.components.list_row import ListRow
from webapp.app.kit.elements import El
from webapp.app.kit.forms import Form

VIDEO = "https://youtu.be/NightFerry0"
LIVE = "https://youtu.be/NightFerry1"
SONG = "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"


async def test_sources_are_confirmed_shifted_and_taken_away(user: Visitor) -> None:
    tracks = user.library.tracks
    first = tracks.add(VIDEO)
    song = tracks.add(SONG, confidence=1.0, reason="isrc", offset_ds=-20)
    live = tracks.add(LIVE, is_linked=False, confidence=0.62, reason="a live version", votes_for=1)
    tracks.rows[live.source.id] = replace(live, source=replace(live.source, title="At Pier 9"))
    await user.open("/tracks/track_1")
    await user.should_see("Night Ferry")
    await user.should_see("starts 2 s later")
    await user.should_see("Certain")
    await user.should_see("62% sure")
    await user.should_see("a live version, 1 for it")
    assert not user.row("YouTube").item.buttons
    await user.act(user.row("At Pier 9"), "same")
    await user.until(lambda: len(tracks.said) == 1)
    assert (tracks.said[0].source_id, tracks.said[0].is_same) == (live.source.id, True)
    await user.should_see("Nothing to decide.")
    await user.act(user.row("Spotify"), "shift")
    form = user.only(Form)
    seconds = form.fields["seconds"]
    assert seconds.value == "2"
    for wrong in ("soon", "nan", "1e999", ""):
        seconds.value = wrong
        assert not await form.submit()
    seconds.value = "-1,5"
    assert await form.submit()
    await user.should_see("starts 1.5 s earlier")
    assert tracks.said[-1].offset_ds == 15
    await user.act(user.row("Spotify"), "other")
    await user.until(lambda: song.source.id not in tracks.rows)
    assert first.source.id in tracks.rows


async def test_a_source_gets_the_name_that_people_give_it(user: Visitor) -> None:
    tracks = user.library.tracks
    made = tracks.add(VIDEO)
    source = replace(made.source, title="MUSiC by LiSA", artist="uploader")
    tracks.rows[source.id] = replace(made, source=source)
    await user.open("/tracks/track_1")
    await user.act(user.row("MUSiC by LiSA"), "name")
    form = user.only(Form)
    assert (form.fields["title"].value, form.fields["artist"].value) == (source.title, "uploader")
    form.fields["title"].value = ""
    assert not await form.submit()
    form.fields["title"].value, form.fields["artist"].value = "MUSiC", "LiSA"
    assert await form.submit()
    await user.should_see("YouTube says “MUSiC by LiSA by uploader”")
    assert user.row("MUSiC").item.meta[0] == "LiSA"


async def test_viewers_look_and_what_moved_leads_on(user: Visitor) -> None:
    user.library.tracks.add(VIDEO)
    user.library.tracks.add(LIVE, is_linked=False, confidence=0.5, reason="a live version")
    user.library.role = Role.VIEWER
    await user.open("/tracks/track_1")
    rows = [each for each in user.elements(El) if each.tag == "a"]
    assert {"/t/track_1", "/t/track_1/report"} <= {each.props.get("href") for each in rows}
    assert not [each for each in user.elements(ListRow) if each.item.buttons or each.item.menu]
    moved = await user.http_client.get("/tracks/track_0")
    assert (moved.status_code, moved.headers["location"]) == (303, "/tracks/track_1")
    missing = await user.http_client.get("/tracks/track_9")
    assert missing.status_code == 404
    assert "There is no such track." in missing.text
