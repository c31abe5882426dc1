"""Secrets come from where they are kept, each time anew, and are never shown."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from inboxwatch.config.credentials import CredentialError, Secret


def private(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o600)
    return path


def python(code: str) -> Secret:
    return Secret.from_command((sys.executable, "-c", code))


def why_not(secret: Secret, environ: dict[str, str] | None = None, timeout: float = 10) -> str:
    with pytest.raises(CredentialError) as caught:
        secret.reveal(environ, timeout=timeout)
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def test_a_plain_secret_is_itself_and_not_shown() -> None:
    secret = Secret.plain("hunter2")
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {secret.described()}"


def test_a_secret_is_read_anew_each_time(tmp_path: Path) -> None:
    path = private(tmp_path / "password", "first\n")
    secret = Secret.from_file(path)
    assert secret.reveal() == "first"
    private(path, "second\n")
    assert secret.reveal() == "second"


@pytest.mark.parametrize(
    "content",
    ["p w\n", "p w", "p w\r\n", "p w\nnot this\n", b"\xef\xbb\xbfp w\n"],
    ids=["lf", "bare", "crlf", "two", "bom"],
)
def test_the_first_line_of_a_file_is_the_secret(tmp_path: Path, content: str | bytes) -> None:
    assert Secret.from_file(private(tmp_path / "password", content)).reveal() == "p w"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_file_that_is_open_to_others_is_refused_with_the_command_to_run(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "password", "hunter2\n")
    path.chmod(mode)
    told = why_not(Secret.from_file(path))
    assert told == f"the file {path} is open to other users of this machine; run: chmod 600 {path}"


def test_a_file_that_systemd_keeps_may_look_open(tmp_path: Path) -> None:
    path = private(tmp_path / "password", "s\n")
    path.chmod(0o444)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert Secret.from_file(path).reveal(environ) == "s"
    assert Secret.from_credential("password").reveal(environ) == "s"


def test_a_way_out_of_systemds_folder_is_no_way_around_the_mode(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    path = private(tmp_path / "password", "hunter2\n")
    path.chmod(0o644)
    roundabout = tmp_path / "credentials" / ".." / "password"
    told = why_not(Secret.from_file(roundabout), {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})
    assert "chmod 600" in told


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\nb", ".hidden", "x" * 256, "あ"])
def test_a_credential_name_cannot_lead_out_of_its_folder(name: str) -> None:
    with pytest.raises(ValueError, match="a credential is named by"):
        Secret.from_credential(name)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "password"
    assert why_not(Secret.from_file(path)) == f"there is no file {path}; create it with the secret as its only line"


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    path = private(tmp_path / "password", "\nhunter2\n")
    told = why_not(Secret.from_file(path))
    assert told == f"file {path} holds nothing on its first line; the secret belongs there"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "password", b"hunter2\xff\n")
    assert why_not(Secret.from_file(path)) == f"file {path} holds no UTF-8 text; save the secret as UTF-8"


@pytest.mark.timeout(10)
def test_a_folder_or_a_pipe_in_place_of_a_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        assert why_not(Secret.from_file(path)) == f"{path} is not a file; name the file that holds the secret"


def test_an_environment_variable_must_be_set() -> None:
    secret = Secret.from_environment("INBOXWATCH_PASSWORD")
    assert secret.reveal({"INBOXWATCH_PASSWORD": "s"}) == "s"
    told = why_not(secret, {"INBOXWATCH_PASSWORD": ""})
    assert told == "the environment variable INBOXWATCH_PASSWORD is not set; set it, or use {file: …}"


def test_a_command_gives_the_first_line_that_it_prints() -> None:
    assert python("print('p w'); print('not this')").reveal() == "p w"


def test_a_command_is_started_without_a_shell() -> None:
    assert (
        Secret.from_command((sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME;`x`")).reveal()
        == "$HOME;`x`"
    )


def test_a_command_sees_the_environment_that_it_is_given() -> None:
    assert python("import os; print(os.environ['TOKEN'])").reveal({"TOKEN": "s"}) == "s"


def test_a_command_that_fails_is_named_without_its_output_and_arguments(capfd: pytest.CaptureFixture[str]) -> None:
    told = why_not(python("import sys; print('hunter2'); print('hunter2', file=sys.stderr); sys.exit(3)"))
    assert told == f"the command {sys.executable} ended with code 3; run it by hand to see why"
    assert "hunter2" not in "".join(capfd.readouterr())


def test_a_command_that_prints_nothing_is_no_secret() -> None:
    assert (
        why_not(python("pass")) == f"command {sys.executable} holds nothing on its first line; the secret belongs there"
    )


def test_a_command_that_is_not_there_is_told() -> None:
    told = why_not(Secret.from_command(("/no/such/program", "hunter2")))
    assert told == "the command /no/such/program cannot be started: No such file or directory; check its path"


def test_a_command_gets_no_input_to_wait_for() -> None:
    assert python("import sys; print(len(sys.stdin.read()))").reveal() == "0"


def test_a_command_that_hangs_is_ended_with_its_children() -> None:
    begun = time.monotonic()
    told = why_not(Secret.from_command(("/bin/sh", "-c", "sleep 60 & sleep 60")), timeout=0.3)
    assert told == "the command /bin/sh took more than 0.3 s; it must not ask"
    assert time.monotonic() - begun < 10


def test_a_command_that_prints_and_then_hangs_is_ended() -> None:
    told = why_not(python("import time; print('hunter2', flush=True); time.sleep(60)"), timeout=0.5)
    assert "took more than 0.5 s" in told


def test_a_command_that_prints_without_end_is_ended() -> None:
    told = why_not(Secret.from_command(("/bin/sh", "-c", "while :; do echo hunter2; done")))
    assert told == "the command /bin/sh prints without end; only its first line counts"


def test_checking_a_command_does_not_run_it(tmp_path: Path) -> None:
    python(f"open({str(tmp_path / 'trace')!r}, 'w')").check()
    assert not (tmp_path / "trace").exists()


def test_the_command_to_run_can_be_pasted_whatever_the_files_name(tmp_path: Path) -> None:
    path = private(tmp_path / "my pass; word", "hunter2\n")
    path.chmod(0o644)
    assert why_not(Secret.from_file(path)).endswith(f"run: chmod 600 '{path}'")


def test_a_link_is_as_open_as_what_it_leads_to(tmp_path: Path) -> None:
    path = private(tmp_path / "password", "hunter2\n")
    (tmp_path / "link").symlink_to(path)
    assert Secret.from_file(tmp_path / "link").reveal() == "hunter2"
    path.chmod(0o644)
    assert "chmod 600" in why_not(Secret.from_file(tmp_path / "link"))
    path.unlink()
    assert "there is no file" in why_not(Secret.from_file(tmp_path / "link"))


@pytest.mark.parametrize(
    "content", [b"hunter2\0x\n", "hunter2\n".encode("utf-16-le"), b"hunter2\x1b[2J\n", b"\thunter2\n"]
)
def test_control_characters_are_refused(tmp_path: Path, content: bytes) -> None:
    where = private(tmp_path / "password", content)
    assert "control characters" in why_not(Secret.from_file(where))
    assert "control characters" in why_not(Secret.from_command(("/bin/cat", str(where))))


def test_a_file_of_one_endless_line_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "password", "hunter2" * 20_000)
    assert "a first line without end" in why_not(Secret.from_file(path))


@pytest.mark.parametrize("secret", ["ひみつ ぱすわーど", "pässwörd", " blanks stay ", "パスワード🗝"])
def test_what_is_not_ascii_comes_the_same_from_everywhere(tmp_path: Path, secret: str) -> None:
    path = private(tmp_path / "mail", f"{secret}\n")
    assert Secret.from_file(path).reveal() == secret
    assert Secret.from_command(("/bin/cat", str(path))).reveal() == secret
    assert Secret.from_environment("PW").reveal({"PW": secret}) == secret
    assert Secret.from_credential("mail").reveal({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == secret


def test_of_an_environment_variable_too_the_first_line_counts() -> None:
    assert Secret.from_environment("PW").reveal({"PW": "p w\r\nnot this\n"}) == "p w"
    assert "holds nothing on its first line" in why_not(Secret.from_environment("PW"), {"PW": "\nhunter2"})
    assert "holds no UTF-8 text" in why_not(Secret.from_environment("PW"), {"PW": "hunter2\udcff"})


def test_a_command_that_asks_on_the_terminal_finds_none() -> None:
    told = why_not(Secret.from_command(("/bin/sh", "-c", "read answer </dev/tty && echo hunter2")))
    assert "ended with code" in told


def test_no_program_inherits_a_variable_that_holds_a_secret() -> None:
    Secret.from_environment("SECRET_OF_ANOTHER")
    environ = {"SECRET_OF_ANOTHER": "hunter2", "HERS": "1", "NOTIFY_SOCKET": "/x", "PATH": os.environ["PATH"]}
    shown = Secret.from_command(("/bin/sh", "-c", "env | sort | tr '\\n' ' '")).reveal(environ)
    assert "HERS=1" in shown
    assert "SECRET_OF_ANOTHER" not in shown and "NOTIFY_SOCKET" not in shown


def test_a_credential_outside_systemd_says_what_to_add(tmp_path: Path) -> None:
    told = why_not(Secret.from_credential("mail"), {})
    assert "LoadCredential=mail" in told and "{file: …}" in told
    assert "there is no file" in why_not(Secret.from_credential("mail"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
