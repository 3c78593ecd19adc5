# SPDX-License-Identifier: Apache-2.0
"""Map items, and the conditions under which their sections are valid."""

from __future__ import annotations

from collections.abc import Iterable

from s2s.analysis.assumptions import Assumption
from s2s.analysis.extents import Renderer, Section, lengths_needed
from s2s.analysis.facts import ParameterNames
from s2s.analysis.polynomial import Polynomial
from s2s.ir.plan import MapItem, MapType
from s2s.ir.types import Symbol


def map_type(*, to: bool, back: bool) -> MapType:
    """Return the map-type for the two directions."""
    if to:
        return MapType.TOFROM if back else MapType.TO
    return MapType.FROM if back else MapType.ALLOC


def map_item(
    names: ParameterNames, symbol: Symbol, section: Section | None, *, to: bool, back: bool
) -> MapItem:
    """Return a list item with its map-type."""
    return MapItem(map_type(to=to, back=back), symbol.name, Renderer(names).item(symbol, section))


def length_condition(names: ParameterNames, sections: Iterable[Section | None]) -> str:
    """Return C text that is true when no section has a negative length; empty when none can.

    A length such as ``n - 2`` is negative for small ``n``, for which the loop does not run at
    all; the device must then not be asked for a section. Sizes themselves are not negative.
    """
    renderer = Renderer(names)
    needed: dict[str, None] = {}
    for section in sections:
        if section is not None:
            needed |= dict.fromkeys(
                _is_positive(renderer, length) for length in lengths_needed(section, names)
            )
    return " && ".join(_strongest(needed))


def _is_positive(renderer: Renderer, length: Polynomial) -> str:
    """Return a test that a length is at least 1, written without subtractions."""
    positive = Polynomial(tuple((m, c) for m, c in length.terms if c > 0))
    negative = Polynomial(tuple((m, -c) for m, c in length.terms if c < 0))
    return f"{renderer.text(positive, wide=True)} > {renderer.text(negative, wide=True)}"


def _strongest(tests: Iterable[str]) -> list[str]:
    """Of several tests ``n > constant`` on one value keep the strongest."""
    bounds: dict[str, int] = {}
    others: list[str] = []
    for test in tests:
        left, right = test.split(" > ", 1)
        if right.isdigit():
            bounds[left] = max(bounds.get(left, 0), int(right))
        else:
            others.append(test)
    return [*(f"{left} > {bound}" for left, bound in bounds.items()), *others]


def assumption_text(names: ParameterNames, assumption: Assumption, *, holds: bool = True) -> str:
    """Return C text that is true exactly when an assumption holds (or when it does not)."""
    renderer = Renderer(names)
    larger = renderer.text(Polynomial.atom(assumption.larger))
    if not assumption.smaller:
        return f"{larger} {'>=' if holds else '<'} {assumption.difference}"
    smaller = renderer.text(Polynomial.atom(assumption.smaller))
    if assumption.difference <= 1:
        strict = assumption.difference == 1
        operator = (">" if strict else ">=") if holds else ("<=" if strict else "<")
        return f"{larger} {operator} {smaller}"
    # of ints only: the sum of two of them fits
    return f"{larger} {'>=' if holds else '<'} (long long){smaller} + {assumption.difference}"
