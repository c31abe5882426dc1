"""An alert of hostile words at each kind of target: no header, field, argument or tag of a mail's choosing."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.journal import as_datagram
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.targets import LONGEST_BODY, LONGEST_TITLE, AppriseTarget, CommandTarget, JournalTarget
from tests.alerts.samples import TOKYO, an_alert
from tests.output.hostile import HOSTILE
from tests.output.judging import judge_json, judge_page, wrong_characters
from tests.output.smtp import smtp_server

_CHECKOUT = Path(__file__).parents[2]
#: What would end a header and begin another, or a mail, or a command of the protocol.
ENDS = "\r\nBcc: victim@evil.example\r\nX-Evil: 1\r\n\r\n<b>x</b>\r\n.\r\nMAIL FROM:<x@evil.example>\r\n"


def hostile_alert() -> Alert:
    return an_alert(
        title=f"{ENDS}{HOSTILE}",
        body=f"最初の行\n{ENDS}{HOSTILE}",
        key=f"lancers/1/{HOSTILE}",
        evidence=(f"<{HOSTILE}@x>",),
        project=f"lancers/{HOSTILE}",
    )


@contextmanager
def recorded() -> Iterator[tuple[int, list[tuple[str, dict[str, str], bytes]]]]:
    """An endpoint that keeps path, headers and body of each request."""
    found: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port, found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def posted(url: str, alert: Alert) -> tuple[str, dict[str, str], bytes]:
    with recorded() as (port, found):
        AppriseTarget("web", lambda: url.replace("PORT", str(port)), None, TOKYO).deliver(alert, 30)
        [request] = found
        return request


@pytest.mark.parametrize("format_", ["text", "html", "markdown"])
def test_a_mail_has_no_header_and_no_recipient_that_a_mail_has_chosen(format_: str) -> None:
    with smtp_server() as server:
        place = f"mailto://127.0.0.1:{server.port}?from=from@mail.example&to=me@mail.example&mode=insecure"
        AppriseTarget("mail", lambda: f"{place}&format={format_}", None, TOKYO).deliver(hostile_alert(), 30)
    assert [one.lower() for one in server.commands if one[:5].upper() == b"RCPT "] == [b"rcpt to:<me@mail.example>"]
    [raw] = server.mails
    mail = message_from_bytes(raw)
    assert {name.lower() for name in mail} <= {
        *("content-type", "mime-version", "content-transfer-encoding", "x-application"),
        *("subject", "from", "to", "message-id", "date"),
    }
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            text = payload.decode("utf-8").replace("\r\n", "\n")
            assert "最初の行" in text
            assert wrong_characters(text) == []
            if part.get_content_subtype() == "html":
                tags = re.findall(r"<\s*/?\s*([a-zA-Z!]+)", text)
                assert set(tags) <= {
                    "html",
                    "head",
                    "body",
                    "br",
                    "p",
                    "b",
                    "h1",
                    "hr",
                    "pre",
                    "title",
                    "meta",
                    "ul",
                    "li",
                }
                assert not re.search(r"<[^>]*(onerror|javascript:|href)", text)


def test_a_pages_service_gets_a_title_of_one_line_and_no_header_of_a_mails_choosing() -> None:
    _, headers, body = posted("ntfy://127.0.0.1:PORT/topic", hostile_alert())
    got = json.loads(body)
    assert "\n" not in got["title"] and len(got["title"]) <= LONGEST_TITLE
    assert wrong_characters(got["title"]) == []
    assert not {"x-evil", "bcc"} & {name.lower() for name in headers}
    assert "evil" not in json.dumps(headers)


def test_a_form_has_no_field_of_a_mails_choosing() -> None:
    _, _, body = posted("form://127.0.0.1:PORT/", hostile_alert())
    assert set(parse_qs(body.decode())) == {"version", "title", "message", "type"}


def test_xml_has_no_element_of_a_mails_choosing() -> None:
    _, _, body = posted("xml://127.0.0.1:PORT/", hostile_alert())
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(body).iter()}  # noqa: S314  what we sent
    assert names == {"Envelope", "Body", "Notification", "Version", "Subject", "Message", "MessageType"}


def test_json_has_no_key_of_a_mails_choosing() -> None:
    _, _, body = posted("json://127.0.0.1:PORT/", hostile_alert())
    got = json.loads(body)
    assert set(got) == {"version", "title", "message", "attachments", "type"}
    assert wrong_characters(got["title"]) == wrong_characters(got["message"]) == []


_TELL = (
    "import json, os, sys; given = sys.stdin.buffer.read().decode();"
    "json.dump([sys.argv[1:], dict(os.environ), given], open(OUT, 'w'))"
)


def test_a_command_gets_the_alert_on_its_standard_input_and_nowhere_else(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    program = ("/bin/sh", "-c", 'exec "$0" "$@"', sys.executable, "-c", _TELL.replace("OUT", repr(str(out))), "own")
    CommandTarget("command", program, None, TOKYO).deliver(hostile_alert(), 30)
    arguments, environment, given = json.loads(out.read_text())
    assert arguments == ["own"]
    assert "evil" not in json.dumps(environment)
    [alert] = judge_json(given.encode(), lines=True)
    assert set(alert) == {
        *("key", "at", "kind", "project", "urgent", "maybe_repeat", "title", "body", "outcome", "proof", "trust"),
        *("evidence", "due_at", "url"),
    }
    assert wrong_characters(alert["title"]) == wrong_characters(alert["body"]) == []


def test_a_command_whose_name_holds_what_a_shell_obeys_is_no_shell(tmp_path: Path) -> None:
    program = tmp_path / "tell $(touch pwned); x"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/got\n")
    program.chmod(0o700)
    CommandTarget("command", (str(program),), None, TOKYO).deliver(hostile_alert(), 30)
    assert (tmp_path / "got").stat().st_size
    assert not (tmp_path / "pwned").exists() and not Path("pwned").exists()


def entries(datagram: bytes) -> dict[str, bytes]:
    """The fields of an entry, read as the journal reads them."""
    found: dict[str, bytes] = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + size], rest[8 + size + 1 :]
        assert name.decode() not in found
        found[name.decode()] = value
        datagram = rest
    return found


def test_an_entry_of_the_journal_has_no_field_of_a_mails_choosing(tmp_path: Path) -> None:
    place = tmp_path / "journal"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(place))
        JournalTarget(journal=place).deliver(hostile_alert(), 5)
        found = entries(receiver.recv(1_000_000))
    assert set(found) == {
        *("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"),
        *("INBOXWATCH_KEY", "INBOXWATCH_KIND", "INBOXWATCH_PROJECT"),
    }
    for value in found.values():
        # What the journal calls unprintable it shows as "[blob data]", and nobody reads it.
        assert wrong_characters(value.decode("utf-8")) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["MESSAGE", "A", "B"]), st.text(st.sampled_from("a\n=\x00\x01あPRIORITY"))))
def test_any_values_are_read_back_as_the_same_fields(fields: dict[str, str]) -> None:
    assert {name: value.decode() for name, value in entries(as_datagram(fields)).items()} == fields


def test_standard_error_gets_one_line_that_begins_with_our_own_priority(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from tests.output.test_targets import hostile_alert;"
        "from inboxwatch.alerts.targets import JournalTarget;"
        f"JournalTarget(journal=Path({str(tmp_path / 'nobody')!r})).deliver(hostile_alert(), 5)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60, cwd=_CHECKOUT)
    [line] = ended.stderr.decode("utf-8").splitlines()
    assert line.startswith("<5>")
    assert wrong_characters(line) == []


def test_an_alert_of_any_length_is_cut_and_says_where_the_rest_is() -> None:
    _, _, body = posted("json://127.0.0.1:PORT/", an_alert(title="題" * 500, body="あ" * 500_000))
    got = json.loads(body)
    assert len(got["title"]) <= LONGEST_TITLE
    assert len(got["message"]) < LONGEST_BODY + 200
    assert "inboxwatch status" in got["message"]


def test_the_judge_of_pages_sees_a_script() -> None:
    with pytest.raises(AssertionError):
        judge_page("<html><script>alert(1)</script></html>")
