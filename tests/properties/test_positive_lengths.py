# SPDX-License-Identifier: Apache-2.0
"""That a kernel which has iterations has no empty section, against brute force."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings, strategies as st

from s2s.analysis.device_functions import is_positive_with
from s2s.analysis.polynomial import Polynomial

ATOMS = ("n", "m", "k")
VALUES = range(-3, 9)

monomials = st.sampled_from([(), ("n",), ("m",), ("k",), ("m", "n"), ("n", "n"), ("k", "n")])
polynomials = st.dictionaries(monomials, st.integers(-4, 4), max_size=4).map(Polynomial.of)
counts = st.lists(
    st.one_of(
        polynomials,
        st.builds(
            lambda atom, other, offset: (
                Polynomial.atom(atom) - Polynomial.atom(other) - Polynomial.constant_of(offset)
            ),
            st.sampled_from(ATOMS),
            st.sampled_from(ATOMS),
            st.integers(-3, 3),
        ),
        st.builds(
            lambda atom, offset: Polynomial.atom(atom) - Polynomial.constant_of(offset),
            st.sampled_from(ATOMS),
            st.integers(-3, 3),
        ),
    ),
    max_size=3,
)


def value(polynomial: Polynomial, at: dict[str, int]) -> int:
    """Return what a polynomial is worth."""
    return polynomial.substitute({a: Polynomial.constant_of(v) for a, v in at.items()}).constant


@given(polynomials, counts)
@settings(max_examples=300, deadline=None)
def test_what_is_said_to_be_positive_is(length: Polynomial, trips: list[Polynomial]) -> None:
    if not is_positive_with(length, trips):
        return
    for values in product(VALUES, repeat=len(ATOMS)):
        at = dict(zip(ATOMS, values, strict=True))
        if all(value(trip, at) >= 1 for trip in trips):
            assert value(length, at) >= 1, at


def test_what_stencils_need_is_found() -> None:
    n, m = Polynomial.atom("n"), Polynomial.atom("m")
    two = Polynomial.constant_of(2)
    assert is_positive_with(n - two, [n - two])
    assert is_positive_with(n, [n - two])
    assert is_positive_with((n - two) * m + m - two, [n - two, m - two])
    assert is_positive_with(n * m - two * m - two, [n - two, m - two])
    assert is_positive_with(n * m - two * m - m, [n - two, m - two]) is False
    assert is_positive_with(n - two - two, [n - two]) is False
    assert is_positive_with(m, [n]) is False
