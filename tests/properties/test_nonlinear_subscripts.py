# SPDX-License-Identifier: Apache-2.0
"""Subscripts that are no affine expressions: what z3 proves agrees with enumeration."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from s2s.analysis import nonlinear
from s2s.driver import analyze, offload
from s2s.ir.plan import Verdict

pytestmark = pytest.mark.skipif(not nonlinear.is_available(), reason="z3 is not installed")

APART = {
    "for (int i = 0; i < n; i++) for (int j = 0; j <= i; j++)": "i * (i + 1) / 2 + j",
    "for (int i = 1; i < n; i++) for (int j = 0; j < i; j++)": "i * (i - 1) / 2 + j",
    "for (int i = 0; i < n; i++)": "i * i + 3",
    "for (int i = -8; i < 0; i++)": "i * i",
    "for (int i = 0; i < n; i += 2)": "i / 2",
    "for (unsigned i = 0; i < n; i += 2)": "i / 2u",
    "for (long i = n; i > 0; i -= 3)": "(i + 2) / 3",
    "for (int i = 0; i < n; i++) for (int j = i; j < n; j++)": "i * n - i * (i + 1) / 2 + j",
}
MEETING = {
    "for (int i = 0; i < n; i++) for (int j = 0; j <= i + 1; j++)": "i * (i + 1) / 2 + j",
    "for (int i = -8; i < n; i++)": "i * i",
    "for (int i = -3; i < n; i += 2)": "i / 2 + 2",  # C rounds -1 / 2 and 1 / 2 to 0
    "for (int i = 0; i < n; i++)": "i / 2",
    "for (unsigned i = 0; i < n; i++)": "i * i",  # 65536 * 65536 comes round to 0
    "for (long i = 0; i < n; i += 2)": "(int)(i / 2)",
}


def verdicts(loops: dict[str, str], path: Path) -> list[Verdict]:
    """Return the verdicts on the outer loops around ``x[subscript] += 1``."""
    functions = [
        f"void f{k}(int n)\n{{\n    {header}\n        x[{subscript}] += 1;\n}}\n"
        for k, (header, subscript) in enumerate(loops.items())
    ]
    path.write_text("int x[100000];\n" + "".join(functions))
    outer = {loop.function: loop.verdict for loop in analyze(path).plan.loops if not loop.depth}
    return [outer[f"f{k}"] for k in range(len(functions))]


@pytest.mark.parametrize("header", APART)
def test_iterations_that_never_meet_are_found_apart(header: str, tmp_path: Path) -> None:
    loops = {header: APART[header]}
    assert verdicts(loops, tmp_path / "a.c") == [Verdict.PARALLEL]


@pytest.mark.parametrize("header", MEETING)
def test_iterations_that_may_meet_are_not_called_parallel(header: str, tmp_path: Path) -> None:
    loops = {header: MEETING[header]}
    assert verdicts(loops, tmp_path / "a.c") != [Verdict.PARALLEL]


def test_without_z3_such_loops_need_atomic_updates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nonlinear, "is_available", lambda: False)
    path = tmp_path / "a.c"
    path.write_text("int x[999];\nvoid f(int n) { for (int i = 0; i < n; i++) x[i * i] += 1; }\n")
    assert b"omp atomic" in offload(path).text
    monkeypatch.undo()
    assert b"omp atomic" not in offload(path).text


def samples(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield random headers and subscripts of at most second degree, some with a quotient."""
    dice = random.Random(seed)
    for _ in range(count):
        low, step = dice.choice((-3, -1, 0, 0, 1, 2)), dice.choice((1, 1, 2, 3))
        header = f"for (int i = {low}; i < n; i += {step})"
        bound = dice.choice(("", f"j < {dice.randint(1, 4)}", "j <= i", "j < n", "j < i"))
        if bound:
            header += f" for (int j = 0; {bound}; j++)"
        square = f"{dice.choice((1, 1, 2))} * i * i + {dice.choice((-1, 0, 1, 2))} * i"
        subscript = f"({square} + {dice.randint(0, 2)})"
        if dice.random() < 0.6:
            subscript += f" / {dice.choice((2, 2, 3))}"
        if bound:
            subscript += f" + {dice.choice((1, 1, 2))} * j"
        yield header, subscript


def meets(header: str, subscript: str) -> bool:
    """Whether two iterations of the outer loop touch one element, for some small size."""
    low, step = map(int, re.findall(r"i = (-?\d+).*?i \+= (\d+)", header)[0])
    inner = re.search(r"; (j [^;]*);", header)
    body, _, quotient = subscript.partition(" / ")
    divisor, _, rest = quotient.partition(" + ")
    if not quotient and inner:
        body, _, rest = subscript.rpartition(" + ")
    for n in range(1, 9):
        seen: dict[int, int] = {}
        for i in range(low, n, step):
            j = 0
            while not inner or eval(inner[1], {"i": i, "j": j, "n": n}):
                value = eval(body, {"i": i})
                if divisor:  # C rounds towards 0
                    value = abs(value) // int(divisor) * (1 if value >= 0 else -1)
                value += eval(rest, {"j": j}) if rest else 0
                if seen.setdefault(value, i) != i:
                    return True
                j += 1
                if not inner:
                    break
    return False


@pytest.mark.parametrize("seed", range(3))
def test_random_subscripts_are_not_called_parallel_if_iterations_meet(
    seed: int, tmp_path: Path
) -> None:
    proved = 0
    for header, subscript in samples(seed, 40):
        (verdict,) = verdicts({header: subscript}, tmp_path / "a.c")
        if verdict is Verdict.PARALLEL:
            assert not meets(header, subscript), f"{header} x[{subscript}]"
            proved += 1
    assert proved >= 4
