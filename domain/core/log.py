"""Structured logs with request ids, from our code and from libraries, without credentials."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from domain.core.settings import Settings

# Credentials in URLs and headers, viewer tokens in paths, signatures in queries, publish keys: what
# a text with one contains at least (every text of every line is searched), and where it is.
_SECRETS = (
    ("://", re.compile(r"(://[^/\s:@]+:)[^/\s@]+@"), r"\1***@"),
    ("", re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+"), r"\1***"),
    (
        "=",
        re.compile(r"(?i)([?&](?:token|signature|sig|x-amz-[a-z-]+|password|key)=)[^&\s\"']+"),
        r"\1***",
    ),
    ("/t/", re.compile(r"(/t/)[\w-]{16,}\.[\w-]{22,}"), r"\1***"),
    (
        "/",
        re.compile(r"(/(?:s|shares?|invite|invitations|first-start|reset)/)[\w-]{16,}"),
        r"\1***",
    ),
    ("_", re.compile(r"\b(pk_|v?mt_|ms_)[\w-]{12,}"), r"\1***"),
)
_NOISY = (
    "httpx", "httpcore", "botocore", "aiobotocore", "libav", "taskiq", "aioice", "aiortc",
)  # fmt: skip
_SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "cookie", "publish_key"})
_LINES = frozenset({"exception", "stack"})  # of our own, and many
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Event = MutableMapping[str, Any]


def redact(text: str) -> str:
    """Return a text without its credentials."""
    for part, pattern, replacement in _SECRETS:
        if part in text:
            text = pattern.sub(replacement, text)
    return text


def plain(text: str) -> str:
    """Return a text as one line that is safe on a terminal: logs include strangers' input."""
    if text.isprintable():
        return text
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _redact_event(_logger: object, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if key in _SECRET_NAMES:
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = redact(value) if key in _LINES else plain(redact(value))
    return event


def configure(settings: Settings, process: str) -> None:
    """Send all logs of this process to standard error in the chosen format."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        # What is below the level costs nothing: the access log has a line for each request.
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a module's logger."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
