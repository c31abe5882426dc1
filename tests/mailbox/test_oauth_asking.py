"""One question to a sign-in server: whatever it answers, there is a clear sentence in time, and no secret in it."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.config import Secret
from inboxwatch.mailbox.errors import CertificateRefused, MailboxError, NotNow, Unreachable
from inboxwatch.oauth.asking import ANSWER_BYTES, Answer, ask
from inboxwatch.oauth.errors import PermissionRefused
from inboxwatch.oauth.grants import grant_in, renew
from inboxwatch.oauth.provider import Client, Provider
from tests.servers.authorisation import CLIENT_ID, CLIENT_SECRET, SCOPE, Authorisation, Reply, authorisation
from tests.servers.dovecot import Dovecot

REFRESH = "1//refresh-of-hers"
FORM = {"grant_type": "refresh_token", "refresh_token": REFRESH, "client_secret": CLIENT_SECRET}


@pytest.fixture
def server() -> Iterator[Authorisation]:
    with authorisation() as state:
        yield state


def _client(server: Authorisation) -> Client:
    provider = Provider(token_url=f"{server.url}/token", scope=SCOPE)
    return Client(provider, CLIENT_ID, "me@example.com", Secret.plain(CLIENT_SECRET))


def _said_to(server: Authorisation, reply: Reply, seconds: float = 5.0) -> str:
    """What is said of an answer, which must be an error; it holds no secret and nothing that a terminal obeys."""
    server.replies = [reply]
    with pytest.raises(MailboxError) as caught:
        grant_in(ask(f"{server.url}/token", FORM, None, seconds))
    said = str(caught.value)
    assert REFRESH not in said and CLIENT_SECRET not in said
    assert said.isprintable()
    assert len(said) < 800
    return said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in to the network of the hotel</html>",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"expires_in": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_answer_is_told_as_that_and_may_pass(server: Authorisation, body: bytes) -> None:
    server.replies = [Reply(body=body)]
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 answered something that cannot be read"):
        ask(f"{server.url}/token", FORM, None)


def test_an_answer_of_ten_megabytes_is_not_taken_in(server: Authorisation) -> None:
    server.replies = [Reply(body=b'{"access_token": "' + b"a" * 10_000_000 + b'"}')]
    with pytest.raises(Unreachable, match=f"more than {ANSWER_BYTES // 1024} kB"):
        ask(f"{server.url}/token", FORM, None)


def test_an_answer_without_end_is_left_as_soon_as_it_is_too_long() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def pour() -> None:
        end, _ = listener.accept()
        with end, contextlib.suppress(OSError):
            end.recv(65_536)
            end.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                end.sendall(b"a" * 65_536)

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    with listener, pytest.raises(Unreachable, match="more than"):
        ask(f"http://127.0.0.1:{listener.getsockname()[1]}/token", FORM, None, 3)
    thread.join(5)
    assert not thread.is_alive()


def test_a_server_that_trickles_is_given_up_when_the_time_is_over(server: Authorisation) -> None:
    server.replies = [Reply(body=b'{"access_token": "' + b"a" * 1000 + b'"}', pause=0.05)]
    begun = time.monotonic()
    with pytest.raises(Unreachable, match=r"no complete answer within 0\.5 s"):
        ask(f"{server.url}/token", FORM, None, 0.5)
    assert time.monotonic() - begun < 4


def test_a_server_that_never_answers_is_given_up_when_the_time_is_over() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(Unreachable, match=r"no complete answer within 0\.3 s"),
    ):
        ask(f"http://127.0.0.1:{listener.getsockname()[1]}/token", FORM, None, 0.3)


def test_nobody_there_is_not_reached_and_says_nothing_of_a_login() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="was not reached") as caught:
        ask(f"http://127.0.0.1:{port}/token/with/a-secret-path", FORM, None)
    assert "a-secret-path" not in str(caught.value)


def test_a_name_that_is_not_there_is_not_reached() -> None:
    with pytest.raises(Unreachable, match=r"nobody\.invalid of the sign-in server was not found"):
        ask("https://nobody.invalid/token", FORM, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed_with_secrets(server: Authorisation, status: int) -> None:
    with authorisation() as elsewhere:
        said = _said_to(server, Reply(status, b"{}", headers=(("Location", f"{elsewhere.url}/token"),)))
        assert "is not done with secrets" in said
        assert elsewhere.asked == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_is_busy_or_broken_is_asked_again_later(server: Authorisation, status: int) -> None:
    server.replies = [Reply(status, b"<html>")]
    with pytest.raises(NotNow, match=f"HTTP {status}"):
        ask(f"{server.url}/token", FORM, None)


def test_what_a_hostile_server_says_is_one_clean_bounded_line_without_our_secrets(server: Authorisation) -> None:
    secrets = f"{REFRESH} {CLIENT_SECRET} 1%2F%2Frefresh-of-hers"
    hostile = f"\x1b]0;x\x07\x1b[31m\u202e\u2066line\r\nFORGED: all is well\u2028{secrets}"
    said = _said_to(server, Reply.of(400, error="odd\x00\x9b", error_description=hostile + "x" * 50_000))
    assert "FORGED" in said  # it is shown, within the line
    assert "1%2F%2F" not in said


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("invalid_grant", "ended"),
        ("interaction_required", "ended"),
        ("access_denied", "denied"),
        ("authorization_declined", "denied"),
        ("invalid_client", "client"),
        ("unauthorized_client", "client"),
        ("invalid_scope", "scope"),
        ("something_new", "other"),
    ],
)
def test_each_refusal_has_its_reason(server: Authorisation, error: str, reason: str) -> None:
    server.replies = [Reply.of(400, error=error)]
    with pytest.raises(PermissionRefused) as caught:
        renew(_client(server), REFRESH)
    assert caught.value.reason == reason


def test_a_server_that_is_out_of_order_for_a_while_refuses_nobody(server: Authorisation) -> None:
    server.replies = [Reply.of(400, error="temporarily_unavailable")]
    with pytest.raises(NotNow):
        renew(_client(server), REFRESH)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": ["a"]},
        {"access_token": "a\x01auth=Bearer b"},
        {"access_token": "a\r\nA1 LOGOUT"},
        {"access_token": "a b"},
        {"access_token": "a" * 20_000},
        {"access_token": "good", "refresh_token": "two\nlines"},
        {"access_token": "good", "refresh_token": 7},
        {"access_token": "good", "token_type": "mac"},
        {"access_token": "good", "token_type": None},
    ],
)
def test_a_token_that_could_say_more_than_it_should_is_not_taken(
    server: Authorisation, content: dict[str, object]
) -> None:
    server.replies = [Reply(body=json.dumps(content).encode())]
    with pytest.raises(PermissionRefused) as caught:
        renew(_client(server), REFRESH)
    assert caught.value.reason == "unfit"


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_KEYS = st.sampled_from(["access_token", "refresh_token", "token_type", "expires_in", "error", "error_description"])


@given(content=st.dictionaries(_KEYS, _JSON | st.sampled_from(["bearer", "good", "invalid_grant"])))
def test_whatever_the_answer_holds_it_is_a_clean_token_or_a_clean_sentence(content: dict[str, object]) -> None:
    answer = Answer("login.example.com", 200, content, (REFRESH,))
    try:
        grant = grant_in(answer)
    except (PermissionRefused, NotNow) as error:
        assert str(error).isprintable() and len(str(error)) < 800
        return
    for token in (grant.access_token, grant.refresh_token or "good"):
        assert token.isascii() and token.isprintable() and " " not in token
    assert 0 <= grant.seconds <= 86_400


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3599, 3599.0),
        ("3599", 3599.0),
        (None, 0.0),
        (-5, 0.0),
        (10**30, 86_400.0),
        (True, 0.0),
        ("soon", 0.0),
        ([], 0.0),
        (float("nan"), 0.0),
        (float("inf"), 86_400.0),
    ],
)
def test_how_long_a_token_is_good_is_believed_within_bounds(
    server: Authorisation, expires_in: object, seconds: float
) -> None:
    server.replies = [Reply.of(access_token="good", expires_in=expires_in)]
    assert renew(_client(server), REFRESH).seconds == seconds


def test_the_secrets_go_in_the_form_and_never_in_the_address(server: Authorisation) -> None:
    token = server.new_refresh()
    grant = renew(_client(server), token)
    ((path, form),) = server.asked
    assert path == "/token"
    assert form == {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    for shown in (repr(grant), str(grant), repr(_client(server))):
        assert not [secret for secret in (*server.given, CLIENT_SECRET) if secret in shown]


@contextmanager
def _tls_server(dovecot: Dovecot, address: str = "127.0.0.1") -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server with the tests' own certificate that records what it is asked, and gives a token."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(dovecot.certificate, dovecot.certificate.with_name("key.pem"))
    heard: list[bytes] = []
    listener = socket.create_server((address, 0))

    def serve() -> None:
        body = b'{"access_token":"good"}'
        try:
            end, _ = listener.accept()
            with context.wrap_socket(end, server_side=True) as secure:
                while b"client_secret" not in b"".join(heard):
                    heard.append(secure.recv(65_536))
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.close()
        thread.join(5)


def test_a_certificate_that_is_not_trusted_is_refused_before_any_secret_is_sent(dovecot: Dovecot) -> None:
    with _tls_server(dovecot) as (port, heard):
        with pytest.raises(CertificateRefused, match="No secret was sent"):
            ask(f"https://127.0.0.1:{port}/token", FORM, None)
        assert heard == []


def test_an_authority_of_her_own_may_be_trusted(dovecot: Dovecot) -> None:
    with _tls_server(dovecot) as (port, heard):
        assert ask(f"https://localhost:{port}/token", FORM, dovecot.certificate).content == {"access_token": "good"}
        assert REFRESH.replace("/", "%2F").encode() in b"".join(heard)


def test_a_certificate_for_another_name_is_refused(dovecot: Dovecot) -> None:
    with _tls_server(dovecot, "127.0.0.2") as (port, heard):
        with pytest.raises(CertificateRefused):
            ask(f"https://127.0.0.2:{port}/token", FORM, dovecot.certificate)
        assert heard == []


def test_a_proxy_of_the_environment_gets_none_of_it(server: Authorisation, monkeypatch: pytest.MonkeyPatch) -> None:
    with authorisation() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        renew(_client(server), server.new_refresh())
        assert proxy.asked == []


def test_a_missing_client_secret_is_the_configurations_fault(server: Authorisation, tmp_path: Path) -> None:
    from inboxwatch.config import CredentialError

    client = Client(_client(server).provider, CLIENT_ID, "me", Secret.from_file(tmp_path / "gone"))
    with pytest.raises(CredentialError, match="gone"):
        renew(client, REFRESH)
    assert server.asked == []
