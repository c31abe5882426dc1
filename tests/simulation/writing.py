"""A random story from a seed: projects and their mails, her facts, and all that can go wrong on the way."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from tests.simulation.platforms import KOBO_SENDER, KOBO_SUBJECTS
from tests.simulation.steps import (
    Again,
    Anew,
    Arrival,
    Cut,
    Down,
    Full,
    Jump,
    Move,
    Says,
    Seen,
    Settings,
    Sleep,
    Snoozed,
    Stated,
    Step,
    Stop,
    Story,
    Trouble,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

CLIENTS = ("山田商店", "佐藤企画", "田中編集室", "渡辺書房", "高橋商事", "小川工房", "森デザイン", "石井出版")
TITLES = ("商品紹介記事", "旅行の記事", "料理の原稿", "取扱説明書", "会社案内", "採用ページ", "観光案内", "書評の連載")
#: The configured client who mails directly, and to which project that belongs.
DIRECT = "鈴木 <suzuki@example.org>"
DIRECT_PROJECT = "lancers/700001"
#: One with whom there is no platform at all.
DIRECT_ALONE = "小林 <kobayashi@example.org>"
TARGETS = ("/target/phone", "/target/desk")

_PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"
#: Subjects in the words of the profile's probable rules.
_PROBABLE = {
    "escrow_funded": "仮払いが完了しました",
    "started": "契約が成立しました",
    "reminder_received": "連絡催促のお知らせ",
    "change_proposed": "計画変更の依頼が届きました",
    "change_settled": "計画変更が承認されました",
    "payment_confirmed": "支払いが確定しました",
    "cancelled": "キャンセルが完了しました",
    "cancel_requested": "キャンセル依頼が届きました",
    "revision_requested": "修正依頼が届きました",
    "completion_reported": "完了報告を受け付けました",
}
_BY_CLIENT = ("change_proposed", "cancel_requested", "revision_requested", "reminder_received")


class Writer:
    """Writes one story."""

    def __init__(self, seed: int, days: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.seed = seed
        self.begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.random.randrange(365 * 86400))
        self.end = self.begin + timedelta(days=days)
        self.steps: list[Step] = []
        self._number = 0
        self._last_id: str | None = None

    def story(self) -> Story:
        """The whole of it."""
        projects = 1 + self.random.randrange(3) + (self.end - self.begin) // (120 * DAY)
        for number in range(projects):
            first = self.begin - 20 * DAY if self.random.random() < 0.4 else self.begin
            self._project(number, self._instant(first, max(first + DAY, self.end - 15 * DAY)))
        self._others()
        self._trouble()
        steps = sorted((step for step in self.steps if step.at < self.end), key=lambda step: step.at)
        return Story(self.seed, self.begin, self.end, self.random.randrange(6), tuple(steps))

    # -- small things

    def _instant(self, low: datetime, high: datetime) -> datetime:
        return low + timedelta(seconds=self.random.randrange(max(1, int((high - low).total_seconds()))))

    def _span(self, low: timedelta, high: timedelta) -> timedelta:
        return timedelta(seconds=self.random.randrange(int(low.total_seconds()), int(high.total_seconds())))

    def _chance(self, of: float) -> bool:
        return self.random.random() < of

    def _mail(self, date: datetime, subject: str, says: Says, **more: object) -> None:
        """A mail, mostly at once, sometimes late; sometimes twice, moved, or gone before it was read."""
        self._number += 1
        name = f"m{self._number}"
        late = timedelta(0)
        if self._chance(0.12):
            late = self._span(MINUTE, 3 * DAY) if self._chance(0.5) else self._span(MINUTE, 20 * HOUR)
        side = more.get("mailbox") == "side"
        lag = timedelta(0) if self._chance(0.4 if side else 0.7) else self._span(timedelta(seconds=5), MINUTE)
        at = date + late
        of_platform = more.get("sender", KOBO_SENDER) == KOBO_SENDER
        folder = "Junk" if self._chance(0.06) and "folder" not in more and of_platform else "INBOX"
        without_id = self._chance(0.05)
        # Two mails of one Message-ID: careless senders make them, and neither is the other.
        twin = self._last_id if self._chance(0.04) and not without_id else None
        self._last_id = self._last_id if without_id or twin else name
        own = {"lag": lag, "without_id": without_id, "id_of": twin, "folder": folder}
        step = Arrival(at, name, date, subject, says, **{**own, **more})  # type: ignore[arg-type]
        self.steps.append(step)
        if self._chance(0.08):
            self.steps.append(Again(at + self._span(timedelta(seconds=1), 2 * DAY), name, "INBOX"))
        if self._chance(0.35 if side else 0.12):
            to = self.random.choice(("Archive", "Archive", None) if side else ("Archive", "Junk", "INBOX", None))
            # Before it is read, if it is not read at once: a hole, where it leaves what is watched.
            soon = lag or self._chance(0.3)
            self.steps.append(
                Move(at + self._span(timedelta(seconds=1), lag or (MINUTE if soon else 9 * DAY)), name, to)
            )

    def _fact(self, at: datetime, project: str, fact: str, by: str | None = None) -> None:
        since = at - self._span(MINUTE, 20 * HOUR) if self._chance(0.2) else at
        mailed = self._chance(0.15) and by is None
        self.steps.append(Stated(at, project, fact, at if mailed else since, by, mailed))

    # -- a project

    def _project(self, number: int, begin: datetime) -> None:
        where = self.random.random()
        if where < 0.33:
            Elsewhere(self, number, begin, direct=where < 0.07).write()
            return
        project = f"lancers/{700001 + number}"
        client, title = CLIENTS[number % 8], f"{TITLES[number % 8]}{number}"
        now = begin
        opening = self.random.random()
        if opening < 0.5:
            self._platform(now, project, "started")
            now += self._span(HOUR, 2 * DAY)
        if opening < 0.7:
            self._platform(now, project, "escrow_funded")
        elif opening < 0.9:
            self._fact(now, project, "escrow_funded")
        for _ in range(1 + self.random.randrange(2)):
            now = self._round(now, project, client, title)
            if now >= self.end:
                return

    def _round(self, now: datetime, project: str, client: str, title: str) -> datetime:
        """Contact, work, a silence, and how it ends."""
        for _ in range(self.random.randrange(5)):
            now += self._span(HOUR, 5 * DAY)
            self._contact(now, project, client, title)
        if self._chance(0.5):
            now += self._span(HOUR, 2 * DAY)
            if self._chance(0.2):
                self._platform(now, project, "completion_reported")
                now += self._span(HOUR, DAY)
            self._fact(now, project, self.random.choice(("delivered", "completion_reported", "completion_reported")))
        if self._chance(0.2):
            self._aside(now, project)
        if self._chance(0.25):
            self.steps.append(Seen(now + self._span(7 * DAY, 11 * DAY), project))
        now += self._span(DAY, 12 * DAY)
        if self._chance(0.45):
            now = self._filing(now, project, client, title)
        if self._chance(0.15):
            # Never in one second with what came before: which of the two was first is settled nowhere.
            now += self._span(MINUTE, HOUR)
            self._platform(now, project, "reminder_received")
            if self._chance(0.6):
                self._fact(now + self._span(HOUR, 5 * DAY), project, "answered")
            now += self._span(7 * DAY, 9 * DAY)
        if self._chance(0.35):
            now += self._span(HOUR, 5 * DAY)
            self._close(now, project)
        return now

    def _contact(self, at: datetime, project: str, client: str, title: str) -> None:
        link = project.partition("/")[2]
        kind = self.random.random()
        if kind < 0.5:
            subject = f"[ランサーズ] {client} さんから {title} のコメントが届いています"
        elif kind < 0.75:
            subject = f"[ランサーズ] {client} さんが {title} にコメントしました"
        elif kind < 0.9:
            subject = f"{client}さんからのメッセージ受信通知"
        elif project == DIRECT_PROJECT:
            says = Says(project, "contact", "client", "mail")
            self._mail(at, "ご相談", says, sender=DIRECT, folder="INBOX")
            return
        else:
            self._fact(at, project, "contact")
            return
        self._mail(at, subject, Says(project, "contact", "client", "platform"), link=link)

    def _platform(self, at: datetime, project: str, kind: str) -> None:
        by = "client" if kind in _BY_CLIENT else "me" if kind == "completion_reported" else None
        says = Says(project, kind, by, None, "probable")
        self._mail(at, _PROBABLE[kind], says, link=project.partition("/")[2])

    def _aside(self, now: datetime, project: str) -> None:
        """What happens beside the silence."""
        what = self.random.randrange(7)
        later = now + self._span(HOUR, 4 * DAY)
        if what == 0:
            self._platform(now, project, "change_proposed")
            if self._chance(0.6):
                self._fact(later, project, "change_settled")
        elif what == 1:
            self._fact(now, project, "waiting", "me")
        elif what == 2:
            self.steps.append(Snoozed(now, project, later + self._span(DAY, 9 * DAY)))
        elif what == 3:
            self._fact(later, project, "completion_withdrawn")
        elif what == 4:
            self._platform(now, project, "cancel_requested")
            self._fact(later, project, "answered")
        elif what == 5:
            self.steps.append(Seen(now + self._span(7 * DAY, 14 * DAY), project))
        else:
            self._platform(now, project, "revision_requested")

    def _filing(self, now: datetime, project: str, client: str, title: str) -> datetime:
        self._fact(now, project, "reminder_filed")
        if self._chance(0.5):
            self._fact(now + self._span(HOUR, 6 * DAY), project, "completion_reported")
        after = now + self._span(HOUR, 14 * DAY)
        ending = self.random.random()
        if ending < 0.35:
            self._contact(after, project, client, title)
        elif ending < 0.65:
            self._mail(after, _PAID, Says(project, "payment_confirmed"), link=project.partition("/")[2])
        elif ending < 0.75:
            self._fact(after, project, "reminder_ended")
        return after

    def _close(self, at: datetime, project: str) -> None:
        how = self.random.random()
        if how < 0.4:
            self._fact(at, project, self.random.choice(("payment_confirmed", "cancelled", "closed")))
        elif how < 0.6:
            self._mail(at, _PAID, Says(project, "payment_confirmed"), link=project.partition("/")[2])
        else:
            self._platform(at, project, self.random.choice(("payment_confirmed", "cancelled")))

    # -- what concerns no project

    def _others(self) -> None:
        for _ in range(2 + (self.end - self.begin) // (12 * DAY)):
            self._other(self._instant(self.begin - 10 * DAY, self.end))

    def _other(self, at: datetime) -> None:
        project = f"{700001 + self.random.randrange(3)}"
        shop = "店 <news@shop.example>"
        pick = self.random.randrange(9)
        if pick == 0:
            says = Says(loose="suspicious")
            verdict = "dmarc=fail header.from=lancers.co.jp"
            self._mail(at, _PAID, says, link=project, verdict=verdict, folder="INBOX")
        elif pick == 1:
            says = Says(loose="suspicious")
            sender = "ランサーズ事務局 <noreply@lancers-support.example>"
            self._mail(at, "支払いが確定しました", says, link=project, sender=sender, folder="INBOX")
        elif pick == 2:
            self._mail(at, "[ランサーズ] 振込報酬額確定のお知らせ", Says(loose="payout"))
        elif pick == 3:
            word = self.random.choice(("季節のお便り", "新機能のご紹介", "会報"))
            number = self.random.randrange(3)
            self._mail(at, f"{word} {number}", Says(loose="unrecognised", template=word))
        elif pick == 4:
            word = self.random.choice(("返金窓口", "お支払方法"))
            self._mail(at, f"{word} {self.random.randrange(3)}", Says(loose="pressing", template=word))
        elif pick == 5:
            self._mail(at, "ログイン認証コード", Says(loose="secret"))
        elif pick == 6:
            self._mail(at, "[ランサーズ] 【新着】記事カテゴリに、新しい仕事が登録されました!", Says(loose="noise"))
        elif pick == 7:
            word = self.random.choice(("便り", "ご案内"))
            says = Says(loose="unrecognised", template=f"kobo {word}")
            self._mail(at, f"{word} {self.random.randrange(3)}", says, sender=KOBO_SENDER, mailbox="side")
        else:
            self._mail(at, "今週の特売", Says(loose="foreign"), sender=shop, folder="INBOX")

    # -- what goes wrong

    def _trouble(self) -> None:
        for _ in range(self.random.randrange(5) + (self.end - self.begin) // (30 * DAY)):
            self.steps.append(self._one_trouble(self._instant(self.begin, self.end)))
        for _ in range(self.random.randrange(3)):
            self.steps += self._at_the_worst_time()

    def _at_the_worst_time(self) -> list[Step]:
        """A mailbox that cannot be read just when a silence would be told, or when the service comes back."""
        contacts = [s for s in self.steps if isinstance(s, Arrival) and s.says.kind == "contact" and s.at > self.begin]
        if not contacts:
            return []
        silence = self.random.choice((72, 120, 120, 168, 168)) * HOUR
        due = self.random.choice(contacts).date + silence
        mailbox = self.random.choice(("main", "side"))
        trouble = Trouble(
            due - self._span(MINUTE, 12 * MINUTE), self._span(5 * MINUTE, 40 * MINUTE), "unreachable", mailbox
        )
        if self._chance(0.5):
            return [trouble]
        stopped = trouble.at - self._span(MINUTE, 30 * HOUR)
        return [trouble, Stop(stopped, due + MINUTE - stopped)]

    def _one_trouble(self, at: datetime) -> Step:
        pick = self.random.randrange(13)
        if pick < 3:
            lasts = self._span(MINUTE, 2 * HOUR) if self._chance(0.5) else self._span(HOUR, 5 * DAY)
            how = self.random.choice(("unreachable", "unreachable", "refused"))
            return Trouble(at, lasts, how, self.random.choice(("main", "main", "side")))
        if pick < 5:
            lasts = self._span(MINUTE, 40 * HOUR) if self._chance(0.6) else self._span(60 * HOUR, 12 * DAY)
            return Stop(at, lasts) if pick == 3 else Sleep(at, lasts)
        if pick == 5:
            return Cut(at, self.random.randrange(8), self.random.choice(("main", "main", "side")))
        if pick == 6:
            # Mostly while a mail has come that is not read yet: only then something can be missed.
            unread = [step for step in self.steps if isinstance(step, Arrival) and step.lag and step.at > self.begin]
            if unread and self._chance(0.8):
                step = self.random.choice(unread)
                return Anew(step.at + timedelta(seconds=2), step.folder, step.mailbox)
            folder = self.random.choice(("INBOX", "INBOX", "Junk", "Sent"))
            return Anew(at, folder, self.random.choice(("main", "main", "side")))
        if pick == 7:
            return Full(at, self.random.randrange(8), 1 + self.random.randrange(4))
        if pick == 8:
            by = self._span(MINUTE, 40 * HOUR)
            return Jump(at, by if self._chance(0.5) else -by, self._span(HOUR, 2 * DAY))
        if pick == 9:
            return Settings(at, self.random.randrange(6))
        lasts = self._span(MINUTE, 3 * DAY) if self._chance(0.8) else self._span(4 * DAY, 8 * DAY)
        return Down(at, lasts, self.random.choice(TARGETS), self.random.choice(("fails", "hangs", "takes")))


class Elsewhere:
    """Writes one project on the platform of the user's own profile, or with a client who knows none (`direct`)."""

    def __init__(self, writer: Writer, number: int, begin: datetime, *, direct: bool) -> None:
        self.writer = writer
        self.random = writer.random
        self.now = begin
        self.direct = direct
        self.project = "direct/800001" if direct else f"kobo/{900001 + number}"
        self.names = {"client": f"{CLIENTS[-1 - number % 8]}", "title": f"{TITLES[-1 - number % 8]}その{number}"}
        self.mailbox = self.random.choice(("side", "side", "side", "side", "main"))

    def write(self) -> None:
        """From the beginning to one of its ends, or to none."""
        if self._chance(0.8):
            self._event(self.random.choice(("started", "escrow_funded")))
        for _ in range(1 + self.random.randrange(3)):
            self._goes_by(HOUR, 5 * DAY)
            for _ in range(self.random.randrange(4)):
                self._contact()
                self._goes_by(HOUR, 4 * DAY)
            self._demand()
            if self._chance(0.5):
                self.writer._fact(self.now, self.project, "delivered")
            self._goes_by(2 * DAY, 20 * DAY)
        if self._chance(0.4):
            self._event(self.random.choice(("payment_confirmed", "cancelled")))

    def _chance(self, of: float) -> bool:
        return self.random.random() < of

    def _goes_by(self, low: timedelta, high: timedelta) -> None:
        self.now += self.writer._span(low, high)

    def _demand(self) -> None:
        """The client asks for something; she answers or does not."""
        what = self.random.choice(("revision_requested", "change_proposed", None))
        if what is None or self.direct:
            return
        self._event(what)
        self._goes_by(HOUR, 5 * DAY)
        if self._chance(0.6):
            fact = {"revision_requested": "answered", "change_proposed": "change_settled"}[what]
            self.writer._fact(self.now, self.project, fact)
            self._goes_by(HOUR, DAY)

    def _contact(self) -> None:
        if self._chance(0.1):
            self.writer._fact(self.now, self.project, "contact")
        elif not self.direct:
            self._mail("contact", "client", "platform")
        elif self._chance(0.3):
            says = Says(self.project, "contact", "me", "mail")
            more = {"sender": "私 <me@example.com>", "to": "kobayashi@example.org", "folder": "Sent"}
            self.writer._mail(self.now, "ご確認ください", says, **more)
        else:
            says = Says(self.project, "contact", "client", "mail")
            self.writer._mail(self.now, "原稿について", says, sender=DIRECT_ALONE, folder="INBOX", mailbox=self.mailbox)

    def _event(self, kind: str) -> None:
        """By a mail of the platform; without one, and sometimes with one, she records it."""
        if self.direct or self._chance(0.1):
            self.writer._fact(self.now, self.project, kind)
        else:
            self._mail(kind, "client" if kind in _BY_CLIENT else None, None)

    def _mail(self, kind: str, by: str | None, channel: str | None) -> None:
        says, link = Says(self.project, kind, by, channel), self.project.partition("/")[2]
        subject = KOBO_SUBJECTS[kind].format(**self.names)
        self.writer._mail(self.now, subject, says, link=link, sender=KOBO_SENDER, mailbox=self.mailbox)


def write(seed: int) -> Story:
    """The story of a seed: mostly a few weeks; of every tenth a season, of every hundredth three years."""
    days = 1100 if seed % 100 == 99 else 150 if seed % 10 == 9 else 25 + seed % 30
    return Writer(seed, days).story()
