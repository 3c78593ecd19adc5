# SPDX-License-Identifier: Apache-2.0
"""Compare what two runs wrote, by value.

Text is compared line by line, each line split into numbers and words. Words and integers must be
the same; numbers with a decimal point or an exponent may differ by the tolerance of their type or
by one unit in the last printed digit, whichever is more. White space within a line does not
matter. NaN equals only NaN, an infinity only the same infinity. Times and rates (``time: 25 ms``)
are not compared.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from s2s.errors import UsageError
from s2s.verify.base import Comparison, Difference
from s2s.verify.timings import timings
from s2s.verify.tokens import (
    NumberFormat,
    Token,
    count_numbers,
    fixed_formats,
    rounding_unit,
    tokens_of,
)


class Format(StrEnum):
    """How a file is to be compared; ``AUTO`` is text if it is UTF-8 without NUL, else bytes."""

    AUTO = "auto"
    TEXT = "text"
    BYTES = "bytes"
    F32 = "f32"
    F64 = "f64"
    I8 = "i8"
    U8 = "u8"
    I16 = "i16"
    U16 = "u16"
    I32 = "i32"
    U32 = "u32"
    I64 = "i64"
    U64 = "u64"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """When two numbers are equal.

    ``text``, ``f32`` and ``f64`` are relative, for printed numbers and for the elements of binary
    files; ``absolute`` holds for all. ``line_noise`` is relative to the largest magnitude on the
    same line of text: a printed difference of two sums (``1.0 1.0 3.1e-17``) is rounding noise,
    though its own relative error is 1. Set it to 0 to compare such numbers strictly.
    """

    text: float = 1e-6
    f32: float = 1e-5
    f64: float = 1e-9
    absolute: float = 0.0
    line_noise: float = 1e-12


_INTEGERS = {
    Format.I8: "b",
    Format.U8: "B",
    Format.I16: "h",
    Format.U16: "H",
    Format.I32: "i",
    Format.U32: "I",
    Format.I64: "q",
    Format.U64: "Q",
}
"""Type codes of module array."""

NO_PLACE = -1
"""The column of a difference that lies nowhere in particular."""

Place = tuple[int, int]
"""A token's 0-based line and index within the line."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a comparison knows beside the two texts.

    Tokens at ``unstable`` places are counted, not compared; lines that ``ignore`` matches on both
    sides are passed over.
    """

    tolerance: Tolerance = Tolerance()
    unstable: frozenset[Place] = frozenset()
    ignore: re.Pattern[bytes] | None = None


@dataclass(slots=True)
class _Tally:
    """The counts of a comparison under way."""

    numbers: int = 0
    inexact: int = 0
    worst: float = 0.0
    unstable: int = 0
    differences: int = 0
    first: Difference | None = None
    fixed: frozenset[NumberFormat] = field(default=frozenset())

    def differs(self, difference: Difference) -> None:
        self.differences += 1
        if self.first is None:
            self.first = difference

    def equal(self, a: float, b: float) -> None:
        if a != b and math.isfinite(a):
            self.inexact += 1
            self.worst = max(self.worst, _relative(a, b))

    def result(self, run: str, stream: str) -> Comparison:
        return Comparison(
            run,
            stream,
            self.numbers,
            self.inexact,
            self.worst,
            self.unstable,
            self.differences,
            self.first,
        )


def unstable_places(first: bytes, second: bytes) -> frozenset[Place]:
    """Return the places of numbers and words that differ between two runs of one program.

    Only where both runs wrote the same lines and the same number of tokens in each; otherwise the
    outputs cannot be aligned and the answer is empty.
    """
    lines, others = first.splitlines(), second.splitlines()
    if len(lines) != len(others):
        return frozenset()
    places: set[Place] = set()
    for number, (line, other) in enumerate(zip(lines, others, strict=True)):
        if line == other:
            continue
        mine, theirs = tokens_of(line), tokens_of(other)
        if len(mine) != len(theirs):
            return frozenset()
        pairs = enumerate(zip(mine, theirs, strict=True))
        places.update((number, at) for at, (a, b) in pairs if a.text != b.text)
    return frozenset(places)


def compare_text(
    expected: bytes, actual: bytes, rules: Rules = Rules(), run: str = "", stream: str = "stdout"
) -> Comparison:
    """Compare two texts by value."""
    tally = _Tally(fixed=fixed_formats(expected) if expected != actual else frozenset())
    lines, others = expected.splitlines(), actual.splitlines()
    skip: dict[int, set[int]] = {}
    for line, index in rules.unstable:
        skip.setdefault(line, set()).add(index)
    for number, (mine, theirs) in enumerate(zip(lines, others, strict=False)):
        if rules.ignore is not None and rules.ignore.search(mine) and rules.ignore.search(theirs):
            continue
        if mine == theirs and number not in skip:
            tally.numbers += count_numbers(mine)
            continue
        _compare_line(tally, number, lines, others, rules.tolerance, skip.get(number, set()))
    if len(lines) != len(others):
        tally.differs(_length_difference(lines, others))
    return tally.result(run, stream)


def compare_file(
    expected: bytes,
    actual: bytes,
    file_format: Format,
    rules: Rules = Rules(),
    run: str = "",
    stream: str = "file",
) -> Comparison:
    """Compare two files' contents as their format says.

    Raises UsageError when a file of numbers has a length that is no multiple of theirs.
    """
    chosen = resolve_format(file_format, expected)
    match chosen:
        case Format.TEXT:
            return compare_text(expected, actual, rules, run, stream)
        case Format.F32:
            tally = _elements("f", expected, actual, rules.tolerance.f32, rules.tolerance, stream)
        case Format.F64:
            tally = _elements("d", expected, actual, rules.tolerance.f64, rules.tolerance, stream)
        case _ if chosen in _INTEGERS:
            exactly = Tolerance(absolute=0.0)
            tally = _elements(_INTEGERS[chosen], expected, actual, 0.0, exactly, stream)
        case _:
            tally = _bytes(expected, actual)
    return tally.result(run, stream)


def compare_exit_codes(expected: int | None, actual: int | None, run: str = "") -> Comparison:
    """Compare two exit codes; None is a program that had to be stopped."""
    tally = _Tally(numbers=1)
    if expected != actual:
        tally.differs(Difference(0, NO_PLACE, _ending(expected), _ending(actual), "exit code"))
    return tally.result(run, "exit code")


def missing_file(expected: bytes, run: str, stream: str) -> Comparison:
    """Return the comparison with a file that was not written."""
    size = f"{len(expected)} bytes"
    first = Difference(0, NO_PLACE, size, "no file", "the program did not write it")
    return Comparison(run, stream, differences=1, first=first)


def resolve_format(file_format: Format, content: bytes) -> Format:
    """Return the format to use: AUTO looks at the content."""
    if file_format is not Format.AUTO:
        return file_format
    if b"\0" in content:
        return Format.BYTES
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return Format.BYTES
    return Format.TEXT


def numbers_equal(a: float, b: float, allowed: float) -> bool:
    """Tell whether two values are equal when finite ones may differ by ``allowed``."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return a == b or abs(a - b) <= allowed


def _compare_line(
    tally: _Tally,
    number: int,
    lines: Sequence[bytes],
    others: Sequence[bytes],
    tolerance: Tolerance,
    skip: set[int],
) -> None:
    """Compare the lines with an index; numbers at the indices ``skip`` are known to differ."""
    expected, actual = tokens_of(lines[number]), tokens_of(others[number])
    if len(expected) != len(actual):
        tally.differs(_count_difference(number + 1, expected, actual))
        return
    noise = tolerance.line_noise * _magnitude(expected) if tolerance.line_noise else 0.0
    measured = timings(lines, number, expected) & timings(others, number, actual)
    for index, (a, b) in enumerate(zip(expected, actual, strict=True)):
        if index in skip or (index in measured and a.text != b.text):
            tally.unstable += 1
        else:
            _compare_tokens(tally, number + 1, a, b, tolerance, noise)


def _compare_tokens(
    tally: _Tally, line: int, a: Token, b: Token, tolerance: Tolerance, noise: float
) -> None:
    """Compare two tokens; ``noise`` is the absolute tolerance that the whole line grants."""
    if a.value is None or b.value is None:
        if a.text != b.text:
            tally.differs(Difference(line, b.column, a.text, b.text, "words differ"))
        return
    tally.numbers += 1
    if a.text == b.text:
        return
    if a.is_integer and b.is_integer:
        if int(a.text) != int(b.text):
            tally.differs(Difference(line, b.column, a.text, b.text, "integers differ"))
        return
    allowed = max(
        noise,
        tolerance.absolute,
        tolerance.text * max(abs(a.value), abs(b.value)),
        rounding_unit(a, b, tally.fixed) * (1 + 1e-7),
    )
    if numbers_equal(a.value, b.value, allowed):
        tally.equal(a.value, b.value)
    else:
        why = _why(a.value, b.value)
        tally.differs(Difference(line, b.column, a.text, b.text, why))


def _magnitude(tokens: tuple[Token, ...]) -> float:
    """Return the largest magnitude among a line's floating-point numbers."""
    values = (t.value for t in tokens if t.value is not None and not t.is_integer)
    return max((abs(v) for v in values if math.isfinite(v)), default=0.0)


def _elements(
    code: str, expected: bytes, actual: bytes, rtol: float, tolerance: Tolerance, stream: str
) -> _Tally:
    """Compare two files of numbers; a difference's column is the element's index."""
    tally = _Tally()
    size = array(code).itemsize
    if len(expected) % size:
        raise UsageError(
            f"{stream} has {len(expected)} bytes: no whole number of {8 * size}-bit "
            f"{'floats' if code in 'fd' else 'integers'}",
            hint=f"give another format: {', '.join(Format)}",
        )
    if len(expected) != len(actual):
        tally.differs(_size_difference(expected, actual))
    mine, theirs = array(code, expected), array(code, actual[: len(actual) // size * size])
    tally.numbers = min(len(mine), len(theirs))
    if expected == actual:
        return tally
    for index, (a, b) in enumerate(zip(mine, theirs, strict=False)):
        allowed = max(tolerance.absolute, rtol * max(abs(a), abs(b)))
        if numbers_equal(a, b, allowed):
            tally.equal(a, b)
        else:
            tally.differs(Difference(0, index, repr(a), repr(b), _why(a, b)))
    return tally


def _bytes(expected: bytes, actual: bytes) -> _Tally:
    tally = _Tally()
    if expected == actual:
        return tally
    if len(expected) != len(actual):
        tally.differs(_size_difference(expected, actual))
        return tally
    for at, (a, b) in enumerate(zip(expected, actual, strict=True)):
        if a != b:
            tally.differs(Difference(0, at, f"0x{a:02x}", f"0x{b:02x}", "bytes differ"))
    return tally


def _ending(code: int | None) -> str:
    return "none: it was stopped" if code is None else str(code)


def _size_difference(expected: bytes, actual: bytes) -> Difference:
    return Difference(0, NO_PLACE, f"{len(expected)} bytes", f"{len(actual)} bytes", "size")


def _length_difference(expected: list[bytes], actual: list[bytes]) -> Difference:
    line = min(len(expected), len(actual))
    reason = f"{len(expected)} lines expected, {len(actual)} written"
    return Difference(line + 1, 1, _shown(expected, line), _shown(actual, line), reason)


def _shown(lines: list[bytes], index: int) -> str:
    if index >= len(lines):
        return "the end"
    return repr(lines[index][:60].decode("utf-8", "replace"))


def _count_difference(
    line: int, expected: tuple[Token, ...], actual: tuple[Token, ...]
) -> Difference:
    """Return the first word at which two lines of different length part."""
    at = 0
    for a, b in zip(expected, actual, strict=False):
        if a.text != b.text and None in (a.value, b.value):
            break
        at += 1
    end = Token("the end of the line", 1)
    mine, theirs = ((*side, *[end] * (at + 1))[at] for side in (expected, actual))
    reason = f"{len(expected)} words and numbers expected, {len(actual)} written"
    return Difference(line, theirs.column, mine.text, theirs.text, reason)


def _why(a: float, b: float) -> str:
    if math.isnan(a) or math.isnan(b):
        return "only one of them is a number"
    if math.isinf(a) or math.isinf(b):
        return "infinity"
    return f"relative difference {_relative(a, b):.3g}"


def _relative(a: float, b: float) -> float:
    scale = max(abs(a), abs(b))
    return abs(a - b) / scale if scale else 0.0
