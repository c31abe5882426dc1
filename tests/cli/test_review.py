"""`review`: each mail with its id, why it is there in her language, and the one line that settles it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import JST, LINK, PAID, Commands, a_mail, comment, jst, write_config, write_mails
from tests.pipeline.mailing import to_herself

ONE, TWO = "lancers/90020001", "lancers/90020002"
NOWHERE = "https://example.org/"


def mails(folder: Path) -> Path:
    return write_mails(
        folder,
        a_mail(comment(), jst("2026-06-01T10:00")),
        a_mail(comment(title="別の仕事"), jst("2026-06-02T10:00"), link=LINK.replace("90020001", "90020002")),
        a_mail("青空商店さんからのメッセージ受信通知", jst("2026-06-03T10:00"), link=NOWHERE, name="shared"),
        a_mail(PAID, jst("2026-06-04T10:00"), link=NOWHERE, name="nowhere"),
        a_mail("はじめて見る件名です", jst("2026-06-05T10:00"), name="unknown"),
        a_mail(comment(), jst("2026-06-06T10:00"), sender="noreply@lancers-co.jp.example", name="fake"),
        a_mail(f"Fwd: {comment()}", jst("2026-06-07T10:00"), sender="friend@example.net", name="forwarded"),
        b"\r\n",
    )


def listed(commands: Commands) -> dict[str, dict[str, Any]]:
    """Each mail of the review, by its Message-ID's beginning, or its kind."""
    found = commands.json("review")["mails"]
    return {(one["message_id"] or one["kind"]).strip("<").partition("@")[0]: one for one in found}


@pytest.fixture(params=["ja", "en"])
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Commands:
    config = write_config(tmp_path)
    config.write_text(config.read_text().replace("language: en", f"language: {request.param}"))
    return Commands(capsys, config)


def test_each_mail_says_why_it_is_there_and_how_to_settle_it(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    found = listed(commands)
    assert {name: one["kind"] for name, one in found.items()} == {
        "shared": "ambiguous",
        "nowhere": "ambiguous",
        "unknown": "unrecognised",
        "fake": "suspicious",
        "forwarded": "forwarded",
        "quarantined": "quarantined",
    }
    for name in ("shared", "nowhere"):
        assert f"inboxwatch assign {found[name]['id']} " in found[name]["how"]
    assert f"inboxwatch teach {found['unknown']['id']} --as " in found["unknown"]["how"]
    for name in ("fake", "forwarded", "quarantined"):
        assert f"inboxwatch review --done {found[name]['id']}" in found[name]["how"]
    for name in ("shared", "nowhere", "unknown"):
        assert "--done" not in found[name]["how"]
    assert ONE in found["shared"]["reason"]
    assert TWO in found["shared"]["reason"]
    assert "lancers-co[.]jp[.]example" in found["fake"]["reason"]
    assert "no rule knows" in found["unknown"]["why"]
    assert all(one["reason"] and one["how"] for one in found.values())


def test_the_text_shows_every_id_reason_and_remedy(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    document = commands.json("review")
    lines = [line.strip() for line in commands("review").splitlines()]
    for one in document["mails"]:
        assert {one["subject"], one["reason"], one["how"]} - {""} <= set(lines)
        assert any(line.endswith(one["id"]) for line in lines)
    assert document["counts"]["ambiguous"] == 2


def test_what_its_line_says_settles_it(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    found = listed(commands)
    commands("assign", found["shared"]["id"], ONE)
    commands("record", "--undo", found["nowhere"]["id"])
    assert not {"shared", "nowhere"} & listed(commands).keys()
    assert commands.json("status")["review"]["ambiguous"] == 0


def test_status_and_timeline_name_a_message_that_may_be_of_a_project(tmp_path: Path, commands: Commands) -> None:
    first, then = (datetime.now(JST) - timedelta(days=days) for days in (5, 3))
    stranger = a_mail("lancers_abcさんからのメッセージ受信通知", then, link=NOWHERE, name="m1")
    commands("import", write_mails(tmp_path / "a", a_mail(comment(), first), stranger))
    document = commands.json("status")
    (one,) = document["unlinked"]
    assert (one["client"], one["projects"]) == ("lancers_abc", [ONE])
    assert f"inboxwatchassign{one['id']}{ONE}" in "".join(commands("status").split())
    assert commands.json("status", "--at", (first + timedelta(days=1)).isoformat())["unlinked"] == []
    commands("assign", one["id"], ONE)
    assert commands.json("status")["unlinked"] == []


def test_the_timeline_marks_what_may_belong_elsewhere_and_how_to_settle_it(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    (event,) = [one for one in commands.json("timeline", ONE)["events"] if one["also"]]
    assert event["also"] == [TWO]
    text = "".join(commands("timeline", ONE).split())
    assert f"inboxwatchassign{event['id']}{ONE}" in text


# -- what she has looked at


def test_what_nothing_else_settles_is_taken_off_the_list_and_its_counts_and_a_rebuild_keeps_it_so(
    tmp_path: Path, commands: Commands
) -> None:
    commands("import", mails(tmp_path / "a"))
    found = listed(commands)
    ids = [found[name]["id"] for name in ("fake", "forwarded", "quarantined")]
    text = commands("review", "--done", *ids)
    assert all(f"inboxwatch record --restore {one}" in text for one in ids)
    for _ in range(2):
        assert listed(commands).keys() == {"shared", "nowhere", "unknown"}
        counts = commands.json("status")["review"]
        assert counts == {"unrecognised": 1, "suspicious": 0, "quarantined": 0, "forwarded": 0, "ambiguous": 2}
        commands("rebuild")


def test_a_suspicious_mail_that_was_looked_at_stays_suspicious_and_can_be_shown_again(
    tmp_path: Path, commands: Commands
) -> None:
    commands("import", mails(tmp_path / "a"))
    fake = listed(commands)["fake"]["id"]
    commands("review", "--done", fake)
    commands("assign", fake, ONE, code=1)
    assert "not what it pretends to be" in commands.err
    commands("review", "--done", fake, code=1)
    assert f"off the list already; to show it again: inboxwatch record --restore {fake}" in commands.err
    commands("record", "--restore", fake)
    assert listed(commands)["fake"]["kind"] == "suspicious"


@pytest.mark.parametrize(
    ("name", "says"), [("unknown", "inboxwatch teach {id} --as KIND"), ("nowhere", "inboxwatch assign {id} PROJECT")]
)
def test_what_a_command_settles_is_not_taken_off_and_nothing_else_with_it(
    name: str, says: str, tmp_path: Path, commands: Commands
) -> None:
    commands("import", mails(tmp_path / "a"))
    found = listed(commands)
    one = found[name]["id"]
    commands("review", "--done", found["fake"]["id"], one, code=1)
    assert says.format(id=one) in commands.err
    assert listed(commands).keys() == found.keys()


def test_what_is_not_in_review_cannot_be_taken_off(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    contact = commands.json("timeline", ONE)["events"][0]["id"]
    commands("review", "--done", contact, code=1)
    assert "is not in review" in commands.err
    commands("review", "--done", "nobody", code=1)
    assert "there is no mail" in commands.err


def test_a_mailed_fact_that_was_wrong_is_taken_off_and_not_recorded_later(tmp_path: Path, commands: Commands) -> None:
    config = commands.config
    assert config is not None
    config.write_text(config.read_text() + "me: [me@example.com]\n")
    commands("import", mails(tmp_path / "a"))
    stated = to_herself("inboxwatch 90020007 仮払い", jst("2026-06-08T10:00")).raw
    commands("import", write_mails(tmp_path / "b" / "Sent", stated))
    (wrong,) = [one for one in commands.json("review")["mails"] if "90020007" in one["reason"]]
    assert f"inboxwatch review --done {wrong['id']}" in wrong["how"]
    commands("review", "--done", wrong["id"])
    later = a_mail(comment(), jst("2026-06-09T10:00"), link=LINK.replace("90020001", "90020007"), name="later")
    commands("import", write_mails(tmp_path / "c", later))
    commands("rebuild")
    assert "escrow_funded" not in [one["kind"] for one in commands.json("timeline", "lancers/90020007")["events"]]
    assert wrong["id"] not in [one["id"] for one in commands.json("review")["mails"]]


def test_a_mail_that_waits_for_a_verified_sender_is_taken_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = Commands(capsys, write_config(tmp_path, "platforms: {lancers: {require_verified: true}}"))
    commands("import", write_mails(tmp_path / "a", a_mail(comment(), jst("2026-06-01T10:00"))))
    (one,) = commands.json("review")["mails"]
    assert (one["kind"], f"inboxwatch review --done {one['id']}" in one["how"]) == ("unverified", True)
    commands("review", "--done", one["id"])
    assert commands.json("review")["mails"] == []


def test_status_tells_forwarded_mails_in_words(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    text = " ".join(commands("status").split())
    assert "forwarded 1" in text or "転送 1" in text
