"""`teach`: a rule from a mail, shown before it is written, checked before it counts, and told by what it changes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.support import LINK, PROJECT, TITLE, Commands, a_mail, comment, jst, write_mails

_OTHER_LINK = "https://www.lancers.jp/work/detail/90020002"
_OTHER = "旅行記事の執筆"
_NEW, _NEW_TOO = (f"[ランサーズ] 検収作業が終わりました：{title}" for title in (TITLE, _OTHER))
_CODE = "二段階認証番号 4821 を送ります"


@pytest.fixture
def kept(tmp_path: Path, commands: Commands) -> Commands:
    """Two projects, and a mail of an unknown template for each."""
    mails = write_mails(
        tmp_path / "mails",
        a_mail(comment(), jst("2026-06-01T10:00")),
        a_mail(comment("白雲工房", _OTHER), jst("2026-06-01T11:00"), link=_OTHER_LINK),
        a_mail(_NEW, jst("2026-06-02T10:00")),
        a_mail(_NEW_TOO, jst("2026-06-02T11:00"), link=_OTHER_LINK),
        a_mail("支払いが確定しました", jst("2026-06-03T10:00")),
        a_mail("重要なお知らせ", jst("2026-06-04T10:00")),
        a_mail(_CODE, jst("2026-06-05T10:00"), link=LINK, name="code"),
    )
    commands("import", mails)
    return commands


def _id(commands: Commands, subject: str) -> str:
    return next(mail["id"] for mail in commands.json("review")["mails"] if mail["subject"] == subject)


def _file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "profiles" / "lancers.yaml"


def _state(commands: Commands, project: str = PROJECT) -> str:
    return str(commands.json("timeline", project)["project"]["state"])


def test_a_try_shows_the_rule_and_what_it_would_change_and_writes_nothing(tmp_path: Path, kept: Commands) -> None:
    out = kept("teach", _id(kept, _NEW)[:8], "--as", "payment_confirmed", "--dry-run")
    assert "[ランサーズ] 検収作業が終わりました:{title}" in out
    assert [line.startswith("* ") for line in out.splitlines() if "検収作業" in line and "2026" in line] == [True, True]
    assert "not recognised -> payment confirmed" in out
    assert not _file(tmp_path).exists()
    assert _state(kept) == "in_progress"


def test_what_is_taught_counts_for_every_mail_of_the_template(tmp_path: Path, kept: Commands) -> None:
    out = kept("teach", _id(kept, _NEW), "--as", "payment_confirmed")
    assert str(_file(tmp_path)) in out
    assert f"{PROJECT}: Paid" in out
    assert f"{PROJECT[:-1]}2: Paid" in out
    assert [_state(kept), _state(kept, f"{PROJECT[:-1]}2")] == ["paid", "paid"]
    assert stat.S_IMODE(_file(tmp_path).stat().st_mode) == 0o600
    text = _file(tmp_path).read_text(encoding="utf-8")
    assert "# 2026-06-02: [ランサーズ] 検収作業が終わりました" in text
    assert "from a mail of 2026-06-02" in text
    event = kept.json("timeline", PROJECT)["events"][1]
    assert (event["rule"], event["grade"]) == ("lancers+own/1", "attested")
    assert kept.json("rebuild") == {"dry_run": False, "mails": [], "projects": []}
    assert kept.lines("alerts") == []


def test_the_next_mail_of_the_template_is_known(tmp_path: Path, kept: Commands) -> None:
    kept("teach", _id(kept, _NEW), "--as", "accepted")
    later = a_mail("[ランサーズ] 検収作業が終わりました：まったく新しい仕事", jst("2026-07-01T10:00"))
    (line,) = kept.lines("classify", write_mails(tmp_path / "later", later))
    assert (line["event"], line["title"], line["grade"]) == ("accepted", "まったく新しい仕事", "attested")


def test_a_probable_mail_that_is_taught_counts_in_full(kept: Commands) -> None:
    assert _state(kept) == "in_progress"
    out = kept("teach", "<20260603100000@mail.example.net>", "--as", "payment_confirmed")
    assert "payment confirmed (probable) -> payment confirmed (attested)" in out
    assert _state(kept) == "paid"


def test_a_rule_that_is_there_already_is_not_written_twice(tmp_path: Path, kept: Commands) -> None:
    kept("teach", _id(kept, _NEW), "--as", "accepted")
    before = _file(tmp_path).read_bytes()
    for more in ((), ("--subject", "[ランサーズ] 検収作業が終わりました:{title}")):
        out = kept("teach", "20260602100000@mail.example.net", "--as", "accepted", *more)
        assert "There is a rule for this already (lancers+own/1)" in out
    assert _file(tmp_path).read_bytes() == before


def test_teaching_again_corrects_what_was_taught_before(tmp_path: Path, kept: Commands) -> None:
    identity = _id(kept, _NEW)
    kept("teach", identity, "--as", "payment_confirmed")
    first = _file(tmp_path).read_bytes()
    kept("teach", identity, "--as", "notice")
    assert _file(tmp_path).read_bytes().startswith(first)
    assert _state(kept) == "in_progress"


def test_after_a_fault_in_the_middle_the_mails_are_read_again(tmp_path: Path, kept: Commands) -> None:
    """The file was replaced, and the store was not written: teaching the same again makes up for it."""
    identity = _id(kept, _NEW)
    _file(tmp_path).parent.mkdir()
    _file(tmp_path).write_text(
        'platform: lancers\nmails:\n  - event: payment_confirmed\n    subject: "検収作業が終わりました:{title}"\n'
    )
    assert "(2)" in kept("teach", identity, "--as", "payment_confirmed")
    assert _state(kept) == "paid"


@pytest.mark.parametrize(
    ("kind", "by"), [("contact", "client"), ("reminder_received", "client"), ("delivered", "me"), ("accepted", None)]
)
def test_who_acts_is_as_usual(kept: Commands, kind: str, by: str | None) -> None:
    kept("teach", _id(kept, _NEW), "--as", kind)
    assert kept.json("timeline", PROJECT)["events"][1]["by"] == by


def test_a_subject_without_words_is_refused_with_the_remedy(tmp_path: Path, kept: Commands) -> None:
    identity = _id(kept, "重要なお知らせ")
    kept("teach", identity, "--as", "notice", code=1)
    assert "--subject" in kept.err
    kept("teach", identity, "--as", "notice", "--subject", "{*}", code=2)
    assert not _file(tmp_path).exists()
    kept("teach", identity, "--as", "notice", "--subject", "重要な{*}")
    assert 'subject: "重要な{*}"' in _file(tmp_path).read_text(encoding="utf-8")


def test_a_rule_that_takes_what_is_known_is_refused_unless_she_says_so(tmp_path: Path, commands: Commands) -> None:
    tool, subject = "特別な道具の記事", "特別な道具の記事からのログインを検知しました"
    account = "新しい端末からのログインを検知しました"
    mails = (
        a_mail(comment(title=tool), jst("2026-06-01T10:00")),
        a_mail(account, jst("2026-06-02T10:00")),
        a_mail(subject, jst("2026-06-03T10:00")),
    )
    commands("import", write_mails(tmp_path / "mails", *mails))
    identity = _id(commands, subject)
    commands("teach", identity, "--as", "notice", code=1)
    assert account in commands.err
    assert not _file(tmp_path).exists()
    out = commands("teach", identity, "--as", "notice", "--subject", "{title}からのログインを検知しました")
    (line,) = (line for line in out.splitlines() if account in line)
    assert line.startswith("* ")
    assert line.endswith("about the account (attested) -> notice (attested)")


def test_a_secret_leaves_nothing_behind_and_is_not_shown(tmp_path: Path, kept: Commands) -> None:
    out = kept("teach", _id(kept, _CODE), "--as", "secret")
    assert "4821" not in out
    assert "二段階認証番号" in out
    assert "4821" not in _file(tmp_path).read_text(encoding="utf-8")
    assert _CODE not in kept("review", "--json")
    assert kept.json("rebuild")["mails"] == []
    kept("teach", "code@mail.example.net", "--as", "noise", code=1)
    assert "there is no mail" in kept.err


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (a_mail("ご相談", jst("2026-06-06T10:00"), sender="yamada@example.co.jp"), "between people"),
        (a_mail(_NEW, jst("2026-06-06T10:00"), sender="x@lancers.co.jp.example"), "suspicious"),
        (a_mail(f"Fwd: {comment()}", jst("2026-06-06T10:00"), sender="friend@example.org"), "forwarded"),
    ],
)
def test_a_mail_that_proves_nothing_of_a_platform_teaches_nothing(
    tmp_path: Path, commands: Commands, mail: bytes, words: str
) -> None:
    assert commands.config is not None
    with commands.config.open("a", encoding="utf-8") as opened:
        opened.write("clients: [{name: 山田, addresses: [yamada@example.co.jp]}]\n")
    commands("import", write_mails(tmp_path / "mails", mail))
    commands("teach", "20260606100000@mail.example.net", "--as", "contact", code=1)
    assert words in commands.err
    assert not _file(tmp_path).exists()


def test_what_cannot_be_meant_is_refused(kept: Commands) -> None:
    kept("teach", "abcdef", "--as", "contact", code=1)
    assert "there is no mail" in kept.err
    kept("teach", _id(kept, _NEW), "--as", "acepted", code=2)
    assert "did you mean 'accepted'" in kept.err
    kept("teach", _id(kept, _NEW), "--as", "noise", "--by", "me", code=2)
    kept("teach", _id(kept, _NEW), "--as", "waiting", code=2)
    assert "--by" in kept.err


def test_a_kind_may_have_its_japanese_name(kept: Commands) -> None:
    out = kept("teach", _id(kept, _NEW), "--as", "支払い確定", "--dry-run")
    assert "[payment_confirmed]" in out
    assert "client) [contact]" in kept("teach", _id(kept, _NEW), "--as", "連絡あり", "--dry-run")
    kept("teach", _id(kept, _NEW), "--as", "月額", code=2)
    assert "'月額' is no kind of mail" in kept.err


def test_the_help_lists_the_kinds(bare: Commands) -> None:
    out = " ".join(bare("teach", "--help").split())
    assert "waiting, cancelled, payment_confirmed" in out and "noise, account, secret" in out


def test_a_mail_that_stays_without_a_project_is_named_with_the_way_to_give_it_one(
    tmp_path: Path, commands: Commands
) -> None:
    mails = (
        a_mail(comment(), jst("2026-06-01T10:00")),
        a_mail(comment("白雲工房", _OTHER), jst("2026-06-01T11:00"), link=_OTHER_LINK),
        a_mail("検収作業の照会です", jst("2026-06-02T10:00"), link="https://example.org/"),
    )
    commands("import", write_mails(tmp_path / "mails", *mails))
    identity = _id(commands, "検収作業の照会です")
    assert "inboxwatch assign" not in commands("teach", identity, "--as", "noise")
    out = commands("teach", identity, "--as", "contact")
    assert f"inboxwatch assign {identity} PROJECT" in out
    commands("assign", identity, PROJECT)
    assert "inboxwatch assign" not in commands("teach", identity, "--as", "accepted")


def test_a_mail_that_stays_suspicious_is_not_marked_as_changing(tmp_path: Path, commands: Commands) -> None:
    honest = a_mail(_NEW, jst("2026-06-02T10:00"), name="honest")
    forged = a_mail(_NEW, jst("2026-06-03T10:00"), name="forged")
    refused = b"Authentication-Results: mx.example.com; dmarc=fail header.from=lancers.co.jp\r\n"
    assert commands.config is not None
    text = commands.config.read_text(encoding="utf-8")
    commands.config.write_text(text.replace("    tls: none\n", "    tls: none\n    authserv_id: mx.example.com\n"))
    commands("import", write_mails(tmp_path / "mails", honest, refused + forged))
    out = commands("teach", "honest@mail.example.net", "--as", "contact", "--dry-run")
    marks = {line[0] for line in out.splitlines() if "suspicious" in line}
    assert (marks, sum(line.startswith("* ") for line in out.splitlines())) == ({" "}, 1)


def test_a_long_subject_does_not_fill_a_refusal(tmp_path: Path, commands: Commands) -> None:
    mail = a_mail("重要なお知らせ。" * 400, jst("2026-06-02T10:00"), name="long")
    commands("import", write_mails(tmp_path / "mails", mail))
    commands("teach", "long@mail.example.net", "--as", "contact", code=1)
    assert len(commands.err) < 500
    commands("teach", "long@mail.example.net", "--as", "contact", "--subject", "甲" * 3000, code=2)
    assert len(commands.err) < 500


def test_a_file_that_cannot_be_extended_stays_as_it_is(tmp_path: Path, kept: Commands) -> None:
    identity = _id(kept, _NEW)
    text = "platform: lancers\nmails: [{event: noise, subject: 甲}]\n"
    _file(tmp_path).parent.mkdir()
    _file(tmp_path).write_text(text)
    kept("teach", identity, "--as", "accepted", code=1)
    assert "lancers.yaml cannot be extended" in kept.err
    assert _file(tmp_path).read_text() == text
    assert kept.json("timeline", PROJECT)["events"][-1]["kind"] == "payment_confirmed"
