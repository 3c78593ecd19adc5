# SPDX-License-Identifier: Apache-2.0
"""A result that is right with one number of teams only is found with others."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify import further_runs
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

SERIAL = b"""\
#include <stdio.h>
#include <omp.h>
int main(void) {
    double a[20], s = 0;
    for (int i = 0; i < 20; i++) a[i] = i;
    /* LOOP */
    for (int i = 0; i < 20; i++) a[i] = 2 * a[i];
    for (int i = 0; i < 20; i++) s += a[i];
    printf("sum %g\\n", s);
    return 0;
}
"""
LOOP = SERIAL[SERIAL.index(b"/* LOOP */") : SERIAL.index(b"    for (int i = 0; i < 20; i++) s")]
BY_HAND = b"""\
    #pragma omp target teams map(tofrom: a)
    {
        int part = (20 + EXTRA) / omp_get_num_teams(), first = part * omp_get_team_num();
        for (int i = first; i < first + part && i < 20; i++) a[i] = 2 * a[i];
    }
"""


def verify(directory: Path, result: bytes, run: str = "./a.out") -> VerificationReport:
    original = directory / "sum.c"
    original.write_bytes(SERIAL)
    request = VerificationRequest(original, result, run=run, work_dir=directory, timeout_s=20)
    return verify_offload(request)


def test_right_result_is_run_with_every_shape(tmp_path: Path) -> None:
    directive = b"#pragma omp target teams distribute parallel for map(tofrom: a)"
    report = verify(tmp_path, SERIAL.replace(b"/* LOOP */", directive))
    assert report.passed, report.reason
    runs = dict.fromkeys(c.run for c in report.comparisons)
    assert list(runs) == ["result", "result, 3x2", "result, 1x1", "result, 5x3"]


def test_work_that_only_some_numbers_of_teams_divide_is_found(tmp_path: Path) -> None:
    result = SERIAL.replace(LOOP, BY_HAND.replace(b"EXTRA", b"0"))
    report = verify(tmp_path, result)
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason.startswith("result, 3x2: stdout differs: line 1, column 5: expected 380")


def test_numbers_that_the_user_sets_stay(tmp_path: Path) -> None:
    result = SERIAL.replace(LOOP, BY_HAND.replace(b"EXTRA", b"0"))
    report = verify(tmp_path, result, "OMP_NUM_TEAMS=2 ./a.out")
    assert report.passed, report.reason


def test_long_runs_are_not_repeated_and_a_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(further_runs, "CHEAP_SECONDS", 0.0)
    directive = b"#pragma omp target teams distribute parallel for map(tofrom: a)"
    report = verify(tmp_path, SERIAL.replace(b"/* LOOP */", directive))
    assert report.passed, report.reason
    assert {c.run for c in report.comparisons} == {"result"}
    assert any("not repeated with 3x2 teams and threads" in note for note in report.notes)
