"""Invitations by email: who gets one, and what it says."""

import re
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from domain.accounts.models import Role
from domain.bootstrap import Services
from domain.core.errors import Conflict, Forbidden, NotFound, RateLimited
from tests.fakes.smtp import FakeSmtp, fake_smtp
from tests.integration.domain.conftest import PASSWORD, World

NEW = "new@example.net"


@pytest.fixture
async def mailbox(world: World, make_services: Callable[..., Services]) -> AsyncIterator[FakeSmtp]:
    """Let the world's services send mail."""
    async with fake_smtp() as running:
        world.services = make_services(smtp_url=SecretStr(f"smtp://127.0.0.1:{running.port}"))
        yield running


async def test_whoever_has_no_account_gets_the_link(world: World, mailbox: FakeSmtp) -> None:
    members = world.services.members
    made = await members.invite(world.admin, Role.VIEWER, email=" New@Example.net")
    assert made.is_mailed
    await world.run_jobs()
    [message] = mailbox.messages
    assert message["To"] == NEW
    assert "invites you to" in message["Subject"]
    text = message.get_content()
    [url] = re.findall(r"http\S+/invite/\S+", text)
    assert url == made.url
    assert "with the role viewer" in text
    joined = await members.join_as_new(url.rpartition("/")[2], NEW, PASSWORD, name="New")
    assert joined.token


async def test_an_account_is_notified_instead_and_nobody_learns_of_it(
    world: World, mailbox: FakeSmtp
) -> None:
    services = world.services
    known = (await services.accounts.identity(world.stranger)).user.email
    made = await services.members.invite(world.admin, Role.VIEWER, email=known)
    assert made.is_mailed, "it looks the same"
    assert len(await services.notices.list(world.stranger)) == 1
    assert "accounts.mail_invitation" not in await world.run_jobs()
    [message] = mailbox.messages  # of the notice that they did not read
    assert "invited you to" in message["Subject"]


async def test_no_mail_after_a_revocation_and_none_without_an_address(
    world: World, mailbox: FakeSmtp
) -> None:
    members = world.services.members
    revoked = await members.invite(world.admin, Role.VIEWER, email=NEW)
    await members.revoke_invitation(world.admin, revoked.id)
    assert not (await members.invite(world.admin, Role.VIEWER)).is_mailed
    await world.run_jobs()
    assert mailbox.messages == []


async def test_no_mailbox_is_flooded(world: World, mailbox: FakeSmtp) -> None:
    members = world.services.members
    made = [await members.invite(world.admin, Role.VIEWER, email=NEW) for _ in range(5)]
    assert [each.is_mailed for each in made] == [True, True, True, False, False]
    await world.run_jobs()
    assert len(mailbox.messages) == 3


async def test_an_invitation_is_sent_again(world: World, mailbox: FakeSmtp) -> None:
    members = world.services.members
    await members.invite(world.admin, Role.VIEWER, email=NEW)
    [listed] = await members.invitations(world.admin)
    assert listed.is_mailed
    for _ in range(2):
        await members.send_again(world.admin, listed.id)
    with pytest.raises(RateLimited):
        await members.send_again(world.admin, listed.id)
    await world.run_jobs()
    assert len([each for each in mailbox.messages if listed.url in each.get_content()]) == 3
    with pytest.raises(Forbidden):
        await members.send_again(world.viewer, listed.id)
    await members.revoke_invitation(world.admin, listed.id)
    with pytest.raises(NotFound):
        await members.send_again(world.admin, listed.id)
    anybody = await members.invite(world.admin, Role.VIEWER)
    with pytest.raises(Conflict, match="Copy it"):
        await members.send_again(world.admin, anybody.id)


async def test_without_a_mail_server_the_admin_sends_the_link(world: World) -> None:
    made = await world.services.members.invite(world.admin, Role.VIEWER, email=NEW)
    assert not made.is_mailed
    assert "accounts.mail_invitation" not in await world.run_jobs()
    with pytest.raises(Conflict, match="send it yourself"):
        await world.services.members.send_again(world.admin, made.id)
