"""Breakable parts: an object store, a source, a disk."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.stack import BIN, free_port, needs

KEY, SECRET = "moments-faults", "moments-faults-secret"
DISK_BYTES = 600_000_000


class Store:
    """A real S3 server that checks signatures, and can be stopped and restarted."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The settings to use it."""
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "S3_ACCESS_KEY": KEY,
            "S3_SECRET_KEY": SECRET,
            "S3_BUCKET_NAME": "moments",
        }

    def start(self) -> None:
        """Start it on its folder."""
        (self.folder / "moments").mkdir(parents=True, exist_ok=True)
        command = [str(BIN / "rclone"), "serve", "s3", "--auth-key", f"{KEY},{SECRET}"]
        command += ["--config", os.devnull]
        command += ["--addr", f"127.0.0.1:{self.port}", str(self.folder)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """Kill it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


class Source:
    """A film published over HTTP/MPEG-TS in a loop; it can be interrupted."""

    def __init__(self, film: Path) -> None:
        self.port = free_port()
        self._film = film
        self._stop = threading.Event()
        self._is_up = threading.Event()
        self._is_up.set()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its pull URL."""
        return f"http://127.0.0.1:{self.port}/film.ts"

    def cut(self) -> None:
        """Stop the publisher until it is restored."""
        self._is_up.clear()
        self._end()

    def restore(self) -> None:
        """Restart the publisher."""
        self._is_up.set()

    def close(self) -> None:
        """Stop it for good."""
        self._stop.set()
        self._is_up.set()
        while self._thread.is_alive():
            self._end()
            self._thread.join(0.1)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _keep(self) -> None:
        command = [needs("ffmpeg"), "-v", "quiet", "-re", "-stream_loop", "-1"]
        command += ["-i", str(self._film), "-c", "copy", "-f", "mpegts", "-listen", "1", self.url]
        while not self._stop.is_set():
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            self._process.wait()
            self._is_up.wait()


def make_film(path: Path) -> None:
    """Create a film: moving test image and a tone, 20 s, with a keyframe each second."""
    command = [needs("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=15"]
    command += ["-f", "lavfi", "-i", "sine=440:r=48000", "-t", "20", "-c:v", "libx264"]
    command += ["-g", "15", "-b:v", "400k", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)


@contextmanager
def full_disk(home: Path) -> Iterator[None]:
    """Fill the home's disk for a while, down to the last block."""
    ballast = home / "ballast"
    with ballast.open("wb") as file:
        step = shutil.disk_usage(home).free
        while step >= 4096:  # others write meanwhile: take what is left
            try:
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), step)
            except OSError:
                step //= 2
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def small_disk(path: Path) -> Iterator[None]:
    """Mount a small file system for a home, with sudo if needed."""
    path.mkdir()
    path.chmod(0o755)
    rights = [] if os.geteuid() == 0 else [needs("sudo"), "-n"]
    options = f"size={DISK_BYTES},mode=755,uid={os.geteuid()},gid={os.getegid()}"
    subprocess.run([*rights, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True)
    try:
        yield
    finally:
        subprocess.run([*rights, "umount", "-l", str(path)], check=True)
