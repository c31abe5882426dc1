"""What the commands say: places before problems, all of them at once, and people's words instead of codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.support import GOLDEN, PROJECT, Commands, a_mail, comment, jst, write_config, write_mails

_LAST = jst("2026-06-01T10:00")


def _maildir(folder: Path) -> str:
    for name in ("cur", "new", "tmp"):
        (folder / "Maildir" / name).mkdir(parents=True)
    return f"mailboxes:\n  - maildir: {folder / 'Maildir'}\n"


def _bad(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith("✗")]


def test_each_problem_of_a_configuration_begins_with_its_place(tmp_path: Path, commands: Commands) -> None:
    path = write_config(tmp_path, "langauge: ja", "zone: Asia/Nowhere")
    commands("status", code=78)
    assert [line.partition(": ")[0] for line in commands.err.splitlines()] == [f"{path}:10", f"{path}:11"]


def test_each_problem_of_a_profile_begins_with_its_place(tmp_path: Path, commands: Commands) -> None:
    profile = tmp_path / "own.yaml"
    profile.write_text("platform: own\nname: {ja: a, en: b}\nsenders: [own.example]\nnonsense: 1\n")
    write_config(tmp_path, f"profiles: [{profile}]")
    commands("status", code=78)
    assert commands.err.splitlines() and all(line.startswith(f"{profile}:") for line in commands.err.splitlines())


def test_nobody_is_sent_to_a_command_that_does_not_exist(tmp_path: Path, bare: Commands) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    empty.chmod(0o600)
    for path in (empty, tmp_path / "missing.yaml"):
        bare("-c", path, "status", code=78)
        assert "inboxwatch init" not in bare.err
        assert "config.example.yaml" in bare.err


def test_all_problems_of_all_notes_are_told_at_once(tmp_path: Path, bare: Commands) -> None:
    notes = tmp_path / "notes.yaml"
    notes.write_text(
        f"- {{at: yesterday, project: {PROJECT}, fact: nope, by: nobody, due: soon, extra: 1, more: 2}}\n"
        f"- {{at: 2026-06-01, fact: deliverd, channel: pigeon, plan: two}}\n"
        "- 3\n"
    )
    bare("replay", write_mails(tmp_path / "m", a_mail(comment(), _LAST)), "--notes", notes, code=2)
    told = {number: "\n".join(re.findall(rf"notes.yaml:{number}: .*", bare.err)) for number in (1, 2, 3)}
    for number, words in {
        1: ("'yesterday' is no date", "'nope' is no fact", "'nobody'", "'soon' is no date", "'extra'", "'more'"),
        2: ("'project' is missing", "did you mean 'delivered'", "'pigeon'", "plan must be a number"),
        3: ("must hold at, project and fact",),
    }.items():
        assert [word for word in words if word not in told[number]] == []
        assert len(told[number].splitlines()) == len(words)


def test_a_note_may_lie_in_the_future(tmp_path: Path, bare: Commands) -> None:
    notes = tmp_path / "notes.yaml"
    notes.write_text(f"- {{at: 2999-06-01, project: {PROJECT}, fact: delivered, plan: 1}}\n")
    bare("replay", write_mails(tmp_path / "m", a_mail(comment(), _LAST)), "--notes", notes)


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("/nonexistent/program", "was not found"),
        ("no-such-program-anywhere", "was not found"),
        ("{folder}/plain", "chmod +x"),
        ("{folder}", "is not a program"),
    ],
)
def test_a_command_target_that_cannot_work_is_found(
    command: str, remedy: str, tmp_path: Path, commands: Commands
) -> None:
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    program = command.format(folder=tmp_path)
    target = f"alerts: {{targets: [{{command: ['{program}', -x]}}]}}"
    write_config(tmp_path, target, mailboxes=_maildir(tmp_path))
    (line,) = _bad(commands("check", code=1))
    assert remedy in line and program in line


def test_a_program_that_lies_in_the_path_is_found(tmp_path: Path, commands: Commands) -> None:
    write_config(
        tmp_path, "alerts: {targets: [{command: [true]}]}".replace("true", "'true'"), mailboxes=_maildir(tmp_path)
    )
    assert "not tried" in commands("check")


@pytest.mark.parametrize(("url", "code"), [("json://localhost:1/SECRETPATH", 0), ("nosuchservice://SECRETPATH/x", 1)])
def test_a_url_is_shown_to_apprise_and_nothing_is_sent(url: str, code: int, tmp_path: Path, commands: Commands) -> None:
    write_config(tmp_path, f"alerts: {{targets: [{{url: '{url}'}}]}}", mailboxes=_maildir(tmp_path))
    printed = commands("check", code=code)
    assert bool(_bad(printed)) is bool(code)
    assert ("Apprise does not accept the URL" in printed) is bool(code)
    assert "SECRETPATH" not in printed + commands.err


def test_review_shows_instants_as_people_write_them(tmp_path: Path, commands: Commands) -> None:
    lookalike = (GOLDEN / "x_attested_subject.eml").read_bytes()
    commands("import", write_mails(tmp_path / "m", lookalike))
    printed = " ".join(commands("review").split())
    assert not re.search(r"\d{4}-\d\d-\d\dT", printed)
    assert re.search(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}", printed)


@pytest.mark.parametrize(("language", "words"), [("en", "sender not verified"), ("ja", "差出人未確認")])
def test_a_timeline_says_in_her_language_that_a_sender_is_not_verified(
    language: str, words: str, tmp_path: Path, commands: Commands
) -> None:
    path = write_config(tmp_path)
    path.write_text(path.read_text().replace("language: en", f"language: {language}"))
    commands("import", write_mails(tmp_path / "m", a_mail(comment(), _LAST)))
    printed = "".join(commands("timeline", PROJECT).split())
    assert words.replace(" ", "") in printed
    assert "unverified" not in printed


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_demo_has_a_word_for_every_mail(language: str, bare: Commands) -> None:
    printed = bare("demo", "--language", language)
    assert not re.search(r"(taken for: |読み取り：)[a-z_]+$", printed.replace("contact\n", "\n"), re.M)


def test_an_unanswered_reminder_is_not_called_answered_after_its_time(tmp_path: Path, commands: Commands) -> None:
    printed = commands("record", PROJECT, "reminder_received", "--at", "2026-06-01T10:00")
    assert "has passed" in printed
    for printed in (commands("status"), commands("timeline", PROJECT)):
        assert "Answered." not in printed
        assert "time has passed" in " ".join(printed.split())


@pytest.mark.parametrize("more", [[], ["--once"]])
def test_watching_without_a_mailbox_is_a_fault_of_the_configuration(
    more: list[str], tmp_path: Path, commands: Commands
) -> None:
    write_config(tmp_path, mailboxes="mailboxes: []\n")
    commands("run", *more, code=78)
    assert "mailboxes: there is none" in commands.err


def test_a_project_whose_name_a_shell_would_take_for_more_is_refused(commands: Commands) -> None:
    for name in ("lancers/12 3", "lancers/a\nb", "lancers/a;b", "lancers/$(id)"):
        commands("record", name, "contact", code=2)
