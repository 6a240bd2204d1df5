"""Mail, against a server that speaks SMTP."""

import pytest

from domain.core.errors import Unavailable
from domain.core.settings import Settings
from domain.infra.mail import Mailer, mailer_of
from tests.fakes.smtp import fake_smtp


async def test_a_text_arrives_whole() -> None:
    async with fake_smtp() as server:
        mailer = Mailer(f"smtp://127.0.0.1:{server.port}", "moments@example.org")
        await mailer.send("ada@example.org", "Grüße", "A line\n.\nhttps://x.example/reset/token")
    [message] = server.messages
    assert message["To"] == "ada@example.org"
    assert message["From"] == "moments@example.org"
    assert message["Subject"] == "Grüße"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "https://x.example/reset/token" in message.get_content()


async def test_an_address_that_is_refused_for_good_is_given_up() -> None:
    async with fake_smtp() as server:
        server.refused = "nobody@example.org"
        mailer = Mailer(f"smtp://127.0.0.1:{server.port}", "moments@example.org")
        await mailer.send("nobody@example.org", "A", "B")
        assert server.messages == []


async def test_a_server_that_is_away_or_busy_is_tried_again() -> None:
    async with fake_smtp() as server:
        server.answer_to_data = b"451 Later\r\n"
        mailer = Mailer(f"smtp://127.0.0.1:{server.port}", "moments@example.org")
        with pytest.raises(Unavailable):
            await mailer.send("ada@example.org", "A", "B")
    with pytest.raises(Unavailable, match="MOMENTS_SMTP_URL"):
        await Mailer("smtp://127.0.0.1:1", "a@b.c").send("ada@example.org", "A", "B")


def test_a_mailer_needs_a_server() -> None:
    assert mailer_of(Settings()) is None
    assert mailer_of(Settings(smtp_url="smtps://a:b%40c@mail.example")) is not None
