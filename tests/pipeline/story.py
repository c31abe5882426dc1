"""Mails of invented people and the clock to play them on: what the tests of the pipeline share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from zoneinfo import ZoneInfo

from inboxwatch.alerts.model import Alert
from inboxwatch.facts import Statement
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.known import Known, KnownClient
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.replay import replay, understood
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
PROJECT = "lancers/5545030"
CLIENT = "山田商店"
TITLE = "商品紹介記事"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SILENT = timedelta(hours=168)

PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"
ESCROW = "仮払いが完了しました"
STARTED = "契約が成立しました"
REMINDED = "連絡催促のお知らせ"
CHANGE = "計画変更の依頼が届きました"
PROBABLY_PAID = "支払いが確定しました"
PROBABLY_CANCELLED = "キャンセルが完了しました"
PAYOUT = "[ランサーズ] 振込報酬額確定のお知らせ"

KNOWN = Known(
    me=frozenset({"me@example.com"}),
    clients=(KnownClient("鈴木", frozenset({"suzuki@example.org"}), (PROJECT,)),),
    authserv_ids=frozenset({"mx.example.com"}),
)


@cache
def profiles() -> Profiles:
    """The profiles as shipped."""
    return load_profiles((), None, lambda name: True)


def jst(text: str) -> datetime:
    """An instant by the clock of Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def comment(client: str = CLIENT, title: str = TITLE) -> str:
    """The attested subject of a comment on a project's board."""
    return f"[ランサーズ] {client} さんから {title} のコメントが届いています"


def message(client: str = CLIENT) -> str:
    """The attested subject of a message: it names the client and no project."""
    return f"{client}さんからのメッセージ受信通知"


def a_mail(
    subject: str,
    at: datetime,
    *,
    project: str | None = "5545030",
    body: str = "お知らせです。",
    sender: str = "ランサーズ事務局 <noreply@lancers.co.jp>",
    verdict: str | None = None,
    message_id: str | None = "made",
) -> RawMail:
    """One mail as a mailbox hands it over, arrived when it was sent. `project` becomes a link in its text."""
    mail = EmailMessage()
    if verdict:
        mail["Authentication-Results"] = f"mx.example.com; {verdict}"
    mail["Date"] = format_datetime(at)
    mail["From"] = sender
    mail["To"] = "me@example.com"
    mail["Subject"] = subject
    if message_id:
        made = f"<{int(at.timestamp())}.{abs(hash((subject, project, body, sender))):x}@mail.example.net>"
        mail["Message-ID"] = made if message_id == "made" else message_id
    link = f"\nhttps://www.lancers.jp/work/detail/{project}\n" if project else "\n"
    mail.set_content(body + link)
    return RawMail(mail.as_bytes(), at)


@dataclass
class Story:
    """Mails and notes, and the alerts they would have raised."""

    mails: list[RawMail] = field(default_factory=list)
    notes: list[tuple[datetime, Statement]] = field(default_factory=list)
    policy: Policy = field(default_factory=lambda: Policy(known=KNOWN))
    wording: Wording = field(default_factory=lambda: Wording("ja", TOKYO))

    def mail(self, subject: str, at: datetime, **more: object) -> Story:
        self.mails.append(a_mail(subject, at, **more))  # type: ignore[arg-type]
        return self

    def note(self, fact: str, when: datetime, project: str = PROJECT, **more: object) -> Story:
        self.notes.append((when, Statement(project, fact, **more)))  # type: ignore[arg-type]
        return self

    def play(self, until: datetime) -> tuple[Pipeline, list[Alert]]:
        """Replay it in memory up to and with `until`."""
        pipeline = Pipeline(Store.in_memory(), profiles(), self.policy, self.wording)
        kept = list(understood(self.mails, profiles(), self.policy.known))
        return pipeline, list(replay(pipeline, kept, self.notes, until))

    def alerts(self, until: datetime) -> list[Alert]:
        return self.play(until)[1]

    def told(self, until: datetime, *kinds: str) -> list[tuple[str, datetime]]:
        """Kind and instant of each alert, of these kinds or of all."""
        return [(a.kind, a.at) for a in self.alerts(until) if not kinds or a.kind in kinds]


def contracted(at: datetime, **more: object) -> Story:
    """A story that begins with a recorded escrow at `at`."""
    return Story(**more).note("escrow_funded", at)  # type: ignore[arg-type]


def kinds(alerts: Iterable[Alert]) -> list[str]:
    """The alerts' kinds in their order."""
    return [alert.kind for alert in alerts]
