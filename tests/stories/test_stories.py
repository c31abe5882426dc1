"""Each first-hand story, replayed through the real command, tells her what the documented rules say, and when."""

from __future__ import annotations

import difflib
import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import PLACES
from tests.stories import show
from tests.stories.make import files
from tests.stories.playing import command, configuration, core_expected, core_of, replayed, shown
from tests.stories.stories import Expected, Run, Story, instant, letters, rules, stories

STORIES = [pytest.param(story, id=story.name) for story in stories()]
PAIRS = [(story, run) for story in stories() for run in story.runs]
RUNS = [pytest.param(story, run, id=f"{story.name}-{run.name}") for story, run in PAIRS]
AS_SHIPPED = [pytest.param(story, run, id=story.name) for story, run in PAIRS if not run.config]
#: What comes by the clock and not at the instant of a mail or a note: its rule line must reckon it.
BY_THE_CLOCK = {"silence", "reminder_blocked", "reminder_deadline", "result_overdue", "no_platform_mail"}
#: What names the client's last contact as its evidence.
OF_SILENCE = {"silence", "reminder_available"}


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)


# -- the alerts


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("story", "run"), RUNS)
def test_a_reader_is_told_what_the_rules_say_and_when(story: Story, run: Run, language: str, tmp_path: Path) -> None:
    found = replayed(story, configuration(tmp_path / "run", run), language)
    expected = [alert for alert in run.alerts if not alert.fault]
    difference = _difference(expected, found)
    mended = {core_expected(alert) for alert in run.alerts if alert.fault} & {core_of(printed) for printed in found}
    if mended:
        pytest.fail(f"a fault is mended, take its `fault:` out of {story.name}: {[shown(core) for core in mended]}")
    if difference:
        pytest.fail(f"- by the rules, + as told\n{difference}")
    for alert, printed in zip(expected, found, strict=True):
        for words in alert.says.get(language, ()):
            assert words in printed["title"] + printed["body"], f"{alert.at} {alert.kind} does not say {words!r}"


@pytest.mark.parametrize("story", STORIES)
def test_replay_prints_a_paragraph_for_each_alert_that_begins_with_its_instant_and_kind(
    story: Story, tmp_path: Path
) -> None:
    run = story.runs[0]
    config = configuration(tmp_path / "run", run)
    printed = command(
        config, "replay", story.mails_folder, "--notes", story.notes_file, "--until", story.until.isoformat()
    )
    heads = [paragraph.split()[:2] for paragraph in printed.split("\n\n")]
    assert heads == [[alert.at.isoformat(), alert.kind] for alert in run.alerts if not alert.fault]


@pytest.mark.parametrize(("story", "run"), AS_SHIPPED)
def test_an_alert_of_silence_names_the_mail_of_the_last_contact(story: Story, run: Run, tmp_path: Path) -> None:
    config = configuration(tmp_path / "run", run)
    ids = {name: printed["message_id"] for name, printed in _classified(story, config).items()}
    for printed in replayed(story, config):
        if printed["kind"] in OF_SILENCE:
            before = [
                mail
                for mail in story.mails
                if mail.letter.read_as == "contact"
                and f"lancers/{mail.project}" == printed["project"]
                and mail.at < datetime.fromisoformat(printed["at"])
                and not mail.sender
            ]
            assert ids[max(before, key=lambda mail: mail.at).file] in printed["evidence"]


@pytest.mark.parametrize("story", STORIES)
def test_neither_the_order_of_the_files_nor_a_second_run_changes_anything(story: Story, tmp_path: Path) -> None:
    config = configuration(tmp_path / "run", story.runs[0])
    first = replayed(story, config)
    backwards, mixed = story.mail_files[::-1], list(story.mail_files)
    random.Random(15).shuffle(mixed)  # noqa: S311
    assert replayed(story, config) == first
    assert replayed(story, config, mails=backwards) == first
    assert replayed(story, config, mails=[*mixed, *mixed[:2]]) == first


# -- the mails


@pytest.mark.parametrize("story", STORIES)
def test_each_mail_is_taken_for_what_the_story_says(story: Story, tmp_path: Path) -> None:
    printed = _classified(story, configuration(tmp_path / "run", story.runs[-1]))
    for mail in story.mails:
        found = printed[mail.file]
        letter = mail.letter
        assert (found["event"], found["grade"]) == (letter.read_as, letter.grade), mail.file
        assert found["by"] == letter.by, mail.file
        assert found["platform"] == ("direct" if mail.sender else "lancers"), mail.file
        named = f"lancers/{mail.project}" if mail.project and mail.shows_link and not mail.sender else None
        assert found["project"] == named or mail.sender, mail.file
        if found["sent_at"]:
            assert datetime.fromisoformat(found["sent_at"]) == mail.at, mail.file


@pytest.mark.parametrize("story", STORIES)
def test_the_mails_are_those_that_the_story_describes(story: Story) -> None:
    made = files(story)
    for path, content in made.items():
        assert path.read_bytes() == content, f"{path.name} differs; write it again with `python -m tests.stories.make`"
    assert {mail.file for mail in story.mails} == {path.name for path in story.mail_files}


def test_the_mails_come_in_the_charsets_that_japanese_mail_has() -> None:
    heads = b"\n".join(path.read_bytes() for story in stories() for path in story.mail_files)
    for wanted in (b"ISO-2022-JP", b"quoted-printable", b"base64", b"7bit", b"multipart/alternative"):
        assert wanted in heads


# -- the timeline


@pytest.mark.parametrize("story", STORIES)
def test_the_timeline_holds_each_mail_and_each_note_once(story: Story, tmp_path: Path) -> None:
    config = configuration(tmp_path / "run", story.runs[-1])
    _put_in_store(story, config)
    for project in story.about["projects"]:
        shown_there = json.loads(command(config, "timeline", f"lancers/{project}", "--json"))
        found = sorted(
            (datetime.fromisoformat(event["at"]), event["kind"], event["by"], event["grade"])
            for event in shown_there["events"]
        )
        assert found == sorted(_events(story, str(project)))
        wanted = story.about.get("urls", {}).get(project)
        if wanted:
            assert shown_there["project"]["url"] == wanted
            mails = [event for event in shown_there["events"] if event["grade"] != "by_hand"]
            assert all(event["mail"] for event in mails), "every mail can be named to support"


@pytest.mark.parametrize("story", [s for s in stories() if s.about.get("stands")], ids=lambda story: story.name)
def test_the_status_shows_where_the_project_stands(story: Story, tmp_path: Path) -> None:
    config = configuration(tmp_path / "run", story.runs[-1])
    _put_in_store(story, config)
    for project, stands in story.about["stands"].items():
        at = instant(stands["at"])
        status = json.loads(command(config, "status", "--at", at.isoformat(), "--json"))
        found = next(row for row in status["projects"] if row["id"] == f"lancers/{project}")
        clocks = {deadline["id"]: deadline["state"] for deadline in found["deadlines"]}
        assert (found["state"], clocks["reminder_request"]) == (stands["state"], stands["reminder_request"])


# -- the story files


def test_there_are_fifteen_stories_each_with_its_source() -> None:
    assert [int(story.name[:2]) for story in stories()] == list(range(1, 16))
    for story in stories():
        for key in ("title", "source", "grade", "reference", "what_happened", "known", "unknown", "assumed"):
            assert story.about.get(key), f"{story.name} lacks {key}"
        assert f"story {int(story.name[:2])}" in story.about["reference"]
        assert "https://" in story.about["source"]
        assert any("date" in assumed for assumed in story.about["assumed"]), "it must be said that dates are invented"


@pytest.mark.parametrize(("story", "run"), RUNS)
def test_every_alert_cites_a_rule_that_can_be_checked_by_hand(story: Story, run: Run) -> None:
    assert list(run.alerts) == sorted(run.alerts, key=lambda alert: alert.at)
    for alert in run.alerts:
        where = f"{story.name} {alert.at} {alert.kind}"
        assert alert.places, f"{where} cites no rule"
        assert set(alert.places) <= set(rules()), f"{where} cites {set(alert.places) - set(rules())}"
        for equation in alert.equations:
            assert equation.holds, f"{where}: {equation.start} + {equation.span} is not {equation.end}"
        for told in filter(None, (alert.at, alert.due_at)):
            assert _written(told) in alert.rule, f"{where}: the rule line does not come to {_written(told)}"
        if alert.kind in BY_THE_CLOCK:
            assert any(equation.end == alert.at for equation in alert.equations), f"{where} is not reckoned"
        if alert.due_at and alert.due_at != alert.at:
            assert any(equation.end == alert.due_at for equation in alert.equations), f"{where}: due is not reckoned"
        if alert.outcome:
            assert f"outcome-{alert.outcome}" in alert.places or alert.kind == "deadline_against", where


def test_every_rule_and_every_letter_is_used_and_says_where_it_stands() -> None:
    cited = {place for story in stories() for run in story.runs for alert in run.alerts for place in alert.places}
    assert set(rules()) == cited
    assert all(rule["where"] and rule["says"] for rule in rules().values())
    used = {mail.letter.name for story in stories() for mail in story.mails}
    assert set(letters()) == used
    assert all(letter.where for letter in letters().values())


def test_a_story_is_shown_to_a_reader_with_every_alert_and_its_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = next(story for story in stories() if story.name.startswith("13"))
    monkeypatch.setattr("sys.argv", ["show", "13", "--language", "ja"])
    assert show.main() == 0
    printed = capsys.readouterr().out
    assert all(f"ALERT {alert.kind}" in printed and alert.rule in printed for alert in story.runs[0].alerts)
    assert all(mail.file in printed for mail in story.mails)
    monkeypatch.setattr("sys.argv", ["show", "16"])
    assert show.main() == 2


# -- what is expected


def _difference(expected: list[Expected], found: list[dict[str, Any]]) -> str:
    """The alerts that should have come and those that came, line against line; empty if they agree."""
    wanted = [shown(core_expected(alert)) for alert in expected]
    got = [shown(core_of(alert)) for alert in found]
    if wanted == got:
        return ""
    return "\n" + "\n".join(difflib.ndiff(wanted, got))


def _written(told: datetime) -> str:
    return f"{told:%Y-%m-%d %H:%M:%S}" if told.second else f"{told:%Y-%m-%d %H:%M}"


def _classified(story: Story, config: Path) -> dict[str, dict[str, Any]]:
    lines = command(config, "classify", story.mails_folder, "--json").splitlines()
    return {Path(printed["file"]).name: printed for printed in (json.loads(line) for line in lines)}


def _put_in_store(story: Story, config: Path) -> None:
    command(config, "import", story.mails_folder)
    for note in story.notes:
        options = [part for key, value in note.said.items() for part in (f"--{key}", value)]
        command(config, "record", note.project, note.fact, "--at", note.at.isoformat(), *options)


def _events(story: Story, project: str) -> list[tuple[datetime, str, str | None, str]]:
    """What a project's timeline must hold: each mail that belongs to it, and each note."""
    mine = {"delivered", "completion_reported", "reminder_filed"}
    mails = [
        (mail.at, mail.letter.read_as, mail.letter.by, mail.letter.grade)
        for mail in story.mails
        if mail.project == project and mail.letter.read_as and mail.letter.grade
    ]
    notes = [
        (note.at, note.fact, note.said.get("by") or ("me" if note.fact in mine else "client"), "by_hand")
        for note in story.notes
        if note.project == f"lancers/{project}"
    ]
    return [*mails, *notes]
