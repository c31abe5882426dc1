"""After a week off, on a Monday morning: what each target gets, how many, and in which order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from inboxwatch.facts import Statement, as_fact
from tests.service.house import House, platform_mail
from tests.service.test_ping import a_maildir

JST = timezone(timedelta(hours=9))
LEFT = datetime(2026, 11, 16, 9, tzinfo=JST)
BACK = datetime(2026, 11, 23, 6, 30, tzinfo=JST)
REMINDER_AT_HER = "[ランサーズ] 丙社 さんから 記事C の連絡催促申請が届いています"
PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"


class Inbox:
    """A Maildir that platform mails about numbered projects arrive in."""

    def __init__(self, folder: Path) -> None:
        self._new = folder / "Maildir" / "new"
        self._count = 0

    def arrives(self, number: int, at: datetime, subject: str) -> None:
        self._count += 1
        mail = platform_mail(at, subject, body=f"https://www.lancers.jp/work/detail/{number}")
        (self._new / f"{self._count}.a.b").write_bytes(mail)


def contact(client: str, title: str) -> str:
    return f"[ランサーズ] {client} さんから {title} のコメントが届いています"


def brief(alerts: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(alert["kind"], alert["project"]) for alert in alerts]


def _report_completion(house: House, project: str) -> None:
    app, store = house.app(), house.store()
    stated = Statement(project, "completion_reported", at=LEFT.isoformat())
    fact = as_fact(stated, LEFT, app.config.zone, store.projects(), ["lancers"])
    app.pipeline(store).record(fact, LEFT)
    store.close()


def test_what_runs_against_her_comes_through_the_night_and_the_rest_in_order_at_its_end(tmp_path: Path) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)], alerts={"quiet_hours": "22:00-07:00"})
    inbox = Inbox(tmp_path)
    people = [(101, "記事A", "甲社"), (102, "記事B", "乙社"), (103, "記事C", "丙社"), (104, "記事D", "丁社")]
    for hours, (number, title, client) in enumerate(people):
        inbox.arrives(number, LEFT - timedelta(days=10), "[ランサーズ] 仮払いが完了しました")
        inbox.arrives(number, LEFT - timedelta(days=2, hours=hours), contact(client, title))
    house.once(lambda: LEFT)
    before = len(house.alerts())
    assert brief(house.alerts()) == [("summary", None)]
    _report_completion(house, "lancers/102")

    inbox.arrives(104, LEFT + timedelta(days=3), PAID)
    inbox.arrives(103, LEFT + timedelta(days=5), REMINDER_AT_HER)
    house.once(lambda: BACK)
    night = house.alerts()[before:]
    assert brief(night) == [("deadline_against", "lancers/103")], "urgent, and alone: it is 6:30"

    house.once(lambda: BACK + timedelta(minutes=31))
    morning = house.alerts()[before + 1 :]
    # 102 opened an hour before 101; what was paid and what is over is in the summary alone.
    assert brief(morning) == [
        ("summary", None),
        ("reminder_available", "lancers/102"),
        ("reminder_available", "lancers/101"),
    ]
    lines = [line for line in morning[0]["body"].splitlines() if line.startswith("- ")]
    assert [line.split(" ")[1] for line in lines] == ["lancers/103", "lancers/102", "lancers/101", "lancers/104"]
    house.once(lambda: BACK + timedelta(hours=1))
    assert len(house.alerts()) == before + 4, "a further round tells nothing"
