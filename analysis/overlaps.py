# SPDX-License-Identifier: Apache-2.0
"""Which variables may name memory that overlaps, as far as mapping them side by side goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from s2s.analysis.extents import Section
from s2s.analysis.facts import Facts, apart
from s2s.ir.expressions import Expr, Ref, storage_of, without_casts
from s2s.ir.types import Symbol


def overlapping(
    symbols: Iterable[Symbol],
    written: set[Symbol],
    sections: Mapping[Symbol, Section | None],
    facts: Facts,
) -> list[tuple[Symbol, Symbol]]:
    """Return the pairs of variables that cannot be mapped side by side unless a test says so.

    Two that are only read may be the same memory, if the same section of both is mapped.
    """
    ordered = sorted(symbols, key=lambda s: s.sort_key)
    return [
        (first, second)
        for i, first in enumerate(ordered)
        for second in ordered[i + 1 :]
        if not apart(first, second, facts)
        and not (
            first not in written
            and second not in written
            and sections.get(first) == sections.get(second)
            and _same_or_apart(first, second, facts)
        )
    ]


def _same_or_apart(first: Symbol, second: Symbol, facts: Facts) -> bool:
    """Whether two parameters are equal in every call, or else name memory that is apart."""
    aliases = facts.aliases
    function = aliases.owner(first)
    if function is None or aliases.owner(second) is not function:
        return False
    positions = {p.symbol: i for i, p in enumerate(function.parameters)}
    if not {first, second} <= positions.keys() or not aliases.all_calls_known(function):
        return False
    if any(f.has_errors for f in facts.program.functions):
        return False  # calls may have been left out
    if not all(aliases.keeps_its_value(s) for s in (first, second)):
        return False
    one, two = positions[first], positions[second]
    return all(
        max(one, two) < len(call.arguments)
        and _arguments_same_or_apart(call.arguments[one], call.arguments[two], facts)
        for _, call in aliases.calls_of(function)
    )


def _arguments_same_or_apart(first: Expr, second: Expr, facts: Facts) -> bool:
    one, two = storage_of(first), storage_of(second)
    if one is None or two is None:
        return False
    if one is two:
        return isinstance(without_casts(first), Ref) and isinstance(without_casts(second), Ref)
    return apart(one, two, facts)
