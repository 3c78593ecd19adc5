# SPDX-License-Identifier: Apache-2.0
"""Directives are read and given other schedules without moving a line."""

from __future__ import annotations

import pytest

from s2s.verify.directives import directives_in
from s2s.verify.schedules import MARK, LoopSite, with_marked_schedules, with_static_schedule


def marked(directive: str, *, widen: bool = True) -> str:
    """Return what becomes of a directive above a loop, without blanks in a row."""
    text = f"{directive}\nfor (;;) ;\n".encode()
    new, _ = with_marked_schedules(text, 3, widen=widen)
    assert new.count(b"\n") == text.count(b"\n")
    return " ".join(new.decode().removesuffix("\nfor (;;) ;\n").split())


def test_names_and_clauses_are_read_across_lines_and_comments() -> None:
    text = (
        b"int a; // #pragma omp none\n"
        b"  # pragma omp target teams /* for */ distribute \\\n"
        b"    map(to: a[0:(n)]), nowait // schedule(static)\n"
        b"#pragma omp declare target\n"
        b"#pragma omp cancel for\n"
    )
    first, declare, cancel = directives_in(text)
    assert first.name == (b"target", b"teams", b"distribute")
    assert [(c.name, c.argument) for c in first.clauses] == [
        (b"map", b"to: a[0:(n)]"),
        (b"nowait", None),
    ]
    (clause,) = first.clauses_of(b"map")
    assert text[clause.begin : clause.end] == b"map(to: a[0:(n)])"
    assert text[: first.end].endswith(b"nowait")
    assert (declare.name, cancel.name) == ((), ())


def test_static_schedule_is_added_where_none_is_given() -> None:
    text = (
        b"#pragma omp parallel for // c\n"
        b"#pragma omp for schedule(dynamic)\n"
        b"#pragma omp target teams distribute parallel for nowait\n"
        b"#pragma omp teams distribute\n"
        b"#pragma omp for \\\r\n  collapse(2)\r\n"
        b"#pragma omp cancel for\n"
    )
    assert with_static_schedule(text) == (
        b"#pragma omp parallel for schedule(static, 1) // c\n"
        b"#pragma omp for schedule(dynamic)\n"
        b"#pragma omp target teams distribute parallel for nowait\n"
        b"#pragma omp teams distribute\n"
        b"#pragma omp for \\\r\n  collapse(2) schedule(static, 1)\r\n"
        b"#pragma omp cancel for\n"
    )


@pytest.mark.parametrize(
    ("clauses", "left"),
    [
        ("schedule(static)", ""),
        ("schedule(static, 1)", ""),
        ("schedule(nonmonotonic: dynamic)", ""),
        ("schedule(runtime) collapse(2)", "collapse(2) "),
        ("dist_schedule(static, f(3))", ""),
        ("order(concurrent)", "order(concurrent) "),
        ("reduction(task, + : s) reduction(max:m)", "reduction(task, + : s) reduction(max:m) "),
    ],
)
def test_schedules_that_leave_the_order_open_are_replaced(clauses: str, left: str) -> None:
    name = "#pragma omp distribute parallel for"
    assert marked(f"{name} {clauses}") == f"{name} {left}schedule(dynamic, {MARK + 6})"


@pytest.mark.parametrize(
    "directive",
    [
        "#pragma omp for",
        "#pragma omp distribute",
        "#pragma omp parallel for ordered",
        "#pragma omp parallel for ordered(1)",
        "#pragma omp parallel for schedule(static, 4)",
        "#pragma omp parallel for schedule(dynamic, c)",
        "#pragma omp parallel for reduction(inscan, + : s)",
        "#pragma omp parallel for reduction(first_minimum : m)",
        "#pragma omp simd",
        "#pragma omp target teams",
        "#pragma omp loop bind(thread)",
        "#pragma omp cancel for",
        "#pragma omp cancellation point for",
        "#pragma omp declare reduction(for : int : omp_out += omp_in)",
    ],
)
def test_what_has_an_order_of_its_own_stays(directive: str) -> None:
    assert marked(directive) == directive


@pytest.mark.parametrize("clause", ["lastprivate(x)", "linear(x : 2)"])
def test_loops_whose_last_iteration_counts_have_odd_marks(clause: str) -> None:
    directive = f"#pragma omp parallel for {clause}"
    assert marked(directive) == f"{directive} schedule(dynamic, {MARK + 7})"
    directive = "#pragma omp parallel for simd"
    assert marked(directive) == f"{directive} schedule(dynamic, {MARK + 7})"


@pytest.mark.parametrize(
    ("directive", "widened"),
    [
        ("teams distribute", "teams distribute parallel for"),
        ("target teams loop bind(teams)", "target teams distribute parallel for"),
        ("target parallel loop", "target parallel for"),
    ],
)
def test_other_loops_become_worksharing_loops_if_asked_for(directive: str, widened: str) -> None:
    directive = f"#pragma omp {directive}"
    assert marked(directive) == f"#pragma omp {widened} schedule(dynamic, {MARK + 6})"
    assert marked(directive, widen=False) == directive


def test_operator_that_the_program_declares_has_an_order_of_its_own() -> None:
    loop = b"#pragma omp parallel for reduction(+ : s)\nfor (;;) ;\n"
    declared = b"#pragma omp declare reduction(+ : struct s : add(&omp_out, &omp_in))\n"
    assert with_marked_schedules(loop, 0, widen=True)[1]
    assert not with_marked_schedules(declared + loop, 0, widen=True)[1]


def test_places_are_those_of_directive_and_loop() -> None:
    text = (
        b"\n#pragma omp parallel for \\\n  private(x)\n"
        b"  // for one\n#pragma unroll\n  for (;;) ;\n"
        b"#pragma omp parallel for\n  FOR(i, n) ;\n"
    )
    new, sites = with_marked_schedules(text, 0, widen=True)
    assert sites == (LoopSite(2, 6, 3), LoopSite(7, 7, 1))
    assert f"dynamic, {MARK})".encode() in new and f"dynamic, {MARK + 2})".encode() in new
