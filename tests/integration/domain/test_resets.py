"""Forgotten passwords: by email, or by an admin's link."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr

from domain.accounts.models import Role
from domain.accounts.resets import PasswordResets
from domain.bootstrap import Services
from domain.core.errors import BadFields, Forbidden, NotFound, RateLimited, Unauthenticated
from domain.core.secrets import hash_token
from tests.fakes.clock import FakeClock
from tests.fakes.smtp import fake_smtp
from tests.integration.domain.conftest import PASSWORD, World, caller_of

NEW = "an entirely new password"


def token_of(url: str) -> str:
    return url.rpartition("/reset/")[2]


async def test_a_link_by_mail_sets_the_password_once(
    world: World, make_services: Callable[..., Services]
) -> None:
    async with fake_smtp() as server:
        services = make_services(smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
        world.services = services
        assert services.resets.is_by_mail
        for email in (" Member@Example.org", "nobody@example.org"):
            await services.resets.request(email, ip="192.0.2.9")
        assert (await world.run_jobs()).count("accounts.mail_reset") == 2
    [message] = server.messages
    assert message["To"] == "member@example.org"
    found = re.search(r"http\S+/reset/\S+", message.get_content())
    assert found
    token = token_of(found.group())
    assert await services.resets.check(token) == "member@example.org"
    with pytest.raises(BadFields):
        await services.resets.use(token, "short", ip="192.0.2.9")
    signed_in = await services.resets.use(token, NEW, ip="192.0.2.9")
    assert (await services.accounts.authenticate(signed_in.token)).user_id == world.member.user_id
    with pytest.raises(Unauthenticated):  # a session from before
        await services.accounts.identity(world.member)
    with pytest.raises(Unauthenticated):
        await services.accounts.sign_in("member@example.org", PASSWORD, ip="192.0.2.9")
    await services.accounts.sign_in("member@example.org", NEW, ip="192.0.2.9")
    with pytest.raises(NotFound):
        await services.resets.use(token, NEW, ip="192.0.2.9")


async def test_mailboxes_are_not_flooded_and_networks_limited(
    world: World, make_services: Callable[..., Services]
) -> None:
    services = make_services(smtp_url=SecretStr("smtp://127.0.0.1:1"))
    count = "SELECT count(*) FROM job WHERE name = 'accounts.mail_reset'"
    for number in range(6):
        await services.resets.request("owner@example.org", ip=f"192.0.2.{number}")
        await services.database.execute("UPDATE job SET state = 'running'")  # taken by a worker
    assert await services.database.fetchval(count) == 3
    with pytest.raises(RateLimited):
        for number in range(20):
            await services.resets.request(f"person{number}@example.org", ip="192.0.2.99")
    with pytest.raises(BadFields):
        await services.resets.request("not an address", ip="192.0.2.1")


async def test_without_a_mail_server_nothing_is_sent(world: World) -> None:
    assert not world.services.resets.is_by_mail
    with pytest.raises(Forbidden):
        await world.services.resets.request("owner@example.org", ip="192.0.2.1")


async def test_an_admin_s_link_expires_and_a_newer_one_replaces_it(
    world: World, clock: FakeClock
) -> None:
    resets = world.services.resets
    assert world.viewer.user_id
    first = await resets.link_for(world.admin, world.viewer.user_id)
    stored = await world.services.database.fetchval("SELECT token_hash FROM password_reset")
    assert stored == hash_token(token_of(first.url))
    second = await resets.link_for(world.owner, world.viewer.user_id)
    with pytest.raises(NotFound):
        await resets.check(token_of(first.url))
    assert await resets.check(token_of(second.url)) == "viewer@example.org"
    clock.advance(timedelta(days=1).total_seconds() + 1)
    with pytest.raises(NotFound):
        await resets.check(token_of(second.url))
    assert await resets.purge() == 1


async def test_of_two_who_use_a_link_at_once_one_wins(world: World) -> None:
    resets = world.services.resets
    token = token_of((await resets.link_for_email("viewer@example.org")).url)
    results = await asyncio.gather(
        *(resets.use(token, f"{NEW} {n}", ip="192.0.2.1") for n in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, NotFound) for result in results) == 2


async def test_changing_the_password_ends_a_link(world: World) -> None:
    resets = world.services.resets
    assert world.member.user_id
    link = await resets.link_for(world.admin, world.member.user_id)
    await world.services.accounts.change_password(world.member, PASSWORD, NEW, ip="192.0.2.1")
    with pytest.raises(NotFound):
        await resets.check(token_of(link.url))


async def test_nobody_opens_an_account_above_their_own(world: World) -> None:
    resets: PasswordResets = world.services.resets
    ids = {each: str(each.user_id) for each in (world.owner, world.admin, world.member)}
    for caller, subject, error in (
        (world.member, world.viewer, Forbidden),
        (world.admin, world.owner, Forbidden),
        (world.owner, world.owner, Forbidden),
        (world.stranger, world.member, NotFound),
        (world.owner, world.stranger, NotFound),
    ):
        with pytest.raises(error):
            await resets.link_for(caller, ids.get(subject, str(subject.user_id)))
    # A member who owns an organisation elsewhere is out of reach.
    other = await caller_of(world.services, "elsewhere@example.org", organization="Elsewhere")
    invited = await world.services.members.invite(world.owner, Role.VIEWER)
    await world.services.members.join(other, invited.url.rpartition("/")[2])
    with pytest.raises(Forbidden, match="another organization"):
        await resets.link_for(world.owner, str(other.user_id))


async def test_guessing_links_is_limited(world: World) -> None:
    resets = world.services.resets
    for number in range(30):
        with pytest.raises(NotFound):
            await resets.use(f"guess {number}", NEW, ip="192.0.2.1")
    with pytest.raises(RateLimited):
        await resets.use("guess", NEW, ip="192.0.2.1")
