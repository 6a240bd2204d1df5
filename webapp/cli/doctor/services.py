"""Checks the services that Moments needs: database, jobs, storage, Redis, media nodes."""

import time
import uuid
from collections.abc import AsyncIterator

import httpx
import msgspec

from domain.bootstrap import Services, running
from domain.core.errors import MomentsError
from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.core.time import SystemClock
from domain.infra import migrate, postgres
from domain.infra.database import Database
from domain.infra.storage import Storage, make_storage
from domain.live.nodes import Node
from domain.live.wire import NodeStatus
from webapp.cli.doctor.finding import Finding, bad, ok, warn

CLOCKS_AGREE_S = 1.0
LATE_S = 60


async def check(settings: Settings, *, is_running: bool) -> AsyncIterator[Finding]:
    """Check every service; one that has not been started is reported, not a failure."""
    if settings.redis_url is not None:
        yield await _redis(settings.redis_url.get_secret_value())
    if not settings.home.exists():
        yield warn("services", "Moments was never started with this home", "Run `moments up`.")
        return
    yield await _storage(settings)
    database = await _database(settings, is_running=is_running)
    yield database
    if database.state != "ok":
        return
    async for finding in _schema(settings):
        yield finding
        if finding.state != "ok":
            return
    try:
        async with running(settings, "cli") as services:
            yield await _jobs(services)
            async for finding in _nodes(services):
                yield finding
    except MomentsError as error:
        yield bad("services", error.message, "Check the logs of `moments web`.")


async def _database(settings: Settings, *, is_running: bool) -> Finding:
    where = "DATABASE_URL" if settings.database_url else "embedded PostgreSQL"
    fix = "Start it, and check the address, user and password in DATABASE_URL."
    if settings.database_url is None:
        fix = "Check the `postgres` lines that `moments up` shows."
    try:
        database = Database(await postgres.dsn(settings, wait_s=0), name="doctor")
        await database.start()
        try:
            begun = time.perf_counter()
            version = await database.fetchval("SHOW server_version")
            took_ms = (time.perf_counter() - begun) * 1000
        finally:
            await database.close()
    except MomentsError as error:
        if settings.database_url is None and not is_running:
            return warn("database", f"{where} is not running", "`moments up` starts it.")
        return bad("database", f"{where}: {error.message}", fix)
    return ok("database", f"{where} {version}, answers in {took_ms:.0f} ms")


async def _schema(settings: Settings) -> AsyncIterator[Finding]:
    database = Database(await postgres.dsn(settings, wait_s=0), name="doctor")
    await database.start()
    try:
        missing = await migrate.pending(database)
        now = await database.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    except MomentsError as error:
        yield bad("schema", error.message, "Run `moments migrate`.")
        return
    finally:
        await database.close()
    if missing:
        yield bad("schema", f"{len(missing)} migrations are pending", "Run `moments migrate`.")
    else:
        yield ok("schema", "up to date")
    yield _agrees("database's clock", now - time.time())


def _agrees(name: str, difference_s: float) -> Finding:
    if abs(difference_s) > CLOCKS_AGREE_S:
        detail = f"{abs(difference_s):.1f} s {'ahead' if difference_s > 0 else 'behind'}"
        return bad(name, detail, "Synchronise all machines' clocks with NTP.")
    return ok(name, "agrees with this machine's clock")


async def _storage(settings: Settings) -> Finding:
    where = settings.s3_endpoint_url or f"folder {settings.home / 'storage'}"
    fix = "Check the folder's permissions and the free space on its disk."
    if settings.s3_endpoint_url:
        fix = "Check S3_ENDPOINT_URL, the keys, and their permissions to create, write and delete."
    try:
        storage = make_storage(settings, load_keyring(settings))
        await storage.start()
        try:
            took_ms = await _write_read_delete(storage)
        finally:
            await storage.close()
    except (MomentsError, OSError) as error:
        return bad("storage", f"{where}: {error}", fix)
    return ok("storage", f"{where}: wrote, read and deleted in {took_ms:.0f} ms")


async def _write_read_delete(storage: Storage) -> float:
    begun = time.perf_counter()
    bucket = await storage.ensure_bucket("doctor")
    name = storage.key("doctor", f"check/{uuid.uuid4()}")
    body = b"Is this kept?"
    await storage.put(bucket, name, body, content_type="application/octet-stream")
    try:
        back = b"".join([chunk async for chunk in await storage.open(bucket, name)])
    finally:
        await storage.delete(bucket, name)
    if back != body:
        raise OSError("the data read differs from the data written")
    return (time.perf_counter() - begun) * 1000


async def _redis(url: str) -> Finding:
    from redis import asyncio as redis  # noqa: PLC0415 (only where it is used)
    from redis.exceptions import RedisError  # noqa: PLC0415

    client = redis.Redis.from_url(url)
    try:
        await client.ping()
        memory = await client.info("memory")
    except (RedisError, OSError, ValueError) as error:
        return bad("redis", str(error), "Start it, and check the address in REDIS_URL.")
    finally:
        await client.aclose()
    policy = str(memory.get("maxmemory_policy", ""))
    if policy not in {"noeviction", ""}:
        return warn("redis", f"evicts keys ({policy})", "Set `maxmemory-policy noeviction`.")
    return ok("redis", "answers, evicts nothing")


async def _jobs(services: Services) -> Finding:
    state = await services.queue.state()
    if state.parked:
        newest = (await services.queue.parked(limit=1))[0]
        detail = f"{state.parked} are parked, the newest ({newest.name}): {newest.error[:200]}"
        return warn("jobs", detail, "Fix the cause, then run `moments jobs retry`.")
    if state.oldest_due_s > LATE_S:
        detail = f"{state.queued} are queued, the oldest for {state.oldest_due_s:.0f} s"
        return bad("jobs", detail, "Start `moments worker`, or more of them.")
    return ok("jobs", f"{state.queued} queued, {state.running} running, none parked")


async def _nodes(services: Services) -> AsyncIterator[Finding]:
    nodes = await services.nodes.nodes()
    alive = [node for node in nodes if node.is_alive]
    if not alive:
        yield bad("media nodes", "none is alive", "Start one with `moments media`.")
    for node in nodes:
        if not node.is_alive:
            silent_s = (SystemClock().now() - node.heartbeat_at).total_seconds()
            detail = f"{node.id} at {node.control_url} has been silent for {silent_s:.0f} s"
            yield warn("media node", detail, "Restart it. Its streams have moved to other nodes.")
    for node in alive:
        yield await _node(services, node)


async def _node(services: Services, node: Node) -> Finding:
    headers = {"Authorization": f"Bearer {services.keyring.mac('internal', 'control', 43)}"}
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            answer = await client.get(f"{node.control_url}/control/status", headers=headers)
            answer.raise_for_status()
        status = msgspec.json.decode(answer.content, type=NodeStatus)
    except (httpx.HTTPError, msgspec.MsgspecError) as error:
        fix = "The web process must reach its control port (MOMENTS_MEDIA_CONTROL_HOST)."
        return bad("media node", f"{node.id} at {node.control_url}: {error}", fix)
    ahead_s = status.now_us / 1e6 - time.time()
    if abs(ahead_s) > CLOCKS_AGREE_S:
        return _agrees(f"clock of node {node.id}", ahead_s)
    live = sum(stream.status == "live" for stream in status.streams)
    return ok("media node", f"{node.id}: {live} of {len(status.streams)} streams live")
