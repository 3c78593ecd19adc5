# SPDX-License-Identifier: Apache-2.0
"""Whether code elsewhere may know where a function's own memory lies."""

from __future__ import annotations

from collections.abc import Callable

from s2s.analysis.facts import Facts, apart, base_variable
from s2s.ir.program import (
    Assign,
    Call,
    DeclStmt,
    Expr,
    Function,
    Ref,
    all_expressions,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol, TypeKind


def escapes(symbol: Symbol, function: Function, facts: Facts) -> bool:
    """Whether a pointer to a variable's memory may be stored, or be handed to unknown code.

    ``symbol`` is an array or pointer of the function; copies of its value in other variables
    count as well. What the function returns is of no account while it runs.
    """

    def mine(expression: Expr) -> bool:
        root = base_variable(expression)
        return root is not None and (root is symbol or not apart(root, symbol, facts))

    for stmt in walk_statements(function.body):
        if isinstance(stmt, DeclStmt):
            for variable in stmt.variables:
                kept = variable.symbol.type.kind in (TypeKind.STRUCT, TypeKind.UNION)
                kept |= variable.symbol.type.is_array or variable.symbol.is_global
                value = variable.initializer
                if kept and value is not None and _holds(value, mine):
                    return True
    for expression in all_expressions(function.body):
        match expression:
            case Assign(target=target, value=value) if _is_address(value):
                local = isinstance(target, Ref) and not target.symbol.is_global
                if not local and mine(value):
                    return True
            case Call():
                if _keeps(expression, facts) and any(
                    _is_address(a) and mine(a) for a in expression.arguments
                ):
                    return True
            case _:
                pass
    return False


def _is_address(expression: Expr) -> bool:
    return expression.type.is_pointer or expression.type.is_array


def _holds(initializer: Expr, mine: Callable[[Expr], bool]) -> bool:
    """Whether an initializer of an aggregate holds such an address."""
    return any(_is_address(e) and mine(e) for e in walk_expression(initializer))


def _keeps(call: Call, facts: Facts) -> bool:
    """Whether a callee may keep an address that it is given."""
    summaries = facts.summaries
    if summaries.of_call(call).unknown or call.callee is None:
        return True
    return any(
        _stores_addresses(function, facts)
        for callee in summaries.reachable(call.callee)
        if (function := summaries.function(callee)) is not None
    )


def _stores_addresses(function: Function, facts: Facts) -> bool:
    for expression in all_expressions(function.body):
        match expression:
            case Assign(target=target, value=value) if _is_address(value):
                if not isinstance(target, Ref) or target.symbol.is_global:
                    return True
            case Call() if facts.summaries.of_call(expression).unknown:
                return True
            case _:
                pass
    return False
