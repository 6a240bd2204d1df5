"""Webhooks on a real database, delivered to a real server."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from domain.accounts.models import Caller
from domain.accounts.wiring import wire_notifier
from domain.bootstrap import Services
from domain.commits.models import DecisionVerdict
from domain.commits.visual import Region
from domain.core.errors import BadFields, Forbidden, NotFound
from domain.infra.base import Base
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.moments.models import MomentChange, NewMoment
from domain.webhooks.delivery import Deliveries
from domain.webhooks.models import EVENTS, Delivery, WebhookChange
from domain.webhooks.outbox import Outbox
from domain.webhooks.sender import Sender
from domain.webhooks.service import WebhookService
from tests.integration.domain.commit_captures import NEW, OLD, REPOSITORY, capture
from tests.integration.domain.conftest import World


class _Receiver(BaseHTTPRequestHandler):
    status = 200
    got: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"<b>thanks</b>")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    _Receiver.got, _Receiver.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()
    thread.join()


class Hooks:
    """One webhook to the receiver, which the guard lets through here alone."""

    def __init__(self, services: Services, caller: Caller) -> None:
        base = Base(
            services.settings,
            services.keyring,
            services.clock,
            services.database,
            services.database,
            services.storage,
            services.events,
        )
        outbox = Outbox(base)
        fetcher = SafeFetcher(Policy.PULL, ["127.0.0.0/8"])
        notifier = wire_notifier(
            base.settings, base.keyring, base.database, base.events, base.clock
        )
        self.close = fetcher.close
        self.service = WebhookService(base, services.rights, outbox, lambda _host, _port: None)
        self.jobs = Deliveries(base, outbox, Sender(lambda: fetcher), notifier, jitter=lambda: 0.5)
        self.caller = caller

    async def deliver(self, hook_id: str) -> list[Delivery]:
        await self.jobs.deliver(hook_id)
        return list((await self.service.deliveries(self.caller, hook_id))[0])


@pytest.fixture
def hooks(world: World) -> Iterator[Hooks]:
    made = Hooks(world.services, world.admin)
    yield made
    made.close()


async def test_a_moment_is_sent_signed_and_again_after_a_failure(
    world: World, hooks: Hooks, url: str
) -> None:
    made = await hooks.service.create(world.admin, url, ["moment.created"])
    hook_id = made.webhook.id
    moment = await world.services.moments.create(world.member, NewMoment("Release"))
    private = NewMoment("Secret", visibility="private")
    await world.services.moments.create(world.member, private)
    _Receiver.status = 503
    [sent] = await hooks.deliver(hook_id)
    assert (sent.status, sent.attempts, sent.response_status) == ("pending", 1, 503)
    assert sent.next_at == world.clock.now() + timedelta(seconds=5)
    assert len(_Receiver.got) == 1
    await hooks.deliver(hook_id)  # not due yet
    assert len(_Receiver.got) == 1
    _Receiver.status = 202
    world.clock.advance(6)
    [sent] = await hooks.deliver(hook_id)
    assert (sent.status, sent.attempts, sent.response_excerpt) == ("delivered", 2, "<b>thanks</b>")
    [told] = await hooks.service.of_subjects(world.admin, [moment.id, "other\0"])
    assert (told.url, told.delivery.status) == (url, "delivered")
    assert await hooks.service.of_subjects(world.stranger, [moment.id]) == []
    (first, body), (second, again) = _Receiver.got
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert json.loads(body)["data"]["id"] == moment.id
    assert first["webhook-signature"].startswith("v1,")
    webhook = await hooks.service.get(world.admin, hook_id)
    assert (webhook.failing_since, webhook.last_delivered_at) == (None, world.clock.now())


async def test_a_receiver_that_does_not_answer_holds_no_worker(world: World, hooks: Hooks) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    hook_id = (await hooks.service.create(world.admin, url, ["moment.created"])).webhook.id
    for title in "abc":
        await world.services.moments.create(world.member, NewMoment(title))
    await world.services.database.execute("DELETE FROM job")  # it runs now
    sent = await hooks.deliver(hook_id)
    assert [each.attempts for each in sent] == [0, 0, 1]  # the others would wait as long
    jobs = await world.services.database.fetch("SELECT name, run_at FROM job")
    [again] = [job["run_at"] for job in jobs if job["name"] == "webhooks.deliver"]
    later = await world.services.database.fetchval("SELECT now() + interval '30 seconds'")
    assert again > later
    world.clock.advance(61)
    assert [each.attempts for each in await hooks.deliver(hook_id)] == [0, 1, 1]


async def test_what_is_rolled_back_is_never_sent(world: World, hooks: Hooks, url: str) -> None:
    made = await hooks.service.create(world.admin, url, ["moment.created"])
    with pytest.raises(RuntimeError):
        async with world.services.database.transaction():
            await world.services.moments.create(world.member, NewMoment("Release"))
            raise RuntimeError
    assert await hooks.deliver(made.webhook.id) == []


async def test_days_of_failure_switch_a_webhook_off_with_a_notice(
    world: World, hooks: Hooks, url: str
) -> None:
    made = await hooks.service.create(world.admin, url, ["moment.created", "moment.updated"])
    hook_id = made.webhook.id
    moment = await world.services.moments.create(world.member, NewMoment("Release"))
    _Receiver.status = 500
    await hooks.deliver(hook_id)
    world.clock.advance(5 * 86_400 + 60)
    await hooks.deliver(hook_id)
    webhook = await hooks.service.get(world.admin, hook_id)
    assert (webhook.is_enabled, webhook.disabled_reason) == (False, "It failed for 5 days.")
    owner = await world.signed_in()
    [notice] = [n for n in await world.services.notices.list(owner) if n.kind == "webhook"]
    assert notice.href == "/settings/webhooks"
    await world.services.moments.update(owner, moment.id, MomentChange(title="B"))
    assert [each.status for each in await hooks.deliver(hook_id)] == ["failed"]
    hooks.caller = owner
    await hooks.service.update(owner, hook_id, WebhookChange(is_enabled=True))
    _Receiver.status = 410
    [failed] = await hooks.deliver(hook_id)
    await hooks.service.redeliver(owner, hook_id, failed.id)
    await hooks.deliver(hook_id)
    webhook = await hooks.service.get(owner, hook_id)
    assert webhook.disabled_reason == "The receiver answered 410 Gone."
    await hooks.service.test(owner, hook_id)  # a test goes out all the same, once
    assert (await hooks.deliver(hook_id))[0].status == "failed"


async def test_only_admins_of_the_organisation_manage_webhooks(world: World) -> None:
    webhooks = world.services.webhooks
    for bad in (
        "http://127.0.0.1/x",
        "ftp://a.invalid",
        "https://a:b@c.invalid",
        "x",
        "http://[::1",
    ):
        with pytest.raises(BadFields):
            await webhooks.create(world.admin, bad, ["clip.ready"])
    with pytest.raises(BadFields):
        await webhooks.create(world.admin, "https://a.invalid", ["clip.deleted"])
    made = await webhooks.create(world.admin, "https://a.invalid", ["clip.ready"])
    rotated = await webhooks.rotate_secret(world.admin, made.webhook.id)
    assert rotated.secret != made.secret
    with pytest.raises(NotFound):
        await webhooks.get(world.stranger, made.webhook.id)
    calls: list[Callable[[], object]] = [
        lambda: webhooks.list(world.member),
        lambda: webhooks.delete(world.member, made.webhook.id),
        lambda: webhooks.test(world.member, made.webhook.id),
    ]
    for call in calls:
        with pytest.raises(Forbidden):
            await call()  # type: ignore[misc]
    await webhooks.delete(world.admin, made.webhook.id)
    assert await webhooks.list(replace(world.admin)) == []


async def test_only_a_new_state_of_a_build_is_sent(world: World, hooks: Hooks) -> None:
    events = [event for event in EVENTS if event.startswith("build.")]
    hook_id = (await hooks.service.create(world.admin, "http://127.0.0.1/", events)).webhook.id
    first = await capture(world, 1, OLD)
    private = await capture(world, 2, OLD)
    change = MomentChange(visibility="private")
    await world.services.moments.update(world.member, private.id, change)
    reviews = world.services.reviews
    verdicts: list[DecisionVerdict] = ["approved", "approved", "rejected", "approved"]
    for verdict in verdicts:
        await reviews.decide(world.member, first.id, verdict)
        await reviews.decide(world.member, private.id, verdict)
        await world.run_jobs()
    second = await capture(world, 3, NEW)
    whole = Region(0, 0, 10_000, 10_000)
    await reviews.edit_settings(world.member, REPOSITORY, partial(replace, ignore=(whole,)))
    for _ in range(2):
        await world.run_jobs()
        await world.services.checks.check(second.id)
    broken = await capture(world, 4, b"no picture")
    deliveries, _ = await hooks.service.deliveries(world.admin, hook_id)
    sent = [json.loads(each.payload) for each in sorted(deliveries, key=lambda each: each.id)]
    assert [(each["type"], each["data"]["id"]) for each in sent] == [
        ("build.new", first.id),
        ("build.new", private.id),  # it was not private yet
        ("build.approved", first.id),
        ("build.rejected", first.id),
        ("build.approved", first.id),
        ("build.changed", second.id),
        ("build.passed", second.id),
        ("build.failed", broken.id),
    ]
    assert sent[0]["data"]["api_url"].endswith(f"/api/commits/moments/{first.id}/build")
