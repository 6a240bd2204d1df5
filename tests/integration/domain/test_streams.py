"""Streams and nodes: validation, access, and assignment to nodes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.core.time import to_us
from domain.live.models import NewStream, Source, StreamChange
from domain.live.nodes import DEAD_AFTER_S, Beat
from domain.live.urls import publish_key
from domain.moments.models import Count
from tests.integration.domain.conftest import World, caller_of

PUSH = NewStream("Front door")


async def test_a_stream_gets_a_slug_from_its_name(world: World) -> None:
    streams = world.services.streams
    slugs = [
        (await streams.create(world.owner, NewStream(name))).slug
        for name in ("Café  Münster!", "日本", "cafe munster")
    ]
    assert slugs[:2] == ["cafe-munster", "stream"]
    assert slugs[2].startswith("cafe-munster-")
    with pytest.raises(Conflict, match="cafe-munster"):
        await streams.create(world.stranger, NewStream("x", slug="cafe-munster"))
    with pytest.raises(Conflict):
        await streams.update(world.owner, "stream", StreamChange(slug="cafe-munster"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"slug": "Up"}, "slug"),
        ({"slug": "-a"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"buffer_s": 9}, "buffer_s"),
        ({"buffer_s": 3601}, "buffer_s"),
        ({"visibility": "secret"}, "visibility"),
        ({"source": Source("pull")}, "source"),
        ({"source": Source("push", "rtsp://192.168.1.2/")}, "source"),
        ({"source": Source("cloud")}, "source"),  # type: ignore[arg-type]
    ],
)
async def test_fields_that_are_wrong_are_named(
    world: World, change: dict[str, object], field: str
) -> None:
    with pytest.raises(BadFields) as caught:
        await world.services.streams.create(world.owner, replace(PUSH, **change))  # type: ignore[arg-type]
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://127.0.0.1/a",
        "http://localhost:8000/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "rtsp://0.0.0.0/",
        "tcp://192.168.1.2",
        "ftp://192.168.1.2/a",
        "srt://192.168.1.2:9000",
        "concat:/etc/passwd",
        "file:///etc/passwd",
        "rtsp://192.168.1.2:99999/",
        "rtsp://",
        "rtsp://192.168.1.2/a b",
        "http://[::1",
        "x",
    ],
)
async def test_addresses_that_may_not_be_pulled(world: World, url: str) -> None:
    with pytest.raises(BadFields) as caught:
        await world.services.streams.create(world.owner, replace(PUSH, source=Source("pull", url)))
    assert list(caught.value.fields) == ["source"]


async def test_the_operator_lists_networks_and_a_folder(
    make_services: Callable[..., Services], tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a film.mp4").write_bytes(b"x")
    (folder / "out.mp4").symlink_to("/etc/passwd")
    services = make_services(pull_networks=("127.0.0.0/8",), pull_folder=folder)
    owner = await caller_of(services, "a@b.org", organization="One")
    for url in ("rtsp://127.0.0.1:8554/a", f"file://{folder}/a%20film.mp4"):
        made = await services.streams.create(owner, NewStream("x", Source("pull", url)))
        assert made.source.url == url
    for path in ("out.mp4", "../secret", "missing.mp4", ""):
        with pytest.raises(BadFields):
            await services.streams.create(
                owner, NewStream("x", Source("pull", f"file://{folder}/{path}"))
            )


async def test_only_owners_and_admins_pull_and_see_credentials(world: World) -> None:
    streams = world.services.streams
    url = "rtsp://user:secret@192.168.1.2/cam?token=abc"
    new = NewStream("Camera", Source("pull", url), visibility="public")
    with pytest.raises(Forbidden):
        await streams.create(world.member, new)
    made = await streams.create(world.admin, new)
    assert made.source.url == url
    for caller in (world.member, world.viewer):
        seen = (await streams.get(caller, made.id)).source.url
        assert seen == "rtsp://***@192.168.1.2/cam?***"
    assert (await streams.watch(None, made.slug)).stream.source.url is None
    with pytest.raises(Forbidden):
        await streams.update(world.member, made.id, StreamChange(source=Source("pull", url)))


async def test_members_run_their_own_streams_and_viewers_none(world: World) -> None:
    streams = world.services.streams
    with pytest.raises(Forbidden):
        await streams.create(world.viewer, PUSH)
    made = await streams.create(world.member, PUSH)
    assert made.publishing is not None
    assert (await streams.get(world.viewer, made.id)).publishing is None
    changed = await streams.update(
        world.member, made.id, StreamChange(name="Back door", buffer_s=30, allow_capture=True)
    )
    assert (changed.name, changed.buffer_s, changed.allow_capture) == ("Back door", 30, True)
    assert changed.slug == "front-door"
    other = await streams.create(world.owner, PUSH)
    for call in (
        streams.update(world.member, other.id, StreamChange(name="x")),
        streams.delete(world.member, other.id),
        streams.rotate_key(world.member, other.id),
        streams.retry(world.member, other.id),
        streams.history(world.member, other.id),
    ):
        with pytest.raises(Forbidden):
            await call
    await streams.delete(world.member, made.id)
    with pytest.raises(NotFound):
        await streams.get(world.owner, made.id)
    await streams.create(world.owner, NewStream("again", slug="front-door"))


async def test_a_publish_key_is_derived_and_rotates(world: World) -> None:
    streams, keyring = world.services.streams, world.services.keyring
    made = await streams.create(world.owner, PUSH)
    assert made.publishing is not None
    first = made.publishing.publish_key
    assert first == publish_key(keyring, made.id, 1)
    assert first.startswith(f"pk_{made.id.removeprefix('stream_')}_")
    rotated = await streams.rotate_key(world.admin, made.id)
    assert rotated.publishing is not None
    assert rotated.publishing.publish_key == publish_key(keyring, made.id, 2) != first


async def test_another_organisations_streams_do_not_exist(world: World) -> None:
    streams, other = world.services.streams, world.stranger
    made = await streams.create(world.owner, PUSH)
    for name in (made.id, made.slug, "nothing", "a\0b", "stream_" + "0" * 26):
        for call in (
            streams.get(other, name),
            streams.update(other, name, StreamChange(name="x")),
            streams.delete(other, name),
            streams.rotate_key(other, name),
            streams.retry(other, name),
            streams.history(other, name),
            streams.watch(other, name),
            streams.watch(None, name),
        ):
            with pytest.raises(NotFound):
                await call
    assert await streams.list(other) == ([], Count(0))


async def watching(world: World, caller: Caller | None, name: str) -> tuple[bool, bool]:
    """Return whether a token is wanted and whether one may capture."""
    watch = await world.services.streams.watch(caller, name)
    assert ("/t/" in watch.hls_url) is (watch.expires_at is not None)
    return "/t/" in watch.hls_url, watch.may_capture


async def test_who_may_watch_and_capture(world: World) -> None:
    streams = world.services.streams
    for visibility in ("private", "organization", "unlisted", "public"):
        await streams.create(world.owner, replace(PUSH, slug=visibility, visibility=visibility))
    assert await watching(world, world.owner, "private") == (True, True)
    assert await watching(world, world.viewer, "organization") == (True, False)
    assert await watching(world, None, "public") == (False, False)
    await streams.update(world.owner, "public", StreamChange(allow_capture=True))
    for caller in (None, world.stranger):
        assert await watching(world, caller, "public") == (False, True)
        assert await watching(world, caller, "unlisted") == (False, False)
        for name in ("private", "organization"):
            with pytest.raises(NotFound):
                await streams.watch(caller, name)
    with pytest.raises(NotFound):
        await streams.watch(world.viewer, "private")


async def test_a_viewer_token_is_bound_to_its_stream(world: World) -> None:
    made = await world.services.streams.create(world.owner, PUSH)
    watch = await world.services.streams.watch(world.owner, made.id)
    origin = world.services.settings.origin
    assert watch.hls_url.startswith(f"{origin}/media/hls/{made.id}/t/")
    token = watch.hls_url.split("/t/")[1].split("/")[0]
    claims = world.services.keyring.verify("viewer", token)
    assert claims == {"sub": made.id}


async def test_status_comes_from_the_node_once_for_all(world: World) -> None:
    garden = await world.stream("Garden")
    assert (garden.status, garden.window is not None) == ("live", True)
    waiting = await world.services.streams.create(world.owner, NewStream("Push"))
    world.node.windows[waiting.id] = None
    await world.beat()
    world.services.board._answers.clear()
    world.node.calls.clear()
    streams, total = await world.services.streams.list(world.owner, limit=10)
    assert [(stream.name, stream.status) for stream in streams] == [
        ("Garden", "live"), ("Push", "connecting"),
    ]  # fmt: skip
    assert total == Count(2)
    assert world.node.calls == ["GET /control/status"]
    assert len((await world.services.streams.list(world.owner, limit=1, offset=1))[0]) == 1


async def test_a_stream_without_a_node_says_why_it_is_offline(world: World) -> None:
    made = await world.services.streams.create(world.owner, NewStream("x"))
    assert made.status == "offline"
    assert "No media node" in (made.error or "")
    await world.beat()
    await world.node.stop()
    seen = await world.services.streams.get(world.owner, made.id)
    assert "does not answer" in (seen.error or "")
    fresh = await world.services.streams.create(world.owner, NewStream("y"))
    assert (fresh.status, fresh.error) == ("connecting", None)  # nodes there are, one takes it soon


async def test_when_a_stream_was_on_air_outlives_its_node(world: World) -> None:
    never = await world.services.streams.create(world.owner, NewStream("Never"))
    made = await world.services.streams.create(world.owner, NewStream("Garden"))
    await world.beat()
    last = world.ago(90)
    node = Beat(world.node.id, world.node.url, world.node.url, on_air={made.id: last})
    orders = await world.services.nodes.heartbeat(node)
    assert {config.stream_id: config.on_air_us for config in orders.configs} == {
        made.id: to_us(last),
        never.id: None,
    }
    await world.services.nodes.heartbeat(replace(node, on_air={made.id: world.ago(300)}))
    await world.node.stop()
    seen = await world.services.streams.get(world.owner, made.id)
    assert (seen.state, seen.since, seen.last_on_air) == ("off_air", last, last)
    seen = await world.services.streams.get(world.owner, never.id)
    assert (seen.state, seen.since) == ("never_on_air", None)


async def beat(services: Services, node_id: str) -> set[str]:
    orders = await services.nodes.heartbeat(Beat(node_id, f"http://{node_id}", "http://p"))
    return {config.name for config in orders.configs}


async def test_streams_are_spread_over_nodes_and_leave_the_dead(services: Services) -> None:
    owner = await caller_of(services, "a@b.org", organization="One")
    await beat(services, "node_a")
    await beat(services, "node_b")
    for number in range(4):
        await services.streams.create(owner, NewStream(f"s{number}", buffer_s=60))
    first = await beat(services, "node_a")
    second = await beat(services, "node_b")
    assert (len(first), len(second)) == (2, 2)
    assert first | second == {"s0", "s1", "s2", "s3"}
    assert await beat(services, "node_a") == first
    await services.database.execute(
        "UPDATE media_node SET heartbeat_at = now() - interval '1 second' * $1 WHERE id = 'node_b'",
        DEAD_AFTER_S + 1,
    )
    assert len(await beat(services, "node_a")) == 4
    assert await beat(services, "node_b") == set()
    await services.nodes.leave("node_a")
    assert len(await beat(services, "node_b")) == 4
    alive = {node.id: node.is_alive for node in await services.nodes.nodes()}
    assert alive == {"node_b": True}


async def test_a_draining_node_gives_its_streams_away(services: Services) -> None:
    owner = await caller_of(services, "a@b.org", organization="One")
    node = Beat("node_a", "http://node_a", "http://p", name="a")
    await services.nodes.heartbeat(node)
    for number in range(2):
        await services.streams.create(owner, NewStream(f"s{number}", buffer_s=60))
    assert len((await services.nodes.heartbeat(node)).configs) == 2
    with pytest.raises(NotFound, match="node list"):
        await services.nodes.drain("nobody")
    assert (await services.nodes.drain("a")).is_draining
    await services.streams.create(owner, NewStream("new", buffer_s=60))
    orders = await services.nodes.heartbeat(node)
    # Nobody else is there: it goes on with what it has and takes nothing new.
    assert (len(orders.configs), orders.is_draining, orders.is_done) == (2, True, False)
    assert await beat(services, "node_b") == {"s0", "s1", "new"}
    orders = await services.nodes.heartbeat(node)
    assert (orders.configs, orders.is_draining, orders.is_done) == ([], True, True)
    orders = await services.nodes.heartbeat(replace(node, is_first=True))  # the new process
    assert not orders.is_draining
    draining = {found.id: found.is_draining for found in await services.nodes.nodes()}
    assert draining == {"node_a": False, "node_b": False}
    assert await services.nodes.loads() == {"node_b": 3}


async def test_a_stream_is_found_at_its_live_node_alone(world: World) -> None:
    made = await world.stream()
    node = await world.services.nodes.of_stream(made.id)
    assert node is not None
    assert node.control_url == world.node.url
    assert await world.services.nodes.of_stream("stream_nothing") is None


async def test_nodes_hear_of_changes_at_once(world: World) -> None:
    await world.beat()
    world.node.calls.clear()
    made = await world.services.streams.create(world.owner, PUSH)
    await world.services.streams.delete(world.owner, made.id)
    assert world.node.calls.count("POST /control/reconcile") == 2


async def test_a_source_is_connected_again_by_its_node(world: World) -> None:
    await world.beat()
    made = await world.services.streams.create(world.member, PUSH)
    await world.beat()
    await world.services.streams.retry(world.member, made.id)
    assert f"POST /control/streams/{made.id}/restart" in world.node.calls
