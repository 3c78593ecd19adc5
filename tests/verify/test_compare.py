# SPDX-License-Identifier: Apache-2.0
"""Outputs are compared by value: what must be equal, what must not."""

from __future__ import annotations

import re
from array import array

import pytest
from hypothesis import given, strategies as st

from s2s.errors import UsageError
from s2s.verify.base import Comparison
from s2s.verify.compare import (
    Format,
    Rules,
    Tolerance,
    compare_exit_codes,
    compare_file,
    compare_text,
    unstable_places,
)
from s2s.verify.tokens import tokens_of


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("x = 1.000000", "x = 1.000001"),  # one unit in the last digit
        ("0.12 0.50", "0.13 0.50"),  # %.2f, as the zero of 0.50 shows
        ("1.2345678e+05", "1.2345679e+05"),
        ("123456.789012", "123456.789100"),  # relative 1e-6
        ("0.5", "0.500001"),  # %g
        ("10", "9.99999"),  # %g
        ("1e-07", "1.00001e-07"),  # %g
        ("-0.00", "0.00"),
        ("nan", "-nan"),
        ("inf", "inf"),
        ("a   b\t1", "a b 1"),
        ("1.0 1.0 3.1e-17", "1.0 1.0 -2.2e-17"),  # the noise of a difference
        ("0x1.8p+1", "0x1.8p+1"),
        ("x=1.5,y=2.5", "x=1.5,y=2.5000001"),
        ("line\r\n", "line\n"),
    ],
)
def test_equal(expected: str, actual: str) -> None:
    comparison = compare_text(expected.encode(), actual.encode())
    assert comparison.equal, str(comparison)


@pytest.mark.parametrize(
    ("expected", "actual", "reason"),
    [
        ("59400", "59401", "integers differ"),
        ("n = 10.", "n = 11.", "integers differ"),
        ("0.5", "0.6", "relative"),  # %g: both have six digits
        ("4.25", "4.26", "relative"),
        ("1.5e+10", "1.6e+10", "relative"),
        ("0.12 0.50", "0.14 0.50", "relative"),
        ("1.0", "nan", "number"),
        ("nan", "0.0", "number"),
        ("0", "nan", "number"),
        ("inf", "-inf", "infinity"),
        ("inf", "1e308", "infinity"),
        ("1.0 2.0", "1.0", "words and numbers"),
        ("done", "fail", "words differ"),
        ("a1", "a2", "words differ"),
        ("0xff", "0xfe", "words differ"),
        ("1\n2\n", "1\n", "2 lines expected, 1 written"),
        ("1\n", "1\n2\n", "1 lines expected, 2 written"),
        ("1\n\n2", "1\n2", "words and numbers"),
        ("3.1e-17", "-2.2e-17", "relative"),
        ("1e-300", "0.0", "relative"),
        ("0.1", "0", "relative"),
        ("1e-05", "0", "relative"),
        ("18446744073709551615", "18446744073709551614", "integers differ"),
    ],
)
def test_not_equal(expected: str, actual: str, reason: str) -> None:
    comparison = compare_text(expected.encode(), actual.encode())
    assert not comparison.equal
    assert comparison.first is not None and reason in comparison.first.reason


def test_first_difference_is_told_with_line_and_column_and_both_values() -> None:
    comparison = compare_text(b"ok 1\nsum 2.5 x 7\n", b"ok 1\nsum 2.75 x 8\n", run="device")
    first = comparison.first
    assert first is not None
    assert (first.line, first.column, first.expected, first.actual) == (2, 5, "2.5", "2.75")
    assert comparison.differences == 2
    assert str(comparison) == (
        "device: stdout differs: line 2, column 5: expected 2.5, got 2.75 "
        "(relative difference 0.0909) and 1 more"
    )


def test_column_counts_bytes() -> None:
    first = compare_text("größe 1".encode(), "größe 2".encode()).first
    assert first is not None and first.column == 9


def test_values_equal_only_within_the_tolerance_are_counted() -> None:
    comparison = compare_text(b"1.0000000 2.0", b"1.0000004 2.0")
    assert (comparison.equal, comparison.numbers, comparison.inexact) == (True, 2, 1)
    assert 3e-7 < comparison.worst < 5e-7


def test_tolerances_can_be_set() -> None:
    strict = Rules(Tolerance(text=0.0, line_noise=0.0))
    loose = Rules(Tolerance(absolute=0.5))
    assert not compare_text(b"1.00000001 1e-20", b"1.00000001 1e-21", strict).equal
    assert compare_text(b"1.5", b"1.9", loose).equal
    assert not compare_text(b"1", b"2", loose).equal


def test_unstable_values_are_left_out_but_counted() -> None:
    first, second = b"n 5 time 0.31 s\n", b"n 5 time 0.87 s\n"
    places = unstable_places(first, second)
    assert len(places) == 1
    comparison = compare_text(first, b"n 5 time 9.1 s\n", Rules(unstable=places))
    assert (comparison.equal, comparison.unstable, comparison.numbers) == (True, 1, 1)
    assert not compare_text(first, b"n 6 time 0.31 s\n", Rules(unstable=places)).equal


def test_outputs_that_cannot_be_aligned_have_no_unstable_values() -> None:
    assert unstable_places(b"1\n2\n", b"1\n") == frozenset()
    assert unstable_places(b"1 2\n", b"1\n") == frozenset()


def test_ignored_lines_are_passed_over_only_if_both_match() -> None:
    rules = Rules(ignore=re.compile(rb"^Time"))
    assert compare_text(b"Time 1\n7\n", b"Time 2\n7\n", rules).equal
    assert not compare_text(b"Time 1\n", b"Sum 1\n", rules).equal


@pytest.mark.parametrize(("kind", "off"), [(Format.F32, 1e-6), (Format.F64, 1e-10)])
def test_binary_floats_have_the_tolerance_of_their_type(kind: Format, off: float) -> None:
    code = "f" if kind is Format.F32 else "d"
    mine = array(code, [1.0, 2.0, float("nan")])
    near = array(code, [1.0, 2.0 + off, float("nan")])
    far = array(code, [1.0, 2.0 + 1000 * off, float("nan")])
    assert compare_file(mine.tobytes(), near.tobytes(), kind).equal
    comparison = compare_file(mine.tobytes(), far.tobytes(), kind)
    assert comparison.first is not None and comparison.first.column == 1
    not_a_number = array(code, [1.0, float("nan"), float("nan")])
    assert not compare_file(mine.tobytes(), not_a_number.tobytes(), kind).equal
    assert not compare_file(mine.tobytes(), mine.tobytes()[:-1], kind).equal


def test_binary_floats_of_a_wrong_size_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no whole number of 64-bit floats"):
        compare_file(b"12345", b"12345", Format.F64)


def test_binary_files_are_compared_byte_by_byte_unless_told() -> None:
    mine = array("d", [1.0, 2.0]).tobytes()
    comparison = compare_file(mine, mine[:-1] + b"\x41", Format.AUTO)
    assert comparison.first is not None
    assert (comparison.first.column, comparison.first.reason) == (15, "bytes differ")
    assert compare_file(b"1.0000000", b"1.0000001", Format.AUTO).equal
    assert not compare_file(b"1.0000000", b"1.0000001", Format.BYTES).equal
    assert not compare_file(b"\xff\x01", b"\xff", Format.AUTO).equal


def test_exit_codes_are_compared() -> None:
    assert compare_exit_codes(3, 3).equal
    assert not compare_exit_codes(0, -11).equal
    assert not compare_exit_codes(0, None).equal


@given(st.lists(st.floats(width=64), max_size=5), st.sampled_from(["%.3f", "%g", "%.17e", "%a"]))
def test_what_was_printed_equals_itself(values: list[float], form: str) -> None:
    def shown(value: float) -> str:
        return value.hex() if form == "%a" else form % value

    text = " ".join(map(shown, values)).encode()
    assert _without_fast_path(text, text).equal


@given(st.floats(1e-3, 1e6), st.sampled_from(["%.3f", "%.6e", "%.10g"]))
def test_a_value_that_is_one_percent_off_is_found(value: float, form: str) -> None:
    wrong = value * 1.01 if value > 1 else value + 0.01
    assert not _without_fast_path((form % value).encode(), (form % wrong).encode()).equal


@given(st.binary(max_size=60))
def test_tokens_lie_where_they_say(line: bytes) -> None:
    for token in tokens_of(line):
        at = token.column - 1
        assert line[at : at + len(token.text)] == token.text.encode("latin-1")


def _without_fast_path(expected: bytes, actual: bytes) -> Comparison:
    """Compare so that equal lines are split into tokens too."""
    return compare_text(expected, actual, Rules(unstable=frozenset({(0, 999)})))
