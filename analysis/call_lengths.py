# SPDX-License-Identifier: Apache-2.0
"""Lengths of the arrays that a function is given, from the calls of it.

Only for functions whose every call is a direct call in this file, and only when all calls agree:
a section that is wider than the array is an error at run time, a narrower one misses accesses.
"""

from __future__ import annotations

from collections.abc import Callable

from s2s.analysis.facts import Effects, Facts
from s2s.analysis.nest import Nest
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.expressions import without_casts
from s2s.ir.program import Call, Expr, Function, Ref
from s2s.ir.types import Symbol, SymbolKind

LengthOf = Callable[[Function, Symbol, Facts], Polynomial | None]


def length_at_calls(
    function: Function, symbol: Symbol, facts: Facts, length_of: LengthOf
) -> Polynomial | None:
    """Return the length of a parameter in terms of the function's other parameters.

    ``length_of`` tells the lengths of the variables that callers pass.
    """
    calls = facts.aliases.calls_of(function)
    if not calls or not facts.aliases.all_calls_known(function):
        return None
    if any(f.has_errors for f in facts.program.functions):
        return None  # calls may have been left out
    if function.is_variadic or not _is_as_passed(function, symbol, facts):
        return None
    lengths = {_at_call(function, symbol, caller, call, facts, length_of) for caller, call in calls}
    return lengths.pop() if len(lengths) == 1 else None


def _is_as_passed(function: Function, symbol: Symbol, facts: Facts) -> bool:
    """Whether a parameter keeps the value that the caller gave it."""
    return not facts.assignment_count(function, symbol) and not facts.aliases.address_taken(symbol)


def _at_call(
    function: Function,
    symbol: Symbol,
    caller: Function,
    call: Call,
    facts: Facts,
    length_of: LengthOf,
) -> Polynomial | None:
    """Return the length of what one call passes, in terms of the callee's parameters."""
    position = next(i for i, p in enumerate(function.parameters) if p.symbol is symbol)
    if len(call.arguments) != len(function.parameters):
        return None
    length = _length_of_argument(call.arguments[position], symbol, caller, facts, length_of)
    if length is None or not length.atoms:
        return length
    names: dict[str, Polynomial] = {}
    for parameter, argument in zip(function.parameters, call.arguments, strict=True):
        found = _difference(function, parameter.symbol, caller, argument, facts)
        if found is not None and found[0] not in names:
            names[found[0]] = found[1]
    unknown = {a for a in length.atoms if facts.parameters.get(a).value is None} - names.keys()
    return None if unknown else length.substitute(names)


def _length_of_argument(
    argument: Expr, symbol: Symbol, caller: Function, facts: Facts, length_of: LengthOf
) -> Polynomial | None:
    """Return the length of the array or allocation that an argument is the beginning of."""
    argument = without_casts(argument)
    if not isinstance(argument, Ref):
        return None
    passed, element = argument.symbol, symbol.type.element
    theirs = passed.type.element
    if element is None or theirs is None or element.size <= 0 or element.size != theirs.size:
        return None
    if passed.type.is_array and passed.kind is not SymbolKind.PARAMETER:
        extent = passed.type.extent
        return None if extent is None else Polynomial.constant_of(extent)
    if not passed.type.is_pointer or passed.is_global:
        return None  # a global pointer may not be set yet
    if passed.kind is SymbolKind.PARAMETER and not _is_as_passed(caller, passed, facts):
        return None
    return length_of(caller, passed, facts)


def _difference(
    function: Function, symbol: Symbol, caller: Function, argument: Expr, facts: Facts
) -> tuple[str, Polynomial] | None:
    """Return a parameter of the caller, and its value in terms of one of the callee's.

    For an argument ``n + 2`` that is ``n`` and ``symbol - 2``.
    """
    if not _is_as_passed(function, symbol, facts) or not _passes_unchanged(argument, symbol):
        return None
    try:
        value = _reader(caller, facts).value(argument)
        mine = _reader(function, facts).value(Ref(symbol.span, symbol.type, symbol))
    except NotAffine:
        return None
    atoms = sorted(value.atoms)
    if len(atoms) != 1 or value.degree != 1:
        return None
    offset = Polynomial.constant_of(value.constant)
    if value - offset != Polynomial.atom(atoms[0]):
        return None
    return atoms[0], mine - offset


def in_callers_terms(
    value: Polynomial, function: Function, caller: Function, call: Call, facts: Facts
) -> Polynomial | None:
    """Return a value over a function's parameters in terms of what one call passes for them.

    None where it mentions anything else, or a parameter that the function changes.
    """
    values: dict[str, Polynomial] = {}
    for atom in value.atoms:
        known = facts.parameters.get(atom)
        if known.value is not None:
            continue  # a constant means the same everywhere
        position = next(
            (
                i for i, p in enumerate(function.parameters)
                if isinstance(known.expression, Ref) and p.symbol is known.expression.symbol
            ),
            None,
        )  # fmt: skip
        if position is None or position >= len(call.arguments):
            return None
        taken, argument = function.parameters[position].symbol, call.arguments[position]
        if not _is_as_passed(function, taken, facts) or not _passes_unchanged(argument, taken):
            return None
        try:
            values[atom] = _reader(caller, facts).value(argument)
        except NotAffine:
            return None
    return value.substitute(values)


def _passes_unchanged(argument: Expr, taken: Symbol) -> bool:
    """Whether the conversion of an argument to a parameter's type keeps every size."""
    given = argument.type
    if not taken.type.is_integer or given.size > taken.type.size or taken.type.size < 4:
        return False
    return given.size < taken.type.size or given.signed == taken.type.signed


def _reader(function: Function, facts: Facts) -> ValueReader:
    return ValueReader(Nest(function, function.body), Effects(), facts)
