"""The web process's metrics and health of its dependencies."""

from collections.abc import Callable

import httpx
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from pydantic import SecretStr

from domain.bootstrap import Services
from domain.core.errors import StorageUnavailable
from tests.integration.domain.conftest import World
from tests.support.metrics import metric_names, metrics_to_watch
from webapp.api.health import report
from webapp.api.metrics import metrics
from webapp.edge.access import Meters


async def test_what_waits_is_counted(make_services: Callable[..., Services]) -> None:
    services = make_services(
        s3_endpoint_url="http://127.0.0.1:1",  # nobody is there
        s3_access_key="key",
        s3_secret_key=SecretStr("secret of the store"),
    )
    app = Litestar(
        [metrics],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        state=State({"meters": Meters()}, deep_copy=False),
        openapi_config=None,
    )
    await services.queue.enqueue("limits.purge", {})
    await services.queue.enqueue("events.purge", {}, delay_s=3600)
    await services.storage.start()
    try:
        stored = "moment_1/asset_1-a.png"
        await services.storage.put("moments-org", stored, b"0123456789", content_type="image/png")
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's own names
        async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
            text = (await client.get("/metrics")).text
            await services.database.close()
            without = metric_names((await client.get("/metrics")).text)
    finally:
        await services.storage.close()
    assert set(metrics_to_watch("web, with an S3 store")) <= metric_names(text)
    for line in (
        'moments_queue_jobs{state="queued"} 2.0',
        'moments_queue_jobs{state="parked"} 0.0',
        "moments_spool_objects 1.0",
        "moments_spool_bytes 10.0",
    ):
        assert line in text.splitlines()
    assert "moments_spool_objects" in without
    assert "moments_queue_jobs" not in without


async def test_health_says_when_a_node_takes_no_recordings(world: World) -> None:
    await world.beat()
    assert [(node.status, node.error) for node in (await report(world.services)).nodes] == [
        ("up", None)
    ]
    world.node.refuse = StorageUnavailable("The media node's disk is full")
    found = await report(world.services)
    assert [(node.status, node.error) for node in found.nodes] == [
        ("up", "The media node's disk is full")
    ]
    assert found.media.status == "up"  # it plays on
