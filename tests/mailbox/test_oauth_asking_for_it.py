"""How she is asked: by a code on any device, or by a browser, whose answer counts only if it is to our question."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from inboxwatch.mailbox.errors import MailboxError, Unreachable
from inboxwatch.oauth import device
from inboxwatch.oauth.browser import NotOurs, Request, code_in, request_for
from inboxwatch.oauth.errors import PermissionRefused
from inboxwatch.oauth.grants import redeem
from inboxwatch.oauth.loopback import Listener, listening
from inboxwatch.oauth.provider import SHIPPED, Client, Provider
from tests.servers.authorisation import CLIENT_ID, SCOPE, Authorisation, Reply, authorisation


@pytest.fixture
def server() -> Iterator[Authorisation]:
    with authorisation() as state:
        yield state


def _client(server: Authorisation) -> Client:
    urls = {f"{name}_url": f"{server.url}/{name}" for name in ("authorise", "token", "device")}
    return Client(Provider(scope=SCOPE, **urls), CLIENT_ID, "me@example.com")


class Steady:
    """A clock that moves by being slept on, and remembers how long each sleep was."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def _wait(server: Authorisation, clock: Steady, replies: list[Reply]) -> str:
    begun = device.begin(_client(server))
    server.replies = replies
    return device.wait(_client(server), begun, sleep=clock.sleep, clock=clock).access_token


PENDING, SLOWER = Reply.of(400, error="authorization_pending"), Reply.of(400, error="slow_down")


def test_a_device_asks_as_often_as_it_is_told_and_slower_when_it_is_told(server: Authorisation) -> None:
    clock = Steady()
    token = _wait(server, clock, [PENDING, SLOWER, PENDING, SLOWER])
    assert token in server.access_tokens
    assert clock.slept == [1, 1, 6, 6, 11]


def test_a_network_that_fails_meanwhile_is_waited_for(server: Authorisation) -> None:
    clock = Steady()
    assert _wait(server, clock, [Reply(503), Reply(body=b"<html>"), PENDING]) in server.access_tokens
    assert clock.slept == [1, 2, 4, 4]


def test_a_network_that_does_not_come_back_is_named_at_the_end(server: Authorisation) -> None:
    server.device_seconds = 20
    with pytest.raises(Unreachable, match="cannot be read"):
        _wait(server, Steady(), [Reply(body=b"<html>")] * 50)


@pytest.mark.parametrize(
    ("error", "reason"),
    [("access_denied", "denied"), ("authorization_declined", "denied"), ("expired_token", "expired"),
     ("invalid_grant", "ended"), ("odd", "other")],
)  # fmt: skip
def test_a_device_that_is_refused_asks_no_more(server: Authorisation, error: str, reason: str) -> None:
    with pytest.raises(PermissionRefused) as caught:
        _wait(server, Steady(), [PENDING, Reply.of(400, error=error)])
    assert caught.value.reason == reason
    assert server.tokens_asked(device._GRANT_TYPE) == 2


def test_a_device_asks_no_longer_than_the_code_is_good(server: Authorisation) -> None:
    server.device_seconds, clock = 12, Steady()
    with pytest.raises(PermissionRefused) as caught:
        _wait(server, clock, [PENDING] * 100)
    assert caught.value.reason == "expired"
    assert clock.now <= 12


def test_a_server_that_never_says_how_long_is_bounded_by_us(server: Authorisation) -> None:
    begun = {"device_code": "d", "user_code": "ABCD", "verification_uri": f"{server.url}/activate"}
    server.replies = [Reply.of(**begun, expires_in=10**9, interval=0), Reply.of(**begun, interval=10**9)]
    first, second = device.begin(_client(server)), device.begin(_client(server))
    assert (first.seconds, first.interval) == (device.LONGEST_WAIT, device.SHORTEST_INTERVAL)
    assert (second.seconds, second.interval) == (device.LONGEST_WAIT, device.LONGEST_INTERVAL)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"user_code": "A\x1b[31mB"},
        {"user_code": "A\nType your password at https://evil.example"},
        {"user_code": "A" * 200},
        {"user_code": ["A"]},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "http://login.example.com/"},
        {"verification_uri": "https://login.example.com/ 2. or https://evil.example"},
        {"verification_uri": "https://login.example.com/\u202e"},
        {"verification_uri": "https://" + "a" * 1000},
        {"device_code": ""},
        {"device_code": 5},
    ],
)
def test_what_would_be_shown_to_her_is_looked_at_closely(server: Authorisation, content: dict[str, object]) -> None:
    good = {"device_code": "d", "user_code": "ABCD", "verification_uri": "https://login.example.com/device"}
    server.replies = [Reply.of(**({**good, **content} if content else {}))]
    with pytest.raises(PermissionRefused) as caught:
        device.begin(_client(server))
    assert caught.value.reason == "unfit"
    assert "evil" not in str(caught.value)


def test_the_code_of_the_device_itself_is_shown_nowhere(server: Authorisation) -> None:
    begun = device.begin(_client(server))
    assert begun.device_code not in repr(begun)


# The browser.


def _question(server: Authorisation, port: int = 50_000) -> Request:
    return request_for(_client(server), port)


def test_the_question_has_a_challenge_a_state_and_the_account(server: Authorisation) -> None:
    asked = parse_qs(urlsplit(_question(server).address).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:50000"]
    assert asked["login_hint"] == ["me@example.com"]
    assert len(asked["state"][0]) >= 40 and len(asked["code_challenge"][0]) == 43


def test_no_two_questions_are_alike_and_none_shows_its_secrets(server: Authorisation) -> None:
    questions = [_question(server) for _ in range(20)]
    assert len({question.state for question in questions}) == len({question.verifier for question in questions}) == 20
    for question in questions:
        assert 43 <= len(question.verifier) <= 128  # RFC 7636 §4.1
        assert question.verifier not in question.address
        assert question.verifier not in repr(question) and question.state not in repr(question)


def test_the_shipped_providers_are_asked_over_https_alone_and_for_what_they_call_mail() -> None:
    for provider in SHIPPED.values():
        for url in (provider.authorise_url, provider.token_url, provider.device_url):
            assert url is None or url.startswith("https://")
    google = parse_qs(urlsplit(request_for(Client(SHIPPED["google"], "id", "me"), 50_000).address).query)
    assert (google["scope"], google["access_type"]) == (["https://mail.google.com/"], ["offline"])
    microsoft = parse_qs(urlsplit(request_for(Client(SHIPPED["microsoft"], "id", "me"), 50_000).address).query)
    assert microsoft["scope"] == ["https://outlook.office.com/IMAP.AccessAsUser.All offline_access"]
    assert microsoft["redirect_uri"] == ["http://localhost:50000"]


def test_a_code_is_redeemed_only_with_the_verifier_of_its_own_question(server: Authorisation) -> None:
    question, other = _question(server), _question(server)
    code = code_in(_answered(server, question), question)
    with pytest.raises(PermissionRefused, match="bad code or verifier"):
        redeem(_client(server), code, question.redirect, other.verifier)
    code = code_in(_answered(server, question), question)
    assert redeem(_client(server), code, question.redirect, question.verifier).refresh_token in server.refresh_tokens


def _answered(server: Authorisation, question: Request) -> str:
    """Where the sign-in server sends the browser."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    parts = urlsplit(question.address)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    assert answer.status == 302
    connection.close()
    return answer.headers["Location"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=stolen",
        "code=stolen&state=",
        "code=stolen&state=guessed",
        "code=stolen&state={state}x",
        "code=one&code=two&state={state}",
        "code=one&state=guessed&state={state}",
        "code=&state={state}",
        "code=a%0Ab&state={state}",
        "state={state}",
        "error=access_denied",
        "error=access_denied&state=guessed",
        "&".join(f"a{number}=1" for number in range(60)) + "&code=x&state={state}",
        "code=%ed%a0%80&state={state}",
    ],
)
def test_an_answer_that_is_not_to_our_question_changes_nothing(server: Authorisation, query: str) -> None:
    question = _question(server)
    with pytest.raises(NotOurs):
        code_in(f"{question.redirect}/?{query.format(state=question.state)}", question)


def test_a_pasted_address_may_have_lost_its_beginning_and_gained_blanks(server: Authorisation) -> None:
    question = _question(server)
    query = urlencode({"code": "4/0Ab-c", "state": question.state})
    for pasted in (f"  {question.redirect}/?{query} \r", f"127.0.0.1:50000/?{query}", f"localhost:50000/?{query}"):
        assert code_in(pasted, question) == "4/0Ab-c"


def test_a_no_is_told_in_one_clean_line(server: Authorisation) -> None:
    question = _question(server)
    query = urlencode({"error": "access_denied", "state": question.state, "error_description": "\x1b[31mno\r\n\u202e"})
    with pytest.raises(PermissionRefused) as caught:
        code_in(f"/?{query}", question)
    assert caught.value.reason == "denied"
    assert str(caught.value).isprintable()


# The port on this computer.


@pytest.fixture
def listener(server: Authorisation) -> Iterator[Listener]:
    with listening("Thank you <for this>") as open_port:
        open_port.asked = request_for(_client(server), open_port.port)
        yield open_port


def _get(listener: Listener, path: str, host: str | None = None, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=5)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{listener.port}"})
    answer = connection.getresponse()
    shown = answer.read().decode()
    connection.close()
    return answer.status, shown, answer.headers.get("Content-Security-Policy", "")


def _good(listener: Listener, code: str = "good") -> str:
    assert listener.asked is not None
    return "/?" + urlencode({"code": code, "state": listener.asked.state})


def test_one_answer_is_served_and_nothing_else(listener: Listener) -> None:
    for path in ("/", "/favicon.ico", "/?code=stolen&state=guessed", f"/other{_good(listener)[1:]}"):
        assert _get(listener, path)[0] == 404
    assert _get(listener, _good(listener), method="POST")[0] == 501
    status, shown, policy = _get(listener, _good(listener))
    assert (status, policy) == (200, "default-src 'none'; frame-ancestors 'none'")
    assert "Thank you &lt;for this&gt;" in shown
    assert "good" not in shown
    assert _get(listener, _good(listener, "second"))[0] == 404
    assert listener.code(5) == "good"


def test_a_page_elsewhere_that_calls_this_computer_by_its_own_name_is_not_served(listener: Listener) -> None:
    for host in (
        "evil.example",
        f"evil.example:{listener.port}",
        "127.0.0.1",
        f"127.0.0.1:{listener.port}.evil.example",
    ):
        assert _get(listener, _good(listener), host)[0] == 404
    assert _get(listener, _good(listener), f"localhost:{listener.port}")[0] == 200


def test_the_port_is_open_on_this_computer_alone(listener: Listener) -> None:
    # 127.0.0.2 is this computer, too, but another address of it: who listens on all of them answers there.
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", listener.port), 2)


def test_a_browser_that_connects_and_says_nothing_holds_up_nobody(listener: Listener) -> None:
    silent = [socket.create_connection(("127.0.0.1", listener.port), 2) for _ in range(5)]
    try:
        assert _get(listener, _good(listener))[0] == 200
    finally:
        for one in silent:
            one.close()


def test_who_waits_in_vain_is_told_so(listener: Listener) -> None:
    with pytest.raises(PermissionRefused) as caught:
        listener.code(0.05)
    assert caught.value.reason == "expired"


def test_garbage_is_no_answer(listener: Listener, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (
        b"\x16\x03\x01\x02\x00",
        b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
        b"GET /\x1b[31m\r\n",
    ):
        with socket.create_connection(("127.0.0.1", listener.port), 2) as end:
            end.sendall(words)
            end.shutdown(socket.SHUT_WR)
            while end.recv(65_536):
                pass
    waited = threading.Thread(target=lambda: _get(listener, _good(listener)))
    waited.start()
    assert listener.code(5) == "good"
    waited.join(5)
    assert capfd.readouterr() == ("", "")


def test_the_errors_of_asking_are_errors_of_a_mailbox() -> None:
    assert issubclass(PermissionRefused, MailboxError)
