"""What a server says of a refused login is shown without the secret, in whatever form it quotes it."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from inboxwatch.mailbox.errors import MailboxError, server_text
from tests.mailbox.support import connect, read_all
from tests.servers.scripted import ScriptedServer, Talk

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


@pytest.mark.parametrize("step", [b"LOGIN", b"EXAMINE"])
@pytest.mark.parametrize("says", [b"* BYE go away, you said %s\r\n", b"NO you said %s"])
def test_a_server_that_quotes_what_we_said_in_any_answer_does_not_show_the_password(
    scripted: Callable[..., ScriptedServer], step: bytes, says: bytes
) -> None:
    heard: list[bytes] = []

    def echo(talk: Talk, line: bytes) -> bool:
        heard.append(line)
        if step not in line:
            return False
        said = says % b" ".join(heard).replace(b"\r\n", b" ")
        if said.startswith(b"*"):
            talk.say(said)
            talk.close()
        else:
            talk.answer(line, b"", said)
        return True

    with pytest.raises(MailboxError) as caught:
        read_all(connect(scripted(echo, capabilities="IMAP4rev1").port, "anybody", password="hunter2-hunter2"))
    assert any(b"hunter2-hunter2" in line for line in heard)
    told, error = str(caught.value), caught.value.__cause__ or caught.value.__context__
    assert "hunter2" not in told
    if step == b"LOGIN":
        assert error is None or caught.value.__suppress_context__, "nor may whoever prints the chain show it"
