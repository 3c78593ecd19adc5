# SPDX-License-Identifier: Apache-2.0
"""Which variables a name means at a place, and what has surely been executed before it."""

from __future__ import annotations

from itertools import pairwise

from s2s.analysis.facts import Facts
from s2s.ir.program import (
    Assign,
    Compound,
    DeclStmt,
    ExprStmt,
    For,
    Function,
    Ref,
    Stmt,
    walk_statements,
)
from s2s.ir.types import Symbol


def path_to(function: Function, stmt: Stmt) -> list[Stmt]:
    """Return the statements from the body of a function down to one of its own, ends included."""
    path: list[Stmt] = [function.body]
    while path[-1] is not stmt:
        inner = next((c for c in path[-1].children if c.span.contains(stmt.span)), None)
        if inner is None:
            return path  # a part of the last one's own expressions
        path.append(inner)
    return path


def sees(function: Function, stmt: Stmt, symbol: Symbol) -> bool:
    """Whether a variable's name means that variable right before a statement of a function."""
    meant: Symbol | None = None
    for parameter in function.parameters:
        if parameter.symbol.name == symbol.name:
            meant = parameter.symbol
    for before in _before(function, stmt):
        if isinstance(before, DeclStmt):
            if symbol.name in before.constants:
                return False
            for variable in before.variables:
                if variable.symbol.name == symbol.name:
                    meant = variable.symbol
    if meant is None:
        return symbol.is_global and _is_declared_before(function, symbol)
    return meant is symbol


def sees_throughout(function: Function, symbol: Symbol) -> bool:
    """Whether the name of a variable at file scope means it all over a function."""
    own = {p.symbol.name for p in function.parameters}
    for stmt in walk_statements(function.body):
        if isinstance(stmt, DeclStmt):
            own |= {v.symbol.name for v in stmt.variables} | stmt.constants
    return symbol.name not in own and _is_declared_before(function, symbol)


def _is_declared_before(function: Function, symbol: Symbol) -> bool:
    return not symbol.in_main_file or symbol.span.begin < function.span.begin


def is_set_before(function: Function, stmt: Stmt, symbol: Symbol, facts: Facts) -> bool:
    """Whether a pointer's only value is surely assigned before a statement of its function.

    That of a parameter is; a variable of another function is not asked about.
    """
    if facts.aliases.owner(symbol) is not function or symbol.is_global:
        return False
    if any(p.symbol is symbol for p in function.parameters):
        return True
    for before in _before(function, stmt):
        match before:
            case DeclStmt(variables=variables):
                if any(v.symbol is symbol and v.initializer is not None for v in variables):
                    return True
            case ExprStmt(expression=Assign(op="", target=Ref(symbol=target))):
                if target is symbol:
                    return True
            case _:
                pass
    return False


def _before(function: Function, stmt: Stmt) -> list[Stmt]:
    """Return the statements that are siblings of those around a place, and come before."""
    out: list[Stmt] = []
    path = path_to(function, stmt)
    for outer, inner in pairwise(path):
        if isinstance(outer, Compound):
            out += outer.body[: outer.body.index(inner)]
        elif isinstance(outer, For) and outer.init is not None and inner is not outer.init:
            out.append(outer.init)
    return out
