"""Uploads and downloads through the app: speed, memory, many at once, and a kill in the middle.

Run: python -m benchmarks.upload [--megabytes 200] [--parallel 200]
For a folder and for an S3 store (`rclone serve s3`). The alternative, in the same run, is curl
straight against the store: a signed S3 request, or a copy of the file. The killed upload is sent by
tus to a web process that gets `kill -9` half-way, with its client; it resumes after the restart.
Fails when an upload fails, a checksum differs, or memory grows by over 100 MB.
"""

import argparse
import asyncio
import contextlib
import hashlib
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.support.rclone import ACCESS_KEY, SECRET_KEY, S3Server
from tests.support.stack import Stack, needs, until

_MOST_GROWTH = 100_000_000
_SMALL = 64 * 1024
_CHUNK = 256 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}
_MIME = "application/octet-stream"


@dataclass
class Run:
    """One store under test, the product in front of it, and what went wrong."""

    name: str
    stack: Stack
    s3: S3Server | None
    scratch: Path
    problems: list[str] = field(default_factory=list)

    def begin(self, client: httpx.Client, moment_id: str, size: int) -> str:
        """Return the signed URL of a new file."""
        body = {
            "assetType": "other",
            "fileName": "file.bin",
            "mimeType": _MIME,
            "fileSizeBytes": size,
            "uploadMethod": "api",
        }
        answer = client.post(f"/api/moments/{moment_id}/assets/upload", json=body)
        answer.raise_for_status()
        return str(answer.json()["uploadUrl"])

    def assets(self, client: httpx.Client, moment_id: str) -> list[dict[str, object]]:
        """Return the files of a moment."""
        found = client.get(f"/api/moments/{moment_id}").raise_for_status().json()["assets"]
        return list(found)

    def straight(self, source: Path) -> tuple[float, float]:
        """Return the seconds that curl needs to put a file into the store and to get it again."""
        if self.s3 is None:
            copy = self.scratch / "copy"
            return _curl("-o", copy, source.as_uri()), _curl("-o", "/dev/null", copy.as_uri())
        signed = ("--aws-sigv4", "aws:amz:us-east-1:s3", "--user", f"{ACCESS_KEY}:{SECRET_KEY}")
        bucket = f"{self.s3.url}/straight"
        _curl(*signed, "-X", "PUT", bucket)
        put = _curl(*signed, "-T", source, f"{bucket}/file")
        return put, _curl(*signed, "-o", "/dev/null", f"{bucket}/file")


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--megabytes", type=int, default=200)
    options.add_argument("--parallel", type=int, default=200)
    chosen = options.parse_args()
    problems: list[str] = []
    for name in ("folder", "S3"):
        with tempfile.TemporaryDirectory(prefix="moments-upload-") as folder:
            Path(folder).chmod(0o711)
            with _running(name, Path(folder)) as run:
                _all(run, chosen.megabytes * 1_000_000, chosen.parallel)
                problems += [f"{name}: {problem}" for problem in run.problems]
    print("\n".join(problems))
    return 1 if problems else 0


@contextlib.contextmanager
def _running(name: str, folder: Path) -> Iterator[Run]:
    with contextlib.ExitStack() as stack:
        env, s3 = {"MOMENTS_RTMP_PORT": "0"}, None
        if name == "S3":
            s3 = S3Server(folder / "s3")
            s3.start()
            stack.callback(s3.stop)
            env |= {
                "S3_ENDPOINT_URL": s3.url,
                "S3_ACCESS_KEY": ACCESS_KEY,
                "S3_SECRET_KEY": SECRET_KEY,
            }
        up = stack.enter_context(Stack(folder / "home", demo=False, env=env))
        yield Run(name, up, s3, folder)


def _all(run: Run, size: int, parallel: int) -> None:
    source = run.scratch / "source"
    block = os.urandom(1_000_000)
    source.write_bytes(block * (size // len(block)))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    with run.stack.client(timeout_s=300) as client:
        created = client.post("/api/moments/create", json={"title": "Upload"}).raise_for_status()
        moment_id = created.json()["moment"]["id"]
        _large(run, client, moment_id, source)
        _many(run, client, moment_id, parallel)
        _killed(run, client, moment_id, source)
        first, *_, last = run.assets(client, moment_id)
    for name, entry in (("whole", first), ("resumed", last)):
        if hashlib.sha256(httpx.get(str(entry["downloadUrl"])).content).hexdigest() != digest:
            run.problems.append(f"the {name} file has another checksum")


def _large(run: Run, client: httpx.Client, moment_id: str, source: Path) -> None:
    plain_put, plain_get = run.straight(source)
    with _growth(run, "a large upload and download"):
        url = run.begin(client, moment_id, source.stat().st_size)
        put = _curl("-T", source, "-H", f"Content-Type: {_MIME}", "-o", "/dev/null", url)
        download_url = str(run.assets(client, moment_id)[0]["downloadUrl"])
        get = _curl("-o", "/dev/null", download_url)
    print(f"{run.name}: upload {put:.2f} s, curl {plain_put:.2f} s: {put / plain_put:.2f} times")
    print(f"{run.name}: download {get:.2f} s, curl {plain_get:.2f} s: {get / plain_get:.2f} times")


def _many(run: Run, client: httpx.Client, moment_id: str, parallel: int) -> None:
    urls = [run.begin(client, moment_id, _SMALL) for _ in range(parallel)]
    with _growth(run, f"{parallel} uploads at once"):
        answers = asyncio.run(_patched(urls))
    times_ms = sorted(took * 1000 for took, _ in answers)
    failed = [status for _, status in answers if status != 204]
    print(
        f"{run.name}: {parallel} uploads at once of {_SMALL // 1024} KiB:"
        f" p50 {statistics.median(times_ms):.0f} ms,"
        f" p99 {times_ms[len(times_ms) * 99 // 100]:.0f} ms, {len(failed)} failed"
    )
    if failed:
        run.problems.append(f"{len(failed)} of {parallel} uploads answered {set(failed)}")


async def _patched(urls: Sequence[str]) -> list[tuple[float, int]]:
    async def one(client: httpx.AsyncClient, url: str) -> tuple[float, int]:
        begin = time.perf_counter()
        answer = await client.patch(url, content=bytes(_SMALL), headers=_piece(0))
        return time.perf_counter() - begin, answer.status_code

    limits = httpx.Limits(max_connections=len(urls))
    async with httpx.AsyncClient(timeout=300, limits=limits) as client:
        return await asyncio.gather(*(one(client, url) for url in urls))


def _piece(offset: int) -> dict[str, str]:
    return {
        **_TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
    }


def _killed(run: Run, client: httpx.Client, moment_id: str, source: Path) -> None:
    data = source.read_bytes()
    url = run.begin(client, moment_id, len(data))
    sent = _send(url, data, 0, stop_at=len(data) // 2)
    run.stack.kill("web")
    run.stack.wait_healthy()
    head = until(lambda: _head(url), 60)
    offset = int(head.headers["upload-offset"])
    _send(url, data, offset, stop_at=len(data))
    print(
        f"{run.name}: killed after {sent / 1e6:.0f} MB, {(sent - offset) / 1e6:.1f} MB sent twice"
    )


def _head(url: str) -> httpx.Response | None:
    answer = httpx.head(url, headers=_TUS, timeout=60)
    return answer if answer.status_code == 200 else None


def _send(url: str, data: bytes, offset: int, *, stop_at: int) -> int:
    """Send a body from an offset on; stop in the middle without a word when told to."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=300)
    connection.putrequest("PATCH", f"{parts.path}?{parts.query}")
    for name, value in _piece(offset).items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(data) - offset))
    connection.endheaders()
    while offset < stop_at:
        chunk = data[offset : min(stop_at, offset + _CHUNK)]
        connection.send(chunk)
        offset += len(chunk)
    if stop_at == len(data):
        status = connection.getresponse().status
        if status != 204:
            message = f"the resumed upload answered {status}"
            raise RuntimeError(message)
    connection.close()
    return offset


def _curl(*arguments: str | Path) -> float:
    begin = time.perf_counter()
    subprocess.run([needs("curl"), "-sS", "--fail", *arguments], check=True)
    return time.perf_counter() - begin


@contextlib.contextmanager
def _growth(run: Run, what: str) -> Iterator[None]:
    """Print by how much the web process's memory grows inside, at its peak."""
    web = run.stack.process("web")
    before = peak = web.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, web.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    print(f"{run.name}: {what}: web memory {before / 1e6:.0f} MB, +{(peak - before) / 1e6:.0f} MB")
    if peak - before > _MOST_GROWTH:
        run.problems.append(f"memory grew by {(peak - before) / 1e6:.0f} MB during {what}")


if __name__ == "__main__":
    sys.exit(main())
