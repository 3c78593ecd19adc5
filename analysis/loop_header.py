# SPDX-License-Identifier: Apache-2.0
"""The headers of loops and the jumps in their bodies."""

from __future__ import annotations

from s2s.analysis.values import NotAffine
from s2s.ir.program import (
    Assign,
    Binary,
    Break,
    Compound,
    Continue,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Ref,
    Stmt,
    Switch,
    Unary,
    While,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol

_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}


def enclosing_loops(body: Stmt, root: Stmt) -> list[For]:
    """Return the ``for`` loops around a statement, outermost first."""
    out: list[For] = []
    at: Stmt | None = body
    while at is not None and at is not root:
        inside = [c for c in at.children if c is root or c.span.contains(root.span)]
        at = inside[-1] if inside else None
        if isinstance(at, For) and at is not root:
            out.append(at)
    return out


def reference(stmt: For, symbol: Symbol) -> Expr:
    """Return a use of the loop variable in the loop's condition."""
    for part in walk_expression(stmt.condition) if stmt.condition is not None else ():
        if isinstance(part, Ref) and part.symbol is symbol:
            return part
    raise NotAffine("the condition does not mention the loop variable")


def iterator_of(stmt: For) -> Symbol | None:
    """Return the loop variable, None when the header has none."""
    try:
        return initialisation(stmt)[0]
    except NotAffine:
        return None


def initialisation(stmt: For) -> tuple[Symbol, Expr]:
    """Return the loop variable and its first value; raises NotAffine."""
    match stmt.init:
        case DeclStmt(variables=(variable,)) if variable.initializer is not None:
            return variable.symbol, variable.initializer
        case ExprStmt(expression=Assign(op="", target=Ref(symbol=symbol), value=value)):
            return symbol, value
        case None:
            raise NotAffine("the loop variable is not initialised in the header")
        case _:
            raise NotAffine("the header initialises more than one variable")


def comparison(stmt: For, symbol: Symbol) -> tuple[str, Expr]:
    """Return operator and bound of the condition; raises NotAffine."""
    match stmt.condition:
        case Binary(op=op, left=Ref(symbol=left), right=right) if left is symbol and op in _FLIP:
            return op, right
        case Binary(op=op, left=left_, right=Ref(symbol=right_)) if (
            right_ is symbol and op in _FLIP
        ):
            return _FLIP[op], left_
        case _:
            raise NotAffine(f"the condition does not compare '{symbol.name}' with a bound")


def increment(stmt: For, symbol: Symbol) -> tuple[int, Expr | None]:
    """Return direction and size of the increment, None for a size of one; raises NotAffine."""
    match stmt.increment:
        case Unary(op=op, operand=Ref(symbol=target)) if target is symbol:
            if op.endswith("++"):
                return 1, None
            if op.endswith("--"):
                return -1, None
        case Assign(op="+" | "-" as op, target=Ref(symbol=target), value=value) if target is symbol:
            return (1 if op == "+" else -1), value
        case Assign(op="", target=Ref(symbol=target), value=Binary(op="+" | "-") as sum_) if (
            target is symbol
        ):
            if isinstance(sum_.left, Ref) and sum_.left.symbol is symbol:
                return (1 if sum_.op == "+" else -1), sum_.right
            right = sum_.right
            if sum_.op == "+" and isinstance(right, Ref) and right.symbol is symbol:
                return 1, sum_.left
        case _:
            pass
    raise NotAffine("the increment is not 'var += constant'")


def bound_variables(bound: Expr) -> set[Symbol]:
    """Return the variables that an expression mentions."""
    return {e.symbol for e in walk_expression(bound) if isinstance(e, Ref)}


def always_continues(stmt: Stmt) -> bool:
    """Whether a branch ends with ``continue``."""
    while isinstance(stmt, Compound) and stmt.body:
        stmt = stmt.body[-1]
    return isinstance(stmt, Continue)


def breaks(stmt: Stmt) -> bool:
    """Whether a break that belongs to the enclosing loop is inside."""
    pending = [stmt]
    while pending:
        at = pending.pop()
        if isinstance(at, Break):
            return True
        if not isinstance(at, (For, While, Switch)):
            pending.extend(at.children)
    return False


def loops_in(stmt: Stmt) -> list[Stmt]:
    """Return all loops in a statement, in source order."""
    return [s for s in walk_statements(stmt) if isinstance(s, (For, While))]
