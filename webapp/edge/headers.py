"""Security headers, by the kind of page (OWASP's recommendations; CSP level 3).

- The API's responses are data: nothing in them may run or be framed.
- Public pages run only our own scripts; any site may frame their `/embed` variants.
- NiceGUI's pages run our scripts and, by a nonce, the framework's own inline ones. It compiles
  templates in the browser, so they need `unsafe-eval`.
- A page that shows a provider's player may frame that provider, and nobody else (`allow`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from domain.core.settings import Settings
from webapp.edge.asgi_types import Scope, header

Headers = list[tuple[bytes, bytes]]

PUBLIC = ("/m/", "/t/", "/u/", "/c/", "/s/", "/live/")  # pages for anybody
_DATA = ("/api", "/health", "/metrics", "/media/", "/oembed")
_KEPT = (
    "/media/",
    "/oembed",
    "/robots.txt",
    "/sitemap.xml",
)  # their own responses say for how long
_CAMERA = ("/go-live/",)  # the one page that asks for a camera
_UNTOUCHED = ("/files/",)  # a stored file's own headers decide
_ENTRANCE = ("/sign-in", "/sign-up", "/first-start/", "/invite/", "/forgot-password", "/reset/")
_STATIC = ("/static/", "/_nicegui/")  # many a page: each header counts


_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)  # nothing that would end a directive


def origin_of(url: str | None) -> str | None:
    """Return `scheme://host:port` of a URL, or an empty string."""
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else None


Directive = Literal["frame-src", "img-src", "media-src"]
Allowed = Mapping[Directive, Collection[str]]
_ALLOWED: Final = "moments.allowed"
_NOBODY: Final[Allowed] = {}
_EXTENDED: Final[tuple[Directive, ...]] = ("frame-src", "img-src", "media-src")


def begin_page(scope: Scope, nonce: str) -> None:
    """Let a page be drawn: with a nonce for inline scripts, and nothing allowed beyond our own."""
    scope["nonce"] = nonce
    scope[_ALLOWED] = {directive: set() for directive in _EXTENDED}


def allow(scope: Scope, directive: Directive, url: str | None) -> None:
    """Let the page of this request load from a URL's origin; call it before the page is sent."""
    origin = origin_of(url)
    if origin and _ALLOWED in scope:
        scope[_ALLOWED][directive].add(origin)


def allowed(scope: Scope) -> Allowed:
    """Return what the page of this request may load besides our own, to allow it again."""
    given: Allowed = scope.get(_ALLOWED, _NOBODY)
    return {directive: frozenset(origins) for directive, origins in given.items()}


def allow_again(scope: Scope, given: Allowed) -> None:
    """Let the page of this request load what it could when it was drawn."""
    scope[_ALLOWED] = given


@dataclass(frozen=True)
class Policy:
    """Decides which headers to add to which response."""

    origin: str
    is_tls: bool
    cors_origins: frozenset[str]
    media_origins: tuple[str, ...]

    @classmethod
    def from_settings(cls, settings: Settings) -> "Policy":
        """Return an installation's policy: its own origin, its store and its nodes."""
        elsewhere = (
            settings.origin,  # also when the page was opened under another name of this machine
            origin_of(settings.s3_public_url or settings.s3_endpoint_url),
            origin_of(settings.media_url),
        )
        return cls(
            origin=settings.origin,
            # With HSTS, a browser would let nobody past our self-signed certificate.
            is_tls=settings.is_tls and settings.tls_certificate is None,
            cors_origins=frozenset(settings.cors_origins),
            media_origins=tuple(sorted({o for o in elsewhere if o})),
        )

    @staticmethod
    def is_page(path: str) -> bool:
        """Return whether a path is a page, which may show media."""
        return not path.startswith((*_DATA, *_UNTOUCHED, *_STATIC))

    def apply(
        self, scope: Scope, headers: Headers, request_id: str, nodes: Collection[str] = ()
    ) -> Headers:
        """Return a response's headers with the missing ones added.

        `nodes` are the media nodes' addresses for browsers.
        """
        present = {name.lower() for name, _ in headers}
        for name, value in self._wanted(scope, nodes).items():
            if name.encode() not in present:
                headers.append((name.encode(), value.encode()))
        headers.append((b"x-request-id", request_id.encode()))
        return headers

    def _wanted(self, scope: Scope, nodes: Collection[str]) -> dict[str, str]:
        path = scope["path"]
        wanted = {
            "x-content-type-options": "nosniff",
            "referrer-policy": "strict-origin-when-cross-origin",
        }
        if self.is_tls:
            wanted["strict-transport-security"] = "max-age=31536000"
        if path.startswith((*_DATA, *_UNTOUCHED)):
            wanted |= self._cors(scope)
        if path.startswith(_UNTOUCHED) and header(scope, "tus-resumable"):
            wanted["tus-resumable"] = "1.0.0"
        if path.startswith(_UNTOUCHED):
            return wanted
        wanted["content-security-policy"] = self.csp(
            path, nodes, nonce=scope.get("nonce", ""), allowed=scope.get(_ALLOWED, _NOBODY)
        )
        if path.startswith(_STATIC):
            return wanted
        if not self._may_be_framed(path):
            wanted["x-frame-options"] = "DENY"
        if not path.startswith((*_KEPT, *PUBLIC)):
            wanted["cache-control"] = "no-store"
        allowed = "(self)" if path.startswith(_CAMERA) else "()"
        wanted["permissions-policy"] = (
            f"camera={allowed}, microphone={allowed}, display-capture={allowed}, geolocation=()"
        )
        return wanted

    @staticmethod
    def _may_be_framed(path: str) -> bool:
        return path.startswith(PUBLIC) and path.endswith("/embed")

    def csp(
        self,
        path: str,
        nodes: Collection[str] = (),
        *,
        nonce: str = "",
        allowed: Allowed = _NOBODY,
    ) -> str:
        """Return a path's Content-Security-Policy; inline scripts need the nonce."""
        if path.startswith("/api/docs"):
            return (
                "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
                "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
                "form-action 'none'; frame-ancestors 'none'"
            )
        if path.startswith((*_DATA, *_STATIC)):
            return "default-src 'none'; frame-ancestors 'none'"
        more = "".join(f" {origin}" for origin in self._media_origins(nodes))
        is_plain = path.startswith((*PUBLIC, *_ENTRANCE))  # no framework draws these
        script = "'self'" if is_plain else f"'self' 'nonce-{nonce}' 'unsafe-eval'"
        ancestors = "*" if self._may_be_framed(path) else "'none'"
        frames, images, media = (
            "".join(f" {origin}" for origin in sorted(allowed.get(directive, ())))
            for directive in _EXTENDED
        )
        return (
            f"default-src 'none'; script-src {script}; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob:{more}{images}; media-src 'self' blob:{more}{media}; "
            f"connect-src 'self'{self._sockets()}{more}; font-src 'self' data:; "
            f"worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
            f"form-action 'self'; frame-src 'self'{frames}; frame-ancestors {ancestors}"
        )

    def _media_origins(self, nodes: Collection[str]) -> list[str]:
        """Return the other origins of a page's media: our store and the nodes."""
        found = {origin_of(url) for url in nodes}
        return sorted({*self.media_origins, *(origin for origin in found if origin)})

    def _sockets(self) -> str:
        """Return our origin's WebSocket form; older Safari does not count it as 'self'."""
        return " " + self.origin.replace("http", "ws", 1)

    def _cors(self, scope: Scope) -> dict[str, str]:
        """Let only the configured front ends read our responses."""
        if scope["path"].startswith("/media/"):
            return {}  # the node's own headers: open to all, without credentials
        if not self.cors_origins:
            return {}
        origin = header(scope, "origin")
        if origin not in self.cors_origins:
            return {"vary": "Origin"}
        return {
            "access-control-allow-origin": origin or "",
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "Retry-After, X-Request-Id, Content-Disposition, "
            "ETag, Tus-Resumable, Upload-Offset, Upload-Length",
            "vary": "Origin",
        }

    def preflight(self, scope: Scope) -> dict[str, str] | None:
        """Return the answer to a configured front end's CORS preflight, or None."""
        if scope["method"] != "OPTIONS" or not header(scope, "access-control-request-method"):
            return None
        if header(scope, "origin") not in self.cors_origins:
            return {}
        return {
            "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
            "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, "
            "X-Organization-Id, X-Moment-Id, Last-Event-ID, Tus-Resumable, Upload-Offset",
            "access-control-max-age": "600",
        }
