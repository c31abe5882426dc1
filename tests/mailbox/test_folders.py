"""Choosing folders by what the server lists."""

from __future__ import annotations

import pytest

from inboxwatch.mailbox.errors import FolderMissing
from inboxwatch.mailbox.folders import Folder, Listed, choose_folders


def listed(name: str, *flags: str, delimiter: str = "/") -> Listed:
    return Listed(name, delimiter, frozenset(flags))


INBOX = Folder("INBOX", "inbox")


@pytest.mark.parametrize(
    "name", ["Sent", "sent items", "INBOX.Sent", "送信済み", "送信済みアイテム", "Gesendet", "Sent Messages"]
)
def test_sent_is_known_by_many_names(name: str) -> None:
    there = [listed("INBOX", delimiter="."), listed(name, delimiter=".")]
    assert choose_folders(there, "auto", "auto", gmail=False) == (INBOX, Folder(name, "sent"))


@pytest.mark.parametrize("name", ["迷惑メール", "Junk E-mail", "INBOX.Spam", "Bulk"])
def test_junk_is_known_by_many_names(name: str) -> None:
    there = [listed("INBOX", delimiter="."), listed(name, delimiter=".")]
    assert choose_folders(there, "auto", "auto", gmail=False) == (INBOX, Folder(name, "junk"))


def test_the_mark_of_the_server_wins_over_the_name() -> None:
    there = [listed("INBOX"), listed("Sent"), listed("Ausgang", "\\sent")]
    assert choose_folders(there, "auto", "auto", gmail=False)[-1] == Folder("Ausgang", "sent")


def test_sent_in_an_archive_is_not_taken_for_sent() -> None:
    assert choose_folders([listed("INBOX"), listed("Archive/2019/Sent")], "auto", "auto", gmail=False) == (INBOX,)


def test_a_folder_without_mails_is_never_chosen() -> None:
    assert choose_folders([listed("INBOX"), listed("Sent", "\\noselect")], "auto", "auto", gmail=False) == (INBOX,)


def test_gmail_without_all_mail_falls_back_to_inbox() -> None:
    assert choose_folders([listed("INBOX")], "auto", None, gmail=True) == (INBOX,)


def test_all_mail_takes_the_place_of_inbox_on_gmail_only() -> None:
    there = [listed("INBOX"), listed("Alles", "\\all")]
    assert choose_folders(there, "auto", None, gmail=True) == (Folder("Alles", "all"),)
    assert choose_folders(there, "auto", None, gmail=False) == (INBOX,)


def test_named_folders_keep_their_order_and_sent_can_have_any_name() -> None:
    there = [listed("INBOX"), listed("Work"), listed("Out"), listed("Junk")]
    chosen = choose_folders(there, ["Work", "inbox", "Out"], "Out", gmail=False)
    assert chosen == (Folder("Work", "other"), INBOX, Folder("Out", "sent"))


def test_a_named_folder_is_found_whatever_its_unicode_form() -> None:
    there = [listed("か\u3099くせい")]  # decomposed, as some servers store it
    assert choose_folders(there, ["がくせい"], None, gmail=False) == (Folder("か\u3099くせい", "other"),)


def test_a_named_sent_folder_that_is_not_there_is_an_error_that_names_the_others() -> None:
    with pytest.raises(FolderMissing, match=r"'Mine'.*INBOX, Work"):
        choose_folders([listed("INBOX"), listed("Work")], "auto", "Mine", gmail=False)
