# SPDX-License-Identifier: Apache-2.0
"""Undeclared changes fail a result of s2s in T0; for results of people they are notes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from s2s.driver import offload
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.compile import Build, Mode, Program, Unit
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.static.static_checks import objects_of, unit_pairs
from s2s.verify.tiers import Tier

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

SERIAL = """\
#include <stdio.h>
#pragma omp declare target
double half(double x) { return 0.5 * x; }
double unused_on_host = 2.0;
#pragma omp end declare target
double never(int n) { return n > 1000 ? 7.0 : 1.0; }
int main(void)
{
    double a[64], s = 0;
/* LOOP */
    for (int i = 0; i < 64; i++) a[i] = half(i) * unused_on_host;
    for (int i = 0; i < 64; i++) s += a[i];
    printf("%g\\n", s * never(64));
    return 0;
}
"""
RESULT = SERIAL.replace(
    "/* LOOP */", "#pragma omp target teams distribute parallel for map(from: a)"
)
DAMAGED = RESULT.replace("? 7.0", "? 8.0")  # where no run goes


def request(directory: Path, result: str, serial: str = SERIAL) -> VerificationRequest:
    original = directory / "half.c"
    original.write_text(serial)
    return VerificationRequest(original, result.encode(), work_dir=directory)


def statuses(report: VerificationReport) -> dict[str, StepStatus]:
    return {step.name: step.status for step in report.steps}


def test_own_result_with_changed_code_fails_before_it_is_run(tmp_path: Path) -> None:
    asked = replace(request(tmp_path, DAMAGED), declared_edits=frozenset(), run="./a.out")
    report = verify_offload(asked)
    assert (report.verdict, report.tier) == (VerificationVerdict.FAILED, Tier.COMPILE)
    assert report.reason == (
        "compare structure: the code differs where the plan declares no edit: in: never"
    )
    assert "run original" not in statuses(report)


def test_changed_code_of_people_is_a_note(tmp_path: Path) -> None:
    report = verify_offload(replace(request(tmp_path, DAMAGED), run="./a.out"))
    assert report.passed, report.reason
    assert report.notes == ("differs beyond directives in: never",)


def test_same_code_gives_no_note(tmp_path: Path) -> None:
    report = verify_offload(request(tmp_path, RESULT))
    assert report.notes == ()
    steps = statuses(report)
    assert steps["compare structure"] is StepStatus.PASSED
    assert steps["compare interface"] is StepStatus.PASSED


@pytest.mark.slow
def test_program_that_is_its_own_original_is_not_compared(tmp_path: Path) -> None:
    asked = replace(request(tmp_path, RESULT, RESULT), against_itself=True)
    assert "compare structure" not in statuses(verify_offload(asked))


@pytest.mark.slow
def test_lost_symbols_fail_an_own_result_and_a_library(tmp_path: Path) -> None:
    result = RESULT.replace("double never(", "static double never(")
    own = replace(request(tmp_path, result), declared_edits=frozenset({"never"}))
    report = verify_offload(own)
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason == "compare interface: never: is no longer there"
    people = verify_offload(request(tmp_path, result))
    assert people.verdict is VerificationVerdict.NOT_RUN
    assert people.notes == (
        "differs beyond directives in: never",
        "the interface differs: never: is no longer there",
    )


@pytest.mark.slow
def test_what_is_no_longer_there_on_the_device_is_told(tmp_path: Path) -> None:
    result = RESULT.replace("#pragma omp end declare target\n", "").replace(
        "double unused_on_host", "#pragma omp end declare target\ndouble unused_on_host"
    )
    lost = "unused_on_host: is no longer declared for the device"
    assert f"the interface differs: {lost}" in verify_offload(request(tmp_path, result)).notes
    own = replace(request(tmp_path, result), declared_edits=frozenset())
    assert verify_offload(own).reason == f"compare interface: {lost}"


def test_implicit_mappings_of_people_are_notes(tmp_path: Path) -> None:
    result = RESULT.replace(" map(from: a)", "")
    note = (
        "arrays and structures that no map clause names, copied whole both ways unless a caller "
        "mapped them: a (line 10)"
    )
    assert verify_offload(request(tmp_path, result)).notes == (note,)


def test_original_that_does_not_compile_gives_no_further_notes(tmp_path: Path) -> None:
    report = verify_offload(request(tmp_path, RESULT, "int main(void) { return nobody; }\n"))
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert report.notes == ()


GUARDED = """\
#include <stdio.h>
#include <stdlib.h>
void add(double *to, const double *from, int n)
{
    for (int i = 0; i < n; i++) to[i] = 2 * from[i];
}
double last(const double *a, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
int main(void)
{
    double *a = calloc(2000, sizeof *a), *b = calloc(2000, sizeof *b);
    add(a, b, 2000);
    add(a, a + 1, 1999);
    printf("%g\\n", last(a, 2000));
    return 0;
}
"""


def test_declared_edits_of_a_plan_are_those_that_are_made(tmp_path: Path) -> None:
    source = tmp_path / "guarded.c"
    source.write_text(GUARDED)
    made = offload(source)
    assert b"s2s_disjoint" in made.text
    assert made.declared_edits == {"add", "s2s_disjoint"}
    asked = VerificationRequest(source, made.text, declared_edits=made.declared_edits)
    assert statuses(verify_offload(asked))["compare structure"] is StepStatus.PASSED
    report = verify_offload(replace(asked, declared_edits=frozenset()))
    assert "in: add; added: s2s_disjoint" in report.reason


def test_units_are_paired_without_our_own_runtime(tmp_path: Path) -> None:
    def program(name: str, mode: Mode, *units: str) -> Program:
        made = tuple(Unit(tmp_path / u, tmp_path / u, mode) for u in units)
        runtime = Unit(tmp_path / "ours.c", tmp_path / "ours.c", Mode.RUNTIME)
        return Program(name, (*made, runtime) if mode is Mode.OFFLOAD else made)

    def names(original: Program, result: Program) -> list[tuple[str, str]]:
        return [(a.source.name, b.source.name) for a, b in unit_pairs(original, result)]

    before = program("original", Mode.SERIAL, "a.c", "b.c")
    after = program("result", Mode.OFFLOAD, "a_gpu.c", "b.c")
    assert names(before, after) == [("a.c", "a_gpu.c"), ("b.c", "b.c")]
    more = program("result", Mode.OFFLOAD, "kernels.c", "b.c", "a.c")
    assert names(before, more) == [("b.c", "b.c"), ("a.c", "a.c")]
    objects = tuple(tmp_path / f"{n}.o" for n in range(3))
    build = Build("result", None, "", (), 0.0, objects)
    assert list(objects_of(after, build).values()) == list(objects[:2])
