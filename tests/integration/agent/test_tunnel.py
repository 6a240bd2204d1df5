"""The agent behind a proxy that it must sign in to, with a server that speaks TLS alone."""

import asyncio
import base64
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.agent import Agent
from tests.support.web import Person, Web
from webapp.cli.certificate import Certificate, Names, certificate

HOST = "moments.example.org"  # the proxy alone knows where it is
SECRET = "Basic " + base64.b64encode(b"ada:p@ss").decode()


async def join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes = b""
) -> None:
    """Forward a connection to a local port, until either side ends."""
    answers, requests = await asyncio.open_connection("127.0.0.1", port)
    requests.write(first)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        except OSError:
            pass  # as when the other side is done with it
        finally:
            target.close()

    await asyncio.gather(pump(reader, requests), pump(answers, writer))


class Proxy:
    """Opens tunnels to the TLS port, forwards plain requests, and notes what it can read."""

    def __init__(self, tls_port: int, plain_port: int) -> None:
        self.tls_port, self.plain_port = tls_port, plain_port
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        if f"Proxy-Authorization: {SECRET}".encode() not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            writer.close()
        elif head.startswith(f"CONNECT {HOST}:443 ".encode()):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await join(reader, writer, self.tls_port)
        else:
            own = head.replace(f" http://127.0.0.1:{self.plain_port}/".encode(), b" /", 1)
            await join(reader, writer, self.plain_port, own)


@pytest.fixture
def held(tmp_path: Path) -> Certificate:
    """The certificate that `moments up --tls` would make for the host."""
    return certificate(tmp_path / "certificates", Names((HOST,), ()))


@pytest_asyncio.fixture
async def proxy(agent: Agent, web: Web, held: Certificate) -> AsyncIterator[Proxy]:
    """A proxy, and TLS before the web app; the agent is told of both."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held.path, held.key_path)
    plain_port = web.settings.port
    async with AsyncExitStack() as stack:
        tls = await asyncio.start_server(
            lambda reader, writer: join(reader, writer, plain_port), "127.0.0.1", 0, ssl=context
        )
        await stack.enter_async_context(tls)
        made = Proxy(tls.sockets[0].getsockname()[1], plain_port)
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        await stack.enter_async_context(server)
        address = f"http://ada:p%40ss@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        agent.environment |= {
            "MOMENTS_URL": f"https://{HOST}",
            "HTTPS_PROXY": address,
            "HTTP_PROXY": address,
            "SSL_CERT_FILE": str(held.path),
        }
        yield made


async def test_a_capture_goes_through_the_tunnel(agent: Agent, ada: Person, proxy: Proxy) -> None:
    data = hashlib.sha256(b"").digest() * 50_000
    (agent.folder / "video.bin").write_bytes(data)
    done = await agent.run("capture", "--no-git", "--json", "--file", "video.bin")
    assert done.code == 0, done.err
    made = done.json()
    [file] = (await ada.http.get(f"/api/moments/{made['id']}")).json()["assets"]
    assert file["asset"]["sha256"] == hashlib.sha256(data).hexdigest()
    tunnels = [head for head in proxy.heads if head.startswith("CONNECT ")]
    assert tunnels
    for each in tunnels:  # the proxy learns the host, and nothing of what is said there
        assert agent.environment["MOMENTS_VM_TOKEN"] not in each
        assert "/api" not in each
    uploads = [head for head in proxy.heads if not head.startswith("CONNECT ")]
    assert all(each.split(" ")[1].startswith("http://127.0.0.1:") for each in uploads)
    assert uploads


async def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    agent: Agent, proxy: Proxy
) -> None:
    del agent.environment["SSL_CERT_FILE"]
    (agent.folder / "app.log").write_text("started\n")
    done = await agent.run("capture", "--no-git", "--file", "app.log")
    assert done.code == 4
    assert "does not trust" in done.err
    assert "SSL_CERT_FILE" in done.err
    assert len(proxy.heads) == 1  # and no second attempt
