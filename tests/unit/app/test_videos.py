"""The list of videos, as a simulated user sees it."""

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.core.settings import Settings
from domain.moments.models import MediaFile
from tests.fakes.library import asset, moment
from tests.fakes.videos import stages, video
from tests.unit.app.conftest import Visitor
from webapp.app.bar.panel import Panel
from webapp.app.components.list_row import ListRow, When
from webapp.app.components.menu_button import MenuButton
from webapp.app.components.sentinel import Sentinel
from webapp.app.components.uploader import Uploader
from webapp.app.kit.elements import Button
from webapp.app.pages.videos.allowed import link_of, refusal_of


def chosen(*names: str) -> list[dict[str, object]]:
    """Return files as the browser sends them."""
    return [
        {
            "key": f"f{at}",
            "name": name,
            "type": "video/mp4" if name.endswith("mp4") else "",
            "size": 9,
        }
        for at, name in enumerate(names)
    ]


async def test_stages_are_shown_live_and_a_failed_one_is_retried(user: Visitor) -> None:
    videos = user.library.videos
    videos.put(
        video(1, status="running", stages=stages("completed", "completed", "running")),
        video(2, status="failed", stages=stages("completed", "failed"), url="https://a.example/b"),
        video(3, moments_found=12),
    )
    await user.open("/videos")
    await user.should_see("Transcribing")
    await user.should_see("3, 38 min")
    row = user.row("Talk 1").item
    assert row.pipe is not None
    assert [look for look, _ in row.pipe.bars] == ["done", "done", "run", "", ""]
    assert (row.figure, row.meta, row.href) == ("12:48", ["Uploaded", "you"], "/videos/video_1")
    await user.until(lambda: user.library.listeners == 1)
    user.library.publish(
        "video.progress", "video_1", stage="transcript", status="running", progress="0.640"
    )
    await user.should_see("Transcribing, 64 %")
    await user.should_see("12 moments")
    done = user.row("Talk 3").item.pipe
    assert done is not None
    assert isinstance(done.tail, When)
    await user.should_see("Speech recognition is down. Try again.")
    assert user.row("Talk 2").item.meta[0] == "From a.example"
    assert "/mark?url=https%3A%2F%2Fa.example%2Fb" in {
        each.href for each in user.row("Talk 2").item.menu
    }
    await user.act(user.row("Talk 2"), "retry")
    await user.should_see("Queued")
    await user.act(user.row("Talk 1"), "cancel")
    await user.should_see("Cancelled")
    await user.act(user.row("Talk 3"), "again")
    await user.until(lambda: videos.rows["video_3"].status == "queued")
    await user.act(user.row("Talk 3"), "nonsense")


async def test_the_list_is_narrowed(user: Visitor) -> None:
    user.library.videos.put(video(1, status="running", stages=stages("running")), video(2))
    await user.open("/videos")
    seg = user.only(ui.toggle)
    assert seg.options == {"": "All", "working": "Working 1", "failed": "Failed 0"}
    seg.set_value("working")
    await user.should_not_see("Talk 2")
    seg.set_value("failed")
    await user.should_see("Nothing has failed.")
    seg.set_value("")
    await user.should_see("Talk 2")


async def test_more_videos_are_shown_near_the_end(user: Visitor) -> None:
    user.library.videos.put(*(video(number) for number in range(32)))
    await user.open("/videos")
    assert len(user.elements(ListRow)) == 30
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.until(lambda: len(user.elements(ListRow)) == 32)


async def test_a_link_is_fetched_or_said_to_be_wrong(user: Visitor) -> None:
    await user.open("/videos")
    await user.should_see("No videos yet")
    user.find("Fetch").click()
    await user.should_see("Paste a link to a video first.")
    field = user.find(ui.input)
    field.type("ftp://a.example/b.mp4")
    user.find("Fetch").click()
    await user.should_see("Link must be an http(s) address.")
    field.clear().type("https://youtu.be/NightFerry0")
    user.find("Fetch").click()
    await user.should_see("YouTube: its terms forbid downloads.")
    assert not user.library.videos.rows
    field.clear().type("https://a.example/talk.mp4")
    user.find("Fetch").click()
    await user.should_see("From a.example")
    await user.should_not_see("This link was not fetched.")


@pytest.mark.parametrize(
    ("sites", "url", "is_refused"),
    [
        ((), "https://youtu.be/NightFerry0", True),
        (("all",), "https://youtu.be/NightFerry0", True),
        (("youtube",), "https://youtu.be/NightFerry0", False),
        ((), "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC", True),
        ((), "https://a.example/b.mp4", False),
        ((), "nonsense", False),
    ],
)
def test_what_may_not_be_fetched(sites: tuple[str, ...], url: str, is_refused: bool) -> None:  # noqa: FBT001
    settings = Settings(ytdlp_sites=sites)
    assert bool(refusal_of(link_of(url, settings.origin), settings)) == is_refused


async def test_dropped_files_are_uploaded_with_their_captions(user: Visitor) -> None:
    library = user.library
    await user.open("/videos")
    uploader = user.only(Uploader)
    await user.emit(uploader, "added", chosen("friday.srt", "friday.mp4", "notes.txt"))
    await user.until(lambda: len(uploader.urls) == 2)
    [made] = library.videos.rows.values()
    assert uploader.urls["f1"] == f"/uploads/{made.id}"
    assert [each.file.file_name for each in library.assets[made.moment_id]] == ["friday.srt"]
    assert "neither video nor audio" in uploader.refused["f2"]
    await user.should_not_see("Waiting for the file")  # its upload has a row already
    await user.emit(uploader, "ended", "f1")
    await user.should_see("Waiting for the file")
    await user.emit(uploader, "added", chosen("alone.srt")[:1])


async def test_a_file_that_arrives_while_others_are_added_adds_none_twice(user: Visitor) -> None:
    videos = user.library.videos
    await user.open("/videos")
    uploader = user.only(Uploader)
    videos.is_open.clear()
    await user.emit(uploader, "added", chosen("a.mp4", "b.mp4"))
    await user.emit(uploader, "ended", "f0")
    videos.is_open.set()
    await user.until(lambda: len(uploader.urls) == 2 and not uploader.arrived)
    assert len(videos.rows) == 2


async def test_files_without_a_known_type_go_by_their_name(user: Visitor) -> None:
    await user.open("/videos")
    uploader = user.only(Uploader)
    named = {"type": "text/vnd.trolltech.linguist", "size": 9}
    broadcast = {"key": "a", "name": "Talk.TS", **named}
    await user.emit(
        uploader, "added", [broadcast, {"key": "b", **named, "name": "b.mp4", "size": 0}]
    )
    await user.until(lambda: bool(uploader.urls and uploader.refused))
    assert ([*uploader.urls], uploader.refused["b"]) == (
        ["a"],
        "The file is empty. Choose another one.",
    )


async def test_an_upload_that_is_stopped_leaves_nothing(user: Visitor) -> None:
    await user.open("/videos")
    uploader = user.only(Uploader)
    await user.emit(uploader, "added", chosen("friday.mp4"))
    await user.until(lambda: len(user.library.videos.rows) == 1)
    await user.emit(uploader, "removed", "f0")
    await user.until(lambda: not user.library.videos.rows)


async def test_captions_without_a_video_are_refused(user: Visitor) -> None:
    await user.open("/videos")
    uploader = user.only(Uploader)
    await user.emit(uploader, "added", [{"key": "c", "name": "a.vtt", "type": "", "size": 3}])
    await user.until(lambda: bool(uploader.refused))
    assert "together with its video" in uploader.refused["c"]


async def test_deleting_can_be_undone(user: Visitor) -> None:
    videos = user.library.videos
    videos.put(video(1, status="running", stages=stages("running")), video(2))
    await user.open("/videos")
    await user.act(user.row("Talk 1"), "delete")
    await user.should_see("Video deleted")
    await user.should_see("Kept in the bin for 30 days.")
    assert videos.rows["video_1"].status == "cancelled"
    assert user.library.moments["moment_v1"].deleted_at is not None
    user.find("Undo").click()
    await user.should_see("Video restored")
    assert user.row("Talk 1").item.pipe is not None


@pytest.mark.parametrize("source", ["moment", "capture"])
async def test_the_analysis_of_a_moment_is_deleted_after_a_question(
    user: Visitor, source: str
) -> None:
    videos = user.library.videos
    videos.put(video(1, source=source))
    await user.open("/videos")
    await user.act(user.row("Talk 1"), "delete")
    await user.should_see("Delete the analysis?")
    [button] = [each for each in user.elements(Button) if each.text == "Delete"]
    await user.emit(button, "click")
    await user.should_see("Analysis deleted")
    assert not videos.rows
    assert user.library.moments["moment_v1"].deleted_at is None


async def test_somebody_else_s_video_is_not_deleted(user: Visitor) -> None:
    library = user.library
    library.role = Role.MEMBER
    library.videos.put(video(1, created_by="user_2", status="running", stages=stages("running")))
    library.not_mine = {"moment_v1"}
    await user.open("/videos")
    await user.act(user.row("Talk 1"), "delete")
    await user.should_not_see("Video deleted")
    assert library.videos.rows["video_1"].status == "running"


async def test_a_viewer_looks_but_changes_nothing(user: Visitor) -> None:
    user.library.role = Role.VIEWER
    user.library.videos.put(video(1, status="failed", stages=stages("failed")))
    await user.open("/videos")
    await user.should_not_see("Fetch")
    row = user.row("Talk 1").item
    assert not row.buttons
    assert [each.name for each in row.menu] == ["open", "download"]
    await user.act(user.row("Talk 1"), "retry")
    assert user.library.videos.rows["video_1"].status == "failed"


async def test_who_signed_out_is_sent_to_sign_in(user: Visitor) -> None:
    user.library.videos.put(video(1, status="failed", stages=stages("failed")))
    await user.open("/videos")
    user.library.signed_in = False
    ui.navigate.to = (gone := []).append  # type: ignore[assignment,method-assign,var-annotated]
    await user.act(user.row("Talk 1"), "retry")
    await user.until(lambda: gone == ["/sign-in?next=%2Fvideos"])


async def test_another_organisation_s_video_is_not_found(user: Visitor) -> None:
    user.library.videos.put(video(1, organization_id="org_2"))
    answer = await user.http_client.get("/videos/video_1")
    assert (answer.status_code, "Video not found" in answer.text) == (404, True)


async def test_a_video_shows_its_stages_and_why_one_failed(user: Visitor) -> None:
    videos = user.library.videos
    videos.put(video(1, status="failed", stages=stages("completed", "failed")))
    await user.open("/videos/video_1")
    await user.should_see("Speech recognition is down. Try again.")
    user.find("Retry").click()
    await user.until(lambda: videos.rows["video_1"].status == "queued")
    await user.should_not_see("Retry")
    _, more = user.elements(MenuButton)
    await user.emit(more, "choose", "cancel")
    await user.should_see("Retry")
    assert videos.rows["video_1"].status == "cancelled"


async def test_the_library_shows_how_long_a_video_is_and_what_happens_to_it(user: Visitor) -> None:
    videos = user.library.videos
    videos.put(
        video(1, status="running", stages=stages("completed", "completed", "running")), video(2)
    )
    await user.open("/library")
    card = user.card("Talk 1").item
    assert (card.status, card.why, card.href) == ("processing", "Transcribing", "/videos/video_1")
    card = user.card("Talk 2").item
    assert (card.status, card.figure, card.href) == ("ready", "12:48", "/videos/video_2")
    await user.until(lambda: user.library.listeners == 1)
    user.library.publish("video.progress", "video_1", stage="transcript", status="running")
    videos.alter("video_1", status="failed", stages=stages("completed", "failed"))
    await user.until(lambda: user.card("Talk 1").item.status == "failed")
    assert user.card("Talk 1").item.why == "Speech recognition is down. Try again."


async def test_a_moment_with_a_film_is_transcribed(user: Visitor) -> None:
    library = user.library
    film = MediaFile("bucket", "a.mp4", "video/mp4", 9, "a.mp4")
    library.moments["moment_001"] = moment(1)
    library.assets["moment_001"] = [
        asset("moment_001", "asset_1", file=film, processing_status="completed")
    ]
    await user.open("/library/moment_001")
    ui.navigate.to = (gone := []).append  # type: ignore[assignment,method-assign,var-annotated]
    user.find("Transcribe").click()
    await user.until(lambda: bool(gone))
    [made] = library.videos.rows.values()
    assert (gone, made.source) == ([f"/videos/{made.id}"], "moment")


async def test_a_found_moment_leads_back_to_its_video(user: Visitor) -> None:
    user.library.moments["moment_001"] = moment(1, kind="clip", source_id="video_7")
    await user.open("/library/moment_001")
    await user.should_see("Open the video")
    await user.should_not_see("Transcribe")


async def test_a_clip_that_was_understood_leads_to_its_transcript(user: Visitor) -> None:
    user.library.videos.put(video(1, source="capture"))
    await user.open("/library/moment_v1")
    await user.should_see("Open the transcript")


async def test_a_video_s_moment_leads_to_its_page(user: Visitor) -> None:
    user.library.videos.put(video(1))
    await user.open("/library/moment_v1")
    await user.should_see("Open the video")


async def test_the_bar_shows_one_s_own_videos_that_are_processed(user: Visitor) -> None:
    running = stages("completed", "running")
    user.library.videos.put(
        video(1, status="running", stages=running),
        video(2, status="running", stages=running, created_by="user_2"),
    )
    await user.open("/collections")
    tray, _bell = user.elements(Panel)
    await user.until(lambda: tray._props["aria-label"] == "1 running, open")
    user.library.videos.alter("video_1", status="completed")
    await user.until(lambda: not tray.visible)
