"""`review`: each mail with its id, why it is there in her language, and the one line that settles it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import JST, LINK, PAID, Commands, a_mail, comment, jst, write_config, write_mails

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
    assert "inboxwatch" not in found["fake"]["how"]
    assert ONE in found["shared"]["reason"]
    assert TWO in found["shared"]["reason"]
    assert "lancers-co.jp.example" in found["fake"]["reason"]
    assert "no rule knows" in found["unknown"]["why"]
    assert all(one["reason"] and one["how"] for one in found.values())


def test_the_text_shows_every_id_reason_and_remedy(tmp_path: Path, commands: Commands) -> None:
    commands("import", mails(tmp_path / "a"))
    document = commands.json("review")
    text = "".join(commands("review").split())
    for one in document["mails"]:
        assert one["id"] in text
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
