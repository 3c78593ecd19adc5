# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML page that needs nothing else; ``templates/reports`` holds its text.

Everything that comes from the program (names, source lines, output, messages) is escaped by
jinja2's autoescaping; nothing is marked as safe.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import s2s
from s2s.profile.transfers import SiteTraffic
from s2s.reports.document import ReportDocument, printable, tier_outcomes
from s2s.verify.findings import Finding, Place
from s2s.verify.tiers import Tier

CONTEXT_LINES = 2
"""Lines of source shown before and after each line that a finding speaks of."""

_WORD = re.compile(rb"\w+(?:(?:\.|->)\w+)*")
_TEMPLATES = Path(s2s.__file__).parent / "templates" / "reports"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of an excerpt: its number, its text in pieces that are marked or not, notes on it.

    ``number`` is 0 for a gap between lines that are not neighbours.
    """

    number: int
    pieces: tuple[tuple[str, bool], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of one file; ``lines`` is empty when its text is not at hand."""

    file: str
    lines: tuple[SourceLine, ...]


def html(document: ReportDocument) -> str:
    """Return a report as an HTML page."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["bytes"] = readable_bytes
    environment.filters["number"] = readable_number
    template = environment.get_template("verification.html.j2")
    return template.render(**_context(document))


def readable_bytes(count: int) -> str:
    """Return a number of bytes with a unit: ``64 B``, ``1.5 KiB``."""
    if count < 1024:
        return f"{count} B"
    size = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024:
            return f"{size:.1f} {unit}"
    return f"{size / 1024:.1f} TiB"


def readable_number(count: int) -> str:
    """Return a number with thousands separated, a dash for what is not there."""
    return f"{count:,}" if count > 0 else "-"


def excerpt(text: bytes, file: str, marks: Mapping[Place, str]) -> Excerpt:
    """Return the lines around some places of a text, with what there is to say of each."""
    lines = text.splitlines()
    wanted = sorted(
        {
            number
            for place in marks
            for number in range(place.line - CONTEXT_LINES, place.line + CONTEXT_LINES + 1)
            if 0 < number <= len(lines) and place.line <= len(lines)
        }
    )
    out: list[SourceLine] = []
    for number in wanted:
        if out and out[-1].number != number - 1:
            out.append(SourceLine(0))
        here = [(place, note) for place, note in marks.items() if place.line == number]
        columns = frozenset(place.column for place, _ in here)
        pieces = marked_pieces(lines[number - 1], columns)
        out.append(SourceLine(number, pieces, tuple(note for _, note in here)))
    return Excerpt(file, tuple(out))


def marked_pieces(line: bytes, columns: Collection[int]) -> tuple[tuple[str, bool], ...]:
    """Cut a line where 1-based byte columns are marked: a word is, or what is no word to its end.

    Without a known column (0), and for directives, it is the whole line that is marked.
    """
    begin = len(line) - len(line.lstrip())
    if columns and (0 in columns or line.lstrip().startswith(b"#")):
        cuts = [(begin, len(line))]
    else:
        words = [(at - 1, _WORD.match(line, at - 1)) for at in sorted(columns) if at <= len(line)]
        cuts = [(at, word.end() if word else len(line)) for at, word in words]
    out: list[tuple[bytes, bool]] = []
    done = 0
    for first, last in cuts:
        first = max(first, done)
        out += [(line[done:first], False), (line[first:last], True)]
        done = max(done, last)
    out.append((line[done:], False))
    return tuple((text.decode("utf-8", "replace"), marked) for text, marked in out if text)


def _context(document: ReportDocument) -> dict[str, Any]:
    report = document.report
    sites = report.transfers.sites if report.transfers is not None else ()
    return {
        "version": s2s.__version__,
        "command": document.command,
        "path": str(document.path),
        "original": str(report.original),
        "is_translation": bool(document.lines),
        "started": document.started.strftime("%Y-%m-%d %H:%M:%S %Z"),
        "report": report,
        "reached": report.tier.value if report.tier is not Tier.NONE else "",
        "tiers": tier_outcomes(report, document.asked),
        "findings": [_finding(finding, document) for finding in report.findings],
        "sites": [(site, _line_text(site, document)) for site in sites],
        "total": report.transfers.total if report.transfers is not None else None,
        "launches": report.transfers.launches if report.transfers is not None else 0,
        "redundant_bytes": sum(transfer.bytes for transfer in report.redundant),
    }


def _finding(finding: Finding, document: ReportDocument) -> dict[str, Any]:
    verb = {"read": "reads here", "write": "writes here"}
    places = (
        (finding.place, verb.get(finding.access, "here")),
        (finding.other, verb.get(finding.other_access, "the other access")),
        (finding.construct, "the target construct"),
        (finding.mapped, "mapped or declared here"),
    )
    marks: dict[Place, str] = {}
    for place, note in places:
        if place is not None and document.is_own(place.file):
            marks[place] = f"{marks[place]}; {note}" if place in marks else note
    elsewhere = [
        (f"{place.file}:{place.line}", note)
        for place, note in places
        if place is not None and not document.is_own(place.file)
    ]
    shown = excerpt(document.text, str(document.path), marks)
    return {"finding": finding, "excerpt": shown, "elsewhere": elsewhere}


def _line_text(site: SiteTraffic, document: ReportDocument) -> str:
    lines = document.text.splitlines()
    if not document.is_own(site.file) or not 0 < site.line <= len(lines):
        return ""
    return lines[site.line - 1].decode("utf-8", "replace").strip()
