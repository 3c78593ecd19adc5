# SPDX-License-Identifier: Apache-2.0
"""One report with something of everything, in a text that tries to break what is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from s2s.profile.redundancy import Redundancy, RedundantTransfer
from s2s.profile.transfers import SiteTraffic, Traffic, TransferProfile, VariableTraffic
from s2s.reports.document import ReportDocument
from s2s.verify.base import (
    Comparison,
    Difference,
    Step,
    StepStatus,
    VerificationReport,
    VerificationVerdict,
)
from s2s.verify.findings import Finding, FindingKind, Place
from s2s.verify.static.kernels import KernelFacts
from s2s.verify.tiers import Tier

NAME = "a <b>.c"
TEXT = """\
#include <stdio.h>
/* <script>alert("ü𝄞")</script> & co */
int main(void) {
    double a[9] = {0}, *b = a;
    for (int t = 0; t < 5; t++) {
        #pragma omp target teams distribute parallel for map(to: a)
        for (int i = 1; i < 9; i++)
            /* ü𝄞 */ a[i] = a[i - 1] + b[i];
    }
    printf("%g\\n", a[5]);
}
""".encode()
LINE = TEXT.splitlines()[7]


def place(line: int, column: int = 0, file: str = NAME) -> Place:
    return Place(file, line, column)


FINDINGS = (
    Finding(FindingKind.UNMAPPED, Tier.GUARD, "b", place(8, LINE.index(b"b[") + 1), place(6, 9)),
    Finding(FindingKind.HOST_READS_LOST, Tier.GUARD, "a", place(10, 20), None, place(4, 12)),
    Finding(
        FindingKind.RACE,
        Tier.RACES,
        "a",
        place(8, LINE.index(b"a[i]") + 1),
        access="write",
        other=place(8, LINE.index(b"a[i -") + 1),
        other_access="read",
    ),
)


@pytest.fixture
def document() -> ReportDocument:
    traffic = Traffic(360, 0, 5, 0)
    site = SiteTraffic(NAME, 6, "main", 5, traffic, (VariableTraffic("a", traffic),))
    report = VerificationReport(
        Path("serial.c"),
        VerificationVerdict.FAILED,
        Tier.GUARD,
        str(FINDINGS[0]),
        (
            Step("compile original", StepStatus.PASSED, "", 0.5),
            Step("compile result", StepStatus.PASSED, "1: warning: <x>\n2 & more", 1.25),
            Step("run result", StepStatus.FAILED, "died of SIGSEGV\nlast \x01 words\x1b", 0.01),
            Step("find a GPU", StepStatus.SKIPPED, "there is none"),
        ),
        (
            Comparison("result", "exit code", 1),
            Comparison(
                "result", "stdout", 9, 3, 2e-9, 0, 2, Difference(3, 7, "1", "2", "they differ")
            ),
        ),
        TransferProfile((site,)),
        ("a note with <b>",),
        FINDINGS,
        (KernelFacts(6, "sm_80", "SPMD", 19, 0, 0, 0.5),),
        3.3,
        (RedundantTransfer(Redundancy.SENT_AGAIN, NAME, 6, "a", 4, 5, 288, "keep <a>"),),
    )
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return ReportDocument("s2s verify", Path(NAME), report, TEXT, started=started, host="here")
