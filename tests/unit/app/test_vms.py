"""VMs as a simulated user sees them."""

import shlex
from dataclasses import replace
from datetime import timedelta

import pytest
from nicegui import ui

from domain.accounts.models import Role
from domain.accounts.vms import Vm
from domain.moments.models import VmRef
from tests.fakes.commits import commit
from tests.fakes.house import FakeHouse
from tests.fakes.library import NOW, moment
from tests.unit.app.conftest import Visitor
from webapp.agent.main import parser
from webapp.app.components.commit_list import CommitLanes
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.list_row import ListRow, When
from webapp.app.components.sentinel import Sentinel
from webapp.app.pages.settings.agent import steps

PAGE = "/settings/vms/vm_0"
BUILD = Vm("vm_0", "build-3", NOW - timedelta(days=9), NOW - timedelta(minutes=1))


@pytest.fixture
def library() -> FakeHouse:
    house = FakeHouse()
    house.vms.records = {"vm_0": BUILD}
    vm = VmRef("vm_0", "build-3", NOW, NOW)
    house.moments = {
        each.id: each
        for each in (moment(number, kind="commit", vm=vm, vm_id="vm_0") for number in range(60))
    }
    house.moments["of_others"] = moment(0, id="of_others", title="Not of a VM")
    return house


async def test_a_vm_is_registered_and_its_token_shown_once(
    user: Visitor, library: FakeHouse
) -> None:
    library.vms.records = {}
    await user.open("/settings/vms")
    await user.should_see("No VMs yet.")
    user.find("Register VM").click()
    user.only(ui.input).set_value("build-3")
    await user.emit(user.elements(ui.button)[-1], "click")
    await user.should_see("build-3 is registered.")
    assert user.only(CopyButton).props["text"] == "vmt_1"
    assert user.row("build-3").item.badge == ("plain", "Never seen")
    await user.open("/settings/vms")
    await user.should_not_see("vmt_1", retries=1)


async def test_the_list_says_who_was_seen(user: Visitor, library: FakeHouse) -> None:
    quiet = replace(BUILD, id="vm_1", name="old", last_seen_at=NOW - timedelta(days=2))
    library.vms.records["vm_1"] = quiet
    await user.open("/settings/vms")
    assert user.row("build-3").item.badge == ("okw", "Active")
    assert user.row("old").item.badge == ("plain", "Quiet")
    assert user.row("old").item.meta[0] == When("last seen ", "2026-11-19T12:00:00.000Z", "ago")


async def test_a_vm_is_renamed_rotated_and_revoked(user: Visitor, library: FakeHouse) -> None:
    await user.open("/settings/vms")
    await user.act(user.row("build-3"), "rename")
    user.only(ui.input).set_value("")
    user.find("Save").click()
    await user.until(lambda: user.only(ui.input).error == "Name is required.")
    user.only(ui.input).set_value("build-4")
    user.find("Save").click()
    await user.until(lambda: library.vms.records["vm_0"].name == "build-4")
    await user.should_see("Saved")
    await user.act(user.row("build-4"), "rotate")
    user.find(kind=ui.button, content="Replace").click()
    await user.should_see("New token of build-4.")
    assert user.only(CopyButton).props["text"] == "vmt_1"
    await user.act(user.row("build-4"), "revoke")
    user.find(kind=ui.button, content="Revoke").click()
    await user.should_see("build-4 was revoked")
    assert library.vms.records == {}
    assert user.elements(ListRow) == []


async def test_only_admins_change_vms(user: Visitor, library: FakeHouse) -> None:
    library.role = Role.MEMBER
    await user.open("/settings/vms")
    await user.should_not_see("Register VM", retries=1)
    assert [each.label for each in user.row("build-3").item.menu] == ["Moments and agent"]
    await user.act(user.row("build-3"), "rotate")  # by a forged event
    user.find(kind=ui.button, content="Replace").click()
    await user.should_see("Only owners and admins of the organization can do this.")
    await user.open(PAGE)
    await user.should_not_see("New token", retries=1)


async def test_a_vm_s_page_lists_its_moments_and_hears_of_new_ones(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open(PAGE)
    await user.until(lambda: library.listeners == 1)
    assert len(user.titles()) == 48
    assert "Not of a VM" not in user.titles()
    await user.emit(user.only(Sentinel).sight, "visibility", args=True)
    await user.until(lambda: len(user.titles()) == 60)
    library.moments["new"] = replace(library.moments["moment_000"], id="new", title="Newest")
    library.publish("moment.created", "new")
    library.publish("moment.created", "of_others")
    await user.until(lambda: len(user.titles()) == 61)
    assert "Newest" in user.titles()


async def test_a_moment_is_added_to_a_vm(user: Visitor, library: FakeHouse) -> None:
    await user.open(PAGE)
    await user.until(lambda: library.listeners == 1)
    user.find(kind=ui.button, content="New moment").click()
    await user.should_see("Who can see it")
    title = next(each for each in user.elements(ui.input) if each.props.get("autofocus"))
    title.set_value("Seen on the VM")
    user.find("Save moment").click()
    await user.until(lambda: "Seen on the VM" in user.titles())
    [made] = [each for each in library.moments.values() if each.title == "Seen on the VM"]
    assert made.vm_id == "vm_0"


async def test_a_vm_s_page_rotates_and_says_when_it_is_revoked(
    user: Visitor, library: FakeHouse
) -> None:
    await user.open(PAGE)
    user.find(kind=ui.button, content="New token").click()
    await user.emit(user.elements(ui.button)[-1], "click")
    await user.should_see("New token of build-3.")
    await user.should_see("export MOMENTS_VM_TOKEN=vmt_1")
    user.find(kind=ui.button, content="Revoke").click()
    await user.emit(user.elements(ui.button)[-1], "click")
    await user.should_see("This VM was revoked")


async def test_a_vm_of_others_is_not_there(user: Visitor, library: FakeHouse) -> None:
    answer = await user.http_client.get("/settings/vms/vm_of_others")
    assert answer.status_code == 404
    assert "VM not found" in answer.text


def test_the_commands_are_whole() -> None:
    found = {each.title: each.command for each in steps("https://x.example", "vm_0", "vmt_x")}
    assert "MOMENTS_VM_ID=vm_0" in found["Set the server, and the VM's id and token"]
    calls = [shlex.split(command) for command in found.values()]
    ours = [call[2:] for call in calls if call[:2] == ["python3", "moments-agent.pyz"]]
    modules = [parser().parse_args(call).module for call in ours]
    assert modules == ["capture", "capture", "watch", "resume"]


async def test_the_branches_of_a_vm_lead_to_a_comparison(user: Visitor, library: FakeHouse) -> None:
    library.commits.items = [commit(number, NOW, vm_id="vm_0") for number in range(3)]
    await user.open(PAGE)
    lanes = user.only(CommitLanes)
    assert len(lanes.items) == 3
    await user.emit(lanes, "pick", "moment_0")
    await user.emit(lanes, "pick", "moment_2")
    address = "/commits?vm=vm_0&before=moment_2&after=moment_0"
    await user.until(lambda: user.back_history[-1] == address)
