"""One hostile project through every command and every target: not a byte of what leaves may lead anybody astray."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from inboxwatch.__main__ import main
from inboxwatch.cli import _COMMANDS
from tests.output.conftest import Lived
from tests.output.hostile import HARMLESS, OWN, PROJECT, fill, the_news, the_past
from tests.output.judging import judge_json, judge_page, judge_text

Form = Literal["text", "document", "lines"]
Call = tuple[list[str], Form]

AGO = datetime.now(UTC) - timedelta(days=60)


def mail_of(lived: Lived, kind: str) -> str:
    """The id of a mail of this kind in review."""
    found = main_json(lived, ["review"])["mails"]
    return str(next(one["id"] for one in found if one["kind"] == kind))


def main_bytes(lived: Lived, arguments: list[str]) -> bytes:
    data = io.BytesIO()
    with contextlib.redirect_stdout(io.TextIOWrapper(data, encoding="utf-8")) as out:
        assert main(["-c", str(lived.config), *arguments]) == 0
        out.flush()
        return data.getvalue()


def main_json(lived: Lived, arguments: list[str]) -> Any:
    return json.loads(main_bytes(lived, [*arguments, "--json"]))


def alert_of(lived: Lived) -> str:
    """The key of one alert."""
    return str(json.loads(main_bytes(lived, ["alerts", "--json"]).splitlines()[0])["key"])


def files_of(lived: Lived, name: str, mails: list[bytes]) -> str:
    folder = lived.folder / name
    fill(folder, mails, AGO)
    return str(folder)


def projects_of(lived: Lived) -> list[str]:
    return [one["id"] for one in main_json(lived, ["status"])["projects"]]


def both(*words: str, form: Form = "document") -> list[Call]:
    return [([*words], "text"), ([*words, "--json"], form)]


def timelines(lived: Lived) -> list[Call]:
    return [call for name in projects_of(lived) for call in both("timeline", name)]


def everything(lived: Lived) -> str:
    return files_of(lived, "everything", [*the_past(AGO), *the_news(AGO)])


#: How a command that only looks is called so that it shows all it can.
LOOKING: dict[str, Callable[[Lived], list[Call]]] = {
    "demo": lambda lived: both("demo", form="lines"),
    "check": lambda lived: [(["check", "--send-test"], "text")],
    "status": lambda lived: both("status"),
    "timeline": timelines,
    "alerts": lambda lived: both("alerts", form="lines"),
    "review": lambda lived: both("review"),
    "rebuild": lambda lived: both("rebuild", "--dry-run"),
    "classify": lambda lived: both("classify", everything(lived), form="lines"),
    "replay": lambda lived: both("replay", everything(lived), form="lines"),
    "schema": lambda lived: [(["schema"], "document")],
    "version": lambda lived: [(["version"], "text")],
}
#: The same of those that change something, one call after another.
CHANGING: dict[str, Callable[[Lived], list[Call]]] = {
    "run": lambda lived: [(["-v", "run", "--once"], "text")],
    "login": lambda lived: [(["login", "main"], "text")],
    "forget": lambda lived: [
        (["forget", PROJECT, "--dry-run"], "text"),
        (["forget", PROJECT, "--yes"], "text"),
        (["forget", "--mailbox", "main", "--dry-run"], "text"),
    ],
    "import": lambda lived: [
        (["import", everything(lived)], "text"),
        (["rebuild", "--json"], "document"),
        (["review"], "text"),
    ],
    "record": lambda lived: [
        (["record", PROJECT, "contact", "--note", OWN.replace("\x00", "")], "text"),
        (["timeline", PROJECT], "text"),
        (["record", PROJECT, "delivered", "--part", "4/5"], "text"),
        (["record", "--undo", "1"], "text"),
        (["record", "--restore", "1"], "text"),
    ],
    "snooze": lambda lived: [(["snooze", PROJECT, "--until", "2w"], "text"), (["snooze", PROJECT, "--off"], "text")],
    "export": lambda lived: [
        (["export", PROJECT, "--to", str(lived.folder / language), "--language", language], "text")
        for language in ("ja", "en")
    ],
    "alerts": lambda lived: [(["alerts", act, alert_of(lived)], "text") for act in ("ack", "resend")],
    "review": lambda lived: [(["review", "--done", mail_of(lived, "suspicious")], "text")],
    "assign": lambda lived: [
        (["assign", mail_of(lived, "ambiguous"), PROJECT], "text"),
        (["assign", mail_of(lived, "ambiguous"), "--undo"], "text"),
    ],
    "teach": lambda lived: [
        (["teach", mail_of(lived, "unrecognised"), "--as", "notice", "--dry-run"], "text"),
        (["teach", mail_of(lived, "unrecognised"), "--as", "notice"], "text"),
        (["teach", mail_of(lived, "unrecognised"), "--undo"], "text"),
    ],
}


def test_every_command_is_tried() -> None:
    tried = {*LOOKING, *CHANGING}
    assert tried == set(_COMMANDS), "a command is new or gone: say above how it shows all that it can"


@pytest.mark.parametrize("width", [50, 20_000])
@pytest.mark.parametrize("command", LOOKING)
def test_nothing_that_a_command_shows_leads_anybody_astray(
    lived: Lived, command: str, width: int, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments, form in LOOKING[command](lived):
        _judge(lived, arguments, form, capfdbinary, folded=width < 1000)


@pytest.mark.parametrize("command", CHANGING)
def test_nothing_that_a_command_says_of_what_it_did_leads_anybody_astray(
    lived: Lived,
    command: str,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20000")
    copied = lived.copy(tmp_path)
    for arguments, form in CHANGING[command](copied):
        _judge(copied, arguments, form, capfdbinary, folded=False)


def _judge(
    lived: Lived,
    arguments: list[str],
    form: Form,
    captured: pytest.CaptureFixture[bytes],
    *,
    folded: bool,
) -> None:
    captured.readouterr()
    code = main(["-c", str(lived.config), *arguments])
    out, err = captured.readouterr()
    # 1: something could not be read, or there was nothing to be done; 2 and 78: not with this configuration.
    assert code in (0, 1, 2, 78), err
    assert b"Traceback" not in err
    assert b"inboxwatch itself" not in err, err
    judge_text(err.decode("utf-8"))
    if form == "text":
        judge_text(out.decode("utf-8"), folded=folded)
    else:
        judge_json(out, lines=form == "lines")


def test_the_hostile_project_was_really_there(lived: Lived) -> None:
    kinds = {one["kind"] for one in main_json(lived, ["review"])["mails"]}
    assert kinds >= {"unrecognised", "suspicious", "forwarded", "ambiguous"}
    told = {json.loads(line)["kind"] for line in lived.commanded.splitlines()}
    assert told >= {"summary", "reminder_available", "suspicious_mail", "unrecognised_mail", "payment_confirmed"}
    assert len(projects_of(lived)) >= 3
    assert "Shared" in main_bytes(lived, ["check"]).decode()
    assert HARMLESS in json.dumps(main_json(lived, ["status"]), ensure_ascii=False)


def test_every_alert_that_a_program_got_is_harmless(lived: Lived) -> None:
    for alert in judge_json(lived.commanded, lines=True):
        judge_text(f"{alert['title']}\n{alert['body']}")
        assert len(alert["title"]) <= 40
        assert "\n" not in alert["title"]
        assert len(alert["body"]) < 12_000


def test_every_alert_that_a_service_got_is_harmless(lived: Lived) -> None:
    assert len(lived.endpoint.received) >= 5
    for got in lived.endpoint.received:
        text = f"{got['title']}\n{got['message']}"
        judge_text(text)
        assert not re.search(r"@everyone|<!|<http|<script|\]\(|~~|\|\||`", text)


def test_a_suspicious_mail_leads_nowhere_in_alert_and_review(
    lived: Lived, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20000")
    capsys.readouterr()
    assert main(["-c", str(lived.config), "review"]) == 0
    blocks = re.split(r"\n\n", capsys.readouterr().out)
    suspects = [block for block in blocks if re.search(r"suspicious|あやしい|不審", block.splitlines()[0])]
    told = [json.loads(line) for line in lived.commanded.splitlines()]
    suspects += [f"{one['title']}\n{one['body']}" for one in told if one["kind"] == "suspicious_mail"]
    assert len(suspects) >= 3
    for text in suspects:
        assert not re.search(r"https?:|\w@\w|\b(evil|example)\.\w|\w\.example|xn--[\w-]+\.", text), text


def test_an_evidence_pack_runs_fetches_and_leads_to_nothing(lived: Lived) -> None:
    folder = lived.folder / "the pack"
    assert main(["-c", str(lived.config), "export", PROJECT, "--to", str(folder)]) == 0
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert [name for name in names if not re.fullmatch(r"mails/\d{3}-[0-9a-f]{16}\.eml|[A-Za-z0-9.]+", name)] == []
    summed = [line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert sorted([*summed, "SHA256SUMS"]) == names
    page = judge_page((folder / "timeline.html").read_text("utf-8"))
    assert "<script>alert(1)</script>" in "".join(page.text)
    judge_json((folder / "timeline.json").read_bytes(), lines=False)
    judge_text((folder / "README.txt").read_text("utf-8"))


def test_nothing_that_a_mail_names_was_run_or_written(lived: Lived) -> None:
    found = [path.name for path in lived.folder.rglob("*") if "pwned" in path.name or path.name.endswith(".html")]
    assert set(found) <= {"timeline.html"}
    assert not Path("pwned").exists()
