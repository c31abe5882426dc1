"""What a good configuration means: values, defaults, where the file is looked for and where the database goes."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inboxwatch.config import Config, ConfigError, Mailbox, Target, default, find, load, parse, state_folder
from inboxwatch.config.credentials import Secret
from inboxwatch.config.settings import SECTIONS
from inboxwatch.config.urls import shown_url

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"

FULL = """\
language: en
zone: Europe/Berlin
me: [Me@Example.com, other@example.com]
state: state
mailboxes:
  - name: main
    host: imap.example.com
    port: 1993
    tls: starttls
    ca_file: ca.pem
    username: Me@example.com
    password: {file: password}
    auth: xoauth2
    folders: [INBOX, 仕事]
    sent: null
    poll: 5s
    idle: false
    since: 30d
    authserv_id: MX.example.com
  - name: archive
    maildir: /path/to/Maildir
    authserv_id: [mx.example.com, mx2.example.com]
platforms:
  lancers: {contact: platform, require_verified: true}
  crowdworks: off
  coconala: false
  upwork: {}
profiles: [mine.yaml]
clients:
  - name: 山田商店
    addresses: [Yamada@example.co.jp]
    projects: [lancers/5545030]
alerts:
  targets:
    - url: ntfy://localhost/inboxwatch
      kinds: [reminder_available, payment_confirmed]
    - command: [/usr/local/bin/tell-me, now]
    - journal: true
  quiet_hours: 22:00-07:00
  repeat: {reminder_available: 3d}
  silence: [5d, 3d]
"""


def read(text: str, path: Path = Path("/etc/inboxwatch/config.yaml")) -> Config:
    return parse(text, path)


def test_every_setting_arrives_as_it_was_written() -> None:
    config = read(FULL)
    assert (config.language, config.zone) == ("en", ZoneInfo("Europe/Berlin"))
    assert config.me == {"me@example.com", "other@example.com"}
    assert config.state == Path("/etc/inboxwatch/state")
    assert config.profiles == (Path("/etc/inboxwatch/mine.yaml"),)
    assert config.path == Path("/etc/inboxwatch/config.yaml")
    assert config.warnings == ()
    (client,) = config.clients
    assert (client.name, set(client.addresses), client.projects) == (
        "山田商店",
        {"yamada@example.co.jp"},
        ("lancers/5545030",),
    )
    main, archive = config.mailboxes
    assert main == Mailbox(
        name="main",
        host="imap.example.com",
        port=1993,
        tls="starttls",
        ca_file=Path("/etc/inboxwatch/ca.pem"),
        username="Me@example.com",
        password=Secret.from_file(Path("/etc/inboxwatch/password")),
        auth="xoauth2",
        folders=("INBOX", "仕事"),
        sent=None,
        poll=timedelta(seconds=5),
        idle=False,
        since=timedelta(days=30),
        authserv_id=frozenset({"mx.example.com"}),
    )
    assert (archive.name, archive.maildir, archive.host) == ("archive", Path("/path/to/Maildir"), None)
    assert archive.authserv_ids == {"mx.example.com", "mx2.example.com"}


def test_platforms_are_as_shipped_strict_or_off() -> None:
    config = read(FULL)
    lancers = config.platform("lancers")
    assert (lancers.enabled, lancers.contact, lancers.require_verified) == (True, "platform", True)
    assert not config.platform("crowdworks").enabled
    assert not config.platform("coconala").enabled
    assert config.platform("upwork") == config.platform("fiverr")
    assert (config.platform("fiverr").enabled, config.platform("fiverr").contact) == (True, "any")


def test_alerts_arrive_as_they_were_written() -> None:
    alerts = read(FULL).alerts
    url, command, journal = alerts.targets
    assert url.url is not None
    assert url.url.reveal() == "ntfy://localhost/inboxwatch"
    assert url.kinds == frozenset({"reminder_available", "payment_confirmed"})
    assert (command.command, command.kinds) == (("/usr/local/bin/tell-me", "now"), None)
    assert journal.journal
    assert alerts.quiet_hours == (time(22), time(7))
    assert alerts.repeat == {"reminder_available": timedelta(days=3)}
    assert alerts.silence == (timedelta(days=3), timedelta(days=5))


def test_what_is_left_out_is_as_the_contract_says() -> None:
    config = read(
        "mailboxes:\n  - host: imap.example.com\n    username: Me@example.com\n    password: {env: PASSWORD}\n"
    )
    assert (config.language, config.zone.key, config.state) == ("ja", "Asia/Tokyo", None)
    assert config.me == {"me@example.com"}
    (mailbox,) = config.mailboxes
    assert (mailbox.name, mailbox.port, mailbox.tls, mailbox.auth) == ("main", 993, "implicit", "password")
    assert (mailbox.folders, mailbox.sent, mailbox.idle, mailbox.authserv_ids) == ("auto", "auto", True, frozenset())
    assert (mailbox.poll, mailbox.since) == (timedelta(seconds=60), timedelta(days=400))
    assert config.alerts.silence == (timedelta(days=3), timedelta(days=5))
    assert (config.alerts.targets, config.alerts.quiet_hours, config.alerts.repeat) == ((), None, {})


@pytest.mark.parametrize(("tls", "port"), [("implicit", 993), ("starttls", 143), ("none", 143)])
def test_the_port_follows_from_tls_where_it_is_left_out(tls: str, port: int) -> None:
    config = read(f"mailboxes:\n  - {{host: localhost, tls: {tls}, username: u, password: {{env: P}}}}\n")
    assert config.mailboxes[0].port == port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST"])
def test_a_server_on_this_machine_may_go_without_tls(host: str) -> None:
    read(f"mailboxes:\n  - {{host: '{host}', tls: none, username: u, password: {{env: P}}}}\n")


@pytest.mark.parametrize("host", ["localhost.example.com", "10.0.0.1", "128.0.0.1", "::2", "127.0.0.1.example.com"])
def test_no_other_server_may_go_without_tls(host: str) -> None:
    with pytest.raises(ConfigError, match=r"mailboxes\[0\]\.tls: none would send the password in the clear"):
        read(f"mailboxes:\n  - {{host: '{host}', tls: none, username: u, password: {{env: P}}}}\n")


def test_a_username_that_is_no_address_is_not_taken_for_one() -> None:
    assert read("mailboxes:\n  - {host: localhost, username: me, password: {env: P}}\n").me == frozenset()


def test_text_stays_text_where_yaml_1_1_would_make_something_else_of_it() -> None:
    config = read(
        "mailboxes:\n  - {name: no, host: localhost, username: 0600, password: 22:30, folders: [on, 2026-11-23]}\n"
    )
    (mailbox,) = config.mailboxes
    assert (mailbox.name, mailbox.username, mailbox.folders) == ("no", "0600", ("on", "2026-11-23"))
    assert mailbox.password is not None
    assert mailbox.password.reveal() == "22:30"


def test_a_key_with_nothing_behind_it_is_an_empty_list() -> None:
    config = read("clients:\nprofiles:\nplatforms:\n  lancers:\nmailboxes:\nalerts:\n")
    assert (config.clients, config.profiles, config.mailboxes) == ((), (), ())
    assert config.platform("lancers").enabled


def test_no_nudges_are_meant_by_an_empty_list() -> None:
    assert read("alerts: {silence: []}\n").alerts.silence == ()


def test_a_plain_password_in_a_file_of_ones_own_is_taken_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "mailboxes:\n  - {host: localhost, username: u, password: hunter2}\n"
        "alerts:\n  targets:\n  - url: gotify://localhost/hunter2\n  - url: ntfy://localhost/open\n"
    )
    path.chmod(0o600)
    config = load(path)
    assert [warning.removeprefix(f"{path}:") for warning in config.warnings] == [
        f"{line}: {place}: is a secret in the configuration itself; "
        "better keep it elsewhere: {file: …}, {credential: …}, {command: …}"
        for line, place in ((2, "mailboxes[0].password"), (5, "alerts.targets[0].url"))
    ]
    assert "hunter2" not in repr(config) + str(config)


def test_targets_are_named_without_their_secrets_and_each_by_itself() -> None:
    config = read(
        """\
alerts:
  targets:
    - url: ntfy://me:hunter2@localhost:8080/inboxwatch
    - url: ntfy://localhost/other
    - url: tgram://hunter2/chat
    - url: mailto://me:hun@ter2@mail.example.com?pass=hunter2
    - url: {file: /etc/inboxwatch/hook}
    - url: {env: HOOK}
    - journal: true
    - command: [/usr/local/bin/tell-me, --token, hunter2]
    - command: [/usr/local/bin/tell-me]
    - url: ntfy://localhost/third
"""
    )
    assert [target.name for target in config.alerts.targets] == [
        "ntfy://localhost",
        "ntfy://localhost#2",
        "tgram://",
        "mailto://mail.example.com",
        "url from file /etc/inboxwatch/hook",
        "url from environment variable HOOK",
        "journal",
        "/usr/local/bin/tell-me",
        "/usr/local/bin/tell-me#2",
        "ntfy://localhost#3",
    ]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ntfy://localhost/@topic", "ntfy://"),
        ("json://[::1]:8080/path", "json://[::1]"),
        ("discord://hunter2/hunter2", "discord://"),
        ("ntfy://u:hun/ter2@ntfy.example.com/t", "ntfy://ntfy.example.com"),
    ],
)
def test_a_shown_url_holds_nothing_that_could_be_a_password(url: str, shown: str) -> None:
    assert shown_url(url).partition("topic")[0] == shown


def test_a_target_can_be_made_in_code() -> None:
    assert Target(url=Secret.plain("ntfy://localhost/x")).name == "ntfy://localhost"


def test_a_configuration_cannot_be_changed() -> None:
    config = read(FULL)
    with pytest.raises(AttributeError):
        config.language = "ja"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        config.mailboxes[0].port = 1  # type: ignore[misc]


def test_the_users_own_profiles_may_teach_further_platforms() -> None:
    asked: list[tuple[Path, ...]] = []

    def known(profiles: tuple[Path, ...]) -> set[str]:
        asked.append(profiles)
        return {"lancers", "shufti"}

    text = "profiles: [mine, 3]\nplatforms: {shufti: {}, shuft: {}}\n"
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("/etc/inboxwatch/config.yaml"), known_platforms=known)
    assert asked == [(Path("/etc/inboxwatch/mine"),)]
    assert caught.value.problems == (
        "/etc/inboxwatch/config.yaml:1: profiles[1]: must be text and is a number; put it in quotes",
        "/etc/inboxwatch/config.yaml:2: platforms.shuft: 'shuft' is no known platform; did you mean 'shufti'?",
    )


def test_without_known_platforms_any_name_passes() -> None:
    assert read("platforms: {anything: {}}\n").platform("anything").enabled


def test_commands_that_need_no_file_get_a_japanese_default() -> None:
    config = default()
    assert (config.language, config.zone.key, config.mailboxes, config.path) == ("ja", "Asia/Tokyo", (), None)


# Where the file is, and where the database goes.


def test_a_named_file_wins_even_if_it_is_missing(tmp_path: Path) -> None:
    environ = {"INBOXWATCH_CONFIG": "/from/environment.yaml", "HOME": str(tmp_path)}
    assert find(Path("/named.yaml"), environ) == Path("/named.yaml")
    assert find(None, environ) == Path("/from/environment.yaml")


def test_the_working_folder_comes_before_the_users_and_none_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inboxwatch.config.loading._SYSTEM_FILE", tmp_path / "etc.yaml")
    monkeypatch.chdir(tmp_path)
    environ = {"HOME": str(tmp_path / "home")}
    assert find(None, environ) is None
    (tmp_path / "etc.yaml").touch()
    assert find(None, environ) == tmp_path / "etc.yaml"
    own = tmp_path / "home" / ".config" / "inboxwatch" / "config.yaml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find(None, environ) == own
    other = tmp_path / "xdg" / "inboxwatch" / "config.yaml"
    other.parent.mkdir(parents=True)
    other.touch()
    assert find(None, {**environ, "XDG_CONFIG_HOME": str(tmp_path / "xdg")}) == other
    (tmp_path / "config.yaml").touch()
    assert find(None, environ) == Path("config.yaml")


def test_the_database_goes_to_the_configured_folder_else_systemds_else_the_users() -> None:
    environ = {"HOME": "/home/me", "XDG_STATE_HOME": "/xdg", "STATE_DIRECTORY": "/var/lib/inboxwatch:/var/lib/other"}
    assert state_folder(read("state: data\n"), environ) == Path("/etc/inboxwatch/data")
    assert state_folder(default(), environ) == Path("/var/lib/inboxwatch")
    del environ["STATE_DIRECTORY"]
    assert state_folder(default(), environ) == Path("/xdg/inboxwatch")
    environ["XDG_STATE_HOME"] = "relative/is/ignored"
    assert state_folder(default(), environ) == Path("/home/me/.local/state/inboxwatch")


def test_paths_begin_at_the_file_even_when_it_is_named_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "config.yaml").write_text("state: data\n")
    monkeypatch.chdir(tmp_path)
    assert load(Path("inner/config.yaml")).state == tmp_path / "inner" / "data"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbflanguage: en\r\nzone: UTC\r\n")
    assert load(path).language == "en"


# The example.


def test_the_example_is_valid_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    path.chmod(0o644)
    config = load(path, known_platforms={"lancers"})
    assert (len(config.mailboxes), config.warnings) == (1, ())
    (target,) = config.alerts.targets
    assert target.journal


def test_the_example_is_valid_with_every_setting_switched_on_and_names_every_key() -> None:
    text = re.sub(r"(?m)^( *)#(?=\S)", r"\1", EXAMPLE.read_text(encoding="utf-8"))
    config = read(text)
    assert len(config.mailboxes) == 3
    assert len(config.alerts.targets) == 3
    assert config.clients
    assert config.alerts.repeat
    assert config.alerts.quiet_hours
    for model in SECTIONS.values():
        for name, field in model.model_fields.items():
            if name != "enabled":  # the long form of `off`
                assert re.search(rf"\b{field.alias or name}\b", text), name


def test_the_example_says_the_defaults_for_what_it_leaves_in() -> None:
    config = read(EXAMPLE.read_text(encoding="utf-8"))
    (mailbox,) = config.mailboxes
    assert mailbox == Mailbox(
        host="imap.example.com",
        username="me@example.com",
        password=Secret.from_file(Path("/etc/inboxwatch/password")),
    )


# Whatever stands in the file, the answer is a configuration or our own words.

_KEYS = sorted({field.alias or name for model in SECTIONS.values() for name, field in model.model_fields.items()})
_WORDS = [
    "auto",
    "off",
    "none",
    "3d",
    "0d",
    "22:00-07:00",
    "ntfy://h/t",
    "a@example.com",
    "lancers/1",
    "ja",
    "~x",
    "é\u2028",
]
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(_WORDS)
    | st.text(string.printable, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_KEYS, "file", "env", "command", "credential", "x y"]), inner, max_size=5)
    ),
    max_leaves=25,
)


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=6))
def test_any_file_gives_a_configuration_or_lines_that_one_can_read(tree: dict[str, object]) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    try:
        parse(text, Path("c.yaml"), known_platforms={"lancers"}, check_files=True, environ={})
    except ConfigError as error:
        assert error.problems
        for problem in error.problems:
            assert re.fullmatch(r"c\.yaml:[1-9][0-9]*: \S.*: \S.*", problem)
            assert problem.isprintable()
            assert "cannot be used here" not in problem


def test_reading_a_configuration_loads_no_heavy_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, inboxwatch.config; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = set(done.stdout.split())
    assert "pydantic" in loaded
    assert not loaded & {"apprise", "requests", "imapclient", "mailparser", "rich", "selectolax", "sqlite3"}
