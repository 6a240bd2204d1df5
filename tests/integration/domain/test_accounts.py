"""Accounts: first start, sign-in, sessions, tokens, organisations, roles and invitations."""

import asyncio
from collections.abc import Callable

import pytest

from domain.accounts.first_start import first_start_token
from domain.accounts.models import Caller, Role, system_caller
from domain.bootstrap import Services
from domain.core.errors import (
    BadFields,
    BadInput,
    Conflict,
    Forbidden,
    MomentsError,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from domain.moments.models import Count
from tests.integration.domain.conftest import PASSWORD, World, caller_of

OWNER = {
    "email": " Owner@Example.org ",
    "password": PASSWORD,
    "name": "Mira",
    "organization": "Garden club",
}


async def test_the_first_start_link_makes_the_owner_once(services: Services) -> None:
    link = await services.first_start.link()
    assert link is not None
    assert link == await services.first_start.link()
    token = link.rpartition("/")[2]
    assert token == first_start_token(services.keyring)
    with pytest.raises(NotFound):
        await services.first_start.check(token + "x")
    with pytest.raises(BadFields):
        await services.first_start.use(token, **{**OWNER, "password": "short"})
    await services.first_start.check(token)
    signed_in = await services.first_start.use(token, **OWNER)
    caller = await services.accounts.authenticate(signed_in.token)
    identity = await services.accounts.identity(caller)
    assert identity.user.email == "owner@example.org"
    assert identity.current is not None
    assert identity.current.role is Role.OWNER
    assert await services.first_start.link() is None
    with pytest.raises(NotFound):
        await services.first_start.use(token, **{**OWNER, "email": "second@example.org"})


async def test_of_two_who_use_the_first_link_at_once_one_wins(services: Services) -> None:
    token = first_start_token(services.keyring)
    results = await asyncio.gather(
        *(services.first_start.use(token, **{**OWNER, "email": f"{n}@b.org"}) for n in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, NotFound) for result in results) == 3


async def test_the_first_organisation_comes_with_a_demo_where_wanted(
    make_services: Callable[..., Services],
) -> None:
    services = make_services(demo=True)
    owner = await caller_of(services, "a@b.org", organization="One")
    streams, total = await services.streams.list(owner)
    assert [(stream.slug, stream.source.kind) for stream in streams] == [("demo", "demo")]
    other = await caller_of(services, "c@b.org", organization="Two")
    assert (await services.streams.list(other))[1] == Count(0)
    assert total == Count(1)


async def test_sign_up_is_by_invitation_unless_it_is_open(
    make_services: Callable[..., Services],
) -> None:
    closed, is_open = make_services(), make_services(sign_up="open")
    new = ("new@example.org", PASSWORD, "New")
    with pytest.raises(Forbidden, match="invitation"):
        await closed.accounts.sign_up(*new, organization="Own", ip="192.0.2.7")
    signed_in = await is_open.accounts.sign_up(*new, organization="Own", ip="192.0.2.7")
    caller = await is_open.accounts.authenticate(signed_in.token)
    assert (await is_open.rights.load(caller)).role is Role.OWNER
    with pytest.raises(Conflict, match="already an account"):
        await is_open.accounts.sign_up(*new, organization="Own", ip="192.0.2.7")


async def test_who_was_invited_does_not_become_an_owner_by_themselves(
    world: World, make_services: Callable[..., Services]
) -> None:
    for caller in (world.member, world.viewer):
        with pytest.raises(Forbidden, match="owners and admins"):
            await world.services.accounts.create_organization(caller, "Own")
    made = await world.services.accounts.create_organization(world.admin, "Second")
    assert made.role is Role.OWNER
    is_open = make_services(sign_up="open")
    assert (await is_open.accounts.create_organization(world.viewer, "Own")).role is Role.OWNER


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nobody"), ("email", ""), ("email", "a b@c.org"), ("name", " \x00 "),
     ("password", "short"), ("organization", "x" * 101)],
)  # fmt: skip
async def test_fields_that_are_wrong_are_named(services: Services, field: str, value: str) -> None:
    token = first_start_token(services.keyring)
    with pytest.raises(BadFields) as caught:
        await services.first_start.use(token, **{**OWNER, field: value})
    assert list(caught.value.fields) == [field]


async def test_a_wrong_email_and_a_wrong_password_look_the_same(world: World) -> None:
    errors = []
    for email, password in (("owner@example.org", "wrong password"), ("nobody@x.org", PASSWORD)):
        with pytest.raises(Unauthenticated) as caught:
            await world.services.accounts.sign_in(email, password, ip="192.0.2.9")
        errors.append((caught.value.message, caught.value.code))
    assert errors[0] == errors[1]


async def test_tries_are_limited_by_address_and_account_together(world: World) -> None:
    accounts = world.services.accounts
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await accounts.sign_in("owner@example.org", "wrong password", ip="192.0.2.9")
    with pytest.raises(RateLimited) as caught:
        await accounts.sign_in("OWNER@example.org", PASSWORD, ip="192.0.2.9")
    assert caught.value.retry_after_s > 0
    await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.10")
    await accounts.sign_in("member@example.org", PASSWORD, ip="192.0.2.9")
    world.clock.advance(900)
    await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.9")


async def test_strangers_lock_nobody_out(world: World) -> None:
    accounts = world.services.accounts
    for stranger in range(30):
        for _ in range(11):
            with pytest.raises((Unauthenticated, RateLimited)):
                await accounts.sign_in("owner@example.org", "wrong", ip=f"198.51.100.{stranger}")
    await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.10")


async def test_an_address_tries_few_passwords_whatever_the_account(world: World) -> None:
    accounts = world.services.accounts
    for number in range(60):
        with pytest.raises(Unauthenticated):
            await accounts.sign_in(f"{number}@example.org", "wrong", ip="192.0.2.9")
    with pytest.raises(RateLimited):
        await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.9")


async def test_a_thief_of_a_session_does_not_guess_the_password(world: World) -> None:
    accounts = world.services.accounts
    for number in range(10):
        with pytest.raises(BadFields):
            await (
                accounts.change_password(world.owner, "wrong", "another long one", ip="192.0.2.9")
                if number % 2
                else accounts.update_profile(
                    world.owner, email="thief@x.org", password="wrong", ip="192.0.2.9"
                )
            )
    with pytest.raises(RateLimited):
        await accounts.change_password(world.owner, PASSWORD, "another long one", ip="192.0.2.9")
    await accounts.change_password(world.owner, PASSWORD, "another long one", ip="192.0.2.10")


async def test_a_session_slides_and_ends(world: World) -> None:
    accounts = world.services.accounts
    signed_in = await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.2")
    world.clock.advance(29 * 86_400)
    await accounts.authenticate(signed_in.token)
    world.clock.advance(29 * 86_400)
    caller = await accounts.authenticate(signed_in.token)
    assert caller.has_slid
    assert not (await accounts.authenticate(signed_in.token)).has_slid
    assert (await world.services.rights.load(caller)).role is Role.OWNER
    world.clock.advance(31 * 86_400)
    with pytest.raises(Unauthenticated):
        await accounts.authenticate(signed_in.token)
    with pytest.raises(Unauthenticated):
        await world.services.rights.load(caller)


async def test_sessions_that_ended_are_forgotten(world: World) -> None:
    sessions = "SELECT count(*) FROM login_session"
    database, accounts = world.services.database, world.services.accounts
    for _ in range(2):
        left = await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.2")
    assert await database.fetchval(sessions) > 1
    world.clock.advance(29 * 86_400)
    await accounts.authenticate(left.token)
    world.clock.advance(2 * 86_400)
    await world.services.queue.enqueue("sessions.purge", {})
    assert "sessions.purge" in await world.run_jobs()
    assert await database.fetchval(sessions) == 1
    await accounts.authenticate(left.token)


async def test_signing_out_ends_what_is_open_elsewhere(world: World) -> None:
    accounts = world.services.accounts
    signed_in = await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.2")
    caller = await accounts.authenticate(signed_in.token)
    await accounts.sign_out(signed_in.token)
    for call in (accounts.authenticate(signed_in.token), world.services.rights.load(caller)):
        with pytest.raises(Unauthenticated):
            await call
    await accounts.sign_out(signed_in.token)


async def test_signing_out_everywhere_ends_this_session_too(world: World) -> None:
    accounts = world.services.accounts
    again = await world.signed_in()
    await accounts.sign_out_everywhere(world.owner)
    for caller in (world.owner, again):
        with pytest.raises(Unauthenticated):
            await accounts.identity(caller)
    assert (await accounts.identity(world.member)).current


async def test_sessions_are_listed_and_revoked_by_their_user_alone(world: World) -> None:
    accounts = world.services.accounts
    await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.2", user_agent="Phone\n1")
    sessions = await accounts.sessions(world.owner)
    assert [session.is_current for session in sessions] == [False, True]
    assert sessions[0].user_agent == "Phone1"
    with pytest.raises(NotFound):
        await accounts.revoke_session(world.admin, sessions[0].id)
    await accounts.revoke_session(world.owner, sessions[0].id)
    assert len(await accounts.sessions(world.owner)) == 1


async def test_a_new_password_ends_every_other_session(world: World) -> None:
    accounts = world.services.accounts
    other = await accounts.sign_in("owner@example.org", PASSWORD, ip="192.0.2.2")
    with pytest.raises(BadFields):
        await accounts.change_password(world.owner, "no", "another long one", ip="192.0.2.2")
    await accounts.change_password(world.owner, PASSWORD, "another long one", ip="192.0.2.2")
    with pytest.raises(Unauthenticated):
        await accounts.authenticate(other.token)
    assert (await accounts.identity(world.owner)).user.id == world.owner.user_id
    await accounts.sign_in("owner@example.org", "another long one", ip="192.0.2.2")


async def test_only_hashes_are_stored(world: World) -> None:
    token = (await world.services.tokens.create(world.owner, "ci")).token
    signed_in = await world.services.accounts.sign_in("owner@example.org", PASSWORD, ip="::1")
    for table in ("app_user", "login_session", "api_token", "invitation"):
        text = str(await world.services.database.fetch(f"SELECT t::text FROM {table} t"))
        for secret in (PASSWORD, token, signed_in.token):
            assert secret not in text


async def test_api_tokens_work_until_they_are_revoked_or_over(world: World) -> None:
    tokens, accounts = world.services.tokens, world.services.accounts
    made = await tokens.create(world.member, " my  agent ", lifetime_s=3600)
    assert made.token.startswith("mt_")
    caller = await accounts.authenticate(made.token)
    assert (caller.user_id, caller.credential) == (world.member.user_id, "token")
    assert (await world.services.rights.load(caller)).role is Role.MEMBER
    [listed] = await tokens.list(world.member)
    assert (listed.name, listed.prefix) == ("my agent", made.token[:7])
    assert listed.last_used_at is not None
    assert await tokens.list(world.owner) == []
    with pytest.raises(NotFound):
        await tokens.revoke(world.owner, listed.id)
    world.clock.advance(3601)
    with pytest.raises(Unauthenticated):
        await accounts.authenticate(made.token)
    forever = await tokens.create(world.member, "forever")
    await tokens.revoke(world.member, forever.record.id)
    with pytest.raises(Unauthenticated):
        await accounts.authenticate(forever.token)
    for name, lifetime_s in (("", None), ("x", 1)):
        with pytest.raises(BadFields):
            await tokens.create(world.member, name, lifetime_s=lifetime_s)


async def test_the_command_line_makes_users_and_tokens(services: Services) -> None:
    first = await services.accounts.create_user("a@b.org", PASSWORD, organization="Club")
    await services.accounts.create_user("c@b.org", PASSWORD, organization="Club")
    token = await services.tokens.create_for("A@b.org", "script")
    caller = await services.accounts.authenticate(token)
    assert caller.user_id == first.id
    assert len(await services.members.members(caller)) == 2
    with pytest.raises(NotFound):
        await services.tokens.create_for("nobody@b.org", "x")
    with pytest.raises(Conflict):
        await services.accounts.create_user("A@b.org", PASSWORD, organization=None)


async def test_which_organisation_is_meant(world: World) -> None:
    accounts, rights = world.services.accounts, world.services.rights
    second = await accounts.create_organization(world.owner, "Second")
    token = (await world.services.tokens.create(world.owner, "t")).token
    undecided = await accounts.authenticate(token)
    assert undecided.organization_id is None
    with pytest.raises(BadInput, match="x-organization-id"):
        await rights.load(undecided)
    chosen = await accounts.authenticate(token, organization_id=second.organization_id)
    assert (await rights.load(chosen)).organization_id == second.organization_id
    for organization_id in (world.stranger.organization_id, "org_nothing", ""):
        with pytest.raises(NotFound):
            await accounts.authenticate(token, organization_id=organization_id)
    with pytest.raises(NotFound):
        await accounts.switch_organization(world.owner, world.stranger.organization_id or "")
    with pytest.raises(NotFound):
        await rights.load(
            Caller(
                world.owner.user_id,
                world.stranger.organization_id,
                "session",
                world.owner.credential_id,
            )
        )


async def test_a_session_keeps_the_organisation_that_was_switched_to(world: World) -> None:
    accounts = world.services.accounts
    signed_in = await accounts.sign_in("owner@example.org", PASSWORD, ip="::1")
    caller = await accounts.authenticate(signed_in.token)
    made = await accounts.create_organization(caller, "Second")
    again = await accounts.authenticate(signed_in.token)
    assert again.organization_id == made.organization_id
    await accounts.switch_organization(again, caller.organization_id or "")
    assert (await accounts.authenticate(signed_in.token)).organization_id == caller.organization_id


async def test_invitations_let_one_person_in_once(world: World) -> None:
    members = world.services.members
    made = await members.invite(world.admin, Role.MEMBER, email="New@Example.org")
    token = made.url.rpartition("/")[2]
    view = await members.view_invitation(token)
    assert (view.organization_name, view.role, view.invited_by) == (
        "Garden club", Role.MEMBER, "Admin",
    )  # fmt: skip
    assert [invitation.url for invitation in await members.invitations(world.admin)] == [made.url]
    with pytest.raises(Forbidden, match=r"new@example.org"):
        await members.join(world.stranger, token)
    joined = await members.join_as_new(token, "new@example.org", PASSWORD, name="New")
    caller = await world.services.accounts.authenticate(joined.token)
    assert (await world.services.rights.load(caller)).role is Role.MEMBER
    for call in (members.view_invitation(token), members.join(world.stranger, token)):
        with pytest.raises(NotFound):
            await call


async def test_somebody_signed_in_can_join_and_is_there_at_once(world: World) -> None:
    members = world.services.members
    token = (await members.invite(world.owner, Role.VIEWER)).url.rpartition("/")[2]
    joined = await members.join(world.stranger, token)
    assert joined.organization_id == world.owner.organization_id
    again = (await members.invite(world.owner, Role.OWNER)).url.rpartition("/")[2]
    with pytest.raises(Conflict, match="already a member"):
        await members.join(world.stranger, again)
    # a refused use leaves it good
    assert (await members.view_invitation(again)).role is Role.OWNER


async def test_invitations_are_revoked_and_end(world: World) -> None:
    members = world.services.members
    first = await members.invite(world.owner, Role.VIEWER)
    with pytest.raises(NotFound):
        await members.revoke_invitation(world.stranger, first.id)
    await members.revoke_invitation(world.admin, first.id)
    second = await members.invite(world.owner, Role.VIEWER, lifetime_s=60)
    world.clock.advance(61)
    for made in (first, second):
        with pytest.raises(NotFound):
            await members.view_invitation(made.url.rpartition("/")[2])
    assert await members.invitations(world.owner) == []


async def test_roles_change_by_the_rules(world: World) -> None:
    members = world.services.members
    user = world.member.user_id or ""
    owner = world.owner.user_id or ""
    assert (await members.change_role(world.admin, user, Role.ADMIN)).role is Role.ADMIN
    refused: list[tuple[Caller, str, Role, type[MomentsError]]] = [
        (world.admin, user, Role.OWNER, Forbidden),
        (world.admin, owner, Role.MEMBER, Forbidden),
        (world.viewer, user, Role.VIEWER, Forbidden),
        (world.owner, owner, Role.ADMIN, Conflict),
        (world.owner, world.stranger.user_id or "", Role.ADMIN, NotFound),
        (world.stranger, user, Role.ADMIN, NotFound),
    ]
    for caller, target, role, error in refused:
        with pytest.raises(error):
            await members.change_role(caller, target, role)
    await members.change_role(world.owner, user, Role.OWNER)
    await members.change_role(world.owner, owner, Role.VIEWER)
    with pytest.raises(Forbidden):
        await members.rename_organization(world.owner, "Mine")


async def test_members_leave_and_are_removed_at_once(world: World) -> None:
    members = world.services.members
    with pytest.raises(Conflict, match="owner"):
        await members.remove(world.owner, world.owner.user_id or "")
    with pytest.raises(Forbidden):
        await members.remove(world.viewer, world.member.user_id or "")
    await members.remove(world.viewer, world.viewer.user_id or "")
    await members.remove(world.admin, world.member.user_id or "")
    for caller in (world.viewer, world.member):
        with pytest.raises(NotFound):
            await world.services.rights.load(caller)
    assert [member.name for member in await members.members(world.owner)] == ["Admin", "owner"]


async def test_two_owners_who_leave_at_once_do_not_both_go(world: World) -> None:
    members = world.services.members
    await members.change_role(world.owner, world.admin.user_id or "", Role.OWNER)
    results = await asyncio.gather(
        members.remove(world.owner, world.owner.user_id or ""),
        members.remove(world.admin, world.admin.user_id or ""),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]


async def test_a_profile_changes(world: World) -> None:
    accounts = world.services.accounts
    same = await accounts.update_profile(
        world.member, name=" New  name ", email=" MEMBER@example.org", ip="192.0.2.2"
    )
    assert (same.name, same.email) == ("New name", "member@example.org")
    for wrong in (None, "", "not it"):
        with pytest.raises(BadFields) as caught:
            await accounts.update_profile(
                world.member, name="Other", email="N@x.org", password=wrong, ip="192.0.2.2"
            )
        assert list(caught.value.fields) == ["password"]
    assert (await accounts.identity(world.member)).user == same
    changed = await accounts.update_profile(
        world.member, email="N@x.org", password=PASSWORD, ip="192.0.2.2"
    )
    assert changed.email == "n@x.org"
    with pytest.raises(Conflict):
        await accounts.update_profile(
            world.member, email="owner@example.org", password=PASSWORD, ip="192.0.2.2"
        )


async def test_the_system_is_an_owner_of_organisations_that_exist(world: World) -> None:
    actor = await world.services.rights.load(system_caller(world.owner.organization_id or ""))
    assert (actor.role, actor.user_id) == (Role.OWNER, None)
    with pytest.raises(NotFound):
        await world.services.rights.load(system_caller("org_nothing"))
    with pytest.raises(Unauthenticated):
        await world.services.rights.person(system_caller(actor.organization_id))
