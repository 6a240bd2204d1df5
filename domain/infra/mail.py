"""Sending email by SMTP (RFC 5321), where the operator has set a server."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from domain.core.errors import Unavailable
from domain.core.log import get_logger
from domain.core.settings import Settings

log = get_logger(__name__)

_TIMEOUT_S: Final = 20
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Mailer:
    """Sends texts through one server.

    `smtps://` uses TLS from the start; `smtp://` switches to it by STARTTLS where the server offers
    that, and always before a password is sent to another machine.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._is_tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a text; an address that the server refuses for good is only logged.

        Raises:
            Unavailable: The server does not answer, or refuses us.
        """
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="moments.invalid")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
        message.set_content(text)
        must_encrypt = self._user is not None and self._host not in _LOOPBACK
        try:
            await aiosmtplib.send(
                message,
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._is_tls,
                start_tls=True if must_encrypt and not self._is_tls else None,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused:
            log.warning("mail_refused")
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(
                f"The mail server did not accept the message ({type(error).__name__}). "
                "Check MOMENTS_SMTP_URL."
            ) from error


def mailer_of(settings: Settings) -> Mailer | None:
    """Return the mailer, if the operator has set a server."""
    if settings.smtp_url is None:
        return None
    return Mailer(settings.smtp_url.get_secret_value(), sender_of(settings))


def sender_of(settings: Settings) -> str:
    """Return the address that this installation writes from."""
    return settings.mail_from or f"moments@{urlsplit(settings.origin).hostname}"
