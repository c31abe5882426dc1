"""The Apprise target, with its real child process and a real HTTP endpoint."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apprise
import pytest

from inboxwatch.alerts.apprise_child import settle, status_of
from inboxwatch.alerts.targets import AppriseTarget, DeliveryFailed
from tests.alerts.samples import TOKYO, an_alert
from tests.servers.http_target import HttpTarget, http_target

PASSWORD = "SECRETPW"
SECRETS = (PASSWORD, "T0KENPATH", "anna")


@pytest.fixture
def endpoint() -> Iterator[HttpTarget]:
    with http_target() as target:
        yield target


def a_target(url: str) -> AppriseTarget:
    return AppriseTarget("json", lambda: url, None, TOKYO)


def url_of(port: int, more: str = "") -> str:
    return f"json://anna:{PASSWORD}@localhost:{port}/T0KENPATH{more}"


def children_of_this_process() -> list[str]:
    return [pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def visible_of(pid: str) -> bytes:
    return b"".join(Path("/proc", pid, name).read_bytes() for name in ("cmdline", "environ"))


def failure_of(url: str, seconds: float = 20.0) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        a_target(url).deliver(an_alert(), seconds)
    for secret in SECRETS:
        assert secret.lower() not in str(caught.value).lower()
    return caught.value


def test_an_alert_arrives_once_with_its_japanese_intact(endpoint: HttpTarget) -> None:
    a_target(url_of(endpoint.port)).deliver(an_alert(), 20)
    [received] = endpoint.received
    assert received["title"] == an_alert().title
    assert received["message"].startswith("山田花子さんから 7 日間連絡がありません。\n完了報告")
    assert received["message"].endswith("https://www.lancers.jp/work/detail/5545030")
    assert received["type"] == "info"


def test_an_urgent_repeat_says_both(endpoint: HttpTarget) -> None:
    a_target(url_of(endpoint.port)).deliver(an_alert(urgent=True, maybe_repeat=True), 20)
    assert endpoint.received[0]["type"] == "warning"
    assert endpoint.received[0]["title"].startswith("【再送の可能性あり】まだ申請")


@pytest.mark.parametrize("status", [500, 404])
def test_an_error_answer_is_a_failure_that_names_the_code(endpoint: HttpTarget, status: int) -> None:
    endpoint.statuses = [status]
    failure = failure_of(url_of(endpoint.port))
    assert f"error={status}" in failure.reason
    assert not failure.maybe
    assert len(endpoint.received) == 1


def test_a_refused_connection_is_a_failure_and_no_doubt() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        failure = failure_of(url_of(taken.getsockname()[1]))
    assert failure.reason == "the service did not take the alert: the connection was refused"
    assert not failure.maybe


def test_an_endpoint_that_is_too_slow_may_have_the_alert(endpoint: HttpTarget) -> None:
    endpoint.held = True
    failure = failure_of(url_of(endpoint.port, "?rto=0.5"))
    assert failure.reason == "the service did not take the alert: it did not answer in time"
    assert failure.maybe
    assert len(endpoint.received) == 1


def test_the_child_is_killed_at_the_deadline_when_the_users_own_timeout_is_longer(endpoint: HttpTarget) -> None:
    endpoint.held = True
    begun = time.monotonic()
    failure = failure_of(url_of(endpoint.port, "?rto=60"), seconds=4)
    assert "stopped after 4 seconds" in failure.reason
    assert failure.maybe
    assert time.monotonic() - begun < 9
    assert endpoint.arrived.is_set()


def test_the_url_stands_in_no_argument_and_no_environment(endpoint: HttpTarget) -> None:
    endpoint.held = True
    sending = threading.Thread(target=a_target(url_of(endpoint.port)).deliver, args=(an_alert(), 20))
    sending.start()
    assert endpoint.arrived.wait(15)
    seen = {pid: visible_of(pid) for pid in children_of_this_process()}
    endpoint.release.set()
    sending.join(15)
    assert any(b"apprise_child" in visible for visible in seen.values())
    assert not any(PASSWORD.encode() in visible for visible in seen.values())


def test_a_url_that_apprise_does_not_accept_is_a_failure_that_says_so() -> None:
    assert "Apprise does not accept the URL" in failure_of("json://").reason
    assert "SECRETRAW" not in failure_of("SECRETRAW").reason


def test_two_urls_in_one_are_refused_before_anything_is_sent(endpoint: HttpTarget) -> None:
    failure = failure_of(f"{url_of(endpoint.port)}, {url_of(endpoint.port)}")
    assert "several URLs" in failure.reason
    assert endpoint.received == []


def test_a_url_that_cannot_be_read_is_a_failure_and_not_a_crash() -> None:
    def unreadable() -> str:
        raise FileNotFoundError(2, "No such file or directory", "/somewhere/secret")

    with pytest.raises(DeliveryFailed, match="could not be read: No such file"):
        AppriseTarget("json", unreadable, None, TOKYO).deliver(an_alert(), 5)


def test_the_secret_stands_neither_in_the_targets_repr_nor_is_apprise_in_this_process() -> None:
    assert PASSWORD not in repr(a_target(url_of(1)))
    targets = sys.modules["inboxwatch.alerts.targets"]
    assert "apprise" not in vars(targets)


def test_nothing_matched_is_a_failure_in_the_installed_apprise_and_in_the_older_one() -> None:
    # Apprise 1.9 answers False here, 2.x an object that says NOMATCH.
    expected = "no_match" if hasattr(apprise, "AppriseResult") else "failed"
    assert status_of(apprise.Apprise().notify(body="x")) == expected
    assert [status_of(result) for result in (True, False, None)] == ["sent", "failed", "no_match"]


def test_a_service_that_told_some_of_its_places_may_have_been_heard() -> None:
    lines = [(logging.INFO, "Sent ntfy notification"), (logging.WARNING, "Failed to send ntfy, error=500.")]
    assert settle(False, lines, "ntfy://h.example/a,b")["maybe"]
    assert not settle(False, lines[1:], "ntfy://h.example/a,b")["maybe"]


def test_the_words_of_the_alert_itself_are_no_cause_of_failure() -> None:
    lines = [
        (logging.DEBUG, "JSON Payload: {'message': 'connection refused'}"),
        (logging.WARNING, "Failed to send, error=500."),
    ]
    assert settle(False, lines, "json://h.example")["said"] == "Failed to send, error=500."


def test_a_connection_that_broke_after_sending_leaves_doubt() -> None:
    lines = [
        (logging.WARNING, "A Connection error occurred sending JSON notification to h.example."),
        (logging.DEBUG, "Socket Exception: ('Connection aborted.', RemoteDisconnected('no response'))"),
    ]
    answer = settle(False, lines, "json://h.example")
    assert answer["maybe"]
    assert answer["said"] == "A Connection error occurred sending JSON notification to ***."
