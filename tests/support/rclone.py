"""A real S3 server that checks signatures: `rclone serve s3`, stopped and started at will."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from domain.core.settings import Settings
from tests.support.stack import free_port

ACCESS_KEY = "moments-test-access"
SECRET_KEY = "moments-test-secret-key"
_READY_S = 20.0


class S3Server:
    """The server; its buckets are the folders of `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = Path(sys.executable).with_name("rclone")
        self._process = subprocess.Popen(
            [
                command if command.exists() else shutil.which("rclone") or "rclone",
                "serve",
                "s3",
                "--auth-key",
                f"{ACCESS_KEY},{SECRET_KEY}",
                "--addr",
                f"127.0.0.1:{self.port}",
                "--config",
                "/dev/null",
                str(self.folder),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1),
            ):
                return
            time.sleep(0.02)
        raise TimeoutError("rclone did not start")

    def stop(self) -> None:
        """Stop; connections are refused from now on."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


def s3_settings(home: Path, server: S3Server, *, bucket: str | None = None) -> Settings:
    """Return settings for an S3 server, whatever the environment says."""
    fields = {
        "home": home,
        "s3_endpoint_url": server.url,
        "s3_public_url": None,
        "s3_access_key": ACCESS_KEY,
        "s3_secret_key": SECRET_KEY,
        "s3_bucket_name": bucket,
        "_env_file": None,
    }
    return Settings.model_validate(fields)
