"""A new moment with files, as a simulated user sees it."""

from dataclasses import replace

import pytest
from nicegui import ui

from domain.accounts.models import Role
from tests.fakes.library import FakeLibrary, moment
from tests.unit.app.conftest import Visitor
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.components.uploader import ChosenFile, Uploader
from webapp.app.kit.elements import Button
from webapp.app.pages.library.moment_capture import kind_of

PICTURE = {"key": "f1", "name": "after.png", "type": "image/png", "size": 1200}
LOG = {"key": "f2", "name": "server.log", "type": "", "size": 0}


async def opened(user: Visitor) -> Uploader:
    await user.open("/library")
    await user.until(lambda: user.library.listeners > 0)
    await user.emit(user.only(Shortcuts), "press", "n")
    await user.should_see("Who can see it")
    return user.only(Uploader)


def field(user: Visitor, label: str) -> ui.input:
    """Return the field below a label."""
    [made] = [
        each
        for each in user.elements(ui.input)
        if each.parent_slot
        and any(getattr(other, "text", "") == label for other in each.parent_slot.children)
    ]
    return made


def created(library: FakeLibrary) -> str:
    [made] = library.moments
    return made


async def test_files_are_uploaded_once_the_moment_is_saved(
    user: Visitor, library: FakeLibrary
) -> None:
    uploader = await opened(user)
    await user.emit(uploader, "added", [PICTURE, LOG])
    await user.should_see("2 files will be uploaded when you save.")
    field(user, "Title").set_value("Checkout in one page")
    field(user, "Branch").set_value("feat/one-page")
    user.only(ui.input_chips).set_value(["frontend, checkout"])
    user.only(ui.toggle).set_value("private")
    user.find("Save moment").click()
    await user.until(lambda: len(uploader.urls) == 2)
    made = library.moments[created(library)]
    assert (made.title, made.tags, made.visibility) == (
        "Checkout in one page",
        ("frontend", "checkout"),
        "private",
    )
    assert (made.kind, made.git.branch) == ("commit", "feat/one-page")
    assert uploader.urls == {
        "f1": "http://localhost:8000/files/asset_0?signed",
        "f2": "http://localhost:8000/files/asset_1?signed",
    }
    assert [each.asset_type for each in library.assets[made.id]] == ["screenshot", "log_file"]
    await user.emit(uploader, "ended", "f1")
    await user.should_see("1 of 2 files in. Keep this open until all are.")
    await user.emit(uploader, "ended", "f2")
    await user.should_see("All files are in.")


async def test_what_became_of_files_is_shown_by_events(user: Visitor, library: FakeLibrary) -> None:
    uploader = await opened(user)
    await user.emit(uploader, "added", [PICTURE])
    field(user, "Title").set_value("Release")
    user.find("Save moment").click()
    await user.until(lambda: "f1" in uploader.urls)
    await user.emit(uploader, "ended", "f1")
    await user.until(lambda: uploader.props["states"] != {})
    moment_id = created(library)
    [file] = library.assets[moment_id]
    library.assets[moment_id] = [
        replace(file, processing_status="failed", processing_error="Not a picture.")
    ]
    library.publish("moment.updated", moment_id)
    wanted = {"f1": {"status": "failed", "error": "Not a picture."}}
    await user.until(lambda: uploader.props["states"] == wanted)


async def test_a_file_may_follow_and_a_refused_one_says_why(user: Visitor) -> None:
    uploader = await opened(user)
    await user.emit(uploader, "added", [PICTURE])
    field(user, "Title").set_value("Release")
    user.find("Save moment").click()
    await user.until(lambda: "f1" in uploader.urls)
    await user.emit(uploader, "added", [{**LOG, "name": "full.zip"}])
    await user.until(lambda: uploader.refused == {"f2": "This moment has 500 files already."})
    await user.emit(uploader, "added", [LOG])
    await user.emit(uploader, "removed", "f2")
    await user.emit(uploader, "ended", "f1")
    await user.should_see("All files are in.")


async def test_a_file_over_the_limit_says_so_and_is_not_sent(user: Visitor) -> None:
    uploader = await opened(user)
    await user.emit(uploader, "added", [PICTURE, {**LOG, "size": 600_000_000}])
    assert list(uploader.files) == ["f1"]
    assert uploader.refused == {"f2": "600 MB, over the 500 MB that one file may have."}


async def test_without_files_it_closes_and_the_list_shows_it(user: Visitor) -> None:
    await opened(user)
    field(user, "Title").set_value("Only words")
    user.find("Save moment").click()
    await user.should_see("Moment saved")
    await user.until(lambda: user.titles() == ["Only words"])


async def test_a_refusal_is_under_its_field_and_nothing_is_lost(
    user: Visitor, library: FakeLibrary
) -> None:
    uploader = await opened(user)
    await user.emit(uploader, "added", [PICTURE])
    user.find("Save moment").click()
    await user.until(lambda: field(user, "Title").error == "Title is required.")
    assert library.moments == {}
    assert list(uploader.files) == ["f1"]


@pytest.mark.parametrize(
    "given", [None, "x", [None], [{}], [{"key": "f1", "name": "a", "size": -1}], [{"key": 1}]]
)
async def test_what_is_no_file_is_ignored(user: Visitor, given: object) -> None:
    uploader = await opened(user)
    await user.emit(uploader, "added", given)
    await user.emit(uploader, "ended", given)
    await user.emit(uploader, "removed", given)
    assert (uploader.files, uploader.arrived) == ({}, set())


async def test_a_role_that_was_taken_meanwhile_is_refused(
    user: Visitor, library: FakeLibrary
) -> None:
    await opened(user)
    library.role = Role.VIEWER
    field(user, "Title").set_value("Release")
    user.find("Save moment").click()
    await user.should_see("Unauthorized to perform this action")
    assert library.moments == {}


async def test_a_viewer_is_not_offered_it(user: Visitor, library: FakeLibrary) -> None:
    library.role = Role.VIEWER
    await user.open("/library")
    await user.emit(user.only(Shortcuts), "press", "n")
    assert not user.elements(Uploader)
    assert "New moment" not in [each.text for each in user.elements(Button)]


@pytest.mark.parametrize(
    ("name", "mime_type", "kind"),
    [
        ("a.png", "image/png", ("screenshot", "image/png")),
        ("a.webm", "video/webm", ("screen_recording", "video/webm")),
        ("a.LOG", "", ("log_file", "text/plain")),
        (".env", "", ("config_file", "text/plain")),
        ("a.json", "application/json", ("config_file", "application/json")),
        ("a.bin", "", ("other", "application/octet-stream")),
    ],
)
def test_kinds_of_files(name: str, mime_type: str, kind: tuple[str, str]) -> None:
    assert kind_of(ChosenFile("f", name, mime_type, 1)) == kind


async def test_files_are_added_to_a_moment_that_exists(user: Visitor) -> None:
    user.library.moments = {"moment_001": moment(1)}
    await user.open("/library/moment_001")
    user.find("Add files").click()
    await user.until(lambda: bool(user.elements(Uploader)))
    uploader = user.only(Uploader)
    await user.should_not_see("Save moment")
    await user.emit(uploader, "added", [PICTURE])
    await user.until(lambda: "f1" in uploader.urls)
    [made] = user.library.assets["moment_001"]
    assert made.file.file_name == PICTURE["name"]
    await user.emit(uploader, "ended", "f1")
    await user.should_see("All files are in.")


async def test_a_viewer_adds_no_files(user: Visitor) -> None:
    user.library.moments = {"moment_001": moment(1)}
    user.library.role = Role.VIEWER
    await user.open("/library/moment_001")
    await user.should_see("Note 01")
    await user.should_not_see("Add files")
