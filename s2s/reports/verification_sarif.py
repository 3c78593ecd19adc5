# SPDX-License-Identifier: Apache-2.0
"""A verification, and the remarks of a translation, as SARIF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s2s import __version__
from s2s.diagnostics import Remark, RemarkKind
from s2s.profile.redundancy import Redundancy, RedundantTransfer
from s2s.reports.document import ReportDocument
from s2s.reports.sarif import Location, Notice, Result, Rule, sarif_log, utf16_column
from s2s.source import SourceFile
from s2s.verify.base import VerificationVerdict
from s2s.verify.findings import Finding, FindingKind, Place

DIFFERENCE = "output-differs"

_HELP = {
    FindingKind.UNMAPPED: (
        "Device code uses host memory that is not mapped",
        "A GPU has memory of its own. Map what the region uses: on the construct, or in a data "
        "environment around it. Pointers in structures need a map of what they point to.",
    ),
    FindingKind.UNMAPPED_ARGUMENT: (
        "A pointer is handed to a target region with nothing mapped there",
        "Map the section that the region uses. A pointer without a section maps no memory.",
    ),
    FindingKind.HOST_FUNCTION: (
        "A target region takes the address of a function of the host",
        "Host code cannot run on the device. Call the function by its name, and let "
        "'declare target' have it on the device.",
    ),
    FindingKind.OUTSIDE_SECTION: (
        "Device code goes outside of a mapped section",
        "Make the section as long as what the region uses.",
    ),
    FindingKind.DEVICE_READS_STALE: (
        "Device code reads bytes that the host has changed since",
        "Put 'target update to(…)' before the construct.",
    ),
    FindingKind.HOST_READS_STALE: (
        "The host reads bytes that are newer on the device",
        "Put 'target update from(…)' before the read.",
    ),
    FindingKind.HOST_READS_LOST: (
        "The host reads what the device computed and never gave back",
        "Map it with 'from' or 'tofrom' instead of 'to' or 'alloc'.",
    ),
    FindingKind.HOST_READS_UNINITIALISED: (
        "The host reads bytes that were copied back though no kernel wrote them",
        "Map with 'tofrom', or only the section that is written.",
    ),
    FindingKind.HOST_READS_DEVICE_POINTER: (
        "The host follows a pointer of the device",
        "Use the host's pointer there, or move the access into a target region.",
    ),
    FindingKind.HOST_ERROR: (
        "The host uses memory that it must not",
        "This is an error of the host code (AddressSanitizer), with or without a device.",
    ),
    FindingKind.RACE: (
        "Iterations race",
        "Two iterations use the same memory and one writes it. Make it private or a reduction, "
        "use an atomic update, or leave the loop serial.",
    ),
    FindingKind.ORDER: (
        "The result depends on the order of the iterations",
        "Iterations of an offloaded loop run in no order. Find what one leaves for another: make "
        "it private or a reduction, or leave the loop serial.",
    ),
}

_REDUNDANT = {
    Redundancy.SENT_UNCHANGED: "Sent to the device, which held the same bytes",
    Redundancy.SENT_AGAIN: "Sent again as it was when it was unmapped last",
    Redundancy.MAPPED_UNUSED: "Mapped while no kernel that could use it was launched",
    Redundancy.RETURNED_UNCHANGED: "Copied back with the bytes that the host had",
    Redundancy.RETURNED_UNREAD: "Copied back, and the host did not touch it",
}

_LEVELS = {RemarkKind.PASSED: "note", RemarkKind.MISSED: "warning", RemarkKind.ANALYSIS: "note"}


def verification_sarif(document: ReportDocument) -> str:
    """Return a report as SARIF; what was not run is a notification, not a result."""
    report = document.report
    remarks = document.remarks if document.source is not None else ()
    results = [_finding(finding, document) for finding in report.findings]
    results += _differences(document)
    results += [_redundant(transfer, document) for transfer in report.redundant]
    if document.source is not None:
        results += [remark_result(remark, document.source) for remark in remarks]
    rules = [*_rules(), *remark_rules(remarks)]
    notices = [Notice(note) for note in report.notes]
    verified = report.verdict is not VerificationVerdict.NOT_RUN
    if not verified:
        notices.insert(0, Notice(f"not verified: {report.reason}", "error"))
    return sarif_log(__version__, rules, results, notices, successful=verified)


def remarks_sarif(
    files: Sequence[tuple[SourceFile, tuple[Remark, ...]]], errors: Sequence[str] = ()
) -> str:
    """Return the remarks of translations as SARIF; ``errors`` are on files that have none."""
    results = [remark_result(remark, source) for source, remarks in files for remark in remarks]
    rules = remark_rules(tuple(remark for _, remarks in files for remark in remarks))
    notices = [Notice(error, "error") for error in errors]
    return sarif_log(__version__, rules, results, notices, successful=not errors)


def remark_rules(remarks: tuple[Remark, ...]) -> list[Rule]:
    """Return one rule for each code of some remarks."""
    codes = {remark.code: remark for remark in remarks}
    return [
        Rule(
            code,
            code,
            f"{remark.kind.value.capitalize()} remark {code} of the translation",
            remark.help or f"s2s explain {code} shows what it means.",
            _LEVELS[remark.kind],
        )
        for code, remark in sorted(codes.items())
    ]


def remark_result(remark: Remark, source: SourceFile) -> Result:
    """Return a remark of the translation as a result; only what was missed is open."""
    missed = remark.kind is RemarkKind.MISSED

    def at(offset: int, message: str = "") -> Location:
        place = source.position(offset)
        line = source.line_text(place.line).encode()
        column = utf16_column(line, place.column)
        return Location(str(source.path), place.line, column, message)

    return Result(
        remark.code,
        f"{remark.message}. {remark.help}".rstrip(". ") if remark.help else remark.message,
        (at(remark.span.begin),),
        tuple(at(label.span.begin, label.text) for label in remark.labels),
        _LEVELS[remark.kind],
        kind="fail" if missed else "informational",
    )


def _rules() -> Iterator[Rule]:
    for kind, (summary, text) in _HELP.items():
        level = (
            "warning"
            if kind in (FindingKind.HOST_ERROR, FindingKind.UNMAPPED_ARGUMENT)
            else "error"
        )
        yield Rule(kind.value, _camel(kind.value), summary, text, level)
    yield Rule(
        DIFFERENCE,
        _camel(DIFFERENCE),
        "The result writes something else than the original",
        "Look at the findings of the guard and the race detector: they know where it comes from.",
    )
    for redundancy, summary in _REDUNDANT.items():
        yield Rule(
            f"redundant-{redundancy.value}",
            _camel(f"redundant-{redundancy.value}"),
            summary,
            "True of the run that was made; another input may need the transfer.",
            "note",
        )


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _finding(finding: Finding, document: ReportDocument) -> Result:
    main = finding.place or finding.construct or finding.mapped
    related = (
        ("the target construct", finding.construct),
        ("mapped or declared here", finding.mapped),
        ("the other access", finding.other),
    )
    return Result(
        finding.kind.value,
        f"{finding.message}; {finding.hint}",
        (_location(main, document),),
        tuple(_location(p, document, text) for text, p in related if p is not None and p != main),
        properties={"tier": finding.tier.value, "variable": finding.variable},
    )


def _differences(document: ReportDocument) -> list[Result]:
    """Return what differs in the output; it has no line, but belongs to the file."""
    whole = (Location(str(document.path)),)
    return [
        Result(DIFFERENCE, str(comparison), whole)
        for comparison in document.report.comparisons
        if not comparison.equal
    ]


def _redundant(transfer: RedundantTransfer, document: ReportDocument) -> Result:
    place = Place(transfer.file, transfer.line)
    return Result(
        f"redundant-{transfer.kind.value}",
        f"{transfer.message}; {transfer.hint}",
        (_location(place, document),),
        level="note",
        properties={"bytes": transfer.bytes, "count": transfer.count},
    )


def _location(place: Place | None, document: ReportDocument, message: str = "") -> Location:
    if place is None:
        return Location(str(document.path), message=message)
    if not document.is_own(place.file):
        return Location(place.file, place.line, 0, message)
    moved = document.line_in_file(place.file, place.line)
    lines = document.text.splitlines()
    known = not document.lines and 0 < place.line <= len(lines)
    column = utf16_column(lines[place.line - 1], place.column) if known else 0
    return Location(str(document.path), moved, column, message)
