"""`teach --undo`: what was taught is taken back, in the file and for every mail that is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import LINK, PROJECT, TITLE, Commands, a_mail, comment, jst, write_mails

_NEW, _TWO = f"[ランサーズ] 検収作業が終わりました：{TITLE}", "契約書のひな形の照会がありました"
_CODE = "二段階認証番号 4821 を送ります"


@pytest.fixture
def kept(tmp_path: Path, commands: Commands) -> Commands:
    """A project, with two mails of unknown templates and one with a code."""
    mails = write_mails(
        tmp_path / "mails",
        a_mail(comment(), jst("2026-06-01T10:00")),
        a_mail(_NEW, jst("2026-06-02T10:00"), name="new"),
        a_mail(_TWO, jst("2026-06-03T10:00"), name="two"),
        a_mail(_CODE, jst("2026-06-05T10:00"), link=LINK, name="code"),
    )
    commands("import", mails)
    return commands


def _id(commands: Commands, name: str) -> str:
    (found,) = (
        one["id"] for one in commands.json("review")["mails"] if one["message_id"] == f"<{name}@mail.example.net>"
    )
    return str(found)


def _file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "profiles" / "lancers.yaml"


def _kinds(commands: Commands) -> list[tuple[str, str | None]]:
    return [(event["kind"], event["rule"]) for event in commands.json("timeline", PROJECT)["events"][1:]]


def test_what_teach_names_takes_the_rule_back_and_renames_the_others(tmp_path: Path, kept: Commands) -> None:
    before = kept.json("timeline", PROJECT)["events"]
    one, two = _id(kept, "new"), _id(kept, "two")
    assert f"inboxwatch teach --undo {one}" in kept("teach", one, "--as", "payment_confirmed")
    kept("teach", two, "--as", "contact")
    assert _kinds(kept) == [("payment_confirmed", "lancers+own/1"), ("contact", "lancers+own/2")]
    assert "payment confirmed (attested) -> not recognised" in kept("teach", "--undo", one)
    assert _kinds(kept) == [("contact", "lancers+own/1")]
    assert "検収作業" not in _file(tmp_path).read_text(encoding="utf-8")
    assert kept.json("rebuild")["mails"] == []
    kept("teach", "--undo", "lancers+own/1")
    assert kept.json("timeline", PROJECT)["events"] == before
    kept("status")
    kept("teach", one, "--as", "accepted")
    assert _kinds(kept) == [("accepted", "lancers+own/1")]


def test_a_try_changes_nothing(tmp_path: Path, kept: Commands) -> None:
    kept("teach", _id(kept, "new"), "--as", "accepted")
    text, events = _file(tmp_path).read_bytes(), _kinds(kept)
    stat = _file(tmp_path).stat()
    assert "-> not recognised" in kept("teach", "--undo", "lancers+own/1", "--dry-run")
    assert (_file(tmp_path).read_bytes(), _kinds(kept), _file(tmp_path).stat().st_mtime_ns) == (
        text,
        events,
        stat.st_mtime_ns,
    )


def test_a_secret_is_taken_back_by_its_rules_name(tmp_path: Path, kept: Commands) -> None:
    out = kept("teach", _id(kept, "code"), "--as", "secret")
    assert "inboxwatch teach --undo lancers+own/secret/1" in out
    assert "does not come back" in kept("teach", "--undo", "lancers+own/secret/1")
    later = a_mail(_CODE.replace("4821", "1248"), jst("2026-06-06T10:00"))
    (line,) = kept.lines("classify", write_mails(tmp_path / "later", later))
    assert line["event"] is None


def test_what_no_rule_of_hers_reads_cannot_be_taken_back(tmp_path: Path, kept: Commands) -> None:
    kept("teach", "--undo", _id(kept, "new"), code=1)
    assert "no rule knows it" in kept.err
    kept("teach", "--undo", "20260601100000@mail.example.net", code=1)
    assert "comes with inboxwatch" in kept.err
    kept("teach", "--undo", "lancers+own/1", code=1)
    assert "none has been taught" in kept.err
    kept("teach", _id(kept, "new"), "--as", "accepted")
    kept("teach", "--undo", "lancers+own/7", code=1)
    assert "there are: lancers+own/1" in kept.err
    _file(tmp_path).write_text(
        "platform: lancers\nmails: [{event: noise, subject: '検収作業が終わりました:{title}'}]\n"
    )
    kept("teach", "--undo", _id(kept, "two"), code=1)
    kept("teach", "--undo", "new@mail.example.net", code=1)
    assert "by hand" in kept.err


def test_a_rule_in_a_file_of_her_own_is_not_touched(tmp_path: Path, kept: Commands) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("platform: lancers\nmails:\n  - {event: noise, subject: 別の題名です}\n", encoding="utf-8")
    assert kept.config is not None
    with kept.config.open("a", encoding="utf-8") as opened:
        opened.write(f"profiles: [{own}]\n")
    text = own.read_bytes()
    kept("teach", _id(kept, "new"), "--as", "accepted")
    assert _kinds(kept) == [("accepted", "lancers+own/2")]
    kept("teach", "--undo", "lancers+own/1", code=1)
    kept("teach", "--undo", "lancers+own/2")
    assert (_kinds(kept), own.read_bytes()) == ([], text)


@pytest.mark.parametrize(
    "text", ["platform: lancers\nmails:\n", "platform: lancers\nmails: []\nsecret:\ndeadlines: ~\n"]
)
def test_a_rule_taken_out_by_hand_leaves_a_file_that_can_be_read(tmp_path: Path, kept: Commands, text: str) -> None:
    identity = _id(kept, "new")
    kept("teach", identity, "--as", "accepted")
    _file(tmp_path).write_text(text)
    kept("rebuild")
    assert _kinds(kept) == []
    kept("teach", identity, "--as", "contact")
    assert _kinds(kept) == [("contact", "lancers+own/1")]


def test_a_file_that_was_deleted_can_be_taught_anew_without_a_rebuild(tmp_path: Path, kept: Commands) -> None:
    identity = _id(kept, "new")
    kept("teach", identity, "--as", "accepted")
    text = _file(tmp_path).read_bytes()
    _file(tmp_path).unlink()
    kept("teach", identity, "--as", "accepted")
    assert _file(tmp_path).read_bytes() == text
    _file(tmp_path).unlink()
    kept("teach", identity, "--as", "contact")
    assert _kinds(kept) == [("contact", "lancers+own/1")]
