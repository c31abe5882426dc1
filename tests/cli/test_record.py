"""`record` with parts and Japanese names, and what commands do with the facts that she mailed to herself."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.support import PROJECT, Commands, a_mail, comment, jst, write_config, write_mails
from tests.pipeline.mailing import to_herself


def _sent(folder: Path, *subjects: str) -> Path:
    """A Maildir whose Sent holds mails to herself with these subjects, a day apart; its INBOX holds a comment."""
    root = folder / "Maildir"
    for place in (root, root / ".Sent"):
        for name in ("cur", "new", "tmp"):
            (place / name).mkdir(parents=True)
    contact = jst("2026-06-01T10:00")
    (root / "cur" / f"{int(contact.timestamp())}.0.host:2,S").write_bytes(a_mail(comment(), contact))
    for number, subject in enumerate(subjects):
        at = jst(f"2026-06-{2 + number:02}T10:00")
        (root / ".Sent" / "cur" / f"{int(at.timestamp())}.{number}.host:2,S").write_bytes(to_herself(subject, at).raw)
    return root


# -- the command


def test_a_part_of_a_delivery_is_kept_and_shown(commands: Commands) -> None:
    commands("record", "lancers/90020009", "delivered", "--part", "４／５")
    (event,) = commands.json("timeline", "90020009")["events"]
    assert (event["kind"], event["part"], event["summary"]) == ("delivered", "4/5", "delivered 4/5 (me)")
    assert "delivered 4/5" in commands("timeline", "90020009")


@pytest.mark.parametrize("part", ["5/4", "0/5", "4", "4/5/6", "four of five", ""])
def test_what_is_no_part_is_refused_with_what_would_be_right(commands: Commands, part: str) -> None:
    commands("record", "lancers/90020009", "delivered", "--part", part, code=2)
    assert "write for instance 4/5" in commands.err


def test_only_a_delivery_has_parts(commands: Commands) -> None:
    commands("record", "lancers/90020009", "completion_reported", "--part", "4/5", code=2)
    assert "goes with delivered alone" in commands.err


def test_a_fact_is_recorded_by_its_japanese_name(commands: Commands) -> None:
    commands("record", "lancers/90020009", "完了報告しました")
    commands("record", "90020009", "私の番")
    commands("record", "90020009", "相手の番", "--by", "me")
    events = commands.json("timeline", "90020009")["events"]
    assert [(event["kind"], event["by"]) for event in events] == [
        ("completion_reported", "me"), ("waiting", "me"), ("waiting", "me"),
    ]  # fmt: skip


def test_an_unknown_fact_is_answered_with_the_nearest_in_her_own_words(commands: Commands) -> None:
    commands("record", "lancers/90020009", "完了報告書", code=2)
    assert re.search("did you mean '完了報告", commands.err)


def test_notes_take_parts_and_japanese_names(tmp_path: Path, bare: Commands) -> None:
    mails = write_mails(tmp_path / "m", a_mail(comment(), jst("2026-06-01T10:00")))
    lines = []
    for fact in ("delivered, part: 4/5", "納品, part: ４／５"):
        notes = tmp_path / "notes.yaml"
        notes.write_text(
            f"- {{at: 2026-05-30, project: {PROJECT}, fact: 仮払い済み}}\n"
            f"- {{at: 2026-06-02, project: {PROJECT}, fact: {fact}}}\n"
        )
        lines.append(bare("replay", mails, "--notes", notes, "--until", "2026-06-09", "--json"))
    assert lines[0] == lines[1]
    assert '"reminder_available"' in lines[0]


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("fact: delivered, part: 5/4", "is no part"),
        ("fact: delivered, part: 4", "is no part"),
        ("fact: 完了報告, part: 4/5", "goes with delivered alone"),
        ("fact: 完了ほうこく, part: 4/5", "is no fact"),
        ("fact: delivered, parts: 4/5", "did you mean 'part'"),
    ],
)
def test_a_wrong_part_in_notes_is_told_with_its_line(tmp_path: Path, bare: Commands, note: str, words: str) -> None:
    mails = write_mails(tmp_path / "m", a_mail(comment(), jst("2026-06-01T10:00")))
    notes = tmp_path / "notes.yaml"
    notes.write_text(f"- {{at: 2026-06-02, project: {PROJECT}, {note}}}\n")
    bare("replay", mails, "--notes", notes, code=2)
    assert re.search(f"notes.yaml:1: .*{words}", bare.err)
    assert bare.err.count("notes.yaml:1:") == 1


# -- facts by mail


def test_imported_facts_are_in_the_timeline_and_stay_withdrawn(tmp_path: Path, commands: Commands) -> None:
    root = _sent(tmp_path, "inboxwatch 90020001 納品 4/5", "inboxwatch 90020001 完了報告")
    commands("import", root)
    document = commands.json("timeline", PROJECT)
    assert [(e["id"], e["kind"], e["at"]) for e in document["events"] if e["grade"] == "by_hand"] == [
        ("fact-1", "delivered", "2026-06-02T10:00:00+09:00"),
        ("fact-2", "completion_reported", "2026-06-03T10:00:00+09:00"),
    ]
    assert document["project"]["completion_reported"] is True
    commands("record", "--undo", "fact-2")
    commands("import", root)
    assert commands.json("timeline", PROJECT)["project"]["completion_reported"] is False
    assert commands.json("review")["mails"] == []


def test_a_replay_takes_them_at_their_instants(tmp_path: Path, bare: Commands) -> None:
    root = _sent(tmp_path, "inboxwatch 90020001 仮払い", "inboxwatch 90020001 申請した", "inboxwatch 90020002 納品")
    lines = bare.lines("replay", root, "--until", "2026-06-05")
    assert [(line["kind"], line["at"]) for line in lines if line["kind"] != "silence"] == [
        ("deadline_against", "2026-06-03T10:00:00+09:00"),
        ("unrecognised_mail", "2026-06-04T10:00:00+09:00"),
    ]
    assert "90020002" in lines[-1]["title"] and "90020001 のことでしたら" in lines[-1]["body"]


def test_the_copy_in_sent_counts_whichever_is_read_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The one that came by a detour and is taken for forged is kept too, and must not hide the other.
    mailboxes = f"mailboxes: [{{name: main, maildir: {tmp_path}, authserv_id: mx.example.com}}]\nme: [me@example.com]\n"
    commands = Commands(capsys, write_config(tmp_path, mailboxes=mailboxes))
    root = _sent(tmp_path, "inboxwatch 90020001 仮払い", "inboxwatch 90020001 申請した")
    verdict = b"Authentication-Results: mx.example.com; dmarc=fail header.from=example.com\r\n"
    for number, file in enumerate(sorted((root / ".Sent" / "cur").iterdir())):
        for place in (root, tmp_path / ("a", "z")[number]):
            (place / "cur").mkdir(parents=True, exist_ok=True)
            (place / "new").mkdir(exist_ok=True)
            (place / "cur" / file.name).write_bytes(verdict + file.read_bytes())
    for folders in ((tmp_path / "a", root, tmp_path / "z"), (tmp_path / "z", root, tmp_path / "a")):
        kinds = [line["kind"] for line in commands.lines("replay", *folders, "--until", "2026-06-05")]
        assert "deadline_against" in kinds
        assert "suspicious_mail" not in kinds
    commands("import", tmp_path / "a", root, tmp_path / "z")
    events = commands.json("timeline", PROJECT)["events"]
    assert [event["kind"] for event in events] == ["contact", "escrow_funded", "reminder_filed"]


def test_what_cannot_be_taken_is_in_review_with_the_reason(tmp_path: Path, commands: Commands) -> None:
    root = _sent(tmp_path, "inboxwatch 90020001 完了ほうこく", "inboxwatch 90020001 納品 まだ")
    commands("import", root)
    document = commands.json("review")
    assert [mail["kind"] for mail in document["mails"]] == ["unrecognised", "unrecognised"]
    assert document["counts"]["unrecognised"] == commands.json("status")["review"]["unrecognised"] == 2
    assert "完了ほうこく" in document["mails"][0]["reason"]
    assert "まだ" in document["mails"][1]["reason"]
    assert "まだ" in commands("review")


def test_classify_says_what_such_a_mail_is(tmp_path: Path, bare: Commands) -> None:
    root = _sent(tmp_path, "inboxwatch 90020001 完了報告")
    (line,) = [line for line in bare.lines("classify", root) if line["platform"] is None]
    assert "it states a fact" in line["why"]


def test_a_folder_called_sent_counts_and_any_other_does_not(tmp_path: Path, commands: Commands) -> None:
    at = jst("2026-06-02T10:00")
    folder = write_mails(tmp_path / "mails" / "Sent", to_herself("inboxwatch lancers/90020001 仮払い", at).raw)
    other = write_mails(tmp_path / "other", to_herself("inboxwatch lancers/90020002 仮払い", at).raw)
    for place in (folder, other):
        for file in place.iterdir():
            os.utime(file, (at.timestamp(), at.timestamp()))
    commands("import", tmp_path / "mails", other)
    assert [project["id"] for project in commands.json("status")["projects"]] == [PROJECT]


def test_a_mail_that_states_a_fact_is_not_corrected_but_sent_anew(tmp_path: Path, commands: Commands) -> None:
    commands("import", _sent(tmp_path, "inboxwatch 90020001 完了報告書"))
    (mail,) = commands.json("review")["mails"]
    for arguments in (("record", "--undo", mail["id"]), ("assign", mail["id"], PROJECT)):
        commands(*arguments, code=1)
        assert "you mailed to yourself" in commands.err


@pytest.mark.parametrize("digits", [18, 19, 40, 5000])
def test_a_number_of_very_many_digits_is_that_of_no_fact(commands: Commands, digits: int) -> None:
    for name in ("9" * digits, f"fact-{'9' * digits}"):
        commands("record", "--undo", name, code=1)
        assert "no recorded fact stands under" in commands.err
        assert len(commands.err) < 300
