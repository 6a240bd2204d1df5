"""What a camera answers is looked at before libav, which would follow it anywhere, sees it."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.infra.safe_http import Policy, SafeFetcher
from media_server.ingest import rtsp_check
from media_server.ingest.http_io import HttpOpener
from media_server.ingest.opening import PullPolicy, open_source
from media_server.ingest.reasons import SourceError

_REDIRECT = b"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:1/\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that a camera made for itself, with its key."""
    path = tmp_path_factory.mktemp("tls") / "camera.pem"
    subject = ["-subj", "/CN=camera", "-days", "1", "-nodes", "-newkey", "rsa:2048"]
    command = ["openssl", "req", "-x509", *subject]
    command += ["-keyout", str(path), "-out", str(path.with_suffix(".c"))]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".c").read_bytes())
    return path


@contextlib.contextmanager
def camera(certificate: Path | None) -> Iterator[int]:
    """Answer one connection with a redirect; with a certificate over TLS."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            if certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                connection.recv(4096)
                connection.sendall(_REDIRECT)

    thread = threading.Thread(target=answer)
    thread.start()
    yield server.getsockname()[1]
    server.close()
    thread.join(10)


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps"])
def test_a_redirect_is_refused_in_clear_and_over_tls(scheme: str, certificate: Path) -> None:
    with camera(certificate if scheme == "rtsps" else None) as port:
        url = f"{scheme}://127.0.0.1:{port}/cam"
        fetcher = SafeFetcher(Policy.PULL, networks=("127.0.0.0/8",))
        policy = PullPolicy(fetcher, lambda host, _port: [host])
        with (
            pytest.raises(SourceError, match="redirects") as refused,
            open_source(url, policy, HttpOpener(fetcher)),
        ):
            pass
        assert refused.value.kind == "refused"


def test_a_server_without_tls_is_no_answer() -> None:
    with camera(None) as port, pytest.raises(SourceError, match="did not answer"):
        rtsp_check.check(urlsplit(f"rtsps://127.0.0.1:{port}/cam"), "127.0.0.1", port)
