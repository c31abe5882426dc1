"""One mail of `classify` for people; no table, so that nothing needs rich."""

from __future__ import annotations

from typing import Any

from inboxwatch.alerts.clean import one_line
from inboxwatch.alerts.defang import defanged, quoted
from inboxwatch.wording.say import Wording

#: As long as a path may be on Linux: it must be found again by it.
_LONGEST_PATH = 4096


def classified_paragraph(line: dict[str, Any], wording: Wording) -> str:
    """One mail of `classify`, from its JSON: what it is taken for, and why."""
    file = one_line(str(line["file"]), _LONGEST_PATH)
    if line.get("error"):
        return f"{file}\n  {wording.say('classified.unreadable', error=line['error'])}"
    if line["event"] == "secret":
        return f"{file}\n  secret ({line['rule']}): {wording.say('classified.secret')}"
    rows = [file, f"  {_taken_for(line, wording)}"]
    named = [line["project"], line["title"] and wording.say("who.project", title=quoted(line["title"]))]
    named.append(line["client"] and wording.say("who.client", client=quoted(line["client"])))
    if any(named):
        rows.append("  " + " ".join(part for part in named if part))
    if line["suspicious"]:
        rows.append("  " + wording.say("classified.suspicious", reason=defanged(line["suspicious"])))
    why = defanged(line["why"]) if line["suspicious"] else line["why"]
    rows.append("  " + wording.say("classified.why", why=why))
    return "\n".join(rows)


def _taken_for(line: dict[str, Any], wording: Wording) -> str:
    if line["event"] is None:
        return wording.say("classified.unrecognised" if line["platform"] else "classified.none")
    words = [line["platform"], line["event"]]
    if line["by"]:
        words.append(wording.say("classified.by", by=wording.say(f"by.{line['by']}")))
    beside = [wording.say(f"grades.{line['grade']}")] if line["grade"] else []
    beside += [line["rule"]] if line["rule"] else []
    beside += [wording.say(f"trusts.{line['trust']}")] if line["trust"] else []
    return f"{' '.join(word for word in words if word)} ({', '.join(beside)})"
