"""Notices by web push and email: what is sent, once, and what is not."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from domain.accounts.models import Caller
from domain.accounts.notice_deliveries import DELIVER_JOB, NoticeDeliveries
from domain.accounts.notices import News, Notifier
from domain.bootstrap import Services
from domain.core.errors import BadFields, BadInput, Forbidden, Unavailable
from domain.infra.mail import mailer_of
from domain.infra.web_push import Outcome, Target, WebPush, new_private_key
from tests.fakes.smtp import fake_smtp
from tests.integration.domain.conftest import PASSWORD, World
from tests.unit.infra.test_web_push import BROWSER

CLAIM = timedelta(seconds=60)
NEWS = News("stream", "stream_1", "Garden\nwent off air", "No route to host.", "/watch/garden")


@dataclass
class Browsers(WebPush):
    """Push services; each endpoint answers as it is told to."""

    answers: dict[str, Outcome | None] = field(default_factory=dict)  # None: it is down
    shown: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.public_key = "a key"

    async def send(self, target: Target, message: bytes, topic: str) -> Outcome:
        answer = self.answers.get(target.endpoint, "sent")
        if answer is None:
            raise Unavailable("The push service is down.")
        if answer == "sent":
            self.shown.append((target.endpoint, json.loads(message)["title"]))
        return answer


@pytest.fixture
def pushes(world: World, make_services: Callable[..., Services]) -> Browsers:
    world.services = make_services(push_key=SecretStr(new_private_key()))
    return Browsers()


def notifier(world: World, pushes: Browsers | None, services: Services | None = None) -> Notifier:
    services = services or world.services
    deliveries = NoticeDeliveries(
        services.database,
        world.clock,
        services.keyring,
        services.settings.origin,
        push=pushes,
        mailer=mailer_of(services.settings),
    )
    return Notifier(services.database, services.events, world.clock, deliveries)


async def tell(sender: Notifier, world: World, caller: Caller, news: News = NEWS) -> None:
    async with world.services.database.transaction():
        await sender.tell(caller.user_id, caller.organization_id, news)


async def due(world: World) -> list[dict[str, str]]:
    """Take the queued deliveries."""
    rows = await world.services.database.fetch(
        "DELETE FROM job WHERE name = $1 RETURNING args", DELIVER_JOB
    )
    return [json.loads(row["args"]) for row in rows]


async def add(world: World, caller: Caller, number: int) -> str:
    endpoint = f"https://push.example.net/{number}"
    await world.services.push_browsers.add(caller, replace(BROWSER, endpoint=endpoint))
    return endpoint


async def test_a_notice_reaches_each_browser_once_and_dead_ones_go(
    world: World, pushes: Browsers
) -> None:
    one, two, dead = [await add(world, world.member, n) for n in range(3)]
    theirs = await add(world, world.admin, 3)
    pushes.answers = {two: None, dead: "gone"}
    sender = notifier(world, pushes)
    await tell(sender, world, world.member)
    [args] = await due(world)
    with pytest.raises(Unavailable):
        await sender.deliveries.deliver(args)
    assert [each for each, _ in pushes.shown] == [one]

    pushes.answers.clear()
    for _ in range(2):  # the queue tries again, and perhaps once too often
        await sender.deliveries.deliver(args)
    assert [each for each, _ in pushes.shown] == [one, two]
    left = await world.services.database.fetch("SELECT endpoint FROM push_subscription ORDER BY 1")
    assert [row["endpoint"] for row in left] == [one, two, theirs], "the dead one is forgotten"
    assert await world.services.database.fetchval("SELECT count(*) FROM notice_delivery") == 0


async def test_one_worker_sends_and_a_dead_one_is_followed(world: World, pushes: Browsers) -> None:
    await add(world, world.member, 1)
    sender = notifier(world, pushes)
    await tell(sender, world, world.member)
    [args] = await due(world)
    await world.services.database.execute(
        "UPDATE notice_delivery SET taken_until = $1", world.clock.now() + CLAIM
    )
    with pytest.raises(Unavailable):
        await sender.deliveries.deliver(args)
    world.clock.advance(CLAIM.total_seconds())
    await sender.deliveries.deliver(args)
    assert len(pushes.shown) == 1


async def test_what_is_unread_already_is_not_pushed_again(world: World, pushes: Browsers) -> None:
    await add(world, world.member, 1)
    sender = notifier(world, pushes)
    for _ in range(3):
        await tell(sender, world, world.member)
    assert len(await due(world)) == 1
    await tell(sender, world, world.stranger)
    assert await due(world) == [], "they have no browser"
    await tell(sender, world, replace(world.stranger, organization_id=world.member.organization_id))
    assert await world.services.notices.unread(world.stranger) == 1, "not of what they are not in"


async def test_what_was_read_or_switched_off_is_not_sent(world: World, pushes: Browsers) -> None:
    notices = world.services.notices
    await add(world, world.member, 1)
    sender = notifier(world, pushes)
    await tell(sender, world, world.member)
    [args] = await due(world)
    await notices.mark_read(world.member)
    await sender.deliveries.deliver(args)

    await notices.mute(world.member, "stream", is_muted=True, channel="push")
    assert await notices.muted(world.member) == {"stream:push"}
    await tell(sender, world, world.member)
    [args] = await due(world)
    await sender.deliveries.deliver(args)
    assert await notices.unread(world.member) == 1, "the bell still says it"
    await tell(sender, world, world.member, replace(NEWS, kind="saved"))
    [args] = await due(world)
    await sender.deliveries.deliver(args)
    assert len(pushes.shown) == 1
    with pytest.raises(BadFields):
        await notices.mute(world.member, "stream", is_muted=True, channel="fax")  # type: ignore[arg-type]


async def test_an_email_is_only_for_what_stays_unread(
    world: World, make_services: Callable[..., Services]
) -> None:
    async with fake_smtp() as server:
        services = make_services(smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
        assert services.notices.channels == {"bell", "email"}
        sender = notifier(world, None, services)
        await tell(sender, world, world.admin)
        wait = "SELECT extract(epoch FROM run_at - created_at) FROM job WHERE name = $1"
        assert await services.database.fetchval(wait, DELIVER_JOB) >= 600
        [args] = await due(world)
        for _ in range(2):
            await sender.deliveries.deliver(args)
        await tell(sender, world, world.member)
        [args] = await due(world)
        await services.notices.mark_read(world.member)
        await sender.deliveries.deliver(args)
    [message] = server.messages
    assert (message["To"], message["Subject"]) == ("admin@example.org", "Garden went off air")
    text = message.get_content()
    assert f"{services.settings.origin}/watch/garden" in text
    assert "No route to host." in text


async def test_a_browser_gets_nothing_once_its_session_has_ended(
    world: World, pushes: Browsers
) -> None:
    services = world.services
    await add(world, world.member, 1)
    await add(world, world.admin, 1)
    count = "SELECT count(*) FROM push_subscription WHERE user_id = $1"
    assert await services.database.fetchval(count, world.member.user_id) == 0, (
        "one browser, one user"
    )
    await services.accounts.sign_out_everywhere(world.admin)
    assert await services.database.fetchval(count, world.admin.user_id) == 0
    endpoint = await add(world, world.owner, 2)
    await services.push_browsers.remove(world.member, endpoint)
    assert await services.database.fetchval(count, world.owner.user_id) == 1, "another's"
    await services.push_browsers.remove(world.owner, endpoint)
    assert await services.database.fetchval(count, world.owner.user_id) == 0
    for number in range(25):
        await add(world, world.owner, number)
    assert await services.database.fetchval(count, world.owner.user_id) == 20


async def test_only_browsers_of_people_are_taken_where_the_operator_set_a_key(
    world: World, pushes: Browsers, make_services: Callable[..., Services]
) -> None:
    browsers = world.services.push_browsers
    assert browsers.public_key
    with pytest.raises(Forbidden):
        await browsers.add(replace(world.member, credential="token"), BROWSER)
    for endpoint in ("http://10.0.0.1/", "https://push.example.net/" + "a" * 3000, "\0"):
        with pytest.raises(BadInput):
            await browsers.add(world.member, replace(BROWSER, endpoint=endpoint))
    plain = make_services()
    assert plain.push_browsers.public_key is None
    with pytest.raises(Forbidden):
        await plain.push_browsers.add(world.member, BROWSER)


async def test_an_account_takes_its_browsers_along_and_forgets_them(
    world: World, pushes: Browsers
) -> None:
    services = world.services
    endpoint = await add(world, world.member, 1)
    archive = await services.export.export(world.member)
    data = zipfile.ZipFile(io.BytesIO(b"".join([chunk async for chunk in archive.body])))
    [browser] = json.loads(data.read("browsers.json"))
    assert browser["endpoint"] == endpoint
    sender = notifier(world, pushes)
    await tell(sender, world, world.member)
    [args] = await due(world)
    await services.erasure.request(world.member, PASSWORD, ip="192.0.2.7")
    await sender.deliveries.deliver(args)
    assert pushes.shown == []
    assert await services.database.fetchval("SELECT count(*) FROM push_subscription") == 0
