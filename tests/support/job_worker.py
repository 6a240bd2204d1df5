"""A worker process for tests: `python -m tests.support.job_worker DSN [REDIS_URL [LEASE_S]]`.

Its task records its start in the table `noted`, runs for a given time, and records its end.
"""

import asyncio
import signal
import sys
from typing import Any

from domain.infra.database import Database
from domain.jobs.worker import Worker


async def main(dsn: str, redis_url: str | None = None, lease_s: str = "1.5") -> None:
    """Work until SIGTERM."""
    database = Database(dsn)
    await database.start()

    async def note(args: dict[str, Any]) -> None:
        await database.execute("INSERT INTO noted VALUES ($1, 'begun')", args["n"])
        await asyncio.sleep(args.get("takes_s", 0))
        await database.execute("INSERT INTO noted VALUES ($1, 'done')", args["n"])

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await Worker(database, {"note": note}, redis_url=redis_url, lease_s=float(lease_s)).run(
        stopping
    )
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
