# SPDX-License-Identifier: Apache-2.0
"""SARIF logs: rules with help, results with all their places, notices for what was not run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from s2s.diagnostics import Label, Remark, RemarkKind
from s2s.reports.document import ReportDocument
from s2s.reports.sarif import uri_of, utf16_column
from s2s.reports.verification_sarif import remarks_sarif, verification_sarif
from s2s.source import SourceFile, Span
from s2s.verify.base import VerificationVerdict
from s2s.verify.findings import FindingKind
from tests.reports.conftest import LINE


def run_of(text: str) -> dict[str, Any]:
    log = json.loads(text)
    assert log["version"] == "2.1.0" and "sarif-schema-2.1.0" in log["$schema"]
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def region(location: dict[str, Any]) -> dict[str, int]:
    region = location["physicalLocation"]["region"]
    assert isinstance(region, dict)
    return region


@pytest.fixture
def run(document: ReportDocument) -> dict[str, Any]:
    return run_of(verification_sarif(document))


def test_every_kind_of_finding_is_a_rule_with_help(run: dict[str, Any]) -> None:
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert {kind.value for kind in FindingKind} <= rules.keys()
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules.values())
    assert rules["host-reads-stale"]["name"] == "HostReadsStale"


def test_results_name_their_rules(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    ids = [result["ruleId"] for result in run["results"]]
    assert ids == ["unmapped", "host-reads-lost", "race", "output-differs", "redundant-sent-again"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert [result["level"] for result in run["results"]] == ["error"] * 4 + ["note"]


def test_places_are_main_and_related_locations(run: dict[str, Any]) -> None:
    unmapped, lost, race, differs, redundant = run["results"]
    assert (
        unmapped["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20%3Cb%3E.c"
    )
    assert region(unmapped["relatedLocations"][0]) == {"startLine": 6, "startColumn": 9}
    assert unmapped["relatedLocations"][0]["message"]["text"] == "the target construct"
    assert region(lost["relatedLocations"][0])["startLine"] == 4
    assert region(race["relatedLocations"][0])["startLine"] == 8
    assert race["relatedLocations"][0]["message"]["text"] == "the other access"
    assert "region" not in differs["locations"][0]["physicalLocation"]
    assert region(redundant["locations"][0]) == {"startLine": 6}


def test_columns_count_utf16_code_units(run: dict[str, Any]) -> None:
    expected = len(LINE.decode()[: LINE.decode().index("b[")]) + 2  # one of them is a pair
    assert region(run["results"][0]["locations"][0])["startColumn"] == expected
    assert utf16_column(LINE, 0) == 0


def test_lines_of_a_translation_become_those_of_the_file(document: ReportDocument) -> None:
    moved = replace(document, lines=tuple(range(101, 112)))
    unmapped = run_of(verification_sarif(moved))["results"][0]
    assert region(unmapped["locations"][0]) == {"startLine": 108}


def test_what_was_not_run_is_a_notification(document: ReportDocument) -> None:
    report = replace(
        document.report,
        verdict=VerificationVerdict.NOT_RUN,
        reason="there is no clang",
        findings=(),
        comparisons=(),
        redundant=(),
    )
    run = run_of(verification_sarif(replace(document, report=report)))
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    first = invocation["toolExecutionNotifications"][0]
    assert first == {"level": "error", "message": {"text": "not verified: there is no clang"}}


def test_remarks_are_results_of_their_codes() -> None:
    source = SourceFile(Path("axpy.c"), b"for (i)\n  a[i] = a[i-1];\n")
    read = Label(Span(17, 23), "read")
    missed = Remark(RemarkKind.MISSED, "S2S204", Span(10, 14), "depends on itself", (read,), "see")
    passed = Remark(RemarkKind.PASSED, "S2S001", Span(0, 3), "offloaded")
    run = run_of(remarks_sarif([(source, (missed, passed))], ["b.c: is empty"]))
    one, two = run["results"]
    assert (one["ruleId"], one["kind"], one["level"]) == ("S2S204", "fail", "warning")
    assert region(one["locations"][0]) == {"startLine": 2, "startColumn": 3}
    assert region(one["relatedLocations"][0]) == {"startLine": 2, "startColumn": 10}
    assert (two["ruleId"], two["kind"], two["level"]) == ("S2S001", "informational", "none")
    assert run["invocations"][0]["executionSuccessful"] is False


def test_paths_are_uris() -> None:
    assert uri_of("src/a b.c") == "src/a%20b.c"
    assert uri_of("/tmp/ü.c") == "file:///tmp/%C3%BC.c"
