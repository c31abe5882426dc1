"""Facts mailed to herself, against a real Dovecot and in a Maildir: the copy in Sent counts, that in INBOX never."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Fact
from tests.pipeline.mailing import to_herself
from tests.servers.dovecot import Dovecot
from tests.service.house import House, account, comment, days, funded, now


def mailed(subject: str, at: datetime | None = None, **more: str) -> bytes:
    """One such mail, as it lies in a mailbox."""
    return to_herself(subject, at or now(), **more).raw  # type: ignore[arg-type]


def facts(house: House) -> list[Fact]:
    store = Store.open(house.folder / "state")
    try:
        return store.facts()
    finally:
        store.close()


def test_at_the_first_read_facts_in_sent_are_taken_whichever_folder_is_read_first(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    report, filing = (
        mailed("inboxwatch 5545030 完了報告", now() - days(3)),
        mailed("inboxwatch 5545030 申請した", now() - days(2)),
    )
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(10)), report)
    dovecot.append(user, report, filing, folder="Sent")
    for number, folders in enumerate((["INBOX", "Sent"], ["Sent", "INBOX"], "auto")):
        house = House(tmp_path / str(number), [account(dovecot, user, folders=folders)])
        assert house.once() == ()
        assert sorted(fact.kind for fact in facts(house)) == ["completion_reported", "reminder_filed"]
        assert house.once() == ()
        assert len(facts(house)) == 2, "taken twice"
        assert "deadline_against" not in house.kinds()


def test_a_mail_in_inbox_alone_moves_nothing_even_from_her_own_address(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    before = house.kinds()
    dovecot.append(
        user, mailed("inboxwatch 5545030 支払い確定"), mailed("inboxwatch 5545030 キャンセル", sender="x@example.net")
    )
    house.once()
    assert facts(house) == []
    assert house.kinds() == before


@pytest.mark.parametrize("subject", ["inboxwatch 5545030 申請した", "ＩＮＢＯＸＷＡＴＣＨ　５５４５０３０　申請した"])
def test_the_first_search_finds_the_word_in_either_width(
    dovecot: Dovecot, user: str, tmp_path: Path, subject: str
) -> None:
    dovecot.append(user, comment(now() - days(10)))
    dovecot.append(user, mailed(subject, now() - days(1)), folder="Sent")
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    assert [fact.kind for fact in facts(house)] == ["reminder_filed"]


def test_what_follows_is_told_by_the_running_daemon_and_so_is_what_cannot_be_taken(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(1)))
    dovecot.append(user, mailed("写真", now() - days(1)), folder="Sent")  # a folder that is not there is not watched
    house = House(tmp_path, [account(dovecot, user, poll="5s", idle=False)])
    with house.daemon():
        house.wait_for("summary")
        dovecot.append(user, mailed("inboxwatch 5545030 申請した"), mailed("inboxwatch 5545031 納品"), folder="Sent")
        against = house.wait_for("deadline_against")
        unclear = house.wait_for("unrecognised_mail")
    assert (against["project"], against["outcome"]) == ("lancers/5545030", "refunded")
    assert unclear["project"] is None
    assert "5545031" in unclear["title"] and "If you mean 5545030" in unclear["body"]
    assert [fact.kind for fact in facts(house)] == ["reminder_filed"]


def test_a_maildir_has_its_sent_beside_it(tmp_path: Path) -> None:
    root = tmp_path / "Maildir"
    for place in (root, root / ".Sent"):
        for name in ("cur", "new", "tmp"):
            (place / name).mkdir(parents=True)
    told = now() - days(2)
    (root / "cur" / f"{int((now() - days(9)).timestamp())}.1.host:2,S").write_bytes(comment(now() - days(9)))
    for place in (root, root / ".Sent"):
        file = place / "cur" / f"{int(told.timestamp())}.2.host:2,S"
        file.write_bytes(mailed("inboxwatch 5545030 完了報告", told))
    (root / "cur" / f"{int(told.timestamp())}.3.host:2,S").write_bytes(mailed("inboxwatch 5545030 キャンセル", told))
    house = House(tmp_path / "house", [{"name": "local", "maildir": str(root)}])
    assert house.once() == ()
    assert [(fact.kind, fact.at.timestamp()) for fact in facts(house)] == [
        ("completion_reported", int(told.timestamp()))
    ]
