# SPDX-License-Identifier: Apache-2.0
"""Which calls in a nest are read through: the callee's body as if it stood in place of the call.

A callee is described by its own accesses then, rather than by the arguments whose pointees it may
touch: ``relax(&u[i], h)`` touches ``u[i - 1]`` to ``u[i + 1]``, not all of ``u``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from s2s.analysis.facts import Effects, Facts, effects_of
from s2s.analysis.nest import NestLoop, trip_count
from s2s.ir.program import (
    Call,
    DeclStmt,
    Expr,
    For,
    Function,
    Goto,
    Label,
    OpaqueStmt,
    Return,
    Stmt,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind, TypeKind

MOST_STATEMENTS = 400
"""A nest that has become longer than this reads through no further call."""
_FEW_ITERATIONS = 256
"""A loop around a call with fewer iterations leaves the parallel work to the callee's loops."""


class CannotReadThrough(Exception):
    """A body that is not known well enough in its caller's terms."""


def readable_callee(call: Call, facts: Facts) -> Function | None:
    """Return the function that a call runs, if its body says more than its summary."""
    if call.callee is None:
        return None
    function = facts.summaries.function(call.callee)
    if function is None or function.is_variadic or function.has_errors:
        return None
    summary = facts.summaries.of_call(call)
    if summary.unknown or summary.io or summary.exits:
        return None
    if not (summary.reads or summary.writes or summary.global_reads or summary.global_writes):
        return None
    if len(call.arguments) != len(function.parameters):
        return None
    if facts.summaries.is_recursive(function.symbol):
        return None
    return function if _is_plain(function) else None


def _is_plain(function: Function) -> bool:
    statements = list(walk_statements(function.body))
    references = any(p.symbol.type.kind is TypeKind.REFERENCE for p in function.parameters)
    statics = (
        v.symbol.kind is SymbolKind.STATIC_LOCAL
        for s in statements if isinstance(s, DeclStmt) for v in s.variables
    )  # fmt: skip
    odd = any(isinstance(s, (Goto, Label, OpaqueStmt, While)) for s in statements)
    return len(statements) <= MOST_STATEMENTS and not (odd or references or any(statics))


def leaves_early(function: Function) -> bool:
    """Whether a function returns anywhere but at its end."""
    returns = [s for s in walk_statements(function.body) if isinstance(s, Return)]
    last = function.body.body[-1] if function.body.body else None
    return any(s is not last for s in returns)


def is_for_the_callee(loops: list[NestLoop], function: Function) -> bool:
    """Whether the loops around a call are so short that the callee's own are to be parallel."""
    if not any(isinstance(s, For) for s in walk_statements(function.body)):
        return False
    product = 1
    for loop in loops:
        count = trip_count(loop)
        if count is None or not count.is_constant:
            return False
        product *= max(1, count.constant)
    return product < _FEW_ITERATIONS


def with_called_bodies(root: Stmt, effects: Effects, facts: Facts) -> tuple[Effects, set[Symbol]]:
    """Return effects with the assignments inside of what ``root`` calls, and whose they are.

    The symbols are the parameters and variables of the functions that may be read through.
    """
    functions = {f.symbol: f for f in _called(root, facts)}
    if not functions:
        return effects, set()
    out = replace(effects, assignments=dict(effects.assignments), declared=set(effects.declared))
    own: set[Symbol] = set()
    for function in functions.values():
        inner = effects_of(function.body, facts)
        parameters = {p.symbol for p in function.parameters}
        own |= parameters | inner.declared
        for symbol in parameters | inner.declared:
            times = inner.assignments.get(symbol, 0) + (symbol in parameters)
            if times:
                out.assignments[symbol] = times
        out.declared |= parameters | inner.declared
    return out, own


def _called(root: Stmt, facts: Facts) -> Iterator[Function]:
    """Yield the functions that may be read through, those that they call included."""
    pending: list[Stmt] = [root]
    seen: set[Symbol] = set()
    while pending:
        for expression in all_expressions(pending.pop()):
            if not isinstance(expression, Call) or expression.callee in seen:
                continue
            function = readable_callee(expression, facts)
            if function is not None:
                seen.add(function.symbol)
                pending.append(function.body)
                yield function


def is_flattened(argument: Expr, subscripts: int) -> bool:
    """Whether a callee is given a declared array of several dimensions as if it had only one."""
    pointee = argument.type.element
    is_row = argument.type.is_array or (pointee is not None and pointee.is_array)
    return subscripts > 1 and not is_row
