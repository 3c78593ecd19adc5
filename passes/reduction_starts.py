# SPDX-License-Identifier: Apache-2.0
"""Whether the built-in reduction of a minimum or maximum gives what the serial loop does.

Its private copies start from the largest finite number (OpenMP 5.2, table 5.11, as clang has it),
which is not neutral: a maximum that starts from -infinity, over no elements or over infinities,
comes out finite. Where the variable is not known to start from a finite number, a reduction is
declared whose copies start from what is neutral: an infinity, or for fmin and fmax a NaN.
"""

from __future__ import annotations

from math import isfinite

from s2s.analysis.facts import base_variable
from s2s.analysis.manager import Analyses
from s2s.ir.plan import ReductionItem
from s2s.ir.program import (
    Assign,
    Call,
    Cast,
    DeclStmt,
    Expr,
    ExprStmt,
    FloatLiteral,
    For,
    Function,
    IntLiteral,
    Stmt,
    Unary,
    all_expressions,
)
from s2s.ir.types import Symbol, TypeKind

_LARGEST = {4: 3.4e38, 8: 1.7e308}


def with_start(
    item: ReductionItem, symbol: Symbol, function: Function, stmt: For, analyses: Analyses
) -> ReductionItem:
    """Return the item, as a declared reduction where the built-in one may differ."""
    element = symbol.type.scalar_element
    if item.operator not in ("min", "max") or element.kind is not TypeKind.FLOATING:
        return item
    if symbol.type.is_scalar and _starts_finite(symbol, function, stmt, analyses):
        return item
    names = {4: "float", 8: "double"}
    ctype = names.get(element.size, "long double")
    return ReductionItem(item.operator, item.item, ctype, by_call=_is_by_call(symbol, stmt))


def _is_by_call(symbol: Symbol, stmt: For) -> bool:
    """Whether the loop updates the variable with fmin or fmax."""
    return any(
        isinstance(e, Call)
        and e.name.startswith(("fmin", "fmax"))
        and any(base_variable(a) is symbol for a in e.arguments)
        for e in all_expressions(stmt)
    )


def _starts_finite(symbol: Symbol, function: Function, stmt: For, analyses: Analyses) -> bool:
    """Whether every value that reaches the loop from outside is a finite constant."""
    flow = analyses.control_flow(function)
    inside = flow.nodes_of(stmt)
    reaching = analyses.cached(("reaching", function), flow.reaching_definitions)
    entries = [n for n in inside if any(p not in inside for p in flow.graph.predecessors(n))]
    sources = {
        flow.event(source).stmt
        for node in entries
        for source, location in reaching[node]
        if location is symbol and source not in inside
    }
    largest = _LARGEST.get(symbol.type.size, 1.7e308)
    return bool(sources) and all(_assigns_finite(s, symbol, largest) for s in sources)


def _assigns_finite(stmt: Stmt | None, symbol: Symbol, largest: float) -> bool:
    match stmt:
        case DeclStmt(variables=variables):
            values = [v.initializer for v in variables if v.symbol is symbol]
            return bool(values) and all(_is_finite(v, largest) for v in values)
        case ExprStmt(expression=Assign(op="", target=target, value=value)):
            return getattr(target, "symbol", None) is symbol and _is_finite(value, largest)
        case _:
            return False


def _is_finite(expression: Expr | None, largest: float) -> bool:
    match expression:
        case IntLiteral():
            return True
        case FloatLiteral(text=text):
            try:
                value = float(text.rstrip("fFlL")) if "x" not in text.lower() else None
            except ValueError:
                return False
            return value is not None and isfinite(value) and abs(value) <= largest
        case Unary(op="-" | "+", operand=operand) | Cast(operand=operand):
            return _is_finite(operand, largest)
        case _:
            return False
