"""`assign` and `record --undo` of a mail: what she says of a mail settles it and its like, and says what moved."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import LINK, PAID, Commands, a_mail, comment, jst, write_config, write_mails

ONE, TWO = "lancers/90020001", "lancers/90020002"
LINK_TWO = LINK.replace("90020001", "90020002")
NOWHERE = "https://example.org/"
CLIENTS = (
    "clients:\n  - name: 鈴木\n    addresses: [suzuki@example.org]\n    projects: [lancers/90020001, lancers/90020002]"
)
DEMANDING = "platforms: {lancers: {require_verified: true}}"


def message(client: str, at: datetime, name: str) -> bytes:
    return a_mail(f"{client}さんからのメッセージ受信通知", at, link=NOWHERE, name=name)


def direct(at: datetime, name: str, answers: str | None = None, sender: str = "suzuki@example.org") -> bytes:
    mail = a_mail("ご連絡", at, link="", sender=sender, name=name)
    reply = f"In-Reply-To: <{answers}@mail.example.net>\r\n".encode() if answers else b""
    return mail.replace(b"MIME-Version", reply + b"MIME-Version", 1)


def mail_id(name: str) -> str:
    return f"{name}@mail.example.net"


@pytest.fixture
def with_client(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Commands with a client who mails directly and has two projects."""
    return Commands(capsys, write_config(tmp_path, "alerts: {targets: [{journal: true}]}", CLIENTS))


def two_projects(client: str = "青空商店") -> list[bytes]:
    return [
        a_mail(comment(client), jst("2026-06-01T10:00")),
        a_mail(comment(client, title="別の仕事"), jst("2026-06-02T10:00"), link=LINK_TWO),
    ]


def places(commands: Commands) -> dict[str, set[str]]:
    """The project of each mail, by the beginning of its Message-ID."""
    found: dict[str, set[str]] = {}
    for project in commands.json("status")["projects"]:
        for event in commands.json("timeline", project["id"])["events"]:
            name = (event["mail"] or event["id"]).strip("<").partition("@")[0]
            found.setdefault(name, set()).add(project["id"])
    return found


def event(commands: Commands, project: str, name: str) -> dict[str, Any]:
    events = commands.json("timeline", project)["events"]
    found: dict[str, Any] = next(one for one in events if one["mail"] == f"<{mail_id(name)}>")
    return found


def test_a_user_name_that_no_project_knows_is_settled_with_all_its_messages(tmp_path: Path, commands: Commands) -> None:
    mails = [*two_projects(), message("lancers_abc", jst("2026-06-03T10:00"), "m1")]
    commands("import", write_mails(tmp_path / "a", *mails, message("lancers_abc", jst("2026-06-04T10:00"), "m2")))
    assert places(commands)["m1"] == {"lancers/@lancers_abc"}
    text = commands("assign", mail_id("m1"), "90020001")
    assert "Counted as a mail of lancers/90020001" in text
    assert "moved with it: 1, lancers/@lancers_abc → lancers/90020001" in text
    assert f"{ONE}: " in text
    found = places(commands)
    assert (found["m1"], found["m2"]) == ({ONE}, {ONE})
    commands("import", write_mails(tmp_path / "b", message("lancers_abc", jst("2026-06-05T10:00"), "m3")))
    assert places(commands)["m3"] == {ONE}


def test_only_settles_that_mail_alone(tmp_path: Path, commands: Commands) -> None:
    mails = [message("lancers_abc", jst(f"2026-06-0{day}T10:00"), f"m{day}") for day in (3, 4)]
    commands("import", write_mails(tmp_path / "a", *two_projects(), *mails))
    commands("assign", mail_id("m3"), ONE, "--only")
    found = places(commands)
    assert (found["m3"], found["m4"]) == ({ONE}, {"lancers/@lancers_abc"})


def test_undo_takes_it_back_with_its_like(tmp_path: Path, commands: Commands) -> None:
    mails = [message("lancers_abc", jst(f"2026-06-0{day}T10:00"), f"m{day}") for day in (3, 4)]
    commands("import", write_mails(tmp_path / "a", *two_projects(), *mails))
    before = places(commands)
    commands("assign", mail_id("m3"), ONE)
    assert places(commands) != before
    assert "lancers/90020001 → lancers/@lancers_abc" in commands("assign", mail_id("m3"), "--undo")
    assert places(commands) == before
    assert "nothing was said" in (commands("assign", mail_id("m3"), "--undo", code=1) or commands.err)


def test_a_title_is_settled_with_all_mails_of_it_and_is_another_name_of_the_project(
    tmp_path: Path, commands: Commands
) -> None:
    renamed = [
        a_mail(comment(title="旧い題名"), jst(f"2026-06-0{day}T10:00"), link="", name=f"t{day}") for day in (3, 4)
    ]
    commands("import", write_mails(tmp_path / "a", *two_projects(), *renamed))
    assert places(commands)["t3"] == {"lancers/旧い題名"}
    commands("assign", mail_id("t3"), ONE)
    assert places(commands)["t4"] == {ONE}
    assert commands.json("timeline", "旧い題名")["project"]["id"] == ONE


def test_of_a_client_with_several_open_projects_only_that_mail_is_settled_and_it_says_so(
    tmp_path: Path, commands: Commands
) -> None:
    mails = [message("青空商店", jst(f"2026-06-0{day}T10:00"), f"m{day}") for day in (3, 4)]
    commands("import", write_mails(tmp_path / "a", *two_projects(), *mails))
    assert places(commands)["m3"] == {ONE, TWO}
    text = commands("assign", mail_id("m3"), TWO)
    assert "may still belong elsewhere: 1" in text
    found = places(commands)
    assert (found["m3"], found["m4"]) == ({TWO}, {ONE, TWO})


def test_a_direct_mail_is_settled_with_its_thread(tmp_path: Path, with_client: Commands) -> None:
    thread = [
        direct(jst("2026-06-03T10:00"), "d1"),
        direct(jst("2026-06-04T10:00"), "d2", "d1"),
        direct(jst("2026-06-05T10:00"), "d3", "d2", sender="colleague@example.org"),
        direct(jst("2026-06-06T10:00"), "other"),
    ]
    with_client("import", write_mails(tmp_path / "a", *two_projects(), *thread))
    assert places(with_client)["d3"] == {ONE, TWO}
    with_client("assign", mail_id("d2"), TWO)
    found = places(with_client)
    assert [found[name] for name in ("d1", "d2", "d3", "other")] == [{TWO}, {TWO}, {TWO}, {ONE, TWO}]
    later = direct(jst("2026-06-07T10:00"), "d4", "d3")
    with_client("import", write_mails(tmp_path / "b", later))
    assert places(with_client)["d4"] == {TWO}


def test_a_colleague_who_answers_is_probable_contact_in_whatever_order_the_files_are_read(
    tmp_path: Path, with_client: Commands
) -> None:
    answers = [
        direct(jst("2026-06-06T10:00"), "d3", "d2", sender="another@example.org"),
        direct(jst("2026-06-05T10:00"), "d2", "d1", sender="colleague@example.org"),
        direct(jst("2026-06-05T11:00"), "spam", "unknown", sender="spam@example.org"),
        direct(jst("2026-06-04T10:00"), "d1"),
    ]
    with_client("import", write_mails(tmp_path / "a", *answers, *two_projects()))
    found = event(with_client, ONE, "d3")
    assert (found["kind"], found["by"], found["channel"]) == ("contact", "client", "mail")
    assert (found["grade"], found["rule"], found["trust"]) == ("probable", "direct/thread", "unverified")
    assert "spam" not in places(with_client)


def test_a_mail_whose_link_names_its_project_moves_alone(tmp_path: Path, commands: Commands) -> None:
    again = a_mail(comment(), jst("2026-06-03T10:00"), name="again")
    commands("import", write_mails(tmp_path / "a", *two_projects(), again))
    text = commands("assign", mail_id("again"), TWO)
    assert "name their project by a link" in text
    found = places(commands)
    assert found["again"] == {TWO}
    assert found["20260601100000"] == {ONE}
    later = a_mail(comment(), jst("2026-06-04T10:00"), link="", name="by-title")
    commands("import", write_mails(tmp_path / "b", later))
    assert places(commands)["by-title"] == {ONE}


def test_a_payment_of_no_known_project_pays_the_one_it_is_assigned_to(tmp_path: Path, commands: Commands) -> None:
    commands("import", write_mails(tmp_path / "a", *two_projects(), a_mail(PAID, jst("2026-06-09T10:00"), link="")))
    commands("record", ONE, "escrow_funded", "--at", "2026-06-01")
    assert commands.json("timeline", ONE)["project"]["state"] == "in_progress"
    listed = next(one for one in commands.json("review")["mails"] if one["event"] == "payment_confirmed")
    commands("assign", listed["id"][:6], ONE)
    assert commands.json("timeline", ONE)["project"]["state"] == "paid"
    assert commands.json("review")["counts"]["ambiguous"] == 0


def test_a_new_project_of_a_known_platform_is_made(tmp_path: Path, commands: Commands) -> None:
    commands("import", write_mails(tmp_path / "a", message("lancers_abc", jst("2026-06-03T10:00"), "m1")))
    commands("assign", mail_id("m1"), "lancers/90020009")
    assert places(commands) == {"m1": {"lancers/90020009"}}


@pytest.mark.parametrize(
    ("mail", "project", "code", "says"),
    [
        ("forwarded", ONE, 1, "it proves nothing"),
        ("fake", ONE, 1, "not what it pretends to be"),
        ("strange", ONE, 1, "inboxwatch teach"),
        ("noise", ONE, 1, "belongs to no project"),
        ("known", "crowdworks/7", 2, "no project 'crowdworks/7'"),
        ("known", "direct/7", 1, "another platform"),
        ("known", "lancers/a b", 2, "cannot be a new project"),
        ("nobody", ONE, 1, "there is no mail"),
    ],
)
def test_what_cannot_be_assigned_is_refused_with_the_remedy(
    mail: str, project: str, code: int, says: str, tmp_path: Path, commands: Commands
) -> None:
    at = jst("2026-06-03T10:00")
    mails = [
        a_mail(f"Fwd: {comment()}", at, sender="friend@example.net", name="forwarded"),
        a_mail(comment(), at, sender="noreply@lancers-co.jp.example", name="fake"),
        a_mail("はじめて見る件名です", at, name="strange"),
        a_mail("今週のおすすめ", at, sender="magazine@lancers.co.jp", name="noise"),
        message("lancers_abc", at, "known"),
    ]
    commands("import", write_mails(tmp_path / "a", *two_projects(), *mails))
    before = places(commands)
    assert commands("assign", mail_id(mail), project, code=code) == ""
    assert says in commands.err
    assert places(commands) == before


def test_a_mail_that_waits_for_a_verified_sender_cannot_be_assigned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = Commands(capsys, write_config(tmp_path, DEMANDING))
    commands("import", write_mails(tmp_path / "a", message("lancers_abc", jst("2026-06-03T10:00"), "m1")))
    commands("assign", mail_id("m1"), ONE, code=1)
    assert "require_verified" in commands.err


def test_a_beginning_that_several_mails_have_is_refused_with_their_ids(tmp_path: Path, commands: Commands) -> None:
    twice = [message("lancers_abc", jst(f"2026-06-0{day}T10:00"), "same") for day in (3, 4)]
    commands("import", write_mails(tmp_path / "a", *twice))
    commands("assign", mail_id("same"), ONE, code=1)
    ids = [one["id"] for one in commands.json("timeline", "lancers/@lancers_abc")["events"]]
    commands("assign", mail_id("same"), ONE, code=1)
    assert "is the Message-ID of several mails; write the id of the one you mean:" in commands.err
    assert "10:00" in commands.err and "UTC" not in commands.err
    assert len(ids) == 2
    assert all(one in commands.err for one in ids)
    commands("assign", ids[0][:5], ONE, code=1)
    assert "at least 6" in commands.err


def test_a_mail_that_is_set_aside_stays_as_a_notice_and_moves_nothing(tmp_path: Path, commands: Commands) -> None:
    reminder = a_mail("連絡催促のお知らせ", jst("2026-06-03T10:00"), name="copy")
    commands("import", write_mails(tmp_path / "a", *two_projects(), reminder))
    commands("record", ONE, "escrow_funded", "--at", "2026-06-01")
    assert event(commands, ONE, "copy")["kind"] == "reminder_received"
    text = commands("record", "--undo", event(commands, ONE, "copy")["id"])
    assert "Set aside" in text
    found = event(commands, ONE, "copy")
    assert (found["kind"], found["set_aside"], found["taken_for"]) == ("notice", True, "reminder_received")
    assert "set aside by you" in commands("timeline", ONE)
    deadlines = commands.json("timeline", ONE)["project"]["deadlines"]
    assert "reminder_answer" not in [one["id"] for one in deadlines]
    assert next(one for one in deadlines if one["id"] == "reminder_request")["state"] == "open"
    commands("record", "--restore", found["id"][:8])
    assert event(commands, ONE, "copy")["kind"] == "reminder_received"
    assert event(commands, ONE, "copy")["set_aside"] is False


def test_contact_that_is_set_aside_is_no_contact_wherever_it_was_counted(tmp_path: Path, commands: Commands) -> None:
    commands("import", write_mails(tmp_path / "a", *two_projects(), message("青空商店", jst("2026-06-05T10:00"), "m1")))
    before = {one["id"]: one["last_client_contact"]["mail"] for one in commands.json("status")["projects"]}
    assert set(before.values()) == {"<m1@mail.example.net>"}
    assert commands.json("review")["counts"]["ambiguous"] == 1
    commands("record", "--undo", mail_id("m1"))
    after = {one["id"]: one["last_client_contact"]["at"] for one in commands.json("status")["projects"]}
    assert after == {ONE: "2026-06-01T10:00:00+09:00", TWO: "2026-06-02T10:00:00+09:00"}
    assert commands.json("review")["counts"]["ambiguous"] == 0
    assert commands.json("review")["mails"] == []


def test_an_assigned_mail_that_is_set_aside_and_brought_back_stays_where_it_was_assigned(
    tmp_path: Path, commands: Commands
) -> None:
    commands(
        "import", write_mails(tmp_path / "a", *two_projects(), message("lancers_abc", jst("2026-06-05T10:00"), "m1"))
    )
    commands("assign", mail_id("m1"), ONE)
    commands("record", "--undo", mail_id("m1"))
    assert event(commands, ONE, "m1")["set_aside"] is True
    commands("record", "--restore", mail_id("m1"))
    assert event(commands, ONE, "m1")["kind"] == "contact"


@pytest.fixture
def set_aside(tmp_path: Path, commands: Commands) -> Commands:
    """Commands on a state in which she has set a payment aside."""
    paid = a_mail(PAID, jst("2026-06-05T10:00"), name="paid")
    commands("import", write_mails(tmp_path / "a", *two_projects(), paid))
    commands("record", "--undo", mail_id("paid"))
    return commands


def test_the_same_undo_twice_is_refused_with_the_command_that_lets_the_mail_count_again(set_aside: Commands) -> None:
    mail = event(set_aside, ONE, "paid")["id"]
    set_aside("record", "--undo", mail, code=1)
    assert f"is set aside already; to let it count again: inboxwatch record --restore {mail}" in set_aside.err
    assert event(set_aside, ONE, "paid")["set_aside"] is True
    set_aside("record", "--restore", mail)
    assert event(set_aside, ONE, "paid")["kind"] == "payment_confirmed"
    set_aside("record", "--restore", mail, code=1)
    assert "is not set aside" in set_aside.err
    assert event(set_aside, ONE, "paid")["kind"] == "payment_confirmed"


@pytest.mark.parametrize("later_link", ["", LINK])
def test_a_mail_assigned_to_a_project_known_by_title_leaves_the_title_to_its_own_client(
    later_link: str, tmp_path: Path, commands: Commands
) -> None:
    own = a_mail(comment("suzuki"), jst("2026-06-03T10:00"), link="", name="own")
    commands("import", write_mails(tmp_path / "a", own, message("who", jst("2026-06-04T10:00"), "m1")))
    (name,) = places(commands)["own"]
    commands("assign", mail_id("m1"), name)
    assert places(commands) == {"own": {name}, "m1": {name}}
    assert [one["id"] for one in commands.json("status")["projects"]] == [name]
    assert commands.json("review")["mails"] == []
    later = a_mail(comment("suzuki"), jst("2026-06-05T10:00"), link=later_link, name="later")
    commands("import", write_mails(tmp_path / "b", later))
    found = ONE if later_link else name
    assert places(commands) == {"own": {found}, "m1": {found}, "later": {found}}
    assert commands.json("timeline", found)["project"]["client"] == "suzuki"


def test_a_mail_of_another_client_assigned_by_a_general_title_leaves_each_his_own(
    tmp_path: Path, commands: Commands
) -> None:
    """The first client of a title has it; another's project of the same title stays his own."""
    mails = [
        a_mail(comment("suzuki"), jst("2026-06-03T10:00"), link="", name="first"),
        a_mail(comment("tanaka", title="改名した案件"), jst("2026-06-04T10:00"), link="", name="renamed"),
        a_mail(comment("sato", title="改名した案件"), jst("2026-06-05T10:00"), link="", name="another"),
    ]
    commands("import", write_mails(tmp_path / "a", *mails))
    (name,) = places(commands)["first"]
    commands("assign", mail_id("renamed"), name)
    found = places(commands)
    assert found["first"] == found["renamed"] == {name}
    assert found["another"] != {name}
    assert commands.json("timeline", name)["project"]["client"] == "suzuki"


def test_an_assigned_mail_and_its_thread_do_not_rename_the_projects_client(
    tmp_path: Path, with_client: Commands
) -> None:
    mails = [direct(jst("2026-06-03T10:00"), "d1"), direct(jst("2026-06-04T10:00"), "d2", "d1")]
    with_client("import", write_mails(tmp_path / "a", *two_projects(), *mails))
    with_client("assign", mail_id("d1"), ONE)
    assert places(with_client)["d2"] == {ONE}
    assert with_client.json("timeline", ONE)["project"]["client"] == "青空商店"


def test_the_like_of_an_assigned_mail_do_not_rename_the_projects_client(tmp_path: Path, commands: Commands) -> None:
    like = [
        a_mail(comment("lancers_abc", title="改名した案件"), jst(f"2026-06-0{day}T10:00"), link="", name=f"l{day}")
        for day in (3, 4)
    ]
    commands("import", write_mails(tmp_path / "a", *two_projects(), *like))
    commands("assign", mail_id("l3"), ONE)
    assert places(commands)["l4"] == {ONE}
    assert commands.json("timeline", ONE)["project"]["client"] == "青空商店"


def test_where_no_other_mail_names_a_client_the_assigned_one_does(tmp_path: Path, commands: Commands) -> None:
    paid = a_mail("仮払いが完了しました", jst("2026-06-01T10:00"))
    commands("import", write_mails(tmp_path / "a", paid, message("lancers_abc", jst("2026-06-04T10:00"), "m1")))
    commands("assign", mail_id("m1"), ONE)
    assert commands.json("timeline", ONE)["project"]["client"] == "lancers_abc"


def test_what_she_has_set_aside_stays_so_when_it_is_assigned_and_when_that_is_taken_back(set_aside: Commands) -> None:
    back = f"To bring it back: inboxwatch record --restore {event(set_aside, ONE, 'paid')['id']}"
    text = set_aside("assign", mail_id("paid"), TWO)
    assert "stays set aside" in text and back in text
    assert "Counted as" not in text
    assert (event(set_aside, TWO, "paid")["kind"], places(set_aside)["paid"]) == ("notice", {TWO})
    text = set_aside("assign", mail_id("paid"), "--undo")
    assert "stays set aside" in text and back in text
    assert (event(set_aside, ONE, "paid")["set_aside"], places(set_aside)["paid"]) == (True, {ONE})


def test_an_assignment_outlives_that_the_mail_is_brought_back(set_aside: Commands) -> None:
    set_aside("assign", mail_id("paid"), TWO, "--only")
    set_aside("record", "--restore", mail_id("paid"))
    assert (event(set_aside, TWO, "paid")["kind"], places(set_aside)["paid"]) == ("payment_confirmed", {TWO})


def test_of_what_is_only_set_aside_no_assignment_can_be_taken_back_and_it_says_what_can(set_aside: Commands) -> None:
    mail = event(set_aside, ONE, "paid")["id"]
    set_aside("assign", mail_id("paid"), "--undo", code=1)
    assert f"inboxwatch record --restore {mail}" in set_aside.err
    assert event(set_aside, ONE, "paid")["set_aside"] is True


@pytest.mark.parametrize(
    ("said", "undone"), [(("assign", ONE), ("assign", "--undo")), (("record", "--undo"), ("record", "--restore"))]
)
def test_what_was_said_of_a_mail_that_is_nobodys_by_now_can_be_taken_back(
    said: tuple[str, str], undone: tuple[str, str], tmp_path: Path, with_client: Commands
) -> None:
    def about(command: str, argument: str) -> tuple[str, str, str]:
        one = mail_id("d1")
        return (command, argument, one) if command == "record" else (command, one, argument)

    with_client("import", write_mails(tmp_path / "a", *two_projects(), direct(jst("2026-06-03T10:00"), "d1")))
    with_client(*about(*said))
    write_config(tmp_path, "alerts: {targets: [{journal: true}]}")
    with_client("rebuild")
    before = places(with_client)
    assert "d1" not in before
    text = with_client(*about(*undone))
    assert text.startswith("Taken back. By your configuration this mail is of no platform and of no client")
    assert places(with_client) == before
    with_client(*about(*undone), code=1)
    assert "nothing was said" in with_client.err or "is not set aside" in with_client.err
    with_client("assign", mail_id("d1"), ONE, code=1)
    assert "add his address under `clients`" in with_client.err
