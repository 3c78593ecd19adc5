# SPDX-License-Identifier: Apache-2.0
"""Implicit mappings are named with their lines; what somebody mapped, and scalars, are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.driver import offload
from s2s.toolchain.discover import discover_clang
from s2s.verify.invocation import Invocation
from s2s.verify.static.implicit_maps import (
    Category,
    ImplicitMap,
    describe_implicit_maps,
    implicit_maps,
    with_default_map,
)

CLANG = discover_clang()
pytestmark = [pytest.mark.toolchain, pytest.mark.skipif(CLANG is None, reason="no clang")]
ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """\
#define TARGET _Pragma("omp target teams distribute parallel for")
struct box { double v[4]; };
static double table[8], field[8];
void enter(void)
{
#pragma omp target enter data map(to: field)
}
void f(double *a, double *b, double *c, int n)
{
    double k = 2;
    struct box x = {{1, 2, 3, 4}};
#pragma omp target teams distribute parallel for map(to: b[0:n]) // a is left out
    for (int i = 0; i < n; i++) a[i] = b[i] * k + x.v[i % 4] + table[i % 8];
#pragma omp target data map(c[0:n])
#pragma omp target teams /* of
    a small league */ distribute parallel for \\
        num_teams(4)
    for (int i = 0; i < n; i++) c[i] = field[i % 8];
    TARGET
    for (int i = 0; i < n; i++) a[i] = k;
}
void g(double *c, int n)
{
#pragma omp target parallel for defaultmap(tofrom: scalar) defaultmap(present: pointer)
    for (int i = 0; i < n; i++) c[i] = n;
}
void h(double *c, int n)
{
#pragma omp target parallel for defaultmap(tofrom: scalar)
    for (int i = 0; i < n; i++) c[i] = n;
}
"""


def invocation(source: Path, scratch: Path, *arguments: str) -> Invocation:
    assert CLANG is not None
    return Invocation(CLANG, source, arguments, source.suffix == ".cpp", scratch)


def found_in(directory: Path, text: str, suffix: str = ".c") -> tuple[ImplicitMap, ...]:
    source = directory / f"program{suffix}"
    source.write_text(text)
    return implicit_maps(invocation(source, directory))


def test_implicit_mappings_are_named_with_the_lines_of_their_constructs(tmp_path: Path) -> None:
    found = found_in(tmp_path, PROGRAM)
    assert found == (
        ImplicitMap("a", Category.POINTER, (12, 19)),
        ImplicitMap("c", Category.POINTER, (29,)),
        ImplicitMap("table", Category.AGGREGATE, (12,)),
        ImplicitMap("x", Category.AGGREGATE, (12,)),
    )
    assert describe_implicit_maps(found) == (
        "pointers that no map clause names, with nothing behind them unless a caller mapped it: "
        "a (lines 12, 19), c (line 29)",
        "arrays and structures that no map clause names, copied whole both ways unless a caller "
        "mapped them: table (line 12), x (line 12)",
    )


def test_containers_and_references_of_cxx_are_named(tmp_path: Path) -> None:
    text = """\
#include <vector>
void f(std::vector<double> &v, double (&r)[4], int &k) {
#pragma omp target teams distribute parallel for map(from: r)
    for (int i = 0; i < 4; i++) r[i] = v[i] + k;
}
"""
    assert found_in(tmp_path, text, ".cpp") == (ImplicitMap("v", Category.AGGREGATE, (3,)),)


def test_source_without_faults_of_this_kind_gives_nothing(tmp_path: Path) -> None:
    assert found_in(tmp_path, "int f(int n) { return n; }\n") == ()
    assert describe_implicit_maps(()) == ()


def test_clause_is_added_on_the_line_and_only_where_there_is_none() -> None:
    text = b"""\
#pragma omp target map(a) \\
    device(0)\r
#pragma omp target data map(a)
#pragma omp target update to(a)
#pragma omp declare target
  # pragma  omp  target defaultmap(none)
#pragma omp target defaultmap(to: aggregate)
_Pragma("omp target teams") x;
"""
    pointer = with_default_map(text, Category.POINTER)
    assert pointer.split(b"\n") == [
        b"#pragma omp target map(a) \\",
        b"    device(0) defaultmap(none: pointer)\r",
        b"#pragma omp target data map(a)",
        b"#pragma omp target update to(a)",
        b"#pragma omp declare target",
        b"  # pragma  omp  target defaultmap(none)",
        b"#pragma omp target defaultmap(to: aggregate) defaultmap(none: pointer)",
        b'_Pragma("omp target teams defaultmap(none: pointer)") x;',
        b"",
    ]
    assert with_default_map(text, Category.AGGREGATE).count(b"none: aggregate") == 2


@pytest.mark.parametrize("name", ["early_return_solver", "diffusion_log"])
def test_results_of_s2s_have_no_implicit_mapping(tmp_path: Path, name: str) -> None:
    program = ROOT / "tests" / "programs" / f"{name}.c"
    source = tmp_path / program.name
    result = offload(program)
    assert b"omp target" in result.text
    source.write_bytes(result.text)
    assert implicit_maps(invocation(source, tmp_path, f"-iquote{program.parent}")) == ()
