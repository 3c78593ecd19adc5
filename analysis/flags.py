# SPDX-License-Identifier: Apache-2.0
"""Conditions on parameters that decide whether an array is used at all, ``mode == 1``.

They come as isl sets and become C text, which has to mean the same: comparisons of a parameter
with a constant, or of two parameters, joined by "and" and "or". Nothing is computed that could
overflow. The length of a section is multiplied by it, ``map(to: w[0:(mode == 1) * n])``: no bytes
are mapped where the array is not used (OpenMP 5.2, 5.8.3: zero-length array sections).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import islpy as isl

_MOST = 4
"""A condition with more alternatives, or comparisons in one, is nothing that people would read."""


@dataclass(frozen=True, slots=True, order=True)
class Comparison:
    """``left op right`` for a parameter and a constant or another parameter."""

    left: str
    operator: str
    right: str | int


@dataclass(frozen=True, slots=True)
class Flag:
    """Alternatives, each a conjunction of comparisons."""

    alternatives: tuple[tuple[Comparison, ...], ...]

    @property
    def atoms(self) -> frozenset[str]:
        """The parameters that it mentions."""
        out: set[str] = set()
        for comparison in (c for one in self.alternatives for c in one):
            out.add(comparison.left)
            out |= {comparison.right} if isinstance(comparison.right, str) else set()
        return frozenset(out)


def flag_of(wanted: isl.Set, always: isl.Set) -> Flag | None:
    """Return the condition for ``wanted`` where ``always`` holds anyway; None when it is none.

    Both are sets of parameter values.
    """
    alternatives = _conjunctions(wanted.coalesce().gist(always).coalesce())
    if not alternatives or not all(alternatives):
        return None
    return Flag(_joined(alternatives))


def _joined(alternatives: list[tuple[Comparison, ...]]) -> tuple[tuple[Comparison, ...], ...]:
    """Write ``x <= c - 1 || x >= c + 1`` as ``x != c``, and ``x > y || y > x`` as ``x != y``."""
    out = sorted(alternatives, key=str)
    for low, high in permutations(alternatives, 2):
        match low, high:
            case (Comparison(x, "<=", int(a)),), (Comparison(y, ">=", int(b)),) if (
                x == y and a + 2 == b
            ):
                joined = Comparison(x, "!=", a + 1)
            case (Comparison(x, ">", str(a)),), (Comparison(y, ">", str(b)),) if x < a and (
                x,
                a,
            ) == (b, y):
                joined = Comparison(x, "!=", a)
            case _:
                continue
        out.remove(low)
        out[out.index(high)] = (joined,)
    return tuple(out)


def _conjunctions(values: isl.Set) -> list[tuple[Comparison, ...]] | None:
    """Return a set as alternatives, None when it is not made of plain comparisons."""
    out = []
    parts = values.get_basic_sets()
    if len(parts) > _MOST:
        return None
    for part in parts:
        comparisons = [_comparison(constraint) for constraint in part.get_constraints()]
        if len(comparisons) > _MOST or part.dim(isl.dim_type.div):
            return None
        known = [c for c in comparisons if c is not None]
        if len(known) < len(comparisons):
            return None
        out.append(tuple(sorted(known, key=str)))
    return out


def _comparison(constraint: isl.Constraint) -> Comparison | None:
    """Return a constraint on one parameter, or on the order of two."""
    terms: list[tuple[str, int]] = []
    for position in range(constraint.dim(isl.dim_type.param)):
        value = constraint.get_coefficient_val(isl.dim_type.param, position).to_python()
        if value:
            name = constraint.get_dim_name(isl.dim_type.param, position)
            terms.append((str(name), value))
    constant = constraint.get_constant_val().to_python()
    if any("__" in name or abs(value) != 1 for name, value in terms):
        return None
    equal = constraint.is_equality()
    match terms:
        case [(name, sign)]:
            operator = "==" if equal else ">=" if sign > 0 else "<="
            return Comparison(name, operator, -constant * sign)
        case [(first, 1), (second, -1)] | [(second, -1), (first, 1)]:
            if constant == 0:
                return Comparison(first, "==" if equal else ">=", second)
            if constant == -1 and not equal:
                return Comparison(first, ">", second)
    return None
