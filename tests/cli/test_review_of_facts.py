"""A recorded fact that may by now belong to any of several projects is in `review`, and credited to none."""

from __future__ import annotations

from pathlib import Path

from tests.cli.support import Commands, a_mail, comment, jst, write_mails

_BOTH = ("lancers/90020001", "lancers/90020002")
_LINK = "https://www.lancers.jp/work/detail/90020002"


def test_a_fact_on_a_client_of_two_projects_is_in_review_with_their_names(tmp_path: Path, commands: Commands) -> None:
    message = a_mail("青空商店さんからのメッセージ受信通知", jst("2026-06-01T10:00"), link="https://example.org/")
    commands("import", write_mails(tmp_path / "first", message))
    commands("record", "lancers/@青空商店", "completion_reported", "--at", "2026-06-02")
    one = a_mail(comment(), jst("2026-06-03T10:00"))
    two = a_mail(comment(title="別の仕事"), jst("2026-06-04T10:00"), link=_LINK)
    commands("import", write_mails(tmp_path / "then", one))
    assert commands.json("timeline", _BOTH[0])["project"]["completion_reported"] is True
    commands("import", write_mails(tmp_path / "later", two))
    for name in _BOTH:
        assert commands.json("timeline", name)["project"]["completion_reported"] is False
    document = commands.json("review")
    facts = [found for found in document["mails"] if found["id"] == "fact-1"]
    assert [(found["kind"], found["event"], tuple(found["projects"])) for found in facts] == [
        ("ambiguous", "completion_reported", _BOTH)
    ]
    assert document["counts"] == commands.json("status")["review"]
    assert document["counts"]["ambiguous"] == len(document["mails"])
    assert "completion_reported" in commands("review")
