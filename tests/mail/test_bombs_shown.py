"""Bombs on the way of a user: read from files, kept, shown, and what stands beside them is read all the same."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.support import Commands, a_mail, comment, jst, write_config
from tests.mail.bombs import BOMBS

AT = jst("2026-06-01 10:00")
#: One for each place in which a mail can be stopped; small, for `review` reads them again.
SHOWN = (
    "500 nested multiparts", "100,000 parts", "20,000 addresses", "words without end", "From of 100,000 brackets",
    "blanks in From", "blanks in Subject", "headers: as a header name", "long boundaries", "hostile HTML",
    "formatting opened anew in each paragraph", "a style of unfinished comments", "lone surrogates",
    "what folds to eighteen characters", "marks where a deadline is sought", "a zip of 100 MB", "10 MB of NULs",
)  # fmt: skip
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The bombs, each as if the platform had sent it, with an honest mail between any two of them."""
    place = tmp_path / "mails"
    place.mkdir()
    for number, name in enumerate(SHOWN):
        raw = BOMBS[name]().replace(b"a@client.example", b"noreply@lancers.co.jp", 1)
        (place / f"{number:02d}a.eml").write_bytes(raw)
        at = AT + timedelta(hours=number)
        (place / f"{number:02d}b.eml").write_bytes(a_mail(comment(title=f"記事の作成その{number}"), at))
    return place


@pytest.mark.timeout(120)
def test_bombs_are_classified_and_the_mails_between_them_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = Commands(capsys, None).lines("classify", folder)
    assert len(lines) == 2 * len(SHOWN)
    assert [line["event"] for line in lines if line["file"].endswith("b.eml")] == ["contact"] * len(SHOWN)
    assert not any("error" in line for line in lines)
    printed = Commands(capsys, None)("classify", folder)
    assert not _CONTROLS.search(printed)
    assert max(map(len, printed.splitlines())) < 3_000


@pytest.mark.timeout(120)
def test_bombs_are_kept_and_shown_and_the_projects_of_the_mails_between_them_stand(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Commands(capsys, write_config(tmp_path))
    run("import", folder)
    assert "a fault in inboxwatch" not in run("review", "--json")
    run("rebuild", "--dry-run")
    printed = run("review") + run("status")
    assert not _CONTROLS.search(printed)
    assert run.json("status")["projects"][0]["id"] == "lancers/90020001"
    run("import", folder)
