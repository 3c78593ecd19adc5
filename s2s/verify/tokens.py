# SPDX-License-Identifier: Apache-2.0
"""Split the lines that programs print into numbers and words.

A number does not run into letters (``3d`` is a word), but for a unit of time (``0.25s``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<hex>     [+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?(?![\w.]) )
    | (?P<special> [+-]?(?:nan(?:\([^)\s]*\))?|inf(?:inity)?)(?!\w) )
    | (?P<number>  (?>[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)
                   (?=(?:[mun]?s(?:ecs?)?)?(?![A-Za-z_0-9])) )
    | (?P<word>    [A-Za-z_]\w* | \d\w* | \S )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TRAILING_ZERO = re.compile(rb"\d\.(\d*0)(?!\d)([eE]?)")
_DIGITS = re.compile(rb"\d[\d.]*")

TRIMMED_DECIMALS = 3
"""Up to so many decimals a number may well be a ``%g`` that lost its trailing zeros."""
DEFAULT_DIGITS = 6
"""Significant digits of ``%g`` when no precision is given."""

NumberFormat = tuple[bool, int]
"""Whether a number has an exponent, and its decimals."""


@dataclass(frozen=True, slots=True)
class Token:
    """A number or a word of a line; ``column`` is its 1-based byte column.

    ``unit`` is the value of the last printed digit, 0 for what is printed exactly (integers);
    ``format`` and ``digits`` (significant ones) tell how a floating-point number was printed.
    """

    text: str
    column: int
    value: float | None = None
    unit: float = 0.0
    format: NumberFormat = (False, 0)
    digits: int = 0

    @property
    def is_integer(self) -> bool:
        """Whether it is a number printed without a decimal point or exponent."""
        return self.value is not None and self.unit == 0.0 and math.isfinite(self.value)


def tokens_of(line: bytes) -> tuple[Token, ...]:
    """Split a line of text into numbers and words."""
    return tuple(_tokens(line.decode("latin-1")))


def count_numbers(text: bytes) -> int:
    """Return about how many numbers a text holds (quickly: for reports)."""
    return len(_DIGITS.findall(text))


def fixed_formats(text: bytes) -> frozenset[NumberFormat]:
    """Return the formats in which some number of the text ends in a zero.

    Such a number was printed with a fixed count of decimals: ``%g`` drops trailing zeros.
    """
    return frozenset((bool(m[2]), len(m[1])) for m in _TRAILING_ZERO.finditer(text))


def rounding_unit(a: Token, b: Token, fixed: frozenset[NumberFormat]) -> float:
    """Return by how much two printed numbers may differ through rounding in the last digit.

    Two values that are as good as the same may print as ``0.12`` and ``0.13`` when both have two
    decimals; but ``0.5`` and ``0.6`` out of ``%g`` stand for six digits each and do differ. The
    unit is that of the finer number (``0.5`` and ``0.500001``), and a short one is given none
    unless the text shows that its decimals are not dropped.
    """
    inexact = [token for token in (a, b) if token.unit > 0.0]
    if not inexact:
        return 0.0
    finer = min(inexact, key=lambda token: token.unit)
    digits = max(token.digits for token in inexact if token.unit == finer.unit)
    is_short = finer.format[1] <= TRIMMED_DECIMALS and digits < DEFAULT_DIGITS
    return 0.0 if is_short and finer.format not in fixed else finer.unit


def _tokens(line: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(line):
        text, column = match[0], match.start() + 1
        match match.lastgroup:
            case "number":
                yield _number(text, column)
            case "hex":
                yield _hexadecimal(text, column)
            case "special":
                yield Token(text, column, float(text.split("(")[0]))
            case _:
                yield Token(text, column)


def _number(text: str, column: int) -> Token:
    mantissa, exponent_mark, exponent = text.lower().partition("e")
    whole, point, decimals = mantissa.partition(".")
    if not point and not exponent_mark:
        return Token(text, column, float(text))
    power = int(exponent or 0) - len(decimals)
    unit = 10.0**power if -320 < power < 300 else math.ulp(0.0)
    digits = len((whole.lstrip("+-") + decimals).lstrip("0"))
    return Token(text, column, float(text), unit, (bool(exponent_mark), len(decimals)), digits)


def _hexadecimal(text: str, column: int) -> Token:
    """Return a hexadecimal integer as a word, a hexadecimal float (``%a``) as a number."""
    if "p" not in text.lower() and "." not in text:
        return Token(text, column)
    value = float.fromhex(text)
    return Token(text, column, value, math.ulp(value))
