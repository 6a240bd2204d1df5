"""Authentication for the API, the pages and the public pages alike.

A program sends `Authorization: Bearer mt_…`; a browser has the cookie of its login session.
Browsers send cookies for any page, so a write that relies on one, and every WebSocket, must come
from one of our own origins.
"""

import ipaddress
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from domain.accounts.models import Caller
from domain.accounts.people import SESSION_LIFETIME
from domain.core.errors import Forbidden, Unauthenticated
from domain.core.settings import Settings
from webapp.edge.asgi_types import Message, Scope, Send, header

SESSION_COOKIE = "moments_session"
SESSION_LIFETIME_S = int(SESSION_LIFETIME.total_seconds())
VM_ID, VM_TOKEN = "x-vm-id", "x-vm-token"
ORGANIZATION_HEADER = "x-organization-id"
ORGANIZATION_QUERY = "organization_id"
_SLID = "moments.slid"  # in a scope: the cookie that its response renews
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Accounts(Protocol):
    """The part of the account service that identifies callers."""

    async def authenticate(self, credential: str, *, organization_id: str | None = None) -> Caller:
        """Return the caller behind a session token or API token."""
        ...


def cookie_of(scope: Scope, name: str) -> str | None:
    """Return a request's cookie, or an empty string."""
    raw = header(scope, "cookie")
    if not raw or name not in raw:
        return None
    try:
        morsel = SimpleCookie(raw).get(name)
    except CookieError:
        return None
    return morsel.value or None if morsel else None


def bearer_of(scope: Scope) -> str | None:
    """Return a request's bearer token, or an empty string.

    Raises:
        Unauthenticated: There are credentials of another kind.
    """
    raw = header(scope, "authorization")
    if raw is None:
        return None
    scheme, _, token = raw.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send your token as `Authorization: Bearer mt_…`.")
    return token.strip()


def client_ip(scope: Scope) -> str:
    """Return a request's client address (the server has resolved a trusted proxy's)."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


class Vms(Protocol):
    """The part of the VM service that identifies VMs."""

    async def authenticate(self, vm_id: str | None, token: str | None) -> Caller:
        """Return the caller behind a VM's id and token."""
        ...


class Gatekeeper:
    """Identifies the caller, and checks whether the calling page is ours."""

    def __init__(self, accounts: Accounts, settings: Settings, vms: Vms | None = None) -> None:
        self._accounts = accounts
        self._settings = settings
        self._vms = vms

    async def identify(self, scope: Scope) -> Caller | None:
        """Return the caller, or None if the request has no credentials.

        Raises:
            Unauthenticated: The credentials are invalid or expired.
            Forbidden: A foreign page sent a write, or opened a socket, with a cookie.
            NotFound: The caller is not a member of the chosen organisation.
        """
        if "moments.caller" not in scope:
            scope["moments.caller"] = await self._identify(scope)
        caller: Caller | None = scope["moments.caller"]
        return caller

    async def require(self, scope: Scope) -> Caller:
        """Return the caller.

        Raises:
            Unauthenticated: There are no valid credentials. And as `identify`.
        """
        caller = await self.identify(scope)
        if caller is None:
            raise Unauthenticated
        return caller

    async def visitor(self, scope: Scope) -> Caller | None:
        """Return the caller, or None for anonymous access; ignores stale credentials."""
        try:
            return await self.identify(scope)
        except Unauthenticated:
            return None

    async def _identify(self, scope: Scope) -> Caller | None:
        handler = scope.get("route_handler")
        if self._vms is not None and handler is not None and handler.opt.get("vm"):
            return await self._vms.authenticate(header(scope, VM_ID), header(scope, VM_TOKEN))
        organization_id = _chosen(scope)
        credential = bearer_of(scope)
        if credential is None:
            credential = cookie_of(scope, SESSION_COOKIE)
            if credential is None:
                return None
            self.check_origin(scope)
            caller = await self._accounts.authenticate(credential, organization_id=organization_id)
            if caller.has_slid:
                scope[_SLID] = session_cookie(self._settings, credential)
            return caller
        return await self._accounts.authenticate(credential, organization_id=organization_id)

    def check_origin(self, scope: Scope) -> None:
        """Refuse a write or a socket that a foreign page makes with our cookie.

        Raises:
            Forbidden: The page is not one of ours, or the browser does not say which it is.
        """
        if scope["type"] == "http" and scope["method"] in _SAFE:
            return
        origin = header(scope, "origin")
        if origin is None or not self.is_ours(origin, header(scope, "host")):
            raise Forbidden(
                "This request must come from our own pages. Programs send a bearer token instead.",
                code="foreign_origin",
            )

    def is_ours(self, origin: str, host: str | None) -> bool:
        """Return whether pages of an origin may act for the signed-in user.

        With `MOMENTS_PUBLIC_URL` these are that origin and the configured front ends. Without it,
        users open the app under any of the machine's addresses: then the origin must be the
        request's own host, and a plain IP address, since a name could be rebound to it. The same
        holds if this process serves HTTPS itself, since then there is no proxy in front.
        """
        if origin == self._settings.origin or origin in self._settings.cors_origins:
            return True
        is_behind_proxy = self._settings.public_url and not self._settings.tls_certificate
        if is_behind_proxy or not host:
            return False
        parts = urlsplit(origin)
        return parts.netloc == host and _is_plain_address(parts.hostname or "")


def _chosen(scope: Scope) -> str | None:
    """Return the organisation that an API request chooses, if any.

    A browser cannot send our headers with a socket, an event source or a form, so those use the
    query.
    """
    chosen = header(scope, ORGANIZATION_HEADER)
    if not chosen and scope["path"].startswith("/api/"):
        query = parse_qs(scope["query_string"].decode("latin-1"))
        chosen = query.get(ORGANIZATION_QUERY, [""])[0]
    return chosen or None


def _is_plain_address(host: str) -> bool:
    if host in _LOOPBACK:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def keeping(scope: Scope, send: Send) -> Send:
    """Return a `send` that renews the browser's cookie when the session was renewed.

    Not in responses that shared caches may store; the next request renews it.
    """

    async def wrapped(message: Message) -> None:
        line = scope.get(_SLID)
        if line is not None and message["type"] in {"http.response.start", "websocket.accept"}:
            headers = list(message.get("headers", ()))
            given = {name.lower(): value for name, value in headers}
            if b"set-cookie" not in given and b"public" not in given.get(b"cache-control", b""):
                headers.append((b"set-cookie", line.encode("latin-1")))
                if b"cache-control" not in given:
                    headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return wrapped


def session_cookie(settings: Settings, token: str, *, lifetime_s: int = SESSION_LIFETIME_S) -> str:
    """Return a login session's `Set-Cookie` value; a lifetime of 0 deletes the cookie."""
    secure = "; Secure" if settings.is_tls else ""
    return f"{SESSION_COOKIE}={token}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite=Lax{secure}"
