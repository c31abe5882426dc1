"""The pack's readable document: one HTML file, printable, without a script or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from inboxwatch.views.pack.html import Html, joined, style, tag, void
from inboxwatch.views.pack.model import Pack
from inboxwatch.views.pack.standing_page import heading, proof, standing
from inboxwatch.views.pack.timeline_page import files, rules, terms, timeline, withdrawn
from inboxwatch.wording.say import Wording

_SHEET = """
@page { size: A4; margin: 16mm 14mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; } }
html { background: #fff; color: #000; }
body { margin: 0 auto; max-width: 190mm; padding: 4mm; line-height: 1.5; font-size: 10pt; font-family: "Hiragino Sans",
  "Hiragino Kaku Gothic ProN", "Yu Gothic", Meiryo, "Noto Sans CJK JP", "Noto Sans JP", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 16pt; margin: 0 0 2mm; }
h2 { font-size: 12pt; margin: 8mm 0 2mm; border-bottom: 1px solid #000; break-after: avoid; }
h3 { font-size: 10pt; margin: 4mm 0 1mm; break-after: avoid; }
p, ul { margin: 1mm 0 2mm; }
ul { padding-left: 5mm; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #666; padding: 1mm 1.5mm; text-align: left; vertical-align: top; }
th { font-weight: bold; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.heading th, .facts th { width: 34mm; }
.timeline td:nth-child(1), .timeline th:nth-child(1) { width: 9mm; text-align: right; }
.timeline td:nth-child(2), .timeline th:nth-child(2) { width: 31mm; }
.timeline td:nth-child(3), .timeline th:nth-child(3) { width: 38mm; }
.timeline, .files, .rules, .deadlines, .withdrawn { font-size: 8.5pt; table-layout: fixed; }
.deadlines th:nth-child(1) { width: 26mm; }
.deadlines th:nth-child(2) { width: 32mm; }
.deadlines th:nth-child(3) { width: 24mm; }
.deadlines th:nth-child(4) { width: 48mm; }
.files td:nth-child(2), .files th:nth-child(2) { width: 24mm; text-align: right; }
dl { margin: 0; }
dl > div { display: flex; gap: 2mm; }
dt { flex: none; width: 27mm; }
dd { margin: 0; min-width: 0; }
.is-stated dt { font-weight: bold; }
.terms dt { font-weight: bold; width: 34mm; }
.terms > div { break-inside: avoid; margin-bottom: 1mm; }
.aside { font-size: 7.5pt; }
.mark { font-weight: bold; }
code { font-size: 7.5pt; }
a { color: #000; }
@media print { body { max-width: none; padding: 0 1px; } a { text-decoration: none; } }
"""

#: A reader's browser fetches and runs nothing, whatever a mail may have smuggled in.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def document(pack: Pack, wording: Wording) -> str:
    """Given a pack, its document in the language and the zone of `wording`."""
    parts: dict[str, Iterable[Html]] = {
        "standing": standing(pack, wording),
        "proof": proof(pack, wording),
        "timeline": [timeline(pack, wording)],
        "withdrawn": [withdrawn(pack, wording)] if pack.retractions else [],
        "files": [files(pack, wording)],
        "rules": [rules(pack, wording)] if pack.rules else [],
        "terms": [terms(wording)],
    }
    sections = [
        tag("section", tag("h2", f"{number}. {wording.say(f'exported.sections.{name}')}"), section)
        for number, (name, content) in enumerate(parts.items(), 1)
        if (section := list(content))
    ]
    title = wording.say("exported.title")
    body = [tag("h1", title), tag("p", wording.say("exported.lead")), heading(pack, wording), *sections]
    head = [
        void("meta", charset="utf-8"),
        void("meta", **{"http-equiv": "Content-Security-Policy", "content": _POLICY}),
        void("meta", name="referrer", content="no-referrer"),
        void("meta", name="viewport", content="width=device-width"),
        tag("title", f"{title} {pack.project.id}"),
        style(_SHEET),
    ]
    page = tag("html", tag("head", head), tag("body", body), lang=wording.language)
    return joined([Html("<!DOCTYPE html>\n"), page, Html("\n")])
