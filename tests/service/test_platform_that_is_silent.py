"""A platform that sends nothing any more, as an installation meets it: once a spell, and by the daemon too."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.service.house import House, comment, days, now, platform_mail

DIGEST = "[ランサーズ] 【新着】ライティングカテゴリに、新しい仕事が登録されました!"


def _house(folder: Path, **alerts: object) -> tuple[House, Path]:
    maildir = folder / "Maildir"
    for part in ("new", "cur", "tmp"):
        (maildir / part).mkdir(parents=True)
    return House(folder / "house", [{"name": "main", "maildir": str(maildir)}], alerts=alerts), maildir


def _deliver(maildir: Path, at: datetime, mail: bytes) -> None:
    (maildir / "new" / f"{at.timestamp():.0f}.1.host").write_bytes(mail)


def test_it_is_told_in_the_first_summary_where_it_is_true_and_once_a_spell(tmp_path: Path) -> None:
    start = now()
    house, maildir = _house(tmp_path, no_platform_mail="14d")
    _deliver(maildir, start - days(20), comment(start - days(20)))
    house.once(lambda: start)
    house.once(lambda: start + days(1))
    assert "no_platform_mail" not in house.kinds()
    assert any("No mail from Lancers" in told["body"] for told in house.alerts())
    _deliver(maildir, start + days(1.5), platform_mail(start + days(1.5), DIGEST, body=""))
    house.once(lambda: start + days(1.6))
    house.once(lambda: start + days(3))
    house.once(lambda: start + days(4.9))
    for day in (6.8, 8.7, 10.6, 12.5, 14.4, 15.4):
        house.once(lambda day=day: start + days(day))  # type: ignore[misc]
    assert "no_platform_mail" not in house.kinds()
    house.once(lambda: start + days(15.6))
    assert house.kinds().count("no_platform_mail") == 1


def test_the_daemon_tells_it_when_it_falls_due(tmp_path: Path) -> None:
    begun = now()
    house, maildir = _house(tmp_path, no_platform_mail="14d")
    last = begun - days(14) + days(4 / 86400)
    _deliver(maildir, last, comment(last))
    with house.daemon():
        told = house.wait_for("no_platform_mail")
    assert datetime.fromisoformat(told["at"]) >= last.replace(microsecond=0) + days(14)
    assert (told["project"], told["urgent"]) == (None, False)
