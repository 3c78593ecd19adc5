# SPDX-License-Identifier: Apache-2.0
"""Damaged code is found by both readers; directives, comments, layout and braces are no damage."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.invocation import Invocation
from s2s.verify.static.c_ast import NotReadError
from s2s.verify.static.llvm_ir import definitions
from s2s.verify.static.structure import (
    StructureComparison,
    ast_opinion,
    compare_structure,
    ir_opinion,
)

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(CLANG is None, reason="no clang"),
]

ORIGINAL = """\
#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 16, HEIGHT = 8 };
typedef struct { double x, y; int tag; } point;
static point field[HEIGHT][WIDTH];
const double weights[3] = {0.25, 0.5, 0.25};

double smooth(const double *in, double *out, size_t n)
{
    static int calls = 1;
    double last = 0.0;
    for (size_t i = 1; i + 1 < n; i++)
        out[i] = weights[0] * in[i - 1] + weights[1] * in[i] - weights[2] * in[i + 1];
    for (size_t i = 0; i < n; i++) {
        double t = out[i];
        if (t > last)
            last = t;
    }
    calls++;
    return last / calls;
}

int total(int count, ...)
{
    va_list list;
    int sum = 0;
    va_start(list, count);
    while (count-- > 0)
        sum += va_arg(list, int);
    va_end(list);
    return sum;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 64;
    assert(n > 4);
    double *a = malloc(n * sizeof *a), *b = calloc(n, sizeof *b);
    for (int i = 0; i < n; i++) a[i] = i % 7;
    for (int i = 0; i < HEIGHT; i++)
        for (int j = 0; j < WIDTH; j++)
            field[i][j] = (point){.x = i, .y = j, .tag = total(2, i, j)};
    double m = smooth(a, b, n);
    switch (n % 3) {
    case 0: m += field[1][2].x; break;
    case 1: m -= field[2][1].y; /* fall through */
    default: m *= 2;
    }
    printf("%g %s\\n", m, __FILE__);
    free(a);
    free(b);
    return 0;
}
"""

Edit = tuple[str, str]

HARMLESS: dict[str, tuple[Edit, ...]] = {
    "nothing": (),
    "directive": (("    for (size_t i = 1", "#pragma omp simd\n    for (size_t i = 1"),),
    "directive on several lines": (
        ("    for (size_t i = 1", "#pragma omp target map(to: in[0:n]) \\\n  map(from: out[0:n])\n"
         "    for (size_t i = 1"),
    ),
    "directive under if": (
        ("            last = t;", "#pragma omp atomic write\n            last = t;"),
    ),
    "declare target": (
        ("static point", "#pragma omp declare target\nstatic point"),
        ("double smooth", "#pragma omp end declare target\ndouble smooth"),
    ),
    "_Pragma": (("    for (size_t i = 1", '    _Pragma("omp target") for (size_t i = 1'),),
    "comments": (("calls++;", "/* one\n more */ calls++; // call"),),
    "layout": (
        ("if (t > last)\n            last = t;", "if(t>last)last=t;"),
        ("int main(", "\n\n\nint\nmain("),
    ),
    "braces around a loop": (("    for (int i = 0; i < n; i++) a[i] = i % 7;",
                              "#pragma omp target data map(a[0:n])\n{\n"
                              "    for (int i = 0; i < n; i++) { a[i] = i % 7; }\n}"),),
    "braces around a branch": (("            last = t;", "        {\n last = t;\n }"),),
    "empty statements": (("    calls++;", "    ;;calls++;;"),),
    "another name of a variable": (
        ("double t = out[i];", "double u = out[i];"), ("if (t >", "if (u >"),
        ("last = t;", "last = u;"),
    ),
    "lines moved": (("static point field", "/* moved */\n\n\nstatic point field"),),
    "loop hint": (("    for (size_t i = 0", "#pragma unroll\n    for (size_t i = 0"),),
}  # fmt: skip

DAMAGED: dict[str, tuple[str, Edit]] = {
    "constant": ("main", ("i % 7", "i % 8")),
    "floating-point constant": ("smooth", ("last = 0.0", "last = 1e-9")),
    "swapped operands": ("smooth", ("last / calls", "calls / last")),
    "operator": ("smooth", ("- weights[2]", "+ weights[2]")),
    "removed statement": ("smooth", ("    calls++;\n", "")),
    "removed initialization": ("total", ("int sum = 0", "int sum")),
    "added statement": ("total", ("    va_end(list);", "    va_end(list); sum++;")),
    "loop bound": ("smooth", ("i + 1 < n", "i < n")),
    "loop start": ("smooth", ("size_t i = 1", "size_t i = 0")),
    "loop step": ("main", ("j < WIDTH; j++", "j < WIDTH; j += 2")),
    "condition": ("smooth", ("t > last", "t >= last")),
    "subscript": ("smooth", ("in[i - 1]", "in[i - 2]")),
    "other array": ("smooth", ("double t = out[i]", "double t = in[i]")),
    "type of a variable": ("smooth", ("double t =", "float t =")),
    "made static": ("smooth", ("double smooth(", "static double smooth(")),
    "other parameter type": ("total", ("int total(int count", "int total(long count")),
    "statement out of its branch": (
        "smooth", ("            last = t;", "            ;\n        last = t;")),
    "initial value": ("weights", ("{0.25, 0.5, 0.25}", "{0.25, 0.5, 0.26}")),
    "initial value of a static variable": ("smooth", ("calls = 1", "calls = 2")),
    "text": ("main", ('"%g %s', '"%g: %s')),
    "member": ("main", ("field[1][2].x", "field[1][2].y")),
    "designator": ("main", (".x = i, .y = j", ".y = i, .x = j")),
    "fall through": ("main", ("break;", "")),
    "order of statements": ("main", ("    free(a);\n    free(b);", "    free(b);\n    free(a);")),
    "assertion": ("main", ("assert(n > 4)", "assert(n > 3)")),
}  # fmt: skip


def invocation(directory: Path, name: str, text: str, *arguments: str) -> Invocation:
    assert CLANG is not None
    source = directory / name
    source.write_text(text)
    return Invocation(CLANG, source, arguments, source.suffix == ".cpp", directory)


def edited(*edits: Edit, text: str = ORIGINAL) -> str:
    for old, new in edits:
        assert old in text, f"{old!r} is not in the program"
        text = text.replace(old, new, 1)
    return text


Pair = Callable[..., tuple[Invocation, Invocation]]


@pytest.fixture(name="pair")
def _pair(tmp_path: Path) -> Pair:
    def make(after: str, before: str = ORIGINAL, suffix: str = ".c") -> tuple[Invocation, ...]:
        return (
            invocation(tmp_path, f"before{suffix}", before),
            invocation(tmp_path, f"after{suffix}", after),
        )

    return make  # type: ignore[return-value]


def copies(variants: list[tuple[Edit, ...]]) -> str:
    """Return a program with a copy of every definition for each variant, edited and numbered."""
    head, body = ORIGINAL.split("static point", 1)
    out = [head]
    for number, edits in enumerate(variants):
        text = edited(*edits, text="static point" + body)
        out.append(re.sub(r"\b(smooth|total|main|field|weights)\b", rf"\1_{number}", text))
    return "".join(out)


def test_what_is_no_code_makes_no_difference(pair: Pair) -> None:
    before = copies([()] * len(HARMLESS))
    sides = pair(copies(list(HARMLESS.values())), before)
    by_ir, notes = ir_opinion(*sides)
    assert by_ir is not None
    assert (by_ir.changed, notes) == (frozenset(), [])
    by_ast = ast_opinion(*sides)
    assert (by_ast.changed, by_ast.types) == (frozenset(), frozenset())
    names = {f"{n}_{i}" for i in range(len(HARMLESS)) for n in ("main", "smooth", "weights")}
    assert names <= by_ir.known & by_ast.known


@pytest.mark.parametrize("reader", ["clang", "pycparser"])
def test_damaged_code_is_found_by_both_readers(pair: Pair, reader: str) -> None:
    before = copies([()] * len(DAMAGED))
    directive = ("    for (size_t i = 0", "#pragma omp target teams loop\n    for (size_t i = 0")
    sides = pair(copies([(edit, directive) for _, edit in DAMAGED.values()]), before)
    opinion = ir_opinion(*sides)[0] if reader == "clang" else ast_opinion(*sides)
    assert opinion is not None
    wanted = {f"{where}_{i}": name for i, (name, (where, _)) in enumerate(DAMAGED.items())}
    missed = [name for where, name in wanted.items() if where not in opinion.changed]
    assert missed == []
    # a function that calls a changed one is compiled to another call where the type is another
    callers = {"other parameter type", "made static"}
    others = opinion.changed - wanted.keys()
    assert {list(DAMAGED)[int(name.rsplit("_", 1)[1])] for name in others} <= callers


def test_added_and_removed_functions_are_told_apart_from_changed_ones(pair: Pair) -> None:
    helper = "static int seven(void) { return 7; }\n"
    after = edited(("int main(", helper + "int main("), ("i % 7", "i % seven()"))
    both = pair(after)
    found = compare_structure(*both)
    assert found == StructureComparison(True, ("main",), ("seven",), ())
    assert str(found) == "in: main; added: seven"
    assert compare_structure(both[1], both[0]).removed == ("seven",)


def test_declared_edits_are_no_differences(pair: Pair) -> None:
    sides = pair(edited(("i % 7", "i % 8"), ("last / calls", "last * calls")))
    assert compare_structure(*sides).changed == ("main", "smooth")
    assert compare_structure(*sides, frozenset({"main"})).changed == ("smooth",)


def test_array_in_braces_is_no_difference_though_it_lives_shorter(pair: Pair) -> None:
    before = "double f(int n) { double a[n]; a[0] = n; double s = a[0]; return s; }\n"
    after = before.replace("double a[n]; a[0] = n; double s = a[0]; return s;",
                           "double s; s = n; return s;")  # fmt: skip
    assert compare_structure(*pair(after, before)).changed == ("f",)
    text = "double f(int n) { double s = 0; OPEN double a[n]; a[0] = n; s = a[0]; CLOSE return s; }"
    before, after = (
        text.replace("OPEN", "").replace("CLOSE", ""),
        (text.replace("OPEN", "\n#pragma omp target data map(a)\n{").replace("CLOSE", "}")),
    )
    found = compare_structure(*pair(after, before))
    assert found.changed == ()
    assert found.notes == (
        "f: the same code to pycparser, but clang emits another; taken for the same",
    )


def test_braces_that_end_the_scope_of_a_variable_are_a_difference(pair: Pair) -> None:
    before = "int f(int x) { { int x = 1; x++; } x += 2; return x; }\n"
    after = "int f(int x) { int y = 1; { y++; } y += 2; return y; }\n"
    sides = pair(after, before)
    assert ast_opinion(*sides).changed == {"f"}
    assert compare_structure(*sides).changed == ("f",)


def test_packed_structure_is_not_taken_for_the_same(pair: Pair) -> None:
    sides = pair(edited(("typedef struct", "#pragma pack(1)\ntypedef struct")))
    assert "pragma pack(1)" in ast_opinion(*sides).types
    assert "field" in compare_structure(*sides).changed


def test_code_for_openmp_is_compared_too(pair: Pair) -> None:
    text = "#ifdef _OPENMP\nint f(void) { return 1; }\n#endif\nint g(void) { return 2; }\n"
    assert compare_structure(*pair(text, text)).changed == ()
    assert compare_structure(*pair(text.replace("1", "3"), text)).changed == ("f",)
    after = text.replace("return 1", "return unknown")
    notes = compare_structure(*pair(after, text)).notes
    assert notes == ("code under _OPENMP was not compared: it does not compile without OpenMP",)


def test_unused_functions_are_compared_by_their_trees(pair: Pair) -> None:
    text = "static int never(int a) { return a + 1; }\nint f(void) { return 2; }\n"
    assert compare_structure(*pair(text.replace("a + 1", "a + 2"), text)).changed == ("never",)


def test_program_that_depends_on_its_lines_is_compared_as_it_is(pair: Pair) -> None:
    text = "#if __LINE__ != 1\n#error no\n#endif\nint f(void) { return 1; }\n"
    assert compare_structure(*pair(text.replace("1;", "2;"), text)).changed == ("f",)


def test_c_that_pycparser_cannot_read_is_a_note(pair: Pair) -> None:
    text = "int f(int n) { __auto_type k = n; return k; }\n"
    sides = pair(text.replace("k = n", "k = n + 1"), text)
    with pytest.raises(NotReadError, match=r"before\.c: pycparser cannot read it"):
        ast_opinion(*sides)
    found = compare_structure(*sides)
    assert found.changed == ("f",)
    assert found.notes[0].startswith("no second opinion on the structure: before.c: pycparser")


def test_text_that_does_not_compile_is_not_compared(pair: Pair) -> None:
    found = compare_structure(*pair("int f(void) { return nobody(; }\n", "int f(void);\n"))
    assert (found.compared, found.changed) == (False, ())
    assert any("does not compile" in note for note in found.notes)


CXX = """\
#include <vector>
#include <numeric>
namespace grid {
template <class T> struct Field {
    std::vector<T> data;
    T sum() const { return std::accumulate(data.begin(), data.end(), T(0)); }
};
double scaled(const Field<double> &f, double k) {
    auto twice = [k](double x) { return 2 * k * x; };
    double s = 0;
    for (double x : f.data) s += twice(x);
    return s;
}
}
static std::vector<int> table{1, 2, 3};
int main() {
    grid::Field<double> f{{1, 2, 3}};
    return grid::scaled(f, 3) > f.sum() + table[0];
}
"""


def test_cxx_names_are_those_of_the_source(pair: Pair) -> None:
    directive = edited(("    for (", "#pragma omp target\n    for ("), text=CXX)
    assert compare_structure(*pair(directive, CXX, ".cpp")) == StructureComparison(True)
    found = compare_structure(*pair(edited(("2 * k", "3 * k"), text=CXX), CXX, ".cpp"))
    assert len(found.changed) == 1
    assert "grid::scaled(grid::Field<double> const&, double)" in found.changed[0]
    found = compare_structure(*pair(edited(("s += twice", "s -= twice"), text=CXX), CXX, ".cpp"))
    assert found.changed == ("grid::scaled(grid::Field<double> const&, double)",)
    declared = frozenset({"scaled"})
    sides = pair(edited(("s += twice", "s -= twice"), text=CXX), CXX, ".cpp")
    assert compare_structure(*sides, declared).changed == ()
    sides = pair(edited(("int> table{1,", "int> table{0,"), text=CXX), CXX, ".cpp")
    assert compare_structure(*sides).changed != ()


def test_numbers_of_literals_types_and_attributes_do_not_matter() -> None:
    one = """\
%struct.anon = type { i32, double }
@.str = private unnamed_addr constant [2 x i8] c"a\\00", align 1
define i32 @f(ptr %0) #0 {
  %2 = getelementptr %struct.anon, ptr @.str, i32 0
  ret i32 1, !dbg !7
}
attributes #0 = { nounwind }
"""
    two = one.replace("anon", "anon.3").replace("@.str", "@.str.7").replace("#0", "#2")
    two = two.replace("!7", "!12")
    assert definitions(one) == definitions(two)
    assert definitions(one) != definitions(two.replace('c"a', 'c"b'))
    assert definitions(one) != definitions(two.replace("double", "float"))
    assert definitions(one) != definitions(two.replace("nounwind", "cold"))
