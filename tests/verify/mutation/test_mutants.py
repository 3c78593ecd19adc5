# SPDX-License-Identifier: Apache-2.0
"""Damage does what its name says, to the text and to nothing else."""

from __future__ import annotations

from pathlib import Path

from s2s.source import SourceFile
from tests.verify.mutation.mutants import mutants_of
from tests.verify.mutation.run_damages import Item, items_in, pointers_in

TEXT = b"""\
void f(int n, double *a, double *b)
{
    #pragma omp target enter data map(to: a[0:n]) map(alloc: b[0:n])
    #pragma omp target teams distribute parallel for private(k, t) reduction(+: s)
    for (int i = 0; i < n; i++)
        b[i] = a[i];
    #pragma omp target update from(b[0:n])
    use(b);
    #pragma omp target exit data map(from: a[0:n]) map(release: b[0:n])
}
"""


def texts_of(kind: str) -> list[str]:
    return [mutant.text.decode() for mutant in mutants_of(TEXT) if mutant.kind == kind]


def test_list_items_are_damaged_one_by_one() -> None:
    assert [t.splitlines()[3].split("for ", 1)[1] for t in texts_of("drop private")] == [
        "private( t) reduction(+: s)",
        "private( k) reduction(+: s)",
    ]
    assert "private(k, t) \n" in texts_of("drop reduction")[0]
    assert "enter data map(alloc: a[0:n]) map(alloc: b[0:n])" in texts_of("to to alloc")[0]


def test_directives_move_past_whole_statements() -> None:
    (up,) = texts_of("move exit data up")
    assert up.index("exit data") < up.index("use(b)") < up.index("}\n")
    (down,) = texts_of("move enter data down")
    assert down.index("b[i] = a[i]") < down.index("enter data") < down.index("update")
    (before,) = texts_of("move update up")
    assert before.index("update") < before.index("target teams")


def test_sections_lose_an_element_at_either_end() -> None:
    assert any("from( b[0:(n) - 1])" in text for text in texts_of("shorten section"))
    assert any("from( b[(0) + 1:(n) - 1])" in text for text in texts_of("raise lower bound"))


def test_no_mutant_is_the_text_itself_or_another_one() -> None:
    texts = [mutant.text for mutant in mutants_of(TEXT)]
    assert TEXT not in texts
    assert len(texts) == len(set(texts))


def test_begin_and_end_of_a_data_environment_are_one_directive() -> None:
    log = (
        "b\t3\t5\t0\t3\t80\t;u[0:n];f.c;1;2;;\n"
        "k\t4\t5\t0\t547\t8\t;s;f.c;1;2;;\n"
        "e\t3\t5\t0\t3\t80\t;u[0:n];f.c;1;2;;\n"
    )
    data, kernel = items_in(log)
    assert (data.calls, data.name, data.size) == ("be", "u[0:n]", 80)
    kinds = dict(data.damages(1, set()))
    assert kinds["n"] == "drop target data"
    assert kinds["t"] == "tofrom to to"
    assert not dict(kernel.damages(1, set()))  # an implicit map is nobody's clause


def test_only_maps_of_pointers_are_dropped_from_constructs() -> None:
    text = b"double b[9];\nvoid f(double a[9], double *p, int n) { double s = 0, *b = p; }\n"
    pointers = pointers_in(SourceFile(Path("f.c"), text), ())
    assert pointers == {"a", "p"}  # the global b is an array
    for name in ("p[0:n]", "b[0:9]", "s"):
        construct = Item("k", 3, 1, 0, 0x23, 72, name)
        assert ("d" in dict(construct.damages(3, pointers))) == (name == "p[0:n]")
        data = Item("be", 3, 1, 0, 0x3, 72, name)
        assert "d" in dict(data.damages(3, pointers))
