"""`replay` and `demo`: alerts at their instants, notes, and what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.support import PAID, PROJECT, Commands, a_mail, comment, jst, write_config, write_mails

_KEYS = {
    "key", "at", "kind", "project", "urgent", "maybe_repeat", "title", "body", "outcome", "proof", "trust", "evidence",
    "due_at",
}  # fmt: skip
_LAST = jst("2026-06-01T10:00")
_LAST_ID = "<20260601100000@mail.example.net>"


def _story(folder: Path) -> Path:
    return write_mails(folder, a_mail(comment(), _LAST), a_mail(PAID, jst("2026-07-10T08:00")))


def _notes(folder: Path, *notes: str) -> Path:
    path = folder / "notes.yaml"
    path.write_text("".join(f"- {note}\n" for note in notes))
    return path


def _funded(folder: Path, *more: str) -> Path:
    return _notes(folder, f"{{at: 2026-06-01T11:00, project: {PROJECT}, fact: fixed_price}}", *more)


def test_each_alert_comes_at_its_instant_with_the_keys_of_the_contract(tmp_path: Path, bare: Commands) -> None:
    mails, notes = _story(tmp_path / "m"), _funded(tmp_path)
    lines = bare.lines("replay", mails, "--notes", notes, "--until", "2026-06-30")
    assert [(line["kind"], line["at"]) for line in lines] == [
        ("silence", "2026-06-04T10:00:00+09:00"),
        ("silence", "2026-06-06T10:00:00+09:00"),
        ("reminder_available", "2026-06-08T10:00:00+09:00"),
    ]
    assert all(set(line) >= _KEYS for line in lines)
    assert lines[2]["outcome"] == "refunded"
    assert lines[2]["proof"] == "complete"
    assert lines[2]["project"] == PROJECT
    assert _LAST_ID in lines[2]["evidence"]


def test_until_includes_its_instant_and_nothing_after_it(tmp_path: Path, bare: Commands) -> None:
    mails, notes = _story(tmp_path / "m"), _funded(tmp_path)
    just = bare.lines("replay", mails, "--notes", notes, "--until", "2026-06-08T10:00")
    before = bare.lines("replay", mails, "--notes", notes, "--until", "2026-06-08T09:59:59")
    assert len(just) == len(before) + 1


def test_without_until_it_runs_to_the_real_now(tmp_path: Path, bare: Commands) -> None:
    lines = bare.lines("replay", _story(tmp_path / "m"), "--notes", _funded(tmp_path))
    assert lines[-1]["kind"] == "payment_confirmed"
    assert lines[-1]["at"] == "2026-07-10T08:00:00+09:00"


def test_recorded_facts_change_the_outcome_and_start_the_clock_of_the_answer(tmp_path: Path, bare: Commands) -> None:
    facts = [
        f"{{at: 2026-06-10 22:30, project: {PROJECT}, fact: completion_reported}}",
        "{at: 2026-06-10 22:40, project: 90020001, fact: reminder_filed, note: at last}",
    ]
    notes = _notes(tmp_path, *facts)
    lines = bare.lines("replay", _story(tmp_path / "m"), "--notes", notes, "--until", "2026-06-20")
    told = {(line["kind"], line["outcome"]): line["at"] for line in lines}
    assert told["reminder_available", "paid"] == "2026-06-10T22:30:00+09:00"
    assert told["reminder_deadline", "paid"] == "2026-06-17T22:40:00+09:00"


def test_a_note_after_until_is_not_played(tmp_path: Path, bare: Commands) -> None:
    notes = _funded(tmp_path, f"{{at: 2027-01-01, project: {PROJECT}, fact: cancelled}}")
    lines = bare.lines("replay", _story(tmp_path / "m"), "--notes", notes, "--until", "2026-06-30")
    assert len(lines) == 3


def test_every_problem_of_the_notes_is_told_with_its_line(tmp_path: Path, bare: Commands) -> None:
    notes = _notes(
        tmp_path,
        f"{{at: 2026-06-10, project: {PROJECT}, fact: completion_reprted}}",
        f"{{at: 2026-06-10, projekt: {PROJECT}, fact: delivered}}",
        f"{{project: {PROJECT}, fact: delivered}}",
        f"{{at: tomorrow, project: {PROJECT}, fact: delivered}}",
    )
    bare("replay", _story(tmp_path / "m"), "--notes", notes, code=2)
    for line, words in ((1, "completion_reported"), (2, "'project'"), (3, "'at' is missing"), (4, "'tomorrow'")):
        assert re.search(f"notes.yaml:{line}: .*{words}", bare.err)


def test_a_note_on_a_project_that_nobody_knows_is_told_with_its_line(tmp_path: Path, bare: Commands) -> None:
    notes = _funded(tmp_path, "{at: 2026-06-02, project: '90020002', fact: delivered}")
    bare("replay", _story(tmp_path / "m"), "--notes", notes, code=2)
    assert "notes.yaml:2: there is no project '90020002'" in bare.err


def test_the_text_begins_each_paragraph_with_instant_and_kind(tmp_path: Path, bare: Commands) -> None:
    mails, notes = _story(tmp_path / "m"), _funded(tmp_path)
    printed = bare("replay", mails, "--notes", notes, "--until", "2026-06-30", "--language", "en")
    heads = [paragraph.split()[:2] for paragraph in printed.split("\n\n")]
    assert heads == [
        ["2026-06-04T10:00:00+09:00", "silence"],
        ["2026-06-06T10:00:00+09:00", "silence"],
        ["2026-06-08T10:00:00+09:00", "reminder_available"],
    ]
    assert "Don't file yet" in printed


def test_a_mail_that_is_there_twice_changes_nothing(tmp_path: Path, bare: Commands) -> None:
    once, twice, notes = _story(tmp_path / "m"), _story(tmp_path / "n"), _funded(tmp_path)
    alone = bare("replay", once, "--notes", notes, "--json")
    assert bare("replay", once, twice, "--notes", notes, "--json") == alone


def test_quiet_hours_and_repeats_of_the_configuration_play_no_part(tmp_path: Path, commands: Commands) -> None:
    mails, notes = _story(tmp_path / "m"), _funded(tmp_path)
    asked = ("replay", mails, "--notes", notes, "--until", "2026-06-30")
    plain = [line["key"] for line in commands.lines(*asked)]
    write_config(tmp_path, "alerts: {quiet_hours: 00:00-23:59, repeat: {reminder_available: 1d, silence: 1h}}")
    assert [line["key"] for line in commands.lines(*asked)] == plain
    assert not (tmp_path / "state" / "inboxwatch.sqlite3").exists()


def test_an_unreadable_file_is_named_and_the_rest_is_played(tmp_path: Path, bare: Commands) -> None:
    mails, notes = _story(tmp_path / "m"), _funded(tmp_path)
    lines = bare.lines("replay", tmp_path / "gone.eml", mails, "--notes", notes, "--until", "2026-06-30", code=1)
    assert len(lines) == 3
    assert "gone.eml" in bare.err


def test_a_wrong_instant_is_wrong_usage(tmp_path: Path, bare: Commands) -> None:
    bare("replay", _story(tmp_path / "m"), "--until", "yesterday", code=2)
    assert "'yesterday' is no date" in bare.err


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_demo_tells_the_story_from_the_first_mail_to_the_payment(language: str, bare: Commands) -> None:
    lines = bare.lines("demo", "--language", language)
    assert [(line["kind"], line["outcome"], line["at"]) for line in lines] == [
        ("silence", None, "2018-09-25T18:20:00+09:00"),
        ("silence", None, "2018-09-27T18:20:00+09:00"),
        ("reminder_available", "refunded", "2018-09-29T18:20:00+09:00"),
        ("reminder_available", "paid", "2018-10-30T19:40:00+09:00"),
        ("reminder_deadline", "paid", "2018-11-06T19:45:00+09:00"),
        ("payment_confirmed", None, "2018-11-07T08:05:00+09:00"),
        ("payout_fixed", None, "2018-11-16T10:00:00+09:00"),
    ]
    printed = bare("demo", "--language", language)
    paragraphs = printed.split("\n\n")
    heads = [re.match(r"(\d{4}-\d\d-\d\dT\S+)  (\w+)", paragraph) for paragraph in paragraphs]
    assert [head.groups() for head in heads if head] == [(line["at"], line["kind"]) for line in lines]
    assert len(paragraphs[0].splitlines()) == 3
    assert "明日検収します" in printed
    assert "482913" not in printed


def test_the_demo_ends_with_what_filing_at_once_would_have_led_to(bare: Commands) -> None:
    ending = bare("demo", "--language", "en").split("\n\n")[-1]
    assert "2018-09-29 18:25  deadline_against" in ending
    assert "2018-10-06 18:25  reminder_deadline  Time is up: a refund threatens" in ending


@pytest.mark.parametrize(("locale", "word"), [("ja_JP.UTF-8", "メール"), ("C.UTF-8", "mail:"), ("", "mail:")])
def test_the_demo_speaks_the_language_of_the_locale(
    locale: str, word: str, bare: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("LANG", "")
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    assert word in bare("demo")


def test_the_demo_needs_no_configuration_and_is_not_stopped_by_a_broken_one(bare: Commands) -> None:
    Path("config.yaml").write_text("no: such: thing\n")
    assert bare.lines("demo")
