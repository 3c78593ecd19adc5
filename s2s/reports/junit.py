# SPDX-License-Identifier: Apache-2.0
"""JUnit XML: one suite for a verification, one case for each tier, step, comparison and region.

Element order and attributes follow the schema of Ant's ``<junitreport>`` as published by Windy
Road, which Jenkins' and GitLab's readers accept as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from s2s.reports.document import ReportDocument, TierState, printable, tier_outcomes
from s2s.verify.base import Comparison, StepStatus, VerificationVerdict
from s2s.verify.findings import Finding, Place


@dataclass(frozen=True, slots=True)
class _Case:
    """A test case; ``failure`` and ``skipped`` are messages, ``text`` is what there is to say."""

    group: str
    name: str
    seconds: float = 0.0
    failure: str = ""
    skipped: str = ""
    text: str = ""
    kind: str = ""


def junit(document: ReportDocument) -> str:
    """Return a report as JUnit XML."""
    cases = tuple(_cases(document))
    report = document.report
    suite = ET.Element(
        "testsuite",
        name=_token(f"{document.command} {document.path}"),
        package="s2s",
        id="0",
        timestamp=document.started.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname=_token(document.host) or "localhost",
        tests=str(len(cases)),
        failures=str(sum(bool(case.failure) for case in cases)),
        errors="0",
        skipped=str(sum(bool(case.skipped) for case in cases)),
        time=f"{report.seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    values = {
        "verdict": report.verdict.value,
        "tier": report.tier.value,
        "reason": report.reason,
        "original": str(report.original),
    }
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=printable(value))
    for case in cases:
        _add(suite, document, case)
    remarks = [f"{transfer}\n  help: {transfer.hint}" for transfer in report.redundant]
    output = "\n".join([*report.notes, *remarks])
    ET.SubElement(suite, "system-out").text = printable(output)
    ET.SubElement(suite, "system-err")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _add(suite: ET.Element, document: ReportDocument, case: _Case) -> None:
    name = f"{_token(str(document.path))}.{case.group}"
    element = ET.SubElement(
        suite, "testcase", name=_token(case.name), classname=name, time=f"{case.seconds:.3f}"
    )
    if case.failure:
        failure = ET.SubElement(
            element, "failure", message=printable(case.failure), type=case.kind or case.group
        )
        failure.text = printable(case.text or case.failure)
    elif case.skipped:
        ET.SubElement(element, "skipped", message=printable(case.skipped))


def _cases(document: ReportDocument) -> Iterator[_Case]:
    report = document.report
    yield _verdict(document)
    for outcome in tier_outcomes(report, document.asked):
        if outcome.state is TierState.NOT_RUN:
            yield _Case("tiers", outcome.name, skipped=outcome.why)
            continue
        mine = [f for f in report.findings if f.tier is outcome.tier]
        text = "\n".join(_described(finding, document) for finding in mine)
        kind = mine[0].kind.value if mine else ""
        failure = outcome.why if outcome.state is TierState.FAILED else ""
        yield _Case("tiers", outcome.name, failure=failure, text=text, kind=kind)
    for step in report.steps:
        first = step.detail.splitlines()[0] if step.detail else step.status.value
        yield _Case(
            "steps",
            step.name,
            step.seconds,
            failure=first if step.status is StepStatus.FAILED else "",
            skipped=first if step.status is StepStatus.SKIPPED else "",
            text=step.detail,
        )
    for comparison in report.comparisons:
        yield _comparison(comparison)
    yield from _regions(document)


def _verdict(document: ReportDocument) -> _Case:
    report = document.report
    failed = report.verdict is VerificationVerdict.FAILED
    not_run = report.verdict is VerificationVerdict.NOT_RUN
    return _Case(
        "verification",
        "verdict",
        report.seconds,
        failure=(report.reason or "failed") if failed else "",
        skipped=(report.reason or "not run") if not_run else "",
    )


def _comparison(comparison: Comparison) -> _Case:
    failure = "" if comparison.equal else str(comparison)
    name = f"{comparison.run}: {comparison.stream}"
    return _Case("comparisons", name, failure=failure, kind="difference")


def _regions(document: ReportDocument) -> Iterator[_Case]:
    """Yield a case for every target region that was launched."""
    report = document.report
    sites = report.transfers.sites if report.transfers is not None else ()
    for site in sites:
        if not site.launches:
            continue
        mine = [
            finding
            for finding in report.findings
            if finding.construct is not None and finding.construct.line == site.line
        ]
        line = document.line_in_file(site.file, site.line)
        yield _Case(
            "regions",
            f"target region at {document.file_of(site.file)}:{line}",
            failure=str(mine[0]) if mine else "",
            text="\n".join(_described(finding, document) for finding in mine),
            kind=mine[0].kind.value if mine else "",
        )


def _described(finding: Finding, document: ReportDocument) -> str:
    """Return a finding with all its places and the hint."""

    def at(place: Place) -> str:
        line = document.line_in_file(place.file, place.line)
        return f"{document.file_of(place.file)}:{line}"

    places = (
        ("construct", finding.construct),
        ("mapped", finding.mapped),
        ("other access", finding.other),
    )
    more = [f"  {name}: {at(place)}" for name, place in places if place is not None]
    where = f"{at(finding.place)}: " if finding.place is not None else ""
    return "\n".join([f"{where}{finding.message}", *more, f"  help: {finding.hint}"])


def _token(text: str) -> str:
    """Return a text without line ends and repeated blanks, as attributes of type token want it."""
    return " ".join(printable(text).split())
