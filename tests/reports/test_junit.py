# SPDX-License-Identifier: Apache-2.0
"""JUnit files follow the schema of Ant's report and count what they hold."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from s2s.reports.document import ReportDocument, TierState, tier_outcomes
from s2s.reports.junit import junit
from s2s.verify.base import Step, StepStatus, VerificationVerdict
from s2s.verify.tiers import Tier

SUITE = {
    "name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped",
    "time",
}  # fmt: skip


@pytest.fixture
def suite(document: ReportDocument) -> ET.Element:
    root = ET.fromstring(junit(document))
    assert root.tag == "testsuites"
    (suite,) = root
    return suite


def cases(suite: ET.Element, group: str) -> dict[str, ET.Element]:
    found = [c for c in suite.iter("testcase") if c.attrib["classname"].endswith(f".{group}")]
    return {case.attrib["name"]: case for case in found}


def message(case: ET.Element, tag: str = "failure") -> str:
    element = case.find(tag)
    assert element is not None
    return element.attrib["message"]


def test_elements_and_attributes_are_those_of_the_schema(suite: ET.Element) -> None:
    assert suite.tag == "testsuite" and set(suite.attrib) == SUITE
    assert suite.attrib["timestamp"] == "2026-01-02T03:04:05"
    tags = [child.tag for child in suite]
    assert tags[0] == "properties" and tags[-2:] == ["system-out", "system-err"]
    assert set(tags[1:-2]) == {"testcase"}
    for case in suite.iter("testcase"):
        assert set(case.attrib) == {"name", "classname", "time"}
        assert float(case.attrib["time"]) >= 0
        assert [child.tag for child in case] in ([], ["failure"], ["skipped"])
        for failure in case.iter("failure"):
            assert set(failure.attrib) == {"message", "type"} and all(failure.attrib.values())
    for text in (value for case in suite.iter() for value in case.attrib.values()):
        assert "\n" not in text


def test_counts_are_those_of_the_cases(suite: ET.Element) -> None:
    assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
    assert int(suite.attrib["failures"]) == len(list(suite.iter("failure"))) == 6
    assert int(suite.attrib["skipped"]) == len(list(suite.iter("skipped"))) == 2


def test_tiers_steps_comparisons_and_regions_are_cases(suite: ET.Element) -> None:
    tiers = cases(suite, "tiers")
    assert list(tiers) == [
        "T0 compile",
        "T1 run and compare",
        "T2 guard",
        "T3 races",
        "T4 run on a GPU",
    ]
    assert message(tiers["T4 run on a GPU"], "skipped") == "not asked for"
    text = tiers["T2 guard"].findtext("failure")
    assert text is not None
    assert "a <b>.c:8: device code uses host memory that is not mapped" in text
    assert "  construct: a <b>.c:6\n" in text and "  mapped: a <b>.c:4\n" in text
    assert "  other access: a <b>.c:8" in (tiers["T3 races"].findtext("failure") or "")
    steps = cases(suite, "steps")
    assert message(steps["run result"]) == "died of SIGSEGV"
    assert message(steps["find a GPU"], "skipped") == "there is none"
    comparisons = cases(suite, "comparisons")
    assert "line 3, column 7: expected 1, got 2" in message(comparisons["result: stdout"])
    assert not len(comparisons["result: exit code"])
    (region,) = cases(suite, "regions").values()
    assert region.attrib["name"] == "target region at a <b>.c:6"
    assert "not mapped" in message(region)


def test_what_xml_cannot_hold_is_replaced(document: ReportDocument) -> None:
    text = junit(document)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
    assert "last \ufffd words" in text


def test_tier_that_did_not_run_is_skipped_and_says_why(document: ReportDocument) -> None:
    report = replace(
        document.report,
        verdict=VerificationVerdict.PASSED,
        reason="",
        findings=(),
        notes=("T3 did not run: this clang has no tsan.so",),
    )
    suite = ET.fromstring(junit(replace(document, report=report)))[0]
    tiers = cases(suite, "tiers")
    assert not len(tiers["T2 guard"])
    assert message(tiers["T3 races"], "skipped") == "T3 did not run: this clang has no tsan.so"


def test_tiers_that_were_not_asked_for_or_not_reached_are_not_passed(
    document: ReportDocument,
) -> None:
    nothing = replace(document.report, findings=(), notes=(), steps=())
    compiled = replace(
        nothing, verdict=VerificationVerdict.NOT_RUN, tier=Tier.COMPILE, reason="no run command"
    )
    states = [(o.state, o.why) for o in tier_outcomes(compiled, Tier.GUARD)]
    assert states == [
        (TierState.PASSED, ""),
        (TierState.NOT_RUN, "no run command"),
        (TierState.NOT_RUN, "no run command"),
        (TierState.NOT_RUN, "not asked for"),
        (TierState.NOT_RUN, "not asked for"),
    ]
    unreached = replace(compiled, tier=Tier.HOST_DEVICE, reason="no target region was reached")
    assert tier_outcomes(unreached, Tier.RACES)[1].state is TierState.NOT_RUN
    failed = replace(nothing, verdict=VerificationVerdict.FAILED, tier=Tier.HOST_DEVICE, reason="x")
    assert [o.state for o in tier_outcomes(failed, Tier.RACES)][1:] == [
        TierState.FAILED,
        TierState.NOT_RUN,
        TierState.NOT_RUN,
        TierState.NOT_RUN,
    ]


def test_runs_that_are_not_claimed_are_not_passed(document: ReportDocument) -> None:
    """T3's programs ran, but T2 did not count, so that the verdict stops before both."""
    steps = (Step("run for races", StepStatus.PASSED),)
    passed = replace(
        document.report,
        verdict=VerificationVerdict.PASSED,
        tier=Tier.HOST_DEVICE,
        reason="",
        findings=(),
        steps=steps,
        notes=("T2 did not watch 1 of 2 kernels: other host threads were running",),
    )
    states = [outcome.state for outcome in tier_outcomes(passed, Tier.RACES)]
    assert states[2:4] == [TierState.NOT_RUN, TierState.NOT_RUN]
    failed = replace(passed, verdict=VerificationVerdict.FAILED)
    assert tier_outcomes(failed, Tier.RACES)[3].state is TierState.PASSED
