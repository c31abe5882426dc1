"""A real sign-in server (OAuth2) on loopback: browser and device flow, refresh tokens, and what Dovecot asks of it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT_ID = "inboxwatch-tests.example"
CLIENT_SECRET = "client-secret-GOCSPX-0"
SCOPE = "imap offline_access"


@dataclass(frozen=True)
class Reply:
    """One answer as it is given, whatever was asked: for what a good server would not say.

    `pause` is waited for between bytes; `headers` come first.
    """

    status: int = 200
    body: bytes = b""
    pause: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, status: int = 200, **content: Any) -> Reply:
        return cls(status, json.dumps(content).encode())


@dataclass
class Authorisation:
    """Who signs in is `account`. `replies` are given first, one a question to the token or device address.

    `asked` are all forms, with their path. `rotate`: each refresh gives a new refresh token, and the old one is good no
    more. `lifetime` is of access tokens, in seconds. `pending` is how often a device is told to ask again.
    """

    port: int = 0
    account: str = "me@example.com"
    rotate: bool = False
    lifetime: float = 3600.0
    pending: int = 0
    consents: bool = True
    gives_refresh: bool = True
    device_seconds: float = 60.0
    replies: list[Reply] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    device_codes: set[str] = field(default_factory=set)
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    access_tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    #: All that must never be seen anywhere but where it is kept.
    given: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def introspection(self) -> str:
        return f"{self.url}/introspect"

    def settings(self, **more: Any) -> dict[str, Any]:
        """What stands under `oauth:`."""
        urls = {f"{name}_url": f"{self.url}/{name}" for name in ("authorise", "token", "device")}
        return {"client_id": CLIENT_ID, "scope": SCOPE, **urls, **more}

    def new_refresh(self, account: str | None = None) -> str:
        token = self._new("refresh")
        self.refresh_tokens[token] = account or self.account
        return token

    def end_access(self) -> None:
        """The mail server takes none of the access tokens any more."""
        self.access_tokens.clear()

    def tokens_asked(self, grant: str = "refresh_token") -> int:
        return sum(form.get("grant_type") == grant for path, form in self.asked if path == "/token")

    def answer(self, path: str, form: dict[str, str]) -> Reply:
        with self.lock:
            self.asked.append((path, form))
            if path == "/introspect":
                return self._introspected(form)
            if self.replies:
                return self.replies.pop(0)
            if form.get("client_id") != CLIENT_ID or form.get("client_secret", CLIENT_SECRET) != CLIENT_SECRET:
                return Reply.of(401, error="invalid_client")
            return self._device() if path == "/device" else self._token(form)

    def _introspected(self, form: dict[str, str]) -> Reply:
        account, until = self.access_tokens.get(form.get("token", ""), ("", 0.0))
        if time.monotonic() < until:
            return Reply.of(active="true", username=account)
        return Reply.of(active="false")

    def _device(self) -> Reply:
        code = self._new("device")
        self.device_codes.add(code)
        return Reply.of(
            device_code=code,
            user_code="WDJB-MJHT",
            verification_uri=f"{self.url}/activate",
            expires_in=self.device_seconds,
            interval=1,
        )

    def _token(self, form: dict[str, str]) -> Reply:
        kind = form.get("grant_type", "")
        if kind == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        if kind.endswith(":device_code"):
            if form.get("device_code") not in self.device_codes:
                return Reply.of(400, error="invalid_grant")
            if self.pending:
                self.pending -= 1
                return Reply.of(400, error="authorization_pending")
            return self._granted(self.account) if self.consents else Reply.of(400, error="access_denied")
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return Reply.of(400, error="invalid_grant", error_description="bad code or verifier")
        return self._granted(self.account)

    def _refreshed(self, token: str) -> Reply:
        account = self.refresh_tokens.get(token)
        if account is None:
            return Reply.of(400, error="invalid_grant", error_description="Token has been expired or revoked.")
        if not self.rotate:
            return self._granted(account, refresh=False)
        del self.refresh_tokens[token]
        return self._granted(account)

    def _granted(self, account: str, *, refresh: bool = True) -> Reply:
        access = self._new("access")
        self.access_tokens[access] = (account, time.monotonic() + self.lifetime)
        more = {"refresh_token": self.new_refresh(account)} if refresh and self.gives_refresh else {}
        return Reply.of(access_token=access, token_type="Bearer", expires_in=self.lifetime, scope=SCOPE, **more)

    def browsed(self, form: dict[str, str]) -> str:
        """Where a browser is sent that has opened the authorise address; "" for a question that is not good."""
        self.asked.append(("/authorise", form))
        good = form.get("response_type") == "code" and form.get("code_challenge_method") == "S256"
        if not good or form.get("client_id") != CLIENT_ID or form.get("scope") != SCOPE or not form.get("state"):
            return ""
        if not self.consents:
            return f"{form['redirect_uri']}/?{urlencode({'error': 'access_denied', 'state': form['state']})}"
        code = self._new("code")
        self.codes[code] = form
        return f"{form['redirect_uri']}/?{urlencode({'code': code, 'state': form['state']})}"

    def _new(self, kind: str) -> str:
        token = f"{kind}-{secrets.token_urlsafe(24)}"
        self.given.append(token)
        return token


@contextmanager
def authorisation(**settings: Any) -> Iterator[Authorisation]:
    """Serve until the block is left."""
    state = Authorisation(**settings)

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            to = state.browsed(dict(parse_qsl(parts.query))) if parts.path == "/authorise" else ""
            self._give(Reply(302, headers=(("Location", to),)) if to else Reply(400, b"no"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self._give(state.answer(urlsplit(self.path).path, dict(parse_qsl(body))))

        def _give(self, reply: Reply) -> None:
            with contextlib.suppress(OSError):  # the client has gone
                self.send_response(reply.status)
                for name, value in (*reply.headers, ("Content-Type", "application/json")):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if not reply.pause:
                    self.wfile.write(reply.body)
                for sign in reply.body if reply.pause else b"":
                    self.wfile.write(bytes([sign]))
                    time.sleep(reply.pause)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
