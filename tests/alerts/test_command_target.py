"""The command target, with real programs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from inboxwatch.alerts.as_json import alert_as_json
from inboxwatch.alerts.targets import CommandTarget, DeliveryFailed
from tests.alerts.samples import TOKYO, an_alert


def a_command(folder: Path, script: str) -> CommandTarget:
    program = folder / "tell-me"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    return CommandTarget("tell-me", (str(program), str(folder)), None, TOKYO)


def failure_of(target: CommandTarget, seconds: float = 10.0) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        target.deliver(an_alert(), seconds)
    return caught.value


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def test_a_command_gets_the_object_of_the_contract_on_its_standard_input(tmp_path: Path) -> None:
    a_command(tmp_path, 'cat > "$1/got"').deliver(an_alert(maybe_repeat=True), 10)
    got = (tmp_path / "got").read_text(encoding="utf-8")
    assert json.loads(got) == alert_as_json(an_alert(maybe_repeat=True), TOKYO)
    assert "山田花子さん" in got
    assert got.count("\n") == 1


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    target = a_command(tmp_path, 'printf %s "$2" > "$1/got"')
    CommandTarget("tell-me", (*target.argv, "$(id); `id`"), None, TOKYO).deliver(an_alert(), 10)
    assert (tmp_path / "got").read_text(encoding="utf-8") == "$(id); `id`"


def test_a_failing_command_is_named_with_its_code_and_the_beginning_of_what_it_said(tmp_path: Path) -> None:
    failure = failure_of(a_command(tmp_path, r"printf 'no \033[31mphone\n' >&2; printf '%0400d' 0 >&2; exit 3"))
    assert failure.reason.startswith("the command ended with exit code 3: no [31mphone 000")
    assert failure.reason.endswith("0…")
    assert len(failure.reason) < 260
    assert not failure.maybe


def test_a_command_that_floods_both_streams_is_no_burden(tmp_path: Path) -> None:
    flood = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"
    a_command(tmp_path, flood).deliver(an_alert(), 10)


def test_a_command_cut_down_by_a_signal_may_have_done_its_work(tmp_path: Path) -> None:
    failure = failure_of(a_command(tmp_path, "kill -9 $$"))
    assert failure.reason == "the command was ended by signal 9 (SIGKILL)"
    assert failure.maybe


def test_a_missing_program_is_a_sentence(tmp_path: Path) -> None:
    failure = failure_of(CommandTarget("gone", (str(tmp_path / "gone"),), None, TOKYO))
    assert failure.reason.endswith("gone was not found")


def test_a_file_that_is_no_program_is_a_sentence(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program", encoding="utf-8")
    assert "may not be executed" in failure_of(CommandTarget("plain", (str(plain),), None, TOKYO)).reason
    plain.chmod(0o700)
    assert "could not be started" in failure_of(CommandTarget("plain", (str(plain),), None, TOKYO)).reason


def test_a_command_that_reads_nothing_and_closes_its_input_has_not_failed(tmp_path: Path) -> None:
    a_command(tmp_path, "exec <&-; exit 0").deliver(an_alert(body="長" * 200_000), 10)


def test_a_grandchild_that_keeps_the_output_open_delays_nothing(tmp_path: Path) -> None:
    begun = time.monotonic()
    a_command(tmp_path, "sleep 20 & exit 0").deliver(an_alert(), 15)
    assert time.monotonic() - begun < 5


def test_at_the_deadline_the_command_and_its_children_are_killed(tmp_path: Path) -> None:
    failure = failure_of(a_command(tmp_path, 'sleep 60 & echo $! > "$1/child"; echo $$ > "$1/self"; wait'), 1.0)
    assert failure.reason == "the command was stopped after 1 seconds; the alert may have arrived"
    assert failure.maybe
    for name in ("child", "self"):
        pid = int((tmp_path / name).read_text(encoding="utf-8"))
        deadline = time.monotonic() + 5
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.01)  # Nobody tells us of a grandchild's end.
        assert not is_running(pid)
