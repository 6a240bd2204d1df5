"""The library as a simulated user sees it."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from nicegui import ui
from nicegui.client import Client

from domain.accounts.models import Role
from domain.moments.models import Asset, Git, VmRef
from domain.sharing.models import NewShare
from tests.fakes.library import ADA, NOW, FakeLibrary, clip, moment
from tests.unit.app.conftest import Visitor
from webapp.app.components.address import Address
from webapp.app.components.arrivals import Arrivals
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.download_form import DownloadForm
from webapp.app.components.menu_chip import MenuChip
from webapp.app.components.moment_card import MomentCard
from webapp.app.components.sentinel import Sentinel
from webapp.app.components.shortcuts import Shortcuts
from webapp.app.components.time_zone import TimeZone
from webapp.app.kit.elements import Button
from webapp.app.kit.forms import Form
from webapp.app.pages.library.state import PAGE, Filters
from webapp.pages.open_pages import MAX_WAITING


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary([moment(number) for number in range(60)])


async def opened(user: Visitor, path: str = "/library") -> None:
    await user.open(path)
    await user.until(lambda: user.library.listeners > 0)


async def test_the_first_page_is_newest_first_and_light(user: Visitor) -> None:
    await opened(user)
    assert user.titles() == [f"Note {number:02}" for number in range(PAGE)]
    assert len(user.page.elements) <= 150


async def test_a_card_that_begins_a_day_can_tell(user: Visitor) -> None:
    await opened(user)
    first, second = user.card("Note 00"), user.card("Note 01")
    assert first.props.get("previous") is None
    assert second.props["previous"] == first.item.created_at


async def test_scrolling_reads_on_to_the_end(user: Visitor) -> None:
    await opened(user)
    sentinel = user.only(Sentinel)
    await user.emit(sentinel.sight, "visibility", args=True)
    await user.until(lambda: len(user.titles()) == 60)
    asked = len(user.library.asked)
    await user.emit(sentinel.sight, "visibility", args=True)
    assert len(user.library.asked) == asked


async def test_the_address_filters_and_going_back_does_too(
    user: Visitor, library: FakeLibrary
) -> None:
    library.moments["moment_007"] = replace(moment(7), kind="commit", git=Git(branch="main"))
    await opened(user, "/library?kind=commit&branch=main")
    assert user.titles() == ["Note 07"]
    await user.emit(user.only(Address), "moved", "q=09")
    await user.until(lambda: user.titles() == ["Note 09"])
    assert user.only(ui.input).value == "09"


async def test_searching_is_in_the_address(user: Visitor) -> None:
    await opened(user)
    user.find(ui.input).type("note 11")
    await user.until(lambda: user.titles() == ["Note 11"])
    assert user.only(Address).shown == "/library?q=note+11"


async def test_a_chosen_tag_filters(user: Visitor, library: FakeLibrary) -> None:
    library.moments["moment_003"] = replace(moment(3), tags=("heron",))
    await opened(user)
    tag = chip(user, "Tag")
    assert [each["value"] for each in tag.props["items"]] == ["heron"]
    await user.emit(tag, "choose", "heron")
    await user.until(lambda: user.titles() == ["Note 03"])
    assert user.only(Address).shown == "/library?tag=heron"


async def test_a_chosen_vm_filters_until_it_is_cleared(user: Visitor, library: FakeLibrary) -> None:
    vm = VmRef("vm_1", "build-1", NOW, None)
    library.moments["moment_003"] = replace(moment(3), vm=vm, vm_id=vm.id)
    await opened(user, "/library?vm=vm_1")
    assert user.titles() == ["Note 03"]
    assert [each["label"] for each in chip(user, "VM").props["items"]] == ["build-1"]
    user.find(kind=Button, content="Clear").click()
    await user.until(lambda: len(user.titles()) == PAGE)
    await user.emit(chip(user, "VM"), "choose", "vm_1")
    await user.until(lambda: user.titles() == ["Note 03"])
    assert user.only(Address).shown == "/library?vm=vm_1"


async def test_nothing_found_offers_everything(user: Visitor) -> None:
    await opened(user, "/library?q=nowhere")
    await user.should_see("No matches")
    user.find("Show all moments").click()
    await user.until(lambda: len(user.titles()) == PAGE)


async def test_a_new_moment_arrives_by_event(user: Visitor, library: FakeLibrary) -> None:
    await opened(user)
    library.moments["moment_new"] = replace(moment(0), id="moment_new", title="Brand new")
    library.publish("moment.created", "moment_new")
    await user.until(lambda: user.titles()[0] == "Brand new")
    assert user.card("Brand new").props["fresh"] is True
    assert user.card("Note 00").props["previous"] == user.card("Brand new").item.created_at


async def test_nothing_moves_while_one_reads_further_down(
    user: Visitor, library: FakeLibrary
) -> None:
    await opened(user)
    arrivals = user.only(Arrivals)
    await user.emit(arrivals.sight, "visibility", args=False)
    library.moments["moment_new"] = replace(moment(0), id="moment_new", title="Brand new")
    library.publish("moment.created", "moment_new")
    await user.until(lambda: len(arrivals.ids) == 1)
    assert user.titles()[0] == "Note 00"
    user.find("Show 1 new moment").click()
    await user.until(lambda: user.titles()[0] == "Brand new")
    assert not arrivals.ids
    await user.should_see("61 moments")


async def test_several_are_shared_with_one_link(user: Visitor, library: FakeLibrary) -> None:
    await opened(user)
    await user.emit(user.card("Note 02"), "act", "select")
    await user.emit(user.card("Note 03"), "act", "range")
    user.find(kind=Button, content="Share").click()
    await user.should_see("Share 2 moments")
    user.find("Create a link").click()
    await user.until(lambda: len(user.elements(CopyButton)) == 1)
    [link] = library.links
    assert link.subject_ids == ("moment_002", "moment_003")
    assert link.expires_at == NOW + timedelta(days=7)


async def test_a_card_shares_and_downloads_one(user: Visitor, library: FakeLibrary) -> None:
    library.moments["moment_000"] = moment(0, kind="clip")
    library.captures["moment_000"] = clip("moment_000")
    await opened(user)
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    await user.emit(user.card("Note 00"), "act", "download")
    await user.until(lambda: bool(gone))
    assert gone == ["/api/clips/clip_moment_000/download?organization_id=org_1"]
    await user.emit(user.card("Note 01"), "act", "download")
    await user.should_see("These moments have no files yet.")
    await user.emit(user.card("Note 00"), "act", "share")
    await user.should_see("Create a link")
    labels = [each.props["aria-label"] for each in user.elements(ui.select)]
    assert labels == ["Who can see this", "Expiry"]


async def test_an_event_of_what_the_filters_hide_changes_nothing(
    user: Visitor, library: FakeLibrary
) -> None:
    await opened(user, "/library?q=05")
    library.publish("moment.updated", "moment_004")
    library.moments["moment_005"] = replace(moment(5), title="Note 05, renamed")
    library.publish("moment.updated", "moment_005")
    await user.until(lambda: user.titles() == ["Note 05, renamed"])


async def test_a_clip_s_state_changes_by_its_own_event(user: Visitor, library: FakeLibrary) -> None:
    library.moments["moment_000"] = replace(moment(0), kind="clip")
    library.captures["moment_000"] = clip("moment_000", status="failed", error="No video.")
    await opened(user)
    card = user.card("Note 00")
    assert (card.item.status, card.item.href) == ("failed", "/library/moment_000")
    await user.emit(card, "act", "retry")
    await user.until(lambda: card.item.status == "processing")
    library.captures["moment_000"] = clip("moment_000")
    library.publish("clip.ready", "clip_moment_000")
    await user.until(lambda: card.item.status == "ready")


async def test_delete_and_undo(user: Visitor) -> None:
    await opened(user)
    await user.emit(user.card("Note 03"), "act", "select")
    await user.should_see("1 selected")
    user.find("Delete").click()
    await user.should_see("1 moment deleted")
    assert "Note 03" not in user.titles()
    user.find("Undo").click()
    await user.should_see("1 moment restored")
    assert user.titles()[3] == "Note 03"


async def test_a_range_is_selected_and_tagged(user: Visitor, library: FakeLibrary) -> None:
    await opened(user)
    await user.emit(user.card("Note 02"), "act", "select")
    await user.emit(user.card("Note 05"), "act", "range")
    await user.should_see("4 selected")
    picked = [each.item.title for each in user.elements(MomentCard) if each.props.get("picked")]
    assert sorted(picked) == ["Note 02", "Note 03", "Note 04", "Note 05"]
    user.find(kind=Button, content="Tag").click()
    await user.until(lambda: len(user.elements(ui.dialog)) == 1)
    user.elements(ui.input)[-1].set_value("heron")
    user.find("Add tag").click()
    await user.until(lambda: library.moments["moment_005"].tags == ("heron",))


async def test_the_bin_restores(user: Visitor, library: FakeLibrary) -> None:
    library.moments["moment_009"] = replace(moment(9), deleted_at=NOW)
    await opened(user)
    assert "Note 09" not in user.titles()
    user.find("Bin").click()
    await user.until(lambda: user.titles() == ["Note 09"])
    await user.emit(user.card("Note 09"), "act", "restore")
    await user.should_see("The bin is empty")
    assert library.moments["moment_009"].deleted_at is None


async def test_a_refusal_is_said_and_nothing_is_lost(user: Visitor, library: FakeLibrary) -> None:
    library.not_mine = {"moment_004"}
    await opened(user)
    await user.emit(user.card("Note 04"), "act", "delete")
    await user.should_see("Unauthorized to perform this action")
    assert "Note 04" in user.titles()


async def test_a_viewer_selects_nothing(user: Visitor, library: FakeLibrary) -> None:
    library.role = Role.VIEWER
    await opened(user)
    assert user.card("Note 00").props["readonly"] is True


async def test_signed_out_meanwhile_leads_to_the_sign_in(
    user: Visitor, library: FakeLibrary
) -> None:
    await opened(user, "/library?kind=note")
    library.signed_in = False
    gone: list[str] = []
    ui.navigate.to = gone.append  # type: ignore[assignment,method-assign]
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.until(lambda: bool(gone))
    assert gone == ["/sign-in?next=%2Flibrary%3Fkind%3Dnote"]


async def test_pages_that_are_only_fetched_are_given_up(user: Visitor) -> None:
    await opened(user)
    before = set(Client.instances)
    for _ in range(MAX_WAITING + 5):
        await user.http_client.get("/library/moment_001")
    assert len(set(Client.instances) - before) == MAX_WAITING
    assert user.page.id in Client.instances  # it is connected


async def test_words_of_others_are_only_words(user: Visitor, library: FakeLibrary) -> None:
    hostile = "</script><script>alert(1)</script> {{ 7*7 }} `${1}`"
    library.moments["moment_000"] = replace(moment(0), title=hostile, description=hostile)
    for path in ("/library", "/library/moment_000"):
        answer = await user.http_client.get(path)
        assert "<script>alert" not in answer.text
        assert "`${1}`" not in answer.text.partition("</title>")[2]  # of the scripts
    await opened(user)
    assert user.titles()[0] == hostile


def chip(user: Visitor, label: str) -> MenuChip:
    [found] = [each for each in user.elements(MenuChip) if each.props["label"] == label]
    return found


async def test_kinds_are_counted_among_what_the_other_filters_match(
    user: Visitor, library: FakeLibrary
) -> None:
    library.moments["moment_007"] = replace(moment(7), kind="commit", title="Note 07")
    await opened(user, "/library?q=0")
    chips = user.only(ChoiceChips)
    await user.until(lambda: "commit" in (chips.counts or {}))
    assert (chips.counts or {})[""] == (15, False)
    assert (chips.counts or {})["commit"] == (1, False)
    await user.emit(user.card("Note 07"), "act", "delete")
    await user.until(lambda: (chips.counts or {})["commit"] == (0, False))


async def test_oldest_first_reads_on_and_puts_a_new_moment_last(
    user: Visitor, library: FakeLibrary
) -> None:
    await opened(user)
    await user.emit(chip(user, "Sort"), "choose", "oldest")
    await user.until(lambda: user.titles()[0] == "Note 59")
    assert user.only(Address).shown == "/library?sort=oldest"
    first, second = user.card("Note 59"), user.card("Note 58")
    assert first.props.get("previous") is None
    assert second.props["previous"] == first.item.created_at
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.until(lambda: len(user.titles()) == 60)
    assert user.titles()[-1] == "Note 00"
    library.moments["moment_new"] = replace(moment(-1), id="moment_new", title="Brand new")
    library.publish("moment.created", "moment_new")
    await user.until(lambda: user.titles()[-1] == "Brand new")
    assert user.card("Brand new").props["previous"] == user.card("Note 00").item.created_at


async def test_several_tags_must_all_match_and_are_removed_one_by_one(
    user: Visitor, library: FakeLibrary
) -> None:
    library.moments["moment_003"] = replace(moment(3), tags=("heron", "pond"))
    library.moments["moment_004"] = replace(moment(4), tags=("heron",))
    await opened(user)
    for tag in ("heron", "pond"):
        await user.emit(chip(user, "Tag"), "choose", tag)
    await user.until(lambda: user.titles() == ["Note 03"])
    assert chip(user, "Tag").props["value"] == ["heron", "pond"]
    await user.emit(chip(user, "Tag"), "choose", "pond")
    await user.until(lambda: user.titles() == ["Note 03", "Note 04"])


async def test_streams_people_and_days_filter(user: Visitor, library: FakeLibrary) -> None:
    for number in (3, 4):
        library.moments[f"moment_{number:03}"] = moment(number, source_id=f"stream_{number}")
    await opened(user, "/library?stream=stream_3&stream=stream_4&person=user_1")
    assert user.titles() == ["Note 03", "Note 04"]
    await user.emit(chip(user, "Date"), "choose", "nonsense")
    assert len(user.titles()) == 2
    user.find("Clear").click()
    await user.until(lambda: len(user.titles()) == PAGE)


async def ask_for_days(user: Visitor, first: str, last: str) -> bool:
    await user.emit(chip(user, "Date"), "choose", "days")
    form = user.elements(Form)[-1]
    form.fields["from"].set_value(first)
    form.fields["to"].set_value(last)
    return await form.submit()


async def test_days_are_those_of_the_visitors_time_zone(
    user: Visitor, library: FakeLibrary
) -> None:
    library.moments["moment_120"] = moment(120)  # there, the day before
    await opened(user)
    await user.emit(user.only(TimeZone), "zone", "Pacific/Auckland")
    assert not await ask_for_days(user, "", "")
    await user.should_see("Choose at least one day.")
    assert not await ask_for_days(user, "", "9999-12-31")
    assert await ask_for_days(user, "", "2026-11-21")
    await user.until(lambda: user.titles() == ["Note 120"])
    date = chip(user, "Date")
    assert date.props["value"] == "… – 21 Nov"  # noqa: RUF001 (a span)
    await user.emit(date, "choose", "")
    await user.until(lambda: "Note 00" in user.titles())
    assert await ask_for_days(user, "2026-11-22", "")
    await user.until(lambda: "Note 120" not in user.titles())
    assert user.only(Address).shown == "/library?from=2026-11-21T11%3A00%3A00.000Z"


async def test_a_track_that_was_merged_filters_as_the_one_that_it_became(
    user: Visitor, library: FakeLibrary
) -> None:
    library.moments["moment_003"] = moment(3, source_id="track_new")
    library.marks.merged["track_old"] = "track_new"
    await opened(user, "/library?stream=track_old")
    assert user.titles() == ["Note 03"]


async def test_a_status_filters_clips_and_shared_moments(
    user: Visitor, library: FakeLibrary
) -> None:
    for number, status in ((1, "ready"), (2, "failed")):
        library.moments[f"moment_{number:03}"] = moment(number, kind="clip", title=status)
        library.captures[f"moment_{number:03}"] = clip(f"moment_{number:03}", status=status)
    await opened(user, "/library?status=failed")
    assert user.titles() == ["failed"]
    await user.emit(chip(user, "Status"), "choose", "recording")
    await user.should_see("No matches")
    await user.emit(chip(user, "Status"), "choose", "shared")
    await user.should_see("No matches")
    await library.services().sharing.share(ADA, ["moment_009"], NewShare())
    library.publish("moment.updated", "moment_009")
    await user.until(lambda: user.titles() == ["Note 09"])


async def test_everything_that_matches_is_selected_and_downloaded(
    user: Visitor, library: FakeLibrary
) -> None:
    await opened(user)
    await user.emit(user.only(Shortcuts), "press", "a")
    await user.should_see("60 selected")
    user.find(kind=Button, content="Download").click()
    await user.should_see("These moments have no files yet.")
    assert user.only(DownloadForm).sent == ()
    library.assets["moment_000"] = [cast("Asset", object())]
    user.find(kind=Button, content="Download").click()
    await user.until(lambda: len(user.only(DownloadForm).sent) == 60)
    assert user.only(DownloadForm).props["action"].endswith("organization_id=org_1")
    user.only(DownloadForm).sent = ()
    user.find(kind=Button, content="Export").click()
    await user.should_see("any Moments can import it")
    user.find(kind=Button, content="HTML report").click()
    await user.until(lambda: len(user.only(DownloadForm).sent) == 60)
    await user.emit(user.only(Shortcuts), "press", "Escape")
    await user.should_not_see("60 selected")
    await user.emit(user.card("Note 01"), "act", "select")
    user.find("Select all 60").click()
    await user.should_see("60 selected")
    await user.should_not_see("Select all 60")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/gallery", "/library"),
        ("/gallery?tab=snapshots&q=a", "/library?q=a&kind=snapshot"),
        ("/gallery?tab=shared&label=x&label=y", "/library?tag=x&tag=y&status=shared"),
        ("/gallery?stream=garden&stream=gone", "/library?stream=stream_1"),
        ("/gallery?when=week&by=user_1", "/library?person=user_1&within=week"),
        ("/gallery?status=failed", "/library?status=failed"),
        ("/gallery?status=deleted", "/library?bin=1"),
        ("/gallery?tab=clips&open=clip_moment_001", "/library/moment_001?kind=clip"),
        ("/gallery?open=clip_unknown", "/library"),
        ("/", "/library"),
    ],
)
async def test_old_addresses_lead_to_the_library(
    user: Visitor, library: FakeLibrary, old: str, new: str
) -> None:
    library.captures["moment_001"] = clip("moment_001")
    answer = await user.http_client.get(old)
    assert (answer.status_code, answer.headers["location"]) == (303, new)


async def test_the_root_leads_where_there_is_something(user: Visitor, library: FakeLibrary) -> None:
    library.moments = {}
    answer = await user.http_client.get("/")
    assert answer.headers["location"] == "/live"
    library.signed_in = False
    for path in ("/", "/gallery?open=clip_1"):
        answer = await user.http_client.get(path)
        assert answer.headers["location"].startswith("/sign-in?next=%2F")


def test_an_address_is_read_back_whole() -> None:
    query = (
        "q=a+b&kind=clip&tag=x&tag=y&stream=s&stream=t&person=u&branch=b&vm=v&status=shared"
        "&within=week&from=2026-11-01T10%3A00%3A00.000Z&to=2026-11-02T10%3A00%3A00.000Z&sort=oldest&bin=1"
    )
    assert Filters.from_query(query).query() == query
    nonsense = "kind=nonsense&within=ever&from=never&to=2026-13-01&status=x&sort=y"
    assert Filters.from_query(nonsense) == Filters()
    wanted = Filters.from_query("from=2026-11-01&to=2026-11-02").wanted(NOW)
    assert wanted.start is not None
    assert wanted.end is not None
    assert (wanted.end - wanted.start).days == 2
