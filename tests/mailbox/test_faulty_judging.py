"""Headers over which the judge stumbles: the mail is read all the same, and the Maildir goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.maildir import WatchedMaildir

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_mail_of_a_maildir_that_cannot_be_judged_is_read_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    for number, subject in enumerate(["stumble", "wanted", "other"]):
        (tmp_path / "new" / f"{int(NOW.timestamp())}.{number}.host").write_bytes(
            f"Subject: {subject}\n\ntext\n".encode()
        )

    def judge(headers: bytes, folder: Folder) -> bool:
        if b"stumble" in headers:
            raise ValueError(headers.decode())
        return b"wanted" in headers

    (batch,) = WatchedMaildir("main", tmp_path).read(wanted=judge, since=None, now=lambda: NOW)
    assert [b"stumble" in one.mail.raw for one in batch.fetched] == [True, False]
    assert batch.passed_over == 1
    assert "ValueError" in caplog.text and "Subject" not in caplog.text
