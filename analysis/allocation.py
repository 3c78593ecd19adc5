# SPDX-License-Identifier: Apache-2.0
"""Lengths of allocations and declared arrays, as polynomials in elements."""

from __future__ import annotations

from s2s.analysis.facts import Effects, Facts
from s2s.analysis.nest import Nest
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.program import Call, Cast, Expr, Function
from s2s.ir.types import Symbol

_SIZE_ARGUMENTS = {"malloc": (0,), "calloc": (0, 1), "aligned_alloc": (1,), "valloc": (0,)}


def allocation_length(function: Function, symbol: Symbol, facts: Facts) -> Polynomial | None:
    """Return the number of elements that a pointer's only allocation holds.

    For a parameter it is the length in its declaration. None when the pointer has more than one
    source, or when the size is not a multiple of the element size that can be read off the call.
    """
    declared = _declared_length(function, symbol, facts)
    if declared is not None:
        return declared
    source = facts.aliases.single_source(symbol)
    while isinstance(source, Cast):
        source = source.operand
    if not isinstance(source, Call) or source.name not in _SIZE_ARGUMENTS:
        return None
    element = symbol.type.element
    if element is None or element.size <= 0:
        return None
    reader = ValueReader(Nest(function, function.body), Effects(), facts)
    total = Polynomial.constant_of(1)
    for position in _SIZE_ARGUMENTS[source.name]:
        if position >= len(source.arguments):
            return None
        value = _value(reader, source.arguments[position])
        if value is None:
            return None
        total = total * value
    if any(c % element.size for _, c in total.terms):
        return None
    return Polynomial(tuple((m, c // element.size) for m, c in total.terms))


def _declared_length(function: Function, symbol: Symbol, facts: Facts) -> Polynomial | None:
    """Return the length that a parameter is declared with, as in ``double a[n]``."""
    for parameter in function.parameters:
        dimensions, element = 1, symbol.type.element
        while element is not None and element.is_array:
            dimensions, element = dimensions + 1, element.element
        if parameter.symbol is not symbol or len(parameter.shape) != dimensions:
            continue  # in double (*a)[m] only the inner dimension is declared
        if parameter.shape[0] is not None:
            reader = ValueReader(Nest(function, function.body), Effects(), facts)
            return _value(reader, parameter.shape[0])
    return None


def _value(reader: ValueReader, expression: Expr) -> Polynomial | None:
    try:
        return reader.value(expression)
    except NotAffine:
        return None
