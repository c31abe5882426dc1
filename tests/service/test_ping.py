"""The dead man's switch: asked for while all is well, silent when it is not, and never in the way."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from pathlib import Path

import pytest

from inboxwatch import config
from inboxwatch.service.arrival import alerts_arrive
from inboxwatch.service.ping import Pinger, PingFailed, ping
from tests.alerts.samples import an_alert
from tests.cli.support import write_config
from tests.servers.http_target import HttpTarget, http_target
from tests.service.house import House, now, wait_until

SECRET = "5f3c-secret"


def a_maildir(folder: Path, name: str = "main") -> dict[str, str]:
    for part in ("cur", "new", "tmp"):
        (folder / "Maildir" / part).mkdir(parents=True, exist_ok=True)
    return {"name": name, "maildir": str(folder / "Maildir"), "poll": "5s"}


def url_of(endpoint: HttpTarget) -> str:
    return f"http://127.0.0.1:{endpoint.port}/{SECRET}"


def test_an_answer_of_the_200s_is_a_ping() -> None:
    with http_target() as endpoint:
        ping(url_of(endpoint))
        assert endpoint.asked == [f"/{SECRET}"]


def test_every_way_of_failing_is_named_without_the_url() -> None:
    with http_target() as endpoint, socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint.statuses = [404]
        port = mute.getsockname()[1]
        expected = {
            url_of(endpoint): "127.0.0.1 answered 404",
            f"http://127.0.0.1:1/{SECRET}": "127.0.0.1 was not reached (Connection refused)",
            f"http://127.0.0.1:{port}/{SECRET}": "127.0.0.1 did not answer within 0.5 seconds",
            f"ftp://127.0.0.1/{SECRET}": "what is kept as its URL begins neither with https:// nor with http://",
            f"http://127.0.0.1:port/{SECRET}": "it could not be asked for (InvalidURL)",
        }
        for url, reason in expected.items():
            with pytest.raises(PingFailed) as failure:
                ping(url, 0.5)
            assert (str(failure.value), SECRET in str(failure.value)) == (reason, False)


def test_a_failure_is_logged_once_a_spell_and_the_next_ping_is_sent_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with http_target() as endpoint:
        endpoint.statuses = [500, 500, 200]
        pinger = Pinger(lambda: url_of(endpoint))
        pinger.start()
        with caplog.at_level(logging.WARNING):
            for number in (1, 2, 3):
                pinger.ping()
                wait_until(lambda number=number: len(endpoint.asked) == number)  # type: ignore[misc]
            wait_until(lambda: len(caplog.messages) == 2)
        pinger.stop()
    assert caplog.messages == [
        "ping URL: 127.0.0.1 answered 500; whoever waits for it will think that the watch has stopped",
        "ping URL: reached again",
    ]


def test_the_daemon_pings_when_all_has_been_read(tmp_path: Path) -> None:
    with http_target() as endpoint:
        house = House(tmp_path, [a_maildir(tmp_path)], ping={"url": url_of(endpoint), "every": "5m"})
        with house.daemon():
            house.wait_for("summary")
            wait_until(lambda: endpoint.asked == [f"/{SECRET}"])


def test_a_server_that_never_answers_a_ping_delays_nothing(tmp_path: Path) -> None:
    with http_target() as endpoint:
        endpoint.held = True
        house = House(tmp_path, [a_maildir(tmp_path)], ping={"url": url_of(endpoint), "every": "5s"})
        begun = time.monotonic()
        with house.daemon():
            wait_until(lambda: bool(endpoint.asked))
        assert time.monotonic() - begun < 20


def test_while_one_mailbox_cannot_be_read_no_ping_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = a_maildir(tmp_path)
    missing = {"name": "gone", "maildir": str(tmp_path / "gone" / "Maildir"), "poll": "5s"}
    with http_target() as endpoint:
        house = House(tmp_path, [good, missing], ping={"url": url_of(endpoint), "every": "5s"})
        with house.daemon():
            time.sleep(7.0)  # longer than the first ping takes where all is well; what must not come is not awaited
            assert endpoint.asked == []
            a_maildir(tmp_path / "gone")
            wait_until(lambda: bool(endpoint.asked), 40)


def test_while_alerts_do_not_arrive_no_ping_is_sent(tmp_path: Path) -> None:
    with http_target() as endpoint, http_target() as closed:
        closed.statuses = [500]
        house = House(
            tmp_path,
            [a_maildir(tmp_path)],
            url=f"json://127.0.0.1:{closed.port}/",
            ping={"url": url_of(endpoint), "every": "5m"},
        )
        with house.daemon():
            wait_until(lambda: bool(closed.received))
        house.fail_the_url_target(times=7)
        endpoint.asked.clear()
        with house.daemon():
            wait_until(lambda: len(closed.received) == 2)
            time.sleep(7.0)  # as above
            assert endpoint.asked == []


def test_a_target_that_gave_up_keeps_the_ping_back_until_it_takes_something_or_she_knows(tmp_path: Path) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    store, pipeline = house.store(), house.app().pipeline(house.store())
    name = house.app().config.alerts.targets[0].name

    def settled(key: str, target: str, *, taken: bool) -> None:
        store.add_alert(an_alert(key=key, at=now()), {target: now()})
        delivery = next(one for one in store.due_deliveries(now(), 9) if one.alert.key == key)
        store.attempting(delivery, now())
        if taken:
            store.delivered(delivery, now())
        else:
            store.failed(delivery, now(), "no such host", None)

    settled("a", "ntfy://removed.example", taken=False)
    assert alerts_arrive(pipeline)
    settled("b", name, taken=True)
    settled("c", name, taken=False)
    assert not alerts_arrive(pipeline)
    settled("d", name, taken=True)
    assert alerts_arrive(pipeline), "it takes alerts again"
    settled("e", name, taken=False)
    assert not alerts_arrive(pipeline)
    store.acknowledge("e", now())
    assert alerts_arrive(pipeline)
    store.close()
    pipeline.store.close()


def test_a_ping_that_trickles_for_ever_is_left_behind_and_the_next_one_is_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("inboxwatch.service.ping.LONGEST_SECONDS", 0.5)
    listener = socket.create_server(("127.0.0.1", 0))
    asked = threading.Semaphore(0)
    ended = threading.Event()

    def trickle(connection: socket.socket) -> None:
        asked.release()
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not ended.wait(0.1):
                connection.sendall(b"x")
        connection.close()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=trickle, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    pinger = Pinger(lambda: f"http://127.0.0.1:{listener.getsockname()[1]}/{SECRET}")
    pinger.start()
    try:
        for _ in range(2):
            pinger.ping()
            assert asked.acquire(timeout=10), "the next ping was not sent"
            wait_until(lambda: "did not come to an end" in caplog.text)
    finally:
        ended.set()
        pinger.stop()
        listener.close()
    assert caplog.text.count("did not come to an end") == 1
    assert SECRET not in caplog.text


def test_a_ping_url_is_a_secret_and_a_web_address() -> None:
    text = f"ping: {{url: https://hc.example/{SECRET}}}\n"
    path = Path("/nowhere/config.yaml")
    with pytest.raises(config.ConfigError) as error:
        config.loading.parse(text, path, mode=0o644)
    assert "ping.url: is a secret in a file that others may read" in str(error.value)
    loaded = config.loading.parse(text, path)
    assert SECRET not in repr(loaded)
    assert any("ping.url" in warning for warning in loaded.warnings)
    for bad in ("ntfy://localhost/x", "https://", "https://a b"):
        with pytest.raises(config.ConfigError, match=r"ping\.url: is no web address"):
            config.loading.parse(f"ping: {{url: '{bad}'}}\n", path)
    with pytest.raises(config.ConfigError, match=r"ping\.every: '1s' is too often"):
        config.loading.parse("ping: {url: 'https://hc.example/x', every: 1s}\n", path)
    with pytest.raises(config.ConfigError, match=r"ping\.url: is missing|ping: .*url"):
        config.loading.parse("ping: {}\n", path)


def test_a_ping_url_that_cannot_be_had_is_told_at_the_start(tmp_path: Path) -> None:
    path = write_config(tmp_path, f"ping: {{url: {{file: {tmp_path / 'no-such-file'}}}}}")
    with pytest.raises(config.ConfigError, match=r"ping\.url: there is no file"):
        config.load(path, check_files=True)
