# SPDX-License-Identifier: Apache-2.0
"""The oracle is judged by nests whose answers are known, and by a C compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.properties.nest_execution import Environment, compute, index_arrays
from tests.properties.nest_generator import nests
from tests.properties.nest_ir import (
    ARRAYS,
    GLOBAL_SCALARS,
    PRELUDE,
    Access,
    Assign,
    Form,
    If,
    Loop,
    Nest,
    Node,
    render,
)
from tests.properties.nest_oracle import Need, Truth, covered, loop_truths


def at(name: str, *subscripts: str) -> Access:
    return Access(name, subscripts)


def loop(variable: str, *body: Node, start: str = "0", bound: str = "n", step: int = 1) -> Loop:
    return Loop(variable, start, "<", bound, step, body)


def rows(*body: Node) -> Nest:
    return Nest("f", loop("i", *body), ("s", "t"))


SUM = Assign(at("s"), (at("A", "i"),), Form.COMPOUND)
P, R, D = Truth.PARALLEL, Truth.REDUCTION, Truth.DEPENDENCE

KNOWN: dict[str, tuple[Nest, tuple[Truth, ...]]] = {
    "copy": (rows(Assign(at("A", "i"), (at("B", "i"),))), (P,)),
    "recurrence": (rows(Assign(at("A", "i + 1"), (at("A", "i"),))), (D,)),
    "anti dependence": (rows(Assign(at("A", "i"), (at("A", "i + 1"),))), (D,)),
    "far recurrence": (rows(Assign(at("A", "i + 5"), (at("A", "i"),))), (D,)),
    "odd and even elements": (rows(Assign(at("A", "2 * i"), (at("A", "2 * i + 1"),))), (P,)),
    "strided writes": (
        Nest("f", loop("i", Assign(at("A", "i + 1"), (at("A", "i"),)), step=2)),
        (P,),
    ),
    "sum": (rows(SUM), (R,)),
    "sum and difference": (
        rows(SUM, Assign(at("s"), (at("B", "i"),), Form.SPELLED, "-")),
        (R,),
    ),
    "sum and product": (rows(SUM, Assign(at("s"), (), Form.COMPOUND, "*")), (D,)),
    "difference the other way round": (rows(Assign(at("s"), (), Form.REVERSED)), (D,)),
    "prefix sum": (rows(SUM, Assign(at("B", "i"), (at("s"),))), (D,)),
    "maximum": (rows(Assign(at("s"), (at("A", "i"),), Form.CONDITIONAL, "max")), (R,)),
    "not a maximum": (rows(Assign(at("s"), (at("A", "i"),), Form.FOREIGN, "max")), (D,)),
    "temporary": (
        rows(Assign(at("t"), (at("A", "i"),)), Assign(at("B", "i"), (at("t"),))),
        (P,),
    ),
    "temporary from the last iteration": (
        rows(Assign(at("B", "i"), (at("t"),)), Assign(at("t"), (at("A", "i"),))),
        (D,),
    ),
    "temporary written under a condition": (
        rows(
            If("", (Assign(at("t")),), data=at("A", "i")),
            Assign(at("B", "i"), (at("t"),)),
        ),
        (D,),
    ),
    "temporary written in both arms": (
        rows(
            If("", (Assign(at("t")),), (Assign(at("t")),), data=at("A", "i")),
            Assign(at("B", "i"), (at("t"),)),
        ),
        (P,),
    ),
    "temporary written and read in one arm": (
        rows(If("", (Assign(at("t")), Assign(at("B", "i"), (at("t"),))), data=at("A", "i"))),
        (P,),
    ),
    "global of the last iteration": (rows(Assign(at("g"), (at("A", "i"),))), (P,)),
    "global that not every iteration writes": (
        rows(If("", (Assign(at("g")),), data=at("A", "i"))),
        (D,),
    ),
    "global that the last iteration does not write": (
        rows(If("i == 1", (Assign(at("g")),))),
        (P,),
    ),
    "columns": (
        rows(loop("j", Assign(at("C", "i", "j + 1"), (at("C", "i", "j"),)))),
        (P, D),
    ),
    "triangle": (
        rows(loop("j", Assign(at("C", "i", "j"), (at("C", "j", "i"),)), bound="i")),
        (P, P),
    ),
    "column sums": (
        rows(loop("j", Assign(at("B", "j"), (at("C", "i", "j"),), Form.COMPOUND))),
        (R, P),
    ),
    "linearized rows": (rows(loop("j", Assign(at("L", "i * n + j")))), (P, P)),
    "linearized rows that overlap": (
        rows(loop("j", Assign(at("L", "i * n + j")), bound="n + 1")),
        (D, P),
    ),
    "scatter": (rows(Assign(at("A", "X[i]"), (at("B", "i"),), Form.REVERSED)), (D,)),
    "gather": (rows(Assign(at("A", "i"), (at("B", "X[i]"),))), (P,)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_oracle_knows_the_answer(name: str) -> None:
    nest, expected = KNOWN[name]
    found = loop_truths(nest)
    assert tuple(t.truth for t in found) == expected, [str(t.witness) for t in found]


def test_global_that_only_one_iteration_writes_needs_nothing() -> None:
    (truth,) = loop_truths(KNOWN["global that the last iteration does not write"][0])
    assert not truth.needs


def test_value_used_after_the_loop_is_a_last_value() -> None:
    body = (Assign(at("t"), (at("A", "i"),)),)
    dead = Nest("f", loop("i", *body), ("t",))
    live = Nest("f", loop("i", *body), ("t",), read_after=("t",))
    assert loop_truths(dead)[0].needs == {Need.PRIVATE_SCALAR}
    assert loop_truths(live)[0].needs == {Need.LAST_VALUE}


def test_scalar_declared_in_the_body_conflicts_only_inside_its_scope() -> None:
    inner = loop("j", Assign(at("u"), (at("C", "i", "j"),), Form.COMPOUND))
    nest = Nest("f", loop("i", Assign(at("u"), declares=True), inner))
    assert [t.truth for t in loop_truths(nest)] == [P, R]
    assert not loop_truths(nest)[0].needs


def test_local_array_filled_in_every_iteration_is_private() -> None:
    fill = loop("j", Assign(at("W", "j"), (at("C", "i", "j"),)))
    use = loop("j", Assign(at("D", "i", "j"), (at("W", "j"),)))
    nest = Nest("f", loop("i", fill, use), local_arrays={"W": (64,)})
    assert [t.truth for t in loop_truths(nest)] == [P, P, P]
    assert loop_truths(nest)[0].needs == {Need.PRIVATE_ARRAY}


def test_witness_names_the_place() -> None:
    (truth,) = loop_truths(KNOWN["far recurrence"][0])
    assert truth.witness is not None
    assert (truth.witness.first, truth.witness.second) == (0, 5)
    assert truth.witness.location == ("A", 5)


def test_nested_arms_are_covered_only_together() -> None:
    then, other = (("b", 0),), (("b", 1),)
    deep = {(*other, ("c", 0)), (*other, ("c", 1))}
    assert covered((), {then, other})
    assert covered((), {then, *deep})
    assert not covered((), {then, (*other, ("c", 0))})
    assert covered((*then, ("d", 0)), {then})


CLANG = next((c for c in ("clang-19", "clang", "gcc") if shutil.which(c)), None)


@pytest.mark.skipif(CLANG is None, reason="no C compiler")
def test_compiled_nests_compute_what_the_oracle_executes(tmp_path: Path) -> None:
    """Same values in every element: same iterations, subscripts and order as the C code."""
    sample = list(nests(seed=99, count=40))
    environment = Environment(7, 3, index_arrays()[2])
    source = tmp_path / "nests.c"
    source.write_text(_program(sample, environment))
    command = [str(CLANG), "-O1", "-w", "-ffp-contract=off", "-fsanitize=undefined"]
    command += ["-fno-sanitize-recover=all", str(source), "-lm", "-o", str(tmp_path / "nests")]
    subprocess.run(command, check=True, capture_output=True)
    done = subprocess.run([tmp_path / "nests"], check=True, capture_output=True, text=True)
    for nest, line in zip(sample, done.stdout.splitlines(), strict=True):
        expected = compute(nest, environment)
        names = (*ARRAYS, *GLOBAL_SCALARS, "sink")
        got = dict(zip(names, map(int, line.split()), strict=True))
        different = [name for name in names if got[name] != expected[name]]
        assert not different, f"{different}\n{render(nest).text}"


def _program(sample: list[Nest], environment: Environment) -> str:
    """Return a C program that runs nests on fresh arrays and prints the hash of each array."""
    text = ["#include <stdio.h>", "#include <string.h>", PRELUDE]
    text.append("static unsigned long hash(const double *a, long k) {")
    text.append("  unsigned long sum = 0, bits;")
    text.append(
        "  for (long e = 0; e < k; e++) { memcpy(&bits, a + e, 8); sum += bits * (e + 1); }"
    )
    text.append("  return sum;\n}")
    text.append("static void fill(double *a, long k) {")
    text.append("  for (long e = 0; e < k; e++) a[e] = ((e * 37 + 11) % 101) / 101.0;\n}")
    text += [render(nest).text for nest in sample]
    text.append(f"static const int contents[] = {{{', '.join(map(str, environment.index))}}};")
    text.append("int main(void) {\n  memcpy(X, contents, sizeof X);")
    for nest in sample:
        text += [f"  fill((double *){name}, sizeof {name} / 8);" for name in ARRAYS]
        text.append(f"  g = h = sink = 0; {nest.name}({environment.n}, {environment.m});")
        for name in (*ARRAYS, *GLOBAL_SCALARS, "sink"):
            text.append(f'  printf("%lu ", hash((double *)&{name}, sizeof {name} / 8));')
        text.append('  puts("");')
    return "\n".join([*text, "  return 0;", "}", ""])
