"""What a user reads when her configuration is wrong: every sentence, every line number, all at once."""

# ruff: noqa: E501 - sentences are compared whole, and are read best on one line

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inboxwatch.config import ConfigError, load
from inboxwatch.config.yaml_lines import YamlError, parse

KNOWN = frozenset({"lancers", "crowdworks", "coconala", "upwork", "fiverr", "direct"})

MAILBOX = """\
mailboxes:
  - host: imap.example.com
    username: me@example.com
    password: {env: PASSWORD}
"""
MAILBOX_KEYS = "name, host, port, tls, ca_file, username, password, auth, oauth, folders, sent, poll, idle, since, authserv_id, forwarders, maildir"
KINDS = (
    "silence, reminder_available, reminder_blocked, reminder_deadline, result_overdue, reminder_received, "
    "client_replied, payment_confirmed, payout_fixed, cancelled, deadline_against, expiry, unrecognised_mail, "
    "suspicious_mail, watch_blind, watch_restored, undelivered, no_platform_mail, summary"
)
PLACES = "{file: PATH}, {credential: NAME}, {env: NAME} or {command: [PROGRAM, …]}"

#: (what the file says, what is read on standard error behind `FILE:`)
BAD = [
    # Keys that nobody knows.
    ("langage: ja\n", ["1: langage: is no known key; did you mean 'language'?"]),
    ("quiet_hours: 22:00-07:00\n", ["1: quiet_hours: is no known key here; 'quiet_hours' belongs under alerts"]),
    (
        "host: imap.example.com\n",
        ["1: host: is no known key here; 'host' belongs in an entry of mailboxes"],
    ),
    (
        MAILBOX + "    prot: 993\n",
        ["5: mailboxes[0].prot: is no known key; did you mean 'port'?"],
    ),
    (
        MAILBOX + "    zone: Asia/Tokyo\n",
        ["5: mailboxes[0].zone: is no known key here; 'zone' belongs at the top level, without indentation"],
    ),
    (
        "alerts:\n  contact: any\n",
        ["2: alerts.contact: is no known key here; 'contact' belongs under platforms, below a platform's name"],
    ),
    (
        "alerts:\n  targets:\n    - {journal: true, xyzzy: 1}\n",
        ["3: alerts.targets[0].xyzzy: is no known key; known here are: url, command, journal, kinds"],
    ),
    (
        "platforms:\n  lancers:\n    contacts: any\n",
        ["3: platforms.lancers.contacts: is no known key; did you mean 'contact'?"],
    ),
    ("<<: {language: ja}\n", None),
    # Words out of a few.
    ("language: jp\n", ["1: language: 'jp' is not known; write one of: ja, en"]),
    ("language: JA\n", ["1: language: 'JA' is not known; did you mean 'ja'?"]),
    ("language: [ja]\n", ["1: language: is a list; write one of: ja, en"]),
    (MAILBOX + "    tls: startls\n", ["5: mailboxes[0].tls: 'startls' is not known; did you mean 'starttls'?"]),
    (MAILBOX + "    auth: oauth\n", ["5: mailboxes[0].auth: 'oauth' is not known; did you mean 'xoauth2'?"]),
    (
        "platforms: {lancers: {contact: platfrom}}\n",
        ["1: platforms.lancers.contact: 'platfrom' is not known; did you mean 'platform'?"],
    ),
    # Zones.
    ("zone: Asia/Tokio\n", ["1: zone: there is no time zone 'Asia/Tokio'; did you mean Asia/Tokyo?"]),
    ("zone: tokyo\n", ["1: zone: there is no time zone 'tokyo'; did you mean Asia/Tokyo?"]),
    ("zone: 9\n", ["1: zone: must be text and is a number; put it in quotes"]),
    ("zone: ../../etc/passwd\n", ["1: zone: there is no time zone '../../etc/passwd'; write for instance Asia/Tokyo"]),
    # Durations.
    (
        MAILBOX + "    poll: 60\n",
        ["5: mailboxes[0].poll: 60 is a number without a unit; write for instance 60s, 60m, 60h or 60d"],
    ),
    (MAILBOX + "    poll: 4s\n", ["5: mailboxes[0].poll: '4s' is too often; write 5s or more"]),
    (
        MAILBOX + "    since: 1.5d\n",
        [
            "5: mailboxes[0].since: '1.5d' is no duration; "
            "write a whole number and its unit, for instance 60s, 5m, 3h or 400d"
        ],
    ),
    (
        MAILBOX + "    since: 999999999d\n",
        ["5: mailboxes[0].since: '999999999d' is out of range; write more than nothing and at most 36500d"],
    ),
    (
        "alerts:\n  silence:\n    - 3d\n    - 0d\n",
        ["4: alerts.silence[1]: '0d' is out of range; write more than nothing and at most 36500d"],
    ),
    (
        "alerts: {silence: 3d}\n",
        ["1: alerts.silence: must be a list and is text; write for instance [3d, 5d], or [] for none"],
    ),
    (
        "alerts:\n  repeat:\n    silence: 3d\n    reminder_availble: 3d\n    expiry: soon\n",
        [
            "4: alerts.repeat.reminder_availble: 'reminder_availble' is not known; did you mean 'reminder_available'?",
            "5: alerts.repeat.expiry: 'soon' is no duration; "
            "write a whole number and its unit, for instance 60s, 5m, 3h or 400d",
        ],
    ),
    (
        "alerts: {quiet_hours: 22-7}\n",
        ["1: alerts.quiet_hours: '22-7' is no pair of times; write for instance 22:00-07:00"],
    ),
    (
        "alerts: {quiet_hours: 22:00-22:00}\n",
        ["1: alerts.quiet_hours: begins when it ends; write for instance 22:00-07:00, or null for none"],
    ),
    # Mailboxes.
    (
        "mailboxes:\n  - name: main\n",
        [
            "2: mailboxes[0].host: is missing; a mailbox needs host (a server) or maildir (a folder of files)",
            "2: mailboxes[0].password: is missing; a mailbox on a server needs it, for instance `password: {file: PATH}`",
            "2: mailboxes[0].username: is missing; "
            "a mailbox on a server needs it, for instance `username: me@example.com`",
        ],
    ),
    (
        MAILBOX + "    maildir: Mail\n",
        ["5: mailboxes[0].maildir: stands beside host; keep one of them, or make it a mailbox of its own"],
    ),
    (
        "mailboxes:\n  - maildir: Mail\n    port: 993\n",
        ["3: mailboxes[0].port: means nothing beside maildir; remove it"],
    ),
    (
        MAILBOX + "    port: 70000\n",
        ["5: mailboxes[0].port: 70000 is no port; write a number from 1 to 65535, for instance 993"],
    ),
    (
        MAILBOX + "    port: '993'\n",
        ["5: mailboxes[0].port: is text; write a whole number without quotes, for instance 993"],
    ),
    (
        MAILBOX + "    port: true\n",
        ["5: mailboxes[0].port: is true; write a whole number without quotes, for instance 993"],
    ),
    (MAILBOX + "    idle: yes\n", ["5: mailboxes[0].idle: is 'yes'; write true or false"]),
    (
        MAILBOX + "    tls: none\n",
        [
            "5: mailboxes[0].tls: none would send the password in the clear; "
            "write implicit or starttls (none: this machine only)"
        ],
    ),
    (
        MAILBOX.replace("imap.example.com", "imaps://imap.example.com"),
        [
            "2: mailboxes[0].host: must be the host's name alone, for instance imap.example.com; remove what stands before ://"
        ],
    ),
    (
        MAILBOX.replace("imap.example.com", "imap.example.com:993"),
        ["2: mailboxes[0].host: must be the host's name alone; write the number behind the colon under port"],
    ),
    (
        MAILBOX.replace("imap.example.com", "imap example com"),
        ["2: mailboxes[0].host: 'imap example com' is no host name; write for instance imap.example.com"],
    ),
    (
        MAILBOX.replace("me@example.com", "12345"),
        ["3: mailboxes[0].username: must be text and is a number; put it in quotes"],
    ),
    (
        MAILBOX + "    folders: INBOX\n",
        ["5: mailboxes[0].folders: is text; write auto, or a list of folders, for instance [INBOX, Junk]"],
    ),
    (
        MAILBOX + "    folders:\n      - INBOX\n      - {a: b}\n",
        ["7: mailboxes[0].folders[1]: must be text and is a mapping; write one line of text"],
    ),
    (
        MAILBOX + "    folders: []\n",
        ["5: mailboxes[0].folders: is an empty list; write auto, or a list of folders, for instance [INBOX, Junk]"],
    ),
    (
        MAILBOX + '    sent: ""\n',
        [
            "5: mailboxes[0].sent: must be one line of text; "
            "remove line breaks and control characters, and do not leave it empty"
        ],
    ),
    (
        MAILBOX + "  - maildir: Mail\n",
        [
            f"{line}: mailboxes[{position}].name: is missing; where there are several mailboxes each needs a name of its own"
            for line, position in ((2, 0), (5, 1))
        ],
    ),
    (
        MAILBOX + "    name: a\n  - {name: a, maildir: Mail}\n",
        ["6: mailboxes[1].name: 'a' is the name of mailboxes[0] too; give it a name of its own"],
    ),
    ("mailboxes: {host: imap.example.com}\n", None),
    (
        "mailboxes:\n  - imap.example.com\n",
        [f"2: mailboxes[0]: must be a mapping and is text; write `key: value` with keys out of: {MAILBOX_KEYS}"],
    ),
    # Passwords: the sentence never holds any of it.
    (
        MAILBOX.replace("{env: PASSWORD}", "{fiel: /hunter2}"),
        ["4: mailboxes[0].password: has a key that is not known; did you mean 'file'?"],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "{hunter2}"),
        [f"4: mailboxes[0].password: has a key that is not known; write {PLACES}, or a text with braces in quotes"],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "{{hunter2}}"),
        ["4: mailboxes[0].password: has a bracket on line 4 where a key belongs; put a text with brackets in quotes"],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "!hunter2"),
        [
            "4: mailboxes[0].password: begins with !, which YAML reads as a tag; "
            "put the value in single quotes, or remove the tag"
        ],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "1234567"),
        ["4: mailboxes[0].password: is read as a number or as true or false; put it in quotes"],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "\n      file: 3"),
        ["5: mailboxes[0].password.file: must be text and is a number; put it in quotes"],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "{file: a, env: B}"),
        [f"4: mailboxes[0].password: names 2 places; keep one of them: {PLACES}"],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "{credential: ../hunter2}"),
        [
            "4: mailboxes[0].password.credential: is no name of a credential; "
            "use letters, digits and _ . @ - alone, without a path"
        ],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "{env: hunter-2}"),
        [
            "4: mailboxes[0].password.env: is no name of an environment variable; "
            "write for instance {env: INBOXWATCH_PASSWORD}"
        ],
    ),
    (
        MAILBOX.replace("{env: PASSWORD}", "{command: pass show mail}"),
        [
            "4: mailboxes[0].password.command: must be a list and is text; write a list of the program and its "
            "arguments, for instance [/usr/local/bin/tell-me]"
        ],
    ),
    # Platforms, profiles and clients.
    ("platforms: {lancrs: {}}\n", ["1: platforms.lancrs: 'lancrs' is no known platform; did you mean 'lancers'?"]),
    (
        "platforms: {lancers: maybe}\n",
        ["1: platforms.lancers: is text; write {} for as shipped, off, or settings such as {contact: any}"],
    ),
    ("platforms: [lancers]\n", ["1: platforms: must be a mapping and is a list; write for instance {lancers: {}}"]),
    ("profiles: mine.yaml\n", ["1: profiles: must be a list and is text; write for instance [profiles/]"]),
    (
        "clients:\n  - addresses: [yamada]\n",
        [
            "2: clients[0].addresses[0]: 'yamada' is no mail address; "
            "write the address alone, for instance yamada@example.co.jp",
            "2: clients[0].name: is missing; every entry of clients needs it, so write `name: …` there",
        ],
    ),
    (
        "clients:\n  - name: 山田商店\n    addresses:\n      - yamada@example.co.jp\n      - 山田 <yamada@example.co.jp>\n",
        [
            "5: clients[0].addresses[1]: '山田 <yamada@example.co.jp>' is no mail address; "
            "write the address alone, for instance yamada@example.co.jp"
        ],
    ),
    (
        "clients:\n- {name: a, addresses: [a@example.com],\n   projects: [lancers/1,\n   5545030, lancer/2, lancers]}\n",
        [
            "4: clients[0].projects[1]: must be text and is a number; put it in quotes",
            "4: clients[0].projects[2]: 'lancer' is no known platform; did you mean 'lancers'?",
            "4: clients[0].projects[3]: 'lancers' is no project; write platform/id, for instance lancers/5545030",
        ],
    ),
    (
        "clients: [{name: x, addresses: []}]\n",
        ["1: clients[0].addresses: is an empty list; write for instance [yamada@example.co.jp]"],
    ),
    ("me: me@example.com\n", ["1: me: must be a list and is text; write for instance [me@example.com]"]),
    # Targets.
    (
        "alerts:\n  targets:\n    - kinds: [expiry]\n",
        ["3: alerts.targets[0]: names no way to tell; write one of url, command or journal: true"],
    ),
    (
        "alerts:\n  targets:\n    - journal: true\n      command: [tell-me]\n",
        ["3: alerts.targets[0].journal: stands beside command; keep one, or make each a target of its own"],
    ),
    ("alerts: {targets: [{journal: false}]}\n", ["1: alerts.targets[0].journal: is false; write true, or remove it"]),
    (
        "alerts:\n  targets:\n    - url: ntfy.example.com/hunter2\n",
        ["3: alerts.targets[0].url: is no Apprise URL; write for instance ntfy://localhost/inboxwatch"],
    ),
    (
        "alerts:\n  targets:\n    - command: [tell-me, 3]\n",
        ["3: alerts.targets[0].command[1]: must be text and is a number; put it in quotes"],
    ),
    (
        "alerts:\n  targets:\n    - journal: true\n      kinds: [expiry,\n        payment]\n",
        ["5: alerts.targets[0].kinds[1]: 'payment' is not known; did you mean 'payment_confirmed'?"],
    ),
    (
        "alerts:\n  targets:\n    - {journal: true, kinds: [3]}\n",
        [f"3: alerts.targets[0].kinds[0]: is a number; write one of: {KINDS}"],
    ),
    (
        "alerts:\n  targets:\n    - {journal: true, kinds: []}\n",
        [
            "3: alerts.targets[0].kinds: is an empty list, so this target would get nothing; "
            "leave kinds out for all, or name some"
        ],
    ),
    # The file as such.
    ("", ["1: file: is empty; write at least one mailbox (copy config.example.yaml and fill it in)"]),
    (
        "# nothing\n",
        ["1: file: is empty; write at least one mailbox (copy config.example.yaml and fill it in)"],
    ),
    ("- language: ja\n", ["1: file: must hold keys and values and holds a list; write for instance `language: ja`"]),
    (
        "language: ja\nzone: Asia/Tokyo\nlanguage: en\n",
        ["3: language: stands here a second time (first on line 1); keep one"],
    ),
    (
        MAILBOX + "    host: b.example.com\n",
        ["5: mailboxes[0].host: stands here a second time (first on line 2); keep one"],
    ),
    ("language: ja\n\tzone: x\n", ["2: file: a tab stands where only spaces may; indent with spaces"]),
    (
        "language: ja\nzone: @hunter2\n",
        ["2: file: a value begins with a sign that YAML keeps; put it in single quotes"],
    ),
    ("me: [a@example.com\nzone: Asia/Tokyo\n", None),
    (
        'language: ja\nzone: "hunter2\nme: []\n',
        ["2: file: the quote that opens here is never closed; close it"],
    ),
    ("a: b: hunter2\n", ["1: file: a ': ' too many, or wrong indentation; quote the value, or mend it"]),
    (
        "alerts:\n    silence: []\n  targets: []\n",
        ["3: file: the indentation does not fit the lines above; line it up with its neighbours"],
    ),
    (
        "language: ja\nzone: *hunter2\n",
        ["2: file: a value begins with *, which YAML reads as an alias; put it in single quotes"],
    ),
    ("language: ja\n---\nlanguage: en\n", ["2: file: a second document begins here; keep one, without '---' between"]),
    ("language: ja\nnonsense\n", ["2: file: this line is neither a key nor a list entry; write `key: value`"]),
    ("language: ja\nzone: a\x00b\n", ["2: file: holds a character that no text file should; remove it"]),
    ('zone: "a\\q"\n', ["1: file: a backslash in double quotes begins an escape; use single quotes"]),
]
#: The few whose sentences would not fit the table.
LONG = {
    "<<: {language: ja}\n": [
        "1: <<: is no known key; known here are: "
        "language, zone, me, state, mailboxes, platforms, profiles, clients, alerts, dkim, nameservers, ping"
    ],
    "mailboxes: {host: imap.example.com}\n": [
        "1: mailboxes: must be a list and is a mapping; write for instance "
        "[{host: imap.example.com, username: me@example.com, password: {file: PATH}}]"
    ],
    "me: [a@example.com\nzone: Asia/Tokyo\n": [
        "1: file: the bracket that opens here is not closed, or a comma is missing; close it"
    ],
}


def problems_of(path: Path, **more: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, known_platforms=KNOWN, **more)  # type: ignore[arg-type]
    return list(caught.value.problems)


@pytest.mark.parametrize(("text", "expected"), BAD, ids=lambda part: repr(part)[:50] if isinstance(part, str) else "")
def test_a_bad_file_is_told_with_the_line_the_key_and_what_would_be_right(
    tmp_path: Path, text: str, expected: list[str] | None
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    problems = problems_of(path)
    assert problems == [f"{path}:{problem}" for problem in expected or LONG[text]]
    assert "hunter" not in "".join(problems)


def test_all_errors_come_at_once_ordered_by_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        """\
language: jp
zone: Asia/Tokio
mailboxes:
  - name: main
    host: imap.example.com
    port: 0
    tls: none
    username: me@example.com
  - {name: main, maildir: Mail, idle: true}
platforms: {lancrs: {}, lancers: {contact: some}}
clients:
  - name: 山田商店
    adresses: [yamada@example.co.jp]
alerts:
  targets:
    - kinds: [silence]
    - url: discord://1234567/hunter2
  quiet_hours: 22
zone: UTC
colour: red
""",
        encoding="utf-8",
    )
    path.chmod(0o644)
    places = [problem.removeprefix(f"{path}:").split(": ")[:2] for problem in problems_of(path)]
    assert places == [
        ["1", "language"],
        ["2", "zone"],
        ["4", "mailboxes[0].password"],
        ["6", "mailboxes[0].port"],
        ["7", "mailboxes[0].tls"],
        ["9", "mailboxes[1].idle"],
        ["9", "mailboxes[1].name"],
        ["10", "platforms.lancers.contact"],
        ["10", "platforms.lancrs"],
        ["12", "clients[0].addresses"],
        ["13", "clients[0].adresses"],
        ["16", "alerts.targets[0]"],
        ["17", "alerts.targets[1].url"],
        ["18", "alerts.quiet_hours"],
        ["19", "zone"],
        ["20", "colour"],
    ]


def test_the_error_itself_reads_as_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("language: jp\nzone: 9\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).splitlines() == list(caught.value.problems)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    assert problems_of(path) == [
        f"{path}:1: file: there is no such file; name another with --config, or copy config.example.yaml there and fill it in"
    ]


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [
        f"{tmp_path}:1: file: is a folder; name the file in it, for instance with --config"
    ]


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("language: ja\nclients:\n  - name: 山田商店\n".encode("shift_jis"))
    assert problems_of(path) == [f"{path}:3: file: is not UTF-8 here; save the file as UTF-8"]


def test_a_file_of_another_kind_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.touch()
    os.truncate(path, 50_000_000)
    assert problems_of(path) == [f"{path}:1: file: is larger than 1 MiB; this is not a configuration of inboxwatch"]


def test_a_plain_password_in_a_file_that_others_may_read_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(MAILBOX.replace("{env: PASSWORD}", "hunter2"), encoding="utf-8")
    path.chmod(0o640)
    assert problems_of(path) == [
        f"{path}:4: mailboxes[0].password: is a secret in a file that others may read; run: chmod 600 {path}"
    ]


@pytest.mark.parametrize(
    "url", ["discord://1234567/hunter2", "ntfy://me:hunter2@localhost/topic", "json://localhost/?+X-Key=hunter2"]
)
def test_a_url_with_a_secret_in_a_file_that_others_may_read_is_refused(tmp_path: Path, url: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"alerts:\n  targets:\n    - url: {url}\n", encoding="utf-8")
    path.chmod(0o644)
    assert problems_of(path) == [
        f"{path}:3: alerts.targets[0].url: is a secret in a file that others may read; run: chmod 600 {path}"
    ]


def test_a_missing_password_file_is_found_when_files_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(MAILBOX.replace("{env: PASSWORD}", "{file: password}") + "    ca_file: ca.pem\n", encoding="utf-8")
    load(path)
    assert problems_of(path, check_files=True) == [
        f"{path}:4: mailboxes[0].password: there is no file {tmp_path / 'password'}; "
        "create it with the secret as its only line",
        f"{path}:5: mailboxes[0].ca_file: the file {tmp_path / 'ca.pem'} cannot be read: No such file or directory; "
        "name a file of certificates (PEM)",
    ]


def test_an_open_password_file_is_found_when_files_are_checked(tmp_path: Path) -> None:
    path, password = tmp_path / "config.yaml", tmp_path / "password"
    password.write_text("hunter2\n")
    password.chmod(0o640)
    path.write_text(MAILBOX.replace("{env: PASSWORD}", f"{{file: {password}}}"), encoding="utf-8")
    assert problems_of(path, check_files=True) == [
        f"{path}:4: mailboxes[0].password: the file {password} is open to other users of this machine; "
        f"run: chmod 600 {password}"
    ]
    password.chmod(0o600)
    load(path, check_files=True)


def test_a_variable_a_credential_and_a_program_are_looked_for_when_files_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "alerts:\n  targets:\n    - url: {env: NTFY_URL}\n    - url: {credential: ntfy}\n    - url: {command: [no-such-program]}\n"
    )
    told = [problem.removeprefix(f"{path}:") for problem in problems_of(path, check_files=True, environ={})]
    assert told == [
        "3: alerts.targets[0].url: the environment variable NTFY_URL is not set; set it, or use {file: …}",
        "4: alerts.targets[1].url: credential ntfy exists only under systemd, and $CREDENTIALS_DIRECTORY is not set; "
        "add LoadCredential=ntfy:… to the unit, or use {file: …}",
        "5: alerts.targets[2].url: there is no program no-such-program; write its full path, or install it",
    ]


def test_a_key_with_control_characters_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text('"a\\e[31m\\nb": 1\n', encoding="utf-8")
    (problem,) = problems_of(path)
    assert problem.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
            for before, name in zip("abcdefg", "bcdefgh", strict=True)
        ),
        "a: &a [*a]\n",
        "a: " + "[" * 5000,
        "a: " + "[" * 5000 + "]" * 5000,
        "- " * 5000 + "a\n",
        "a: [" + "x," * 100_000 + "]\n",
    ],
    ids=["billion laughs", "an alias in itself", "open brackets", "brackets", "nested lists", "a long list"],
)
@pytest.mark.timeout(20)
def test_a_yaml_bomb_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert caught.value.line >= 1
