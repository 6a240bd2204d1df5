"""The settings as a simulated user sees them."""

from datetime import timedelta

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.core.errors import StorageUnavailable
from domain.infra.queue import ParkedJob
from domain.infra.storage.objects import Backlog
from domain.personal.models import Closing
from domain.profiles.models import Report
from tests.fakes.house import FakeHouse
from tests.fakes.library import ADA, NOW, clip, moment
from tests.unit.app.conftest import Visitor
from webapp.app.bar.account import AccountButton
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.file_button import FileButton
from webapp.app.components.list_row import ListRow
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form

SECTIONS = (
    "profile",
    "organisation",
    "members",
    "streams",
    "tokens",
    "webhooks",
    "apps",
    "storage",
    "retention",
    "data",
)


@pytest.fixture
def library() -> FakeHouse:
    return FakeHouse()


@pytest.mark.parametrize("name", SECTIONS)
async def test_a_section_is_light_and_leads_nobody_else_in(
    user: Visitor, library: FakeHouse, name: str
) -> None:
    await user.open(f"/settings/{name}")
    assert len(user.page.elements) <= 150
    library.role = Role.VIEWER
    await user.open(f"/settings/{name}")  # viewers see every section
    library.signed_in = False
    answer = await user.http_client.get(f"/settings/{name}")
    assert answer.headers["location"] == f"/sign-in?next=%2Fsettings%2F{name}"


async def test_a_section_that_fails_says_why_and_can_be_tried_again(
    user: Visitor, library: FakeHouse
) -> None:
    library.store.broken = StorageUnavailable("The store is full.")
    await user.open("/settings/storage")
    await user.should_see("This section failed to load")
    await user.should_see("The store is full.")
    library.store.broken = None
    user.find("Try again").click()
    await user.should_see("Where snapshots, clips and files are kept.")


# Profile


async def test_a_new_address_wants_the_password(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/profile")
    name, email, password = user.elements(ui.input)[:3]
    name.set_value("Ada L")
    email.set_value("new@example.org")
    await user.should_see("Required to change the email address.")
    user.find(kind=ui.button, content="Save").click()
    await user.until(lambda: password.error == "Current password is required.")
    password.set_value("wrong")
    assert password.error is None
    user.find(kind=ui.button, content="Save").click()
    await user.until(lambda: password.error == "Current password is wrong.")
    assert email.value == "new@example.org"
    password.set_value(library.accounts.password)
    user.find(kind=ui.button, content="Save").click()
    await user.should_see("Saved")
    assert (library.accounts.user.name, library.accounts.user.email) == (
        "Ada L",
        "new@example.org",
    )
    assert password.value == ""
    email.set_value("taken@example.org")
    password.set_value(library.accounts.password)
    user.find(kind=ui.button, content="Save").click()
    await user.should_see("Another account has this email address")


async def test_a_password_is_sent_as_it_was_typed(user: Visitor, library: FakeHouse) -> None:
    library.accounts.password = "  spaced out  "
    await user.open("/settings/profile")
    name, email, password = user.elements(ui.input)[:3]
    name.set_value("  Ada   L ")
    email.set_value("new@example.org")
    password.set_value("  spaced out  ")
    user.find(kind=ui.button, content="Save").click()
    await user.until(lambda: library.accounts.user.email == "new@example.org")
    assert library.accounts.user.name == "Ada L"


async def test_sessions_end_one_by_one_or_all_by_a_form(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/profile")
    await user.should_see("Firefox on Linux")
    await user.should_see("This browser")
    await user.act(user.row("Chrome on Android"), "end")
    await user.until(lambda: len(library.accounts.logins) == 1)
    await user.should_not_see("Chrome on Android")
    user.find("Sign out everywhere").click()
    await user.should_see("Every browser is signed out, this one too.")
    forms = [each.props.get("action") for each in user.elements(El) if each.tag == "form"]
    assert "/sign-out" in forms


async def test_the_password_form_s_outcome_is_shown(user: Visitor) -> None:
    await user.open("/settings/profile?password=wrong")
    await user.until(lambda: any(each.error for each in user.elements(ui.input)))
    [current] = [each for each in user.elements(ui.input) if each.error]
    assert current.props["name"] == "current"
    assert current.props["type"] == "password"
    await user.open("/settings/profile?password=changed")
    await user.should_see("Your password was changed")


async def test_a_password_can_be_shown(user: Visitor) -> None:
    await user.open("/settings/profile")
    *_, new = user.elements(ui.input)
    [*_, button] = [each for each in user.elements(ui.button) if each.text == "Show"]
    await user.emit(button, "click")
    await user.until(lambda: new.props["type"] == "text")
    assert button.text == "Hide"


# Organisation


async def test_the_organisation_is_renamed_by_admins_only(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open("/settings/organisation")
    user.only(ui.input).set_value("Acme Ltd")
    library.role = Role.MEMBER  # meanwhile
    user.find(kind=ui.button, content="Save").click()
    await user.should_see("Unauthorized to perform this action")
    library.role = Role.OWNER
    user.find(kind=ui.button, content="Save").click()
    await user.until(lambda: library.accounts.organization == "Acme Ltd")
    assert user.row("Acme Ltd").item.badge == ("okw", "Current")
    library.role = Role.MEMBER
    await user.open("/settings/organisation")
    assert not user.elements(ui.input)


async def test_organisations_are_switched_and_made(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/organisation")
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    await user.act(user.row("Beta"), "switch")
    await user.until(lambda: library.accounts.switched == ["org_2"])
    user.find("New organisation").click()
    await user.until(lambda: len(user.elements(ui.input)) == 2)
    user.elements(ui.input)[1].set_value("Gamma")
    user.find("Create").click()
    await user.until(lambda: gone == ["/settings/organisation"] * 2)
    assert library.accounts.others[-1].organization_name == "Gamma"


# Members


async def test_roles_change_and_a_refusal_shows_the_true_one(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open("/settings/members")
    await user.act(user.row("Rosa"), "role", "admin")
    await user.until(lambda: library.members.people["user_2"].role is Role.ADMIN)
    await user.should_see("Saved")
    await user.act(user.row("Ada"), "role", "member")
    await user.should_see("An organization needs an owner.")
    assert user.choice("Ada").value == "owner"
    await user.act(user.row("Rosa"), "role", "emperor")
    assert library.members.people["user_2"].role is Role.ADMIN


async def test_a_member_is_removed_after_a_question(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/members")
    await user.act(user.row("Rosa"), "remove")
    await user.should_see("They lose access at once.")
    user.find(kind=ui.button, content="Remove").click()
    await user.until(lambda: "user_2" not in library.members.people)
    await user.until(lambda: [each.item.title for each in user.elements(ListRow)] == ["Ada"])


async def test_somebody_is_invited_and_the_link_revoked(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/members")
    user.find("Invite").click()
    email = user.only(ui.input)
    email.set_value("not an address")
    user.find("Create the link").click()
    await user.until(lambda: email.error == "Email is not an email address.")
    email.set_value("")
    user.only(ui.select).set_value(Role.VIEWER)
    user.find("Create the link").click()
    await user.should_see("http://x/invite/0")
    assert user.only(CopyButton).props["text"] == "http://x/invite/0"
    assert library.members.links["invite_0"].role is Role.VIEWER
    row = user.row("For anyone with the link").item
    assert [each.label for each in row.buttons] == ["Revoke"], "nobody to send it to"
    await user.act(user.row("For anyone with the link"), "revoke")
    await user.should_see("No pending invitations.")


async def test_an_invitation_by_mail_says_so(user: Visitor, library: FakeHouse) -> None:
    library.members.is_by_mail = True
    await user.open("/settings/members")
    user.find("Invite").click()
    user.only(ui.input).set_value("new@example.org")
    user.find("Create the link").click()
    await user.should_see("Moments tells new@example.org.")
    await user.act(user.row("new@example.org"), "send")
    await user.should_see("Sent again")
    assert library.members.sent_again == ["invite_0"]


async def test_an_admin_s_link_sets_a_member_s_password(user: Visitor) -> None:
    await user.open("/settings/members")
    await user.act(user.row("Rosa"), "reset")
    await user.should_see("Whoever has the link sets the password")
    user.find(kind=ui.button, content="Create the link").click()
    await user.should_see("Send this link to Rosa. It works once, for a day.")
    assert user.only(CopyButton).props["text"] == "http://x/reset/reset"


async def test_a_member_changes_nobody_and_may_leave(user: Visitor, library: FakeHouse) -> None:
    library.role = Role.MEMBER
    await user.open("/settings/members")
    assert user.row("Rosa").item.choice is None
    assert not user.row("Rosa").item.menu
    await user.act(user.row("Rosa"), "reset")  # by a forged event
    user.find(kind=ui.button, content="Create the link").click()
    await user.should_see("Unauthorized to perform this action")
    assert [each.label for each in user.row("Ada").item.menu] == ["Leave"]
    await user.should_not_see("Invite", retries=1)
    await user.act(user.row("Rosa"), "role", "owner")  # by a forged event
    await user.should_see("Unauthorized to perform this action")


# Tokens


async def test_a_token_is_shown_once(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/tokens")
    await user.should_see("No tokens yet.")
    user.find("New token").click()
    user.find("Create").click()
    await user.until(lambda: user.only(ui.input).error == "Purpose is required.")
    user.only(ui.input).set_value("Cron")
    user.find("Create").click()
    await user.should_see("mt_secret")
    assert user.only(CopyButton).props["text"] == "mt_secret"
    assert library.tokens.records["token_0"].expires_at == NOW + timedelta(days=365)
    await user.open("/settings/tokens")
    await user.should_not_see("mt_secret", retries=1)
    await user.act(user.row("Cron"), "revoke")
    user.find(kind=ui.button, content="Revoke").click()
    await user.should_see("No tokens yet.")


# Storage


async def test_storage_says_what_is_used_and_what_is_wrong(
    user: Visitor, library: FakeHouse
) -> None:
    library.store.trouble = StorageUnavailable("It refused the connection.")
    library.store.waiting = Backlog(2, 1200)
    await user.open("/settings/storage")
    await user.should_see("34 MB")
    await user.should_see("used by 5 files and their previews")
    await user.should_see("4 clips and 1 snapshot")
    await user.should_see("files are waiting for the store, 1.2 kB")
    await user.should_see("It refused the connection.")


async def test_a_look_that_fails_is_quiet_and_the_next_one_shows(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open("/settings/storage")
    [timer] = user.elements(ui.timer)
    tick = timer.callback
    assert tick is not None
    library.store.broken = StorageUnavailable("The store is full.")
    await tick()
    await user.should_not_see("The store is full.", retries=1)
    library.store.broken = None
    library.store.waiting = Backlog(0, 0)
    await tick()
    await user.should_see("files waiting: everything is in the store")


async def test_parked_jobs_are_for_admins(user: Visitor, library: FakeHouse) -> None:
    library.captures["moment_001"] = clip("moment_001", title="Heron")
    library.moments = {"moment_001": moment(1)}
    args = {"clip_id": "clip_moment_001"}
    job = ParkedJob("job_1", "clips.finish", args, 10, "No space left.", NOW, NOW)
    library.store.parked = {"job_1": job}
    await user.open("/settings/storage")
    row = user.row("Heron")
    assert row.item.meta == ("No space left.", "10 attempts")
    await user.act(row, "retry")
    await user.until(lambda: library.store.retried == ["job_1"])
    await user.should_see("No parked jobs.")
    library.role = Role.MEMBER
    await user.open("/settings/storage")
    await user.should_not_see("Parked jobs", retries=1)


async def test_signed_out_meanwhile_leads_to_the_sign_in(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/tokens")
    user.find("New token").click()
    user.only(ui.input).set_value("Cron")
    library.signed_in = False
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    user.find("Create").click()
    await user.until(lambda: bool(gone))
    assert gone == ["/sign-in?next=%2Fsettings%2Ftokens"]
    assert user.elements(Dialog)
    assert not user.elements(ListRow)


async def test_a_public_page_is_made_and_taken_away(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/profile")
    [form] = [each for each in user.elements(Form) if "handle" in each.fields]
    form.fields["handle"].value = "A!"
    assert not await form.submit()
    form.fields["handle"].value = "ada"
    assert await form.submit()
    assert library.profiles.mine is not None
    await user.should_see("Open your page")
    user.find("Unpublish").click()
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    [*_, sure] = user.elements(Button)
    await user.emit(sure, "click")
    await user.until(lambda: library.profiles.mine is None)


async def test_a_picture_is_set_shown_in_the_bar_and_removed(
    user: Visitor, library: FakeHouse
) -> None:
    await library.profiles.save(ADA, "ada", "")
    await user.open("/settings/profile")
    bar = user.only(AccountButton)
    assert "<img" not in bar.props["innerHTML"]
    await library.profiles.set_avatar(ADA, b"a picture")  # as the browser does by the API
    marks, *_ = user.elements(FileButton)
    await user.emit(marks, "sent", {})
    await user.until(lambda: "/u/ada/avatar.jpg?v=1" in bar.props["innerHTML"])
    [face] = [each for each in user.elements(El) if each.tag == "img" and each.visible]
    assert face.props["src"] == "/u/ada/avatar.jpg?v=1"
    user.find("Remove it").click()
    await user.until(lambda: "<img" not in bar.props["innerHTML"])
    assert not face.visible
    await user.emit(user.only(FileButton), "refused", "Choose a file of at most 5 MB.")
    await user.should_see("Choose a file of at most 5 MB.")


async def test_admins_close_reports(user: Visitor, library: FakeHouse) -> None:
    library.profiles.open_reports = [
        Report("report_1", "moment_1", "A heron", "privacy", "That is my garden.", NOW)
    ]
    await user.open("/settings/organisation")
    await user.should_see("That is my garden.")
    [row] = [each for each in user.elements(ListRow) if each.item.id == "report_1"]
    await user.emit(row, "act", ["close", ""])
    await user.should_see("No open reports.")
    library.role = Role.MEMBER
    await user.open("/settings/organisation")
    await user.should_not_see("Reports")


# Your data


async def test_an_import_says_what_became_of_each_mark(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/data")
    hrefs = [each.props.get("href") for each in user.elements(El) if each.tag == "a"]
    assert "/api/marks/export?format=csv&organization_id=org_1" in hrefs
    assert "/api/auth/export" in hrefs
    failed = [{"number": n, "error": "End must be greater than start."} for n in range(1, 53)]
    marks, *_ = user.elements(FileButton)
    await user.emit(marks, "sent", {"saved": 1, "known": 2, "failed": failed})
    await user.should_see("1 mark imported, 2 already there, 52 refused.")
    await user.should_see("Mark 50: End must be greater than start.")
    await user.should_see("And 2 more.")
    marks, *_ = user.elements(FileButton)
    await user.emit(marks, "sent", {"saved": 3, "known": 0, "failed": []})
    await user.should_see("3 marks imported.")
    await user.should_not_see("refused")
    await user.emit(marks, "refused", "The file is neither JSON nor a table.")
    await user.should_see("Nothing was imported")
    library.role = Role.VIEWER
    await user.open("/settings/data")
    assert not user.elements(FileButton)


async def test_an_account_ends_with_its_password_alone(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/data")
    user.find("Delete the account").click()
    await user.should_see("Also deleted, as you are the only member: Acme, with all contents.")
    await user.should_see("This cannot be undone.")
    password = user.only(ui.input)
    password.set_value("wrong")
    user.find("Delete my account").click()
    await user.until(lambda: password.error == "Current password is wrong.")
    assert library.signed_in
    password.set_value(library.accounts.password)
    user.find("Delete my account").click()
    await user.until(lambda: not library.signed_in)


async def test_the_only_owner_of_others_is_told_what_to_do(
    user: Visitor, library: FakeHouse
) -> None:
    library.erasure.closing = Closing((), ("Acme", "Beta"))
    await user.open("/settings/data")
    user.find("Delete the account").click()
    await user.should_see(
        "You are the only owner of Acme, Beta. Make somebody else an owner first."
    )
    assert not user.elements(ui.input)
