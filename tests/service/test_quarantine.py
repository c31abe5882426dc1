"""A mail that fails at any step goes to quarantine with its reason; its folder goes on, and she is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inboxwatch import understand
from inboxwatch.alerts.coverage import Coverage
from inboxwatch.mail.model import RawMail
from inboxwatch.mailbox.progress import Batch, Fetched, Progress, Unfetchable
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.keeping import keep_found
from inboxwatch.service.readers import Found
from inboxwatch.store.database import FILE_NAME
from inboxwatch.store.model import StoreError
from tests.service.house import House, comment, now, paid, platform_mail

BAD, GOOD = "躓きの記事", "連絡期限経過による支払い確定及びプロジェクト完了通知"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, [{"name": "main", "host": "127.0.0.1", "port": 1, "tls": "none", "username": "anybody"}])


@pytest.fixture
def pipeline(house: House) -> Iterator[Pipeline]:
    store = house.store()
    made = house.app().pipeline(store)
    made.awake(now())
    keep_found(made, batch([]), now(), history=True)  # the first read: what comes now is no history
    yield made
    store.close()


def batch(mails: Sequence[bytes], *unfetchable: Unfetchable) -> Found:
    at = now()
    fetched = tuple(Fetched(uid, RawMail(mail, at)) for uid, mail in enumerate(mails, 1))
    progress = Progress("main", "INBOX", 7, len(mails) + len(unfetchable))
    return Found("main", "INBOX", Batch(fetched, unfetchable, 0, progress, at, True), "x", role="inbox")


def bad_mail() -> bytes:
    return platform_mail(now(), f"[ランサーズ] 山本企画 さんから {BAD} のコメントが届いています")


def stumble(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: BaseException) -> None:
    """This step fails for mails with a certain word, in whatever it is given."""
    step = getattr(where, name)

    def stumbling(*given: Any, **more: Any) -> Any:
        if BAD in repr(given):
            raise error
        return step(*given, **more)

    monkeypatch.setattr(where, name, stumbling)


def reasons(pipeline: Pipeline) -> list[str | None]:
    return [mail.quarantined for mail in pipeline.store.review()]


@pytest.mark.parametrize("error", [ValueError("private words"), RecursionError(), MemoryError(), KeyError("x")])
@pytest.mark.parametrize(
    ("where", "name"),
    [
        (understand, "classify"),
        (understand, "_must_be_shown"),
        (Pipeline, "_is_new"),
        (Pipeline, "_counts"),
        (Pipeline, "_extend"),
    ],
)
def test_a_mail_that_fails_at_any_step_is_in_quarantine_and_its_folder_goes_on(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    stumble(monkeypatch, where, name, error)
    bad = bad_mail()
    assert keep_found(pipeline, batch([comment(now()), bad, paid(now())]), now(), history=False) == 3
    assert reasons(pipeline) == [f"a fault in inboxwatch ({type(error).__name__})"]
    assert GOOD in [mail.subject for mail in pipeline.store.stored_mails()]
    state = pipeline.store.folder("main", "INBOX")
    assert state and state.uid == 3
    assert "private words" not in caplog.text
    # Once more, as after a crash: no second row. And by a version without the fault it is read.
    monkeypatch.undo()
    assert keep_found(pipeline, batch([bad]), now(), history=False) == 1
    (kept, again) = (mail for mail in pipeline.store.stored_mails() if not mail.subject or BAD in mail.subject)
    assert pipeline.store.raw(kept.identity) == pipeline.store.raw(again.identity) == bad


def test_what_the_database_does_not_take_is_in_quarantine_without_its_bytes(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = pipeline.store._connection.getlimit(0)  # SQLITE_LIMIT_LENGTH
    pipeline.store._connection.setlimit(0, 60_000)
    noise = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(30_000))
    large = platform_mail(now(), "新しいお知らせ", noise)
    assert keep_found(pipeline, batch([comment(now()), large, paid(now())]), now(), history=False) == 3
    pipeline.store._connection.setlimit(0, limit)
    assert reasons(pipeline) == ["the database does not take it"]
    assert GOOD in [mail.subject for mail in pipeline.store.stored_mails()]


def test_a_fault_of_the_timelines_themselves_is_no_mail_s_fault(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any, **more: Any) -> Any:
        raise ValueError

    monkeypatch.setattr(Pipeline, "_assignment", fails)
    with pytest.raises(ValueError):
        keep_found(pipeline, batch([comment(now())]), now(), history=False)
    assert pipeline.store.stored_mails() == []
    assert (state := pipeline.store.folder("main", "INBOX")) and state.uid == 0


def test_a_full_disk_puts_nothing_into_quarantine(pipeline: Pipeline) -> None:
    store = pipeline.store
    pages = store._rows("PRAGMA page_count")[0][0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    large = platform_mail(now(), "お知らせ", "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(40_000)))
    with pytest.raises(StoreError, match="disk is full") as caught:
        keep_found(pipeline, batch([comment(now()), large]), now(), history=False)
    assert caught.value.may_pass
    assert store.stored_mails() == []
    assert (state := store.folder("main", "INBOX")) and state.uid == 0
    store._connection.execute("PRAGMA max_page_count = 100000")
    assert keep_found(pipeline, batch([comment(now()), large]), now(), history=False) == 2
    assert [reason for reason in reasons(pipeline) if reason] == []


def lock(pipeline: Pipeline, folder: Path) -> Callable[[], object]:
    """As a backup program does for minutes."""
    pipeline.store._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


def make_read_only(pipeline: Pipeline, folder: Path) -> Callable[[], object]:
    pipeline.store._connection.execute("PRAGMA query_only = ON")
    return lambda: pipeline.store._connection.execute("PRAGMA query_only = OFF")


def damage(pipeline: Pipeline, folder: Path) -> Callable[[], object]:
    """Every page but the first is overwritten, and put back as from a copy."""
    pipeline.store.empty_log()
    path = folder / FILE_NAME
    whole = path.read_bytes()

    def put(content: bytes) -> None:
        with path.open("r+b") as file:
            file.write(content)
        pipeline.store._connection.execute("PRAGMA shrink_memory")

    put(whole[:4096] + b"\xff" * (len(whole) - 4096))
    return lambda: put(whole)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(lock, "in use by another process"), (make_read_only, "read-only"), (damage, "is damaged")],
)
def test_what_ails_the_database_is_named_loses_no_mail_and_puts_none_into_quarantine(
    house: House, pipeline: Pipeline, spoil: Callable[[Pipeline, Path], Callable[[], object]], words: str
) -> None:
    mend = spoil(pipeline, house.folder / "state")
    with pytest.raises(StoreError, match=words) as caught:
        keep_found(pipeline, batch([comment(now()), paid(now())]), now(), history=False)
    assert not caught.value.of_data
    mend()
    assert keep_found(pipeline, batch([comment(now()), paid(now())]), now(), history=False) == 2
    assert [reason for reason in reasons(pipeline) if reason] == []


def odd_mails() -> Iterator[tuple[str, bytes]]:
    head = b"From: <noreply@lancers.co.jp>\r\nTo: me@example.com\r\n"
    yield "surrogates", head + "Subject: x\udcff\ud800\r\n\r\nx".encode("utf-8", "surrogatepass")
    yield "NUL bytes", head + b"Subject: a\0b\r\nMessage-ID: <a\0b@x.example>\r\n\r\n\0\0\0"
    yield "the year 9999", head + b"Subject: a\r\nDate: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nx"
    yield "the year 1", head + b"Subject: a\r\nDate: Mon, 01 Jan 0001 00:00:00 +1400\r\n\r\nx"
    yield "nothing", b""
    yield "no headers", b"\r\n\r\n\r\n"
    yield "one line without end", b"Subject: " + b"x" * 3_000_000
    yield "parts without end", head + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 50_000
    yield "nesting", b"Content-Type: message/rfc822\r\n\r\n" * 5_000
    yield "60 MB", head + b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 3_500_000


@pytest.mark.parametrize("mail", [pytest.param(mail, id=name) for name, mail in odd_mails()])
def test_no_mail_whatever_it_is_stops_its_folder(pipeline: Pipeline, mail: bytes) -> None:
    begun = now()
    new = keep_found(pipeline, batch([comment(now()), mail, paid(now())]), now(), history=False)
    assert new >= 2
    assert GOOD in [one.subject for one in pipeline.store.stored_mails()]
    assert now() - begun < timedelta(seconds=20)


def decide(pipeline: Pipeline, at: datetime) -> list[Any]:
    return pipeline.decide(at, Coverage(at))


def test_she_is_told_once_a_day_of_what_could_not_be_read(
    house: House, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(pipeline, now())
    stumble(monkeypatch, understand, "classify", ValueError())
    refused = Unfetchable(9, "127.0.0.1 did not do this: FETCH of mails in INBOX, UID 9. It said: [SERVERBUG].")
    keep_found(pipeline, batch([bad_mail(), bad_mail()], refused), now(), history=False)
    told = decide(pipeline, now() + timedelta(days=1))
    (alert,) = [one for one in told if one.kind == "unrecognised_mail"]
    assert alert.title == "Mails that could not be opened: 3"
    assert all(mail.key in alert.body for mail in pipeline.store.review())
    assert decide(pipeline, now() + timedelta(days=2)) == []
    keep_found(pipeline, batch([bad_mail()]), now() + timedelta(days=2), history=False)
    (alert,) = decide(pipeline, now() + timedelta(days=3))
    assert alert.title == "Mails that could not be opened: 1"


def test_of_history_she_is_told_by_review_alone(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    stumble(monkeypatch, understand, "classify", ValueError())
    keep_found(pipeline, batch([bad_mail()], Unfetchable(9, "no")), now(), history=True)
    assert decide(pipeline, now() + timedelta(days=1)) == []
    assert len(reasons(pipeline)) == 2
