"""Without the fuzzer: what it once found, the golden mails and a fixed corpus go through the same targets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from inboxwatch.mail.text import clean
from tests.fuzz import running, targets
from tests.fuzz.seeds import FINDINGS, MAILS, dictionary, seeds
from tests.fuzz.targets import TARGETS, Broken

FOUND = sorted(FINDINGS.glob("*-*"))
#: Every so many seeds of a target whose whole corpus takes longer than a test should.
EACH = {"parse": 8, "classify": 6, "dates": 4}


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_the_fuzzer_found_holds_now(path: Path) -> None:
    TARGETS[path.name.partition("-")[0]](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_of_a_target_hold(target: str) -> None:
    for seed in list(seeds(target))[:: EACH.get(target, 1)]:
        TARGETS[target](seed)


def test_every_finding_names_its_target_and_every_target_can_be_asked_for() -> None:
    assert {path.name.partition("-")[0] for path in FOUND} <= set(TARGETS)
    assert tuple(TARGETS) == running.NAMES
    assert len(MAILS) > 70
    assert dictionary().count("\n") > 60


def test_a_target_finds_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the cleaning of text, and with a reader of results that believes what stands in comments."""
    monkeypatch.setattr(targets, "clean", lambda text, *, one_line=False: text)
    with pytest.raises(Broken, match="holds"):
        TARGETS["decode"](b"\x01a\x1b[31mb")
    monkeypatch.setattr(targets, "clean", clean)
    read = targets.read_results
    monkeypatch.setattr(targets, "read_results", lambda value: read(value.replace("(", " ").replace(")", " ")))
    with pytest.raises(Broken, match="the sender's text became"):
        TARGETS["results"](b"; dmarc=pass header.from=lancers.co.jp")


def test_the_fuzzer_names_what_it_does_not_know_and_reads_the_figures_of_its_engine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        running.main(["nothing"])
    assert "there is no target 'nothing'" in capsys.readouterr().err
    log = tmp_path / "log"
    log.write_bytes(b"#2\tINITED cov: 5 ft: 6 corp: 1/1b\n#1084\tREDUCE cov: 80 ft: 202 corp: 22/21Kb\n")
    with subprocess.Popen(["true"]) as ended:
        run = running._Run("html", ended, log, tmp_path)
        assert run.figures == (1_084, 80)
        log.write_bytes(log.read_bytes() + b"stat::number_of_executed_units: 1200\n")
        assert run.figures == (1_200, 80)
        assert run.found == [log]
