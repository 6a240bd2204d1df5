"""The page of one moment as a simulated user sees it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.moments.models import Asset, Git, MediaFile, MediaSource, UserRef, VmRef
from domain.webhooks.models import Delivery, Sent
from tests.fakes.commits import commit as shown
from tests.fakes.library import NOW, FakeLibrary, moment
from tests.fakes.library import asset as file_of
from tests.unit.app.conftest import Visitor
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.file_strip import FileStrip
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.components.video_file import VideoFile
from webapp.app.kit.elements import Button, El

PATH = "/library/moment_001"


ZOOM = "Zoom into a.png"


def of_type(name: str, content_type: str, **values: object) -> Asset:
    return asset(name, file=MediaFile("bucket", name, content_type, 10, name), **values)


def asset(name: str, **values: object) -> Asset:
    return file_of("moment_001", name, **values)


@pytest.fixture
def library() -> FakeLibrary:
    commit = Git("main", "7be20aa", "fix: heron", commit_date=NOW, diff="+1")
    more = {"repository": "acme/web-shop"}
    made = FakeLibrary(
        [
            moment(
                1,
                kind="commit",
                title="Release",
                tags=("heron",),
                git=commit,
                metadata=more,
                vm=VmRef("vm_0", "build-3", NOW, NOW),
            )
        ]
    )
    made.commits.items = [shown(1, NOW, id="moment_001", previous_id="moment_000")]
    return made


async def test_a_commit_says_what_it_changed_and_leads_to_the_comparison(
    user: Visitor, library: FakeLibrary
) -> None:
    await user.open(PATH)
    await user.should_see("3.4 % changed in 2 places since the last one")
    await user.should_see("Changed")
    await user.should_see("web-shop")
    branch = "/commits?repository=acme%2Fweb-shop&branch=main"
    assert any(each.props.get("href") == branch for each in user.elements(El))
    [compare] = [each for each in user.elements(El) if "before=" in each.props.get("href", "")]
    assert compare.props["href"] == "/commits?before=moment_000&after=moment_001"
    await user.until(lambda: library.listeners == 1)
    library.commits.decided = [("moment_001", "approved", None)]
    library.publish("moment.updated", "moment_001")
    await user.should_see("Approved")
    library.commits.decided = []
    library.commits.items = [replace(library.commits.items[0], picture_url=None)]
    library.publish("moment.updated", "moment_001")
    await user.should_see("It has no pictures")
    assert not [e for e in user.elements(El) if "before=" in e.props.get("href", "")]


async def test_everything_about_a_moment(user: Visitor, library: FakeLibrary) -> None:
    log = asset("build.log", metadata={"preview": "184 tests", "previewIsWhole": False})
    broken = asset(
        "a.png", processing_status="failed", processing_error="Not a picture.", download_url=None
    )
    library.assets["moment_001"] = [log, broken]
    await user.open(PATH)
    git = ("7be20aa", "main", "fix: heron", "acme/web-shop", "Committed")
    for text in ("Release", "heron", *git, "build.log"):
        await user.should_see(text)
    texts = [each.props["innerHTML"] for each in user.elements(El) if each.tag == "pre"]
    assert texts == ["184 tests", '<span class="m-d-add">+1</span>']
    await user.emit(user.only(FileStrip), "choose", "a.png")
    await user.should_see("Not a picture.")
    await user.emit(user.only(FileStrip), "choose", "build.log")
    await user.should_not_see("Not a picture.")
    [download] = [each for each in user.elements(El) if each.props.get("download")]
    assert download.props["href"] == "/files/build.log"


async def test_a_moment_leads_to_the_vm_that_sent_it(user: Visitor) -> None:
    await user.open(PATH)
    [vm] = [each for each in user.elements(El) if each.props.get("href") == "/settings/vms/vm_0"]
    assert vm.text == "build-3"


async def test_files_are_shown_by_what_they_are(user: Visitor, library: FakeLibrary) -> None:
    library.assets["moment_001"] = [
        of_type(
            "a.png", "image/png", preview_url="/files/small", metadata={"width": 8, "height": 4}
        ),
        of_type("a.webm", "video/webm", metadata={"durationMs": 24_000}),
        of_type("a.mp3", "audio/mpeg"),
        of_type("a.zip", "application/zip"),
    ]
    await user.open(PATH)
    assert [each.figure for each in user.only(FileStrip).items] == ["", "24 s", "", ""]
    for name in ("a.mp3", "a.zip", "other", "a.webm"):
        await user.emit(user.only(FileStrip), "choose", name)
        assert user.only(FileStrip).props["chosen"] == name.replace("other", "a.zip")
    await user.emit(user.only(VideoFile), "take", 1500)
    await user.should_see("Taking the frame")
    assert library.frames.asked == [("moment_001", "a.webm", 1500)]
    library.publish("moment.updated", "moment_001")  # what was chosen stays
    await user.until(lambda: user.only(FileStrip).props["chosen"] == "a.webm")
    await user.emit(user.only(FileStrip), "choose", "a.png")
    [button] = [each for each in user.elements(El) if each.props.get("aria-label", "") == ZOOM]
    await user.emit(button, "click")
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    image = [each for each in user.elements(El) if each.tag == "img"][-1]
    assert image.props["src"] == "/files/a.png"
    await user.emit(image, "click")
    assert image.parent_slot
    await user.until(lambda: "m-whole" in image.parent_slot.parent.classes)  # type: ignore[union-attr]


async def test_what_happened_is_told(user: Visitor, library: FakeLibrary) -> None:
    ada = UserRef("user_1", "ada@example.org", "Ada")
    later = NOW + timedelta(minutes=9)
    library.assets["moment_001"] = [
        asset("a.png", uploaded_by=ada),
        asset("b.png", uploaded_by=ada, processing_status="failed"),
        asset("c.png", created_at=later, processing_status="processing"),
    ]
    library.commits.decided = [("moment_001", "approved", None)]
    delivery = Delivery(
        "d", "w", "moment.created", "{}", "pending", 1, 502, None, 3, NOW, later, later
    )
    library.sent = [
        Sent("https://tracker.example/x?key=1", delivery),
        Sent("https://chat.example", replace(delivery, status="delivered")),
        Sent("https://gone.example", replace(delivery, status="failed", response_status=None)),
    ]
    await user.open(PATH)
    for words in (
        "2 files added by Ada",
        "a.png checked",
        "b.png could not be read",
        "c.png added",
        "Approved by Ada",
        "Webhook to tracker.example, moment.created, 502, next try soon",
        "Webhook to chat.example, moment.created, delivered",
        "Webhook to gone.example, moment.created, no answer, not delivered",
    ):
        await user.should_see(words)
    library.role = Role.MEMBER  # webhooks are for owners and admins
    await user.open(PATH)
    await user.should_see("Approved by Ada")
    await user.should_not_see("Webhook to chat.example", retries=1)


async def test_a_link_of_a_source_is_a_web_address(user: Visitor, library: FakeLibrary) -> None:
    for url, is_shown in (("javascript:alert(1)", False), ("https://example.org/x", True)):
        source = MediaSource("other", url=url)
        library.moments["moment_001"] = moment(1, kind="mark", source=source)
        await user.open(PATH)
        assert any(each.props.get("href") == url for each in user.elements(El)) is is_shown


@pytest.mark.parametrize(
    "values", [{"organization_id": "org_2"}, {"deleted_at": NOW}, {"id": "moment_other"}]
)
async def test_what_one_may_not_see_is_not_there(
    user: Visitor, library: FakeLibrary, values: dict[str, object]
) -> None:
    found = moment(1, **values)
    library.moments = {found.id: found}
    answer = await user.http_client.get(PATH)
    assert answer.status_code == 404
    assert "Moment not found" in answer.text


async def test_nobody_signed_in_leads_to_the_sign_in(user: Visitor, library: FakeLibrary) -> None:
    library.signed_in = False
    answer = await user.http_client.get(PATH)
    assert answer.headers["location"] == "/sign-in?next=%2Flibrary%2Fmoment_001"


async def test_edit_keeps_what_was_typed_when_refused(user: Visitor, library: FakeLibrary) -> None:
    await user.open(PATH)
    await user.emit(user.only(Shortcuts), "press", "e")
    await user.should_see("Edit the moment")
    (title, _), tags = user.elements(ui.input), user.only(ui.input_chips)
    title.set_value("x" * 201)
    user.find("Save").click()
    await user.should_see("Invalid request body")
    assert title.value == "x" * 201
    title.set_value("Renamed")
    tags.set_value(["heron", "pond, reeds", " "])
    user.find("Save").click()
    await user.until(lambda: library.moments["moment_001"].tags == ("heron", "pond", "reeds"))
    await user.should_see("Renamed")


async def shared(user: Visitor) -> None:
    """Open a moment's share dialog."""
    user.find(kind=Button, content="Share").click()
    await user.should_see("Create a link")


def choice(user: Visitor, label: str) -> ui.select:
    [found] = [each for each in user.elements(ui.select) if each.props["aria-label"] == label]
    return found


def urls(user: Visitor) -> list[str]:
    return [str(each.props["text"]) for each in user.elements(CopyButton)]


async def test_sharing_gives_links_to_copy_and_revoke(user: Visitor, library: FakeLibrary) -> None:
    await user.open(PATH)
    await shared(user)
    choice(user, "Expiry").set_value(3600)
    user.only(ui.input).set_value("open sesame")
    user.find("Create a link").click()
    await user.until(lambda: urls(user) == ["http://localhost:8000/s/token0"])
    [made] = library.links
    assert (made.has_password, made.expires_at) == (True, NOW + timedelta(hours=1))
    await user.should_see("with a password")
    choice(user, "Who can see this").set_value("unlisted")
    await user.until(lambda: len(urls(user)) == 2)
    assert urls(user)[0] == "http://localhost:8000/m/a-slug"
    user.find(kind=Button, marker="token0").click()
    await user.until(lambda: urls(user) == ["http://localhost:8000/m/a-slug"])
    assert library.links == []


async def test_a_refused_link_keeps_the_form(user: Visitor, library: FakeLibrary) -> None:
    await user.open(PATH)
    await shared(user)
    user.only(ui.input).set_value("x")
    user.find("Create a link").click()
    await user.should_see("Password must have at least 4 characters.")
    assert user.only(ui.input).value == "x"


async def test_a_refused_visibility_shows_the_true_one(user: Visitor, library: FakeLibrary) -> None:
    library.moments["moment_001"] = moment(1, source_id="private")
    await user.open(PATH)
    await shared(user)
    choice(user, "Who can see this").set_value("public")
    await user.should_see("This comes from a private stream.")
    await user.until(lambda: choice(user, "Who can see this").value == "organization")


async def test_what_has_the_focus_outlives_what_it_changes(
    user: Visitor, library: FakeLibrary
) -> None:
    """A dialog that closes returns the focus to the button that it was opened by."""
    await user.open(PATH)
    await user.until(lambda: library.listeners == 1)
    [button] = user.find(kind=Button, content="Share").elements
    await shared(user)
    seen_by = choice(user, "Who can see this")
    seen_by.set_value("unlisted")
    await user.until(lambda: len(urls(user)) == 1)
    library.moments["moment_001"] = moment(1, kind="commit", title="Shared")
    library.publish("moment.updated", "moment_001")
    await user.should_see("Shared")
    assert not button.is_deleted
    assert choice(user, "Who can see this") is seen_by


async def test_delete_undo_and_a_change_elsewhere(user: Visitor, library: FakeLibrary) -> None:
    await user.open(PATH)
    user.find("Delete").click()
    await user.should_see("This moment is in the bin")
    user.find("Undo").click()
    await user.should_see("Moment restored")
    await user.should_see("Release")
    await user.until(lambda: library.listeners == 1)
    library.moments["moment_001"] = moment(1, title="Renamed elsewhere")
    library.publish("moment.updated", "moment_001")
    await user.should_see("Renamed elsewhere")


async def test_events_for_others_are_not_heard(user: Visitor, library: FakeLibrary) -> None:
    library.role = Role.MEMBER
    await user.open(PATH)
    await user.until(lambda: library.listeners == 1)
    library.moments["moment_001"] = moment(1, title="Secret")
    library.publish("moment.updated", "moment_001", frozenset({"user_2"}))
    library.publish("moment.updated", "moment_other")
    await user.should_not_see("Secret", retries=1)
    library.publish("moment.updated", "moment_001", frozenset({"user_1"}))
    await user.should_see("Secret")
