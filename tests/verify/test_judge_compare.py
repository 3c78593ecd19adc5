# SPDX-License-Identifier: Apache-2.0
"""The judge of a bundle, which is C, compares as the verification here does, which is Python."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from s2s.toolchain.discover import discover_clang
from s2s.verify.base import Comparison
from s2s.verify.bundle.contents import JUDGE
from s2s.verify.compare import Format, Place, Rules, compare_file
from s2s.verify.tokens import fixed_formats

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(CLANG is None, reason="no clang"),
]
FORMATS = (Format.TEXT, Format.BYTES, Format.F32, Format.F64)


@dataclass(frozen=True, slots=True)
class Case:
    expected: bytes
    actual: bytes
    format: Format = Format.TEXT
    skipped: frozenset[Place] = frozenset()

    def encoded(self) -> bytes:
        fixed = fixed_formats(self.expected) if self.format is Format.TEXT else frozenset()
        sizes = (len(self.expected), len(self.actual), len(self.skipped), len(fixed))
        lines = [" ".join(map(str, (FORMATS.index(self.format), *sizes)))]
        lines += [f"{line} {index}" for line, index in sorted(self.skipped)]
        lines += [f"{int(exponent)} {decimals}" for exponent, decimals in sorted(fixed)]
        return "\n".join([*lines, ""]).encode() + self.expected + self.actual

    def compared(self) -> Comparison:
        rules = Rules(unstable=self.skipped)
        return compare_file(self.expected, self.actual, self.format, rules)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert CLANG is not None
    binary = tmp_path_factory.mktemp("judge") / "driver"
    sources = [JUDGE / name for name in ("tokens.c", "compare.c", "files.c")]
    sources.append(Path(__file__).with_name("judge_driver.c"))
    warnings = ["-Wall", "-Werror", "-Wno-unused-result"]
    flags = ["-O1", *warnings, f"-I{JUDGE}"]
    command = [str(CLANG.path), *flags, *map(str, sources), "-o", str(binary), "-lm"]
    subprocess.run(command, check=True)
    return binary


def judged(driver: Path, cases: list[Case]) -> list[str]:
    data = b"".join(case.encoded() for case in cases)
    done = subprocess.run([driver], input=data, capture_output=True, check=True)
    return done.stdout.decode("latin-1").splitlines()


def line_of(c: Comparison) -> str:
    first = c.first
    place = (first.line, first.column, first.reason) if first else (0, 0, "")
    numbers = (c.numbers, c.inexact, c.unstable, c.differences, f"{c.worst:.17g}")
    return "\t".join(map(str, (*numbers, *place)))


def check(driver: Path, cases: list[Case]) -> None:
    answers = judged(driver, cases)
    for case, answer in zip(cases, answers, strict=True):
        assert answer == line_of(case.compared()), case


TEXTS = [
    (b"sum 9900\n", b"sum 9900\n"),
    (b"sum 9900\n", b"sum 4950\n"),
    (b"x 1.000000 2.5\n", b"x 1.0000004 2.5\n"),
    (b"0.12 0.50\n", b"0.13 0.50\n"),
    (b"0.5\n", b"0.6\n"),
    (b"1.0 1.0 3.1e-17\n", b"1.0 1.0 0\n"),
    (b"nan -inf Infinity\n", b"-nan(0x1) -inf inf\n"),
    (b"1 inf\n", b"1 nan\n"),
    (b"a b c\n", b"a b\n"),
    (b"a b\n", b"a b c 4\n"),
    (b"one\ntwo\n", b"one\n"),
    (b"one\r\ntwo", b"one\ntwo\n\nthree"),
    (b"12abc 12.34abc 1.5e5x 1.5e55x .5e5x 0x1f 0x1.8p3 0x1.5.3\n", b"12abd 12.35abc\n"),
    (b"0x1.8p3 0x1.8p+3\n", b"0x1.8000001p3 12.0\n"),
    (b"007 -0 +5 99999999999999999999\n", b"7 0 5 99999999999999999998\n"),
    (b"1e400 -1e400 1e-400\n", b"1e401 -inf 0.0\n"),
    ("größe 3 µs ² 1\n".encode(), "größe 4 µs ² 1\n".encode()),
    (b"a\x85b\xa0c \xff 1.\n", b"a b c \xff 1.\n"),
    (b"", b""),
    (b"", b"\n"),
    (b"(1,2.50)[3]\n", b"(1,2.51)[3]\n"),
]


def test_texts_are_compared_alike(driver: Path) -> None:
    check(driver, [Case(a, b) for a, b in TEXTS])
    check(driver, [Case(b, a) for a, b in TEXTS])


def test_places_that_are_not_compared_are_skipped_alike(driver: Path) -> None:
    skipped = frozenset({(0, 1), (2, 0), (2, 2)})
    cases = [
        Case(b"pid 12 1\nx 1\n1 2 3\n", b"pid 13 1\nx 1\n2 2 4\n", skipped=skipped),
        Case(b"pid 12 1\nx 1\n1 2 3\n", b"pid 12 2\nx 1\n1 2 3\n", skipped=skipped),
    ]
    check(driver, cases)


def test_whole_lines_can_be_skipped(driver: Path) -> None:
    both = Case(b"time 1 s\nx 1\n", b"took 2.5 s or so\nx 1\n", skipped=frozenset({(0, -1)}))
    assert judged(driver, [both]) == ["1\t0\t0\t0\t0\t0\t0\t"]


def test_binary_files_are_compared_alike(driver: Path) -> None:
    doubles = (1.0, 2.0, float("nan"), float("inf"), 0.0)
    others = (1.0 + 1e-12, 2.1, float("nan"), float("-inf"), 1e-300)
    cases = []
    for code, kind in (("f", Format.F32), ("d", Format.F64)):
        a, b = (struct.pack(f"<5{code}", *values) for values in (doubles, others))
        cases += [Case(a, a, kind), Case(a, b, kind), Case(a, b[:-9], kind)]
    cases += [Case(b"abc", b"abd", Format.BYTES), Case(b"abc", b"ab", Format.BYTES)]
    check(driver, cases)


VOCABULARY = (
    "1 1.0 1.50 1.51 -1.5 2e3 2.0e3 2.1e+3 x x1 1x nan -inf infinity 0x1f 0x1.8p1 1.5e5x 12.34ab "
    ".5 5. +3 -- ( 1,2 é 1e-17 0.000001 1000000 1000001 0.1234567 0.1234568"
)
WORDS = st.sampled_from(VOCABULARY.split())
LINES = st.lists(WORDS, max_size=5).map(" ".join)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(LINES, LINES), min_size=1, max_size=40))
def test_any_texts_are_compared_alike(driver: Path, pairs: list[tuple[str, str]]) -> None:
    cases = [Case(f"{a}\n".encode(), f"{b}\n".encode()) for a, b in pairs]
    whole = (b"".join(case.expected for case in cases), b"".join(case.actual for case in cases))
    check(driver, [*cases, Case(*whole)])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("019.eExXpPnaif+-( )\té", max_size=12), min_size=1, max_size=40))
def test_any_characters_are_split_alike(driver: Path, texts: list[str]) -> None:
    """A text is compared with one word more, so that the count of words and numbers shows."""
    pairs = [(text.encode("latin-1"), text.encode("latin-1") + b" ;") for text in texts]
    check(driver, [Case(a, b) for a, b in pairs] + [Case(a + b" ;", b"; " + a) for a, b in pairs])
