"""What a server says of a refused login is shown without the secret, in whatever form it quotes it."""

from __future__ import annotations

import base64

import pytest

from inboxwatch.mailbox.errors import server_text

SECRET = 'kanaria "ひみつ\\ 4711'


@pytest.mark.parametrize("before", ["", "\0me@example.com\0", "\0m\0", "\0me\0", "user=me\1auth=Bearer "])
@pytest.mark.parametrize("cut", [0, 1, 2, 3, 5])
def test_it_is_found_within_base64_wherever_it_begins_and_ends(before: str, cut: int) -> None:
    sent = base64.b64encode((before + SECRET).encode()).decode()
    said = server_text(f"NO you sent {sent[: len(sent) - cut]} which is wrong", SECRET)
    assert said == "NO you sent *** which is wrong"


def test_it_is_found_as_it_is_and_in_quotation_marks() -> None:
    escaped = SECRET.replace("\\", "\\\\").replace('"', '\\"')
    assert server_text(f'NO LOGIN "me" "{escaped}" {SECRET}', SECRET) == 'NO LOGIN "me" "***" ***'


def test_what_helps_her_stays() -> None:
    said = "[ALERT] Please log in via your browser: https://mail.example.com/accounts/answer/78754xyzABC== (Failure)"
    assert server_text(said, SECRET) == said
