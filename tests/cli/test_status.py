"""`import`, `status`, `timeline`, `record`: what the store knows, key by key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.store.model import FolderState, Hole, WatchState
from inboxwatch.store.sqlite import Store
from tests.cli.support import GOLDEN, LINK, PAID, PROJECT, TITLE, Commands, a_mail, comment, jst, write_mails

_LAST = jst("2026-06-01T10:00")
_LAST_ID = "<20260601100000@mail.example.net>"
_OTHER = "https://www.lancers.jp/work/detail/90020002"


@pytest.fixture
def imported(tmp_path: Path, commands: Commands) -> Commands:
    """Commands on a state in which one contract with one contact is known."""
    mails = write_mails(tmp_path / "mails", a_mail(comment(), _LAST))
    commands("import", mails)
    commands("record", PROJECT, "escrow_funded", "--at", "2026-05-30")
    return commands


def test_status_has_the_keys_of_the_contract_and_their_values(imported: Commands) -> None:
    document = imported.json("status", "--at", "2026-06-09T10:00")
    assert set(document) >= {"at", "watch", "projects", "review"}
    assert document["at"] == "2026-06-09T10:00:00+09:00"
    assert document["watch"] == []
    assert document["review"].items() >= {
        "unrecognised": 0, "suspicious": 0, "quarantined": 0, "ambiguous": 0,
    }.items()  # fmt: skip
    (project,) = document["projects"]
    assert project["advice"].startswith("Do not file yet")
    expected = {
        "id": PROJECT, "platform": "lancers", "title": TITLE, "client": "青空商店", "url": LINK, "state": "in_progress",
        "assumed": False, "dormant": False, "completion_reported": False, "reminder_filed": False,
        "last_client_contact": {"at": "2026-06-01T10:00:00+09:00", "channel": "platform", "mail": _LAST_ID},
        "silence": 8 * 86400,
    }  # fmt: skip
    assert project.items() >= expected.items()
    request = next(deadline for deadline in project["deadlines"] if deadline["id"] == "reminder_request")
    assert request.items() >= {
        "id": "reminder_request", "act": "may", "state": "open", "blocked_by": None,
        "from": "2026-06-01T10:00:00+09:00", "due_at": "2026-06-08T10:00:00+09:00",
        "platform_due_at": "2026-06-08T10:00:00+09:00", "certain_at": "2026-06-09T00:00:00+09:00",
        "proof": "complete", "outcome": "refunded",
    }.items()  # fmt: skip


def test_status_at_an_instant_leaves_out_what_came_after_it(tmp_path: Path, imported: Commands) -> None:
    imported("import", write_mails(tmp_path / "more", a_mail(PAID, jst("2026-07-10T08:00"))))
    assert imported.json("status", "--at", "2026-07-10T08:00")["projects"][0]["state"] == "paid"
    before = imported.json("status", "--at", "2026-06-05")["projects"][0]
    assert (before["state"], before["dormant"]) == ("in_progress", False)
    assert imported.json("status", "--at", "2026-05-30T12:00")["projects"][0]["last_client_contact"] is None
    assert imported.json("status", "--at", "2026-01-01")["projects"] == []


def test_a_project_without_contact_has_no_silence(commands: Commands) -> None:
    commands("record", "lancers/90020009", "escrow_funded", "--at", "2026-11-01")
    (project,) = commands.json("status", "--at", "2026-11-02")["projects"]
    assert (project["last_client_contact"], project["silence"], project["title"]) == (None, None, None)
    assert project["url"] == "https://www.lancers.jp/work/detail/90020009"


def test_projects_stand_in_the_order_of_their_urgency(tmp_path: Path, imported: Commands) -> None:
    for number, fact, at in (
        (11, "cancelled", "2026-06-01"),
        (12, "escrow_funded", "2026-06-08"),
        (13, "escrow_funded", "2026-05-01"),
        (14, "reminder_received", "2026-06-08"),
    ):
        imported("record", f"lancers/{number}", fact, "--at", at)
    assumed = a_mail(comment("朝日社", "別の仕事"), jst("2026-06-08T09:00"), link=_OTHER)
    imported("import", write_mails(tmp_path / "more", assumed))
    found = [project["id"] for project in imported.json("status", "--at", "2026-06-09T10:00")["projects"]]
    assert found == [
        "lancers/14", "lancers/13", PROJECT, "lancers/12", "lancers/90020002", "lancers/11",
    ]  # fmt: skip


def test_the_watch_is_shown_folder_by_folder_with_its_holes(tmp_path: Path, imported: Commands) -> None:
    read, hole = datetime(2026, 6, 9, tzinfo=UTC), datetime(2026, 6, 5, tzinfo=UTC)
    store = Store.open(tmp_path / "state")
    store.save_folder(FolderState("main", "INBOX", 1, 10, read))
    store.add_hole(Hole("main", "INBOX", hole, hole + timedelta(hours=1), 2))
    store.close()
    document = imported.json("status", "--at", "2026-06-09T10:00")
    (watch,) = document["watch"]
    expected = {
        "mailbox": "main", "folder": "INBOX", "read_up_to": "2026-06-09T09:00:00+09:00", "state": "reading",
        "cause": None,
        "holes": [{"from": "2026-06-05T09:00:00+09:00", "to": "2026-06-05T10:00:00+09:00", "mails": 2}],
    }  # fmt: skip
    assert watch.items() >= expected.items()
    assert {d["proof"] for d in document["projects"][0]["deadlines"] if d["id"] == "reminder_request"} == {"holed"}
    assert "2 mail(s) vanished" in imported("status", "--at", "2026-06-09T10:00")


def test_a_hole_of_a_folder_that_is_not_watched_any_more_is_shown_too(tmp_path: Path, imported: Commands) -> None:
    hole = datetime(2026, 6, 5, tzinfo=UTC)
    store = Store.open(tmp_path / "state")
    store.add_hole(Hole("main", "Work", hole, hole + timedelta(hours=1), 2))
    store.close()
    document = imported.json("status", "--at", "2026-06-09T10:00")
    assert document["watch"] == []
    (shown,) = document["unwatched_holes"]
    assert (shown["mailbox"], shown["folder"], shown["mails"]) == ("main", "Work", 2)


def test_of_many_holes_the_latest_are_shown_one_by_one_and_the_others_in_a_line(
    tmp_path: Path, imported: Commands
) -> None:
    store = Store.open(tmp_path / "state")
    for number in range(30):
        at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=number)
        store.add_hole(Hole("main", "INBOX", at, at + timedelta(hours=1), number + 1))
    store.close()
    shown = imported("status", "--at", "2026-06-09T10:00")
    assert [f", {n} mail(s) vanished" in shown for n in (25, 26, 30)] == [False, True, True]
    assert f", {sum(range(1, 26))} mail(s) vanished" in shown


def test_a_blind_mailbox_is_shown_with_its_cause_even_before_its_first_folder(
    tmp_path: Path, imported: Commands
) -> None:
    store = Store.open(tmp_path / "state")
    store.save_watch(WatchState("main", None, datetime(2026, 6, 9, tzinfo=UTC), "the login was refused"))
    store.close()
    document = imported.json("status", "--at", "2026-06-09T10:00")
    (watch,) = document["watch"]
    assert (watch["mailbox"], watch["state"], watch["cause"]) == ("main", "blind", "the login was refused")
    assert all(deadline["proof"] == "blind" for deadline in document["projects"][0]["deadlines"])
    assert "the login was refused" in imported("status")


@pytest.mark.parametrize("name", [PROJECT, "90020001", f"lancers/{TITLE}", TITLE, "lancers/@青空商店"])
def test_a_timeline_is_found_by_any_name_of_the_project(name: str, imported: Commands) -> None:
    assert imported.json("timeline", name)["project"]["id"] == PROJECT


def test_a_timeline_has_the_keys_of_the_contract_oldest_first(imported: Commands) -> None:
    document = imported.json("timeline", PROJECT)
    assert set(document) >= {"project", "events"}
    recorded, contact = document["events"]
    assert recorded.items() >= {
        "id": "fact-1", "at": "2026-05-30T00:00:00+09:00", "kind": "escrow_funded", "by": "client", "channel": None,
        "grade": "by_hand", "trust": None, "mail": None, "rule": None, "note": None,
    }.items()  # fmt: skip
    assert contact.items() >= {
        "at": "2026-06-01T10:00:00+09:00", "kind": "contact", "by": "client", "channel": "platform",
        "grade": "attested", "trust": "unverified", "mail": _LAST_ID, "rule": "lancers/2", "note": None,
    }.items()  # fmt: skip
    assert contact["summary"] == "contact (client, on the site)"


def test_an_unknown_project_is_answered_with_the_nearest_name(imported: Commands) -> None:
    imported("timeline", "90020010", code=1)
    assert "did you mean '90020001'?" in imported.err


def test_recording_prints_the_id_the_advice_and_how_to_undo_it(commands: Commands) -> None:
    # The advice is of the real now, so that the facts lie a fixed time before it.
    for fact, days in (("escrow_funded", 20), ("contact", 10)):
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        commands("record", "lancers/90020009", fact, "--at", at)
    printed = commands("record", "90020009", "completion_reported", "--note", "全5本")
    first, advice, undo = printed.splitlines()
    assert first.startswith("Recorded as fact-3: lancers/90020009, completion reported (me) [completion_reported], ")
    assert advice.startswith("You can file now: completion is reported")
    assert undo == "To withdraw it: inboxwatch record --undo 3"
    event = commands.json("timeline", "90020009")["events"][-1]
    assert (event["kind"], event["by"], event["note"]) == ("completion_reported", "me", "全5本")


@pytest.mark.parametrize("name", ["2", "fact-2"])
def test_undo_takes_the_number_or_the_whole_id(name: str, imported: Commands) -> None:
    imported("record", PROJECT, "completion_reported")
    assert imported.json("status")["projects"][0]["completion_reported"] is True
    assert "Withdrawn: fact-2" in imported("record", "--undo", name)
    assert imported.json("status")["projects"][0]["completion_reported"] is False
    imported("record", "--undo", name, code=1)
    assert "withdrawn already; to let it count again: inboxwatch record --restore 2" in imported.err
    assert "Counts again: fact-2" in imported("record", "--restore", name)
    assert imported.json("status")["projects"][0]["completion_reported"] is True
    imported("record", "--restore", name, code=1)
    assert "nothing to restore" in imported.err
    imported("record", "--restore", "nobody", code=1)
    assert "nothing that was withdrawn or set aside" in imported.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((PROJECT, "completion_reprted"), "did you mean 'completion_reported'?"),
        (("upwork/1", "delivered"), "there is no project 'upwork/1'"),
        ((PROJECT, "contact", "--by", "cleint"), "did you mean 'client'?"),
        ((PROJECT, "delivered", "--at", "2999-01-01"), "lies in the future"),
        ((PROJECT,), "FACT"),
    ],
)
def test_a_fact_that_cannot_be_recorded_is_wrong_usage(
    arguments: tuple[str, ...], words: str, imported: Commands
) -> None:
    imported("record", *arguments, code=2)
    assert words in imported.err


def test_options_of_record_may_stand_before_the_project(imported: Commands) -> None:
    imported("record", "--by", "me", "--channel", "mail", "--plan", "2", PROJECT, "contact")
    event = imported.json("timeline", PROJECT)["events"][-1]
    assert (event["by"], event["channel"]) == ("me", "mail")


def test_importing_twice_brings_nothing_new_and_says_so(tmp_path: Path, commands: Commands) -> None:
    mails = write_mails(tmp_path / "m", a_mail(comment(), _LAST), a_mail(PAID, jst("2026-07-10T08:00")), b"\r\n")
    first = commands("import", mails)
    assert first.splitlines() == [
        "mails read: 3, of these new and kept: 3, in quarantine: 1",
        "- lancers: 2",
    ]
    assert "new and kept: 0" in commands("import", mails)
    assert commands("alerts", "--json") == ""


def test_importing_names_what_cannot_be_read_and_goes_on(tmp_path: Path, commands: Commands) -> None:
    printed = commands("import", tmp_path / "gone", write_mails(tmp_path / "m", a_mail(comment(), _LAST)), code=1)
    assert "gone" in commands.err
    assert "new and kept: 1" in printed


def test_review_lists_what_needs_a_look_and_why(tmp_path: Path, commands: Commands) -> None:
    unknown = a_mail("新しい機能のお知らせです", jst("2026-06-02T10:00"), link="https://www.lancers.jp/")
    lookalike = (GOLDEN / "x_attested_subject.eml").read_bytes()
    commands("import", write_mails(tmp_path / "m", unknown, lookalike, b"\r\n"))
    document = commands.json("review")
    assert sorted(mail["kind"] for mail in document["mails"]) == ["quarantined", "suspicious", "unrecognised"]
    assert document["counts"] == commands.json("status")["review"]
    assert document["counts"]["suspicious"] == 1
    printed = commands("review")
    assert "新しい機能のお知らせです" in " ".join(printed.split())


def test_a_mail_that_may_belong_to_several_projects_is_in_review_with_their_names(
    tmp_path: Path, imported: Commands
) -> None:
    other = a_mail(comment(title="別の仕事"), jst("2026-06-01T12:00"), link=_OTHER)
    shared = a_mail("青空商店さんからのメッセージ受信通知", jst("2026-06-03T12:00"), link="https://example.org/")
    imported("import", write_mails(tmp_path / "more", other, shared))
    document = imported.json("review")
    (mail,) = document["mails"]
    assert (mail["kind"], mail["projects"]) == ("ambiguous", [PROJECT, "lancers/90020002"])
    assert document["counts"]["ambiguous"] == 1
