"""Of a mail with a login code or a password nothing lands on the disk, however it came and whatever happens later."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import pytest

from inboxwatch.mail.model import RawMail
from inboxwatch.store.sqlite import FILE_NAME, Store
from inboxwatch.understand import in_quarantine
from tests.cli.support import PLACES, Commands, a_mail, comment, jst, write_config, write_mails
from tests.secrets.canaries import bytes_of
from tests.servers.dovecot import Dovecot
from tests.service.house import House, account, days, now

CODE = "482193"
SUBJECT = f"[ランサーズ] ログイン認証コードのお知らせ {CODE}"
AT = jst("2026-11-01T10:00")
_PLAIN = a_mail(SUBJECT, AT, name=f"code-{CODE}", link=f"https://www.lancers.jp/verify/{CODE}")

#: Every way in which such a mail may come that is the platform's, or a forward of it.
WAYS = {
    "as it is": _PLAIN,
    "forwarded by herself": a_mail(f"Fwd: {SUBJECT}", AT, name=f"code-{CODE}", sender="me@example.com"),
    "forwarded by another": a_mail(f"転送: {SUBJECT}", AT, name=f"code-{CODE}", sender="friend@example.org"),
    "refused by its own domain": b"Authentication-Results: mx.example.com; dmarc=fail\r\n" + _PLAIN,
    "with a second sender": _PLAIN.replace(b"Message-ID", b"From: <b@evil.example>\r\nMessage-ID", 1),
    "with a second subject": _PLAIN.replace(b"Message-ID", b"Subject: x\r\nMessage-ID", 1),
    "a password mail": a_mail(f"パスワード再設定のご案内 {CODE}", AT, name=f"code-{CODE}"),
    "another wording": a_mail(f"ワンタイムパスワードは {CODE} です", AT, name=f"code-{CODE}"),
    "wide digits": a_mail(f"ログイン認証コード {CODE}".translate({48 + n: 0xFF10 + n for n in range(10)}), AT),
}


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Commands(capsys, write_config(tmp_path, "me: [me@example.com]", "alerts: {targets: [{journal: true}]}"))


def _all_bytes(state: Path) -> bytes:
    """Everything in the files, and what is deflated there besides."""
    found = bytes_of(state)
    connection = sqlite3.connect(state / FILE_NAME)
    found += b"\n".join(zlib.decompress(row[0]) for row in connection.execute("SELECT deflated FROM raw"))
    connection.close()
    return found


def _shows(written: bytes) -> bool:
    wide = CODE.translate({48 + n: 0xFF10 + n for n in range(10)})
    return CODE.encode() in written or wide.encode() in written


@pytest.mark.parametrize("way", sorted(WAYS))
def test_nothing_of_it_is_kept_or_shown(tmp_path: Path, commands: Commands, way: str) -> None:
    mails = write_mails(tmp_path / "mails", WAYS[way], a_mail(comment(), AT))
    said = commands("-v", "import", mails) + commands.err
    state = tmp_path / "state"
    assert not _shows(_all_bytes(state))
    for command in (["classify", mails], ["review"], ["status"], ["alerts"], ["rebuild"], ["replay", mails]):
        said += commands(*command) + commands.err
    assert not _shows(said.encode())
    assert not _shows(_all_bytes(state))
    store = Store.open(state)
    assert len(store.stored_mails()) == 2, "that it came is known"
    store.close()


def test_from_a_server_to_a_restart_and_a_rebuild_there_is_nothing_of_it(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    fresh = [a_mail(SUBJECT, now() - days(number), name=f"{CODE}-{number}") for number in range(1, 30)]
    dovecot.append(user, *fresh, *WAYS.values())
    dovecot.append(user, *fresh[:3], folder="Junk")
    house = House(tmp_path, [account(dovecot, user)])
    for _ in range(2):
        assert house.once() == ()
        assert not _shows(_all_bytes(tmp_path / "state"))
    assert not any(CODE in alert["title"] + alert["body"] for alert in house.alerts())
    store = house.store()
    assert len(store.stored_mails()) > 20
    store.close()


def test_what_lay_in_quarantine_and_turns_out_to_be_secret_is_gone_after_the_rebuild(
    tmp_path: Path, commands: Commands
) -> None:
    commands("import", write_mails(tmp_path / "mails", a_mail(comment(), AT)))
    store = Store.open(tmp_path / "state")
    store.add_mail(in_quarantine(RawMail(_PLAIN, AT), "an earlier version could not read it", AT, history=False))
    assert _shows(_all_bytes(tmp_path / "state")), "its bytes are kept, for a later version may read them"
    commands("rebuild")
    assert not _shows(_all_bytes(tmp_path / "state"))
    assert not _shows(commands("review").encode())
    store.close()
