"""`rebuild`: what changes is printed, a try changes nothing, and a second time there is nothing to do."""

from __future__ import annotations

from pathlib import Path

from tests.cli.support import PAID, PROJECT, TITLE, Commands, a_mail, comment, jst, write_mails

_NEW = f"検収作業が終わりました：{TITLE}"
_RULE = 'platform: lancers\nmails:\n  - event: payment_confirmed\n    subject: "検収作業が終わりました:{title}"\n'


def _imported(tmp_path: Path, commands: Commands) -> None:
    first, then = a_mail(comment(), jst("2026-06-01T10:00")), a_mail(_NEW, jst("2026-06-02T10:00"))
    commands("import", write_mails(tmp_path / "mails", first, then))


def _write_rule(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "profiles"
    folder.mkdir()
    (folder / "mine.yaml").write_text(_RULE, encoding="utf-8")


def test_without_a_new_rule_nothing_changes(tmp_path: Path, commands: Commands) -> None:
    _imported(tmp_path, commands)
    before = commands("status", "--json", "--at", "2026-06-20")
    assert "Nothing changed (2 mails" in commands("rebuild")
    assert commands.json("rebuild") == {"dry_run": False, "mails": [], "projects": []}
    assert commands("status", "--json", "--at", "2026-06-20") == before


def test_a_new_rule_shows_what_it_changes(tmp_path: Path, commands: Commands) -> None:
    _imported(tmp_path, commands)
    _write_rule(tmp_path)
    found = commands.json("rebuild", "--dry-run")
    assert found["dry_run"] is True
    (mail,) = found["mails"]
    assert (mail["subject"], mail["before"]["event"], mail["after"]["event"]) == (_NEW, None, "payment_confirmed")
    assert (mail["before"]["projects"], mail["after"]["projects"]) == ([], [PROJECT])
    assert mail["sent_at"] == "2026-06-02T10:00:00+09:00"
    (project,) = found["projects"]
    assert (project["id"], project["change"]) == (PROJECT, "changed")
    assert (project["before"]["state"], project["after"]["state"]) == ("in_progress", "paid")
    # Only a try:
    assert commands.json("timeline", PROJECT)["project"]["state"] == "in_progress"
    done = commands.json("rebuild")
    assert {**done, "dry_run": True} == found
    assert commands.json("timeline", PROJECT)["project"]["state"] == "paid"
    assert commands.json("rebuild")["mails"] == []
    assert commands.lines("alerts") == []


def test_for_people_it_says_what_is_and_what_was(tmp_path: Path, commands: Commands) -> None:
    _imported(tmp_path, commands)
    _write_rule(tmp_path)
    tried = commands("rebuild", "--dry-run")
    for words in ("not recognised", "payment confirmed", PROJECT, "in progress", "paid", "only a try"):
        assert words in tried
    assert "No alert is sent" in commands("rebuild")
    assert "Nothing changed" in commands("rebuild")


def test_a_project_that_appears_is_named(tmp_path: Path, commands: Commands) -> None:
    commands("import", write_mails(tmp_path / "mails", a_mail(_NEW, jst("2026-06-02T10:00"))))
    assert commands.json("status")["projects"] == []
    _write_rule(tmp_path)
    (project,) = commands.json("rebuild")["projects"]
    assert (project["change"], project["before"], project["after"]["state"]) == ("appeared", None, "paid")


def test_a_project_that_vanishes_is_named(tmp_path: Path, commands: Commands) -> None:
    commands("import", write_mails(tmp_path / "mails", a_mail(PAID, jst("2026-06-02T10:00"))))
    folder = tmp_path / "state" / "profiles"
    folder.mkdir()
    (folder / "mine.yaml").write_text(f"platform: lancers\nmails:\n  - event: noise\n    subject: {PAID}\n")
    (project,) = commands.json("rebuild")["projects"]
    assert (project["id"], project["change"], project["after"]) == (PROJECT, "vanished", None)
    assert "is gone" not in commands("rebuild")


def test_a_broken_rule_is_told_with_its_line_and_nothing_changes(tmp_path: Path, commands: Commands) -> None:
    _imported(tmp_path, commands)
    _write_rule(tmp_path)
    (tmp_path / "state" / "profiles" / "mine.yaml").write_text("platform: lancers\nmails:\n  - event: paid\n")
    commands("rebuild", code=78)
    assert "mine.yaml:3" in commands.err
