"""Prints a story as a reader would like to read it: `python -m tests.stories.show NUMBER [--language ja]`."""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import textwrap
from datetime import datetime
from pathlib import Path

from tests.stories.playing import configuration, core_expected, core_of, replayed
from tests.stories.stories import JST, Run, Story, StoryMail, rules, stories

#: When, which kind of thing, and what is printed of it.
Scene = tuple[datetime, int, str]
_MAIL, _NOTE, _ALERT = 0, 1, 2


def main() -> int:
    """Print one story, or all with their titles if no number is given. 2 for a number that no story has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", nargs="?", type=int, help="of the story, 1 to 15; none: the list of all")
    parser.add_argument("--language", choices=("ja", "en"), default="en", help="of the alerts (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.number is None:
        _print(*(f"{story.name[:2]}  {story.about['title']}" for story in stories()))
        return 0
    for story in stories():
        if int(story.name[:2]) == arguments.number:
            _print(*_told(story, arguments.language))
            return 0
    print(f"there is no story {arguments.number}; the numbers are 1 to {len(stories())}", file=sys.stderr)  # noqa: T201
    return 2


def _told(story: Story, language: str) -> list[str]:
    about = story.about
    lines = [f"{story.name[:2]}  {about['title']}", f"    {about['source']}  [{about['grade']}]", ""]
    lines += textwrap.wrap(about["what_happened"], 110, initial_indent="    ", subsequent_indent="    ")
    for word in ("known", "unknown", "assumed"):
        lines.append(f"    {word}: " + "; ".join(str(item) for item in about[word]))
    for run in story.runs:
        if len(story.runs) > 1:
            lines += ["", f"===== {run.name} ====="]
        lines += _played(story, run, language)
    return lines


def _played(story: Story, run: Run, language: str) -> list[str]:
    """Mails, notes and alerts in the order of time; what causes an alert stands before it."""
    with tempfile.TemporaryDirectory() as folder:
        printed = replayed(story, configuration(Path(folder), run), language)
    scenes: list[Scene] = [(mail.at, _MAIL, _mail(mail)) for mail in story.mails]
    for note in story.notes:
        said = "".join(f" {key}: {value}" for key, value in note.said.items())
        scenes.append((note.at, _NOTE, f"she records: {note.fact}{' (' + said.strip() + ')' if said else ''}"))
    by_rule = {core_expected(alert): alert for alert in run.alerts}
    for alert in printed:
        expected = by_rule.get(core_of(alert))
        body = textwrap.indent(alert["body"], "        ")
        rule = f"RULE: {expected.rule}" if expected else "RULE: none is written down for this alert"
        text = f"ALERT {alert['kind']}: {alert['title']}\n{body}\n        {rule}"
        scenes.append((core_of(alert)[0], _ALERT, text))
    for missing in (alert for alert in run.alerts if alert.fault):
        text = f"BY THE RULES, BUT NOT TOLD YET: {missing.kind}\n        {missing.fault}\n        RULE: {missing.rule}"
        scenes.append((missing.at, _ALERT, text))
    # A sort that keeps what is of one instant in its order: alerts as they were told.
    ordered = sorted(scenes, key=lambda scene: scene[:2])
    lines = [f"\n{at.astimezone(JST):%Y-%m-%d %H:%M:%S}  {text}" for at, _, text in ordered]
    cited = sorted({place for alert in run.alerts for place in alert.places})
    return [
        *lines,
        "",
        "THE RULES",
        *(f"  [{name}] {rules()[name]['where']}: {rules()[name]['says']}" for name in cited),
    ]


def _mail(mail: StoryMail) -> str:
    letter = mail.letter
    grade = f"{letter.read_as}, {letter.grade}" if letter.read_as else "no rule reads it"
    words = f"\n        “{mail.words}”" if mail.words else ""
    where = f", {mail.project}" if mail.project else ""
    return f"mail {mail.file}: {letter.name} ({grade}{where}){words}"


def _print(*lines: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    for line in lines:
        print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
