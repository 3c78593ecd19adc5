# SPDX-License-Identifier: Apache-2.0
"""Updates ``x = x op e`` in the forms people write them.

Operators are those of the OpenMP specification, section 5.5.5 (version 5.2):
``+ * min max & | ^ && ||``. Subtraction counts as ``+``.
"""

from __future__ import annotations

from dataclasses import dataclass

from s2s.analysis.values import structural_key
from s2s.ir.program import (
    Assign,
    Binary,
    Call,
    Compound,
    Conditional,
    Expr,
    ExprStmt,
    If,
    Stmt,
    Unary,
    walk_expression,
)

_COMPOUND = {"+": "+", "-": "+", "*": "*", "&": "&", "|": "|", "^": "^"}
_MIN_MAX_CALLS = {
    "fmax": "max", "fmaxf": "max", "fmin": "min", "fminf": "min",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReductionUpdate:
    """An update of ``target`` with ``operator``; ``others`` is what else is evaluated."""

    target: Expr
    operator: str
    others: tuple[Expr, ...]


def same(first: Expr, second: Expr) -> bool:
    """Whether two expressions are structurally equal."""
    return type(first) is type(second) and structural_key(first) == structural_key(second)


def mentions(expression: Expr, target: Expr) -> bool:
    """Whether ``target`` occurs in an expression."""
    key, kind = structural_key(target), type(target)
    return any(
        type(part) is kind and structural_key(part) == key for part in walk_expression(expression)
    )


def _has_side_effects(expression: Expr) -> bool:
    return any(
        isinstance(p, Assign) or (isinstance(p, Unary) and p.is_step)
        for p in walk_expression(expression)
    )


def recognise(expression: Expr) -> ReductionUpdate | None:
    """Return the update that an expression statement is, or None."""
    match expression:
        case Unary(operand=operand) if expression.is_step and operand.type.is_scalar:
            return ReductionUpdate(operand, "+", ())
        case Assign(op=op, target=target, value=value) if op:
            if op not in _COMPOUND or mentions(value, target) or not target.type.is_scalar:
                return None
            return ReductionUpdate(target, _COMPOUND[op], (value,))
        case Assign(target=target, value=value) if target.type.is_scalar:
            if _has_side_effects(value):
                return None
            return (
                _chain(target, value)
                or _logical(target, value)
                or _choice(target, value)
                or _library_call(target, value)
            )
        case _:
            return None


def _chain(target: Expr, value: Expr) -> ReductionUpdate | None:
    """``x = x + a - b``, ``x = a * x``, ``x = x & m``."""
    if not isinstance(value, Binary) or value.op not in ("+", "-", "*", "&", "|", "^"):
        return None
    additive = value.op in ("+", "-")
    family = ("+", "-") if additive else (value.op,)
    terms: list[tuple[Expr, bool]] = []

    def flatten(at: Expr, positive: bool) -> None:
        if isinstance(at, Binary) and at.op in family and at.type.kind is target.type.kind:
            flatten(at.left, positive)
            flatten(at.right, positive if at.op != "-" else not positive)
        else:
            terms.append((at, positive))

    flatten(value, True)
    hits = [t for t in terms if t[1] and same(t[0], target)]
    rest = tuple(t[0] for t in terms if t not in hits[:1])
    if len(hits) != 1 or any(mentions(r, target) for r in rest):
        return None
    return ReductionUpdate(target, "+" if additive else value.op, rest)


def _logical(target: Expr, value: Expr) -> ReductionUpdate | None:
    """``x = x && e``."""
    if not isinstance(value, Binary) or value.op not in ("&&", "||"):
        return None
    for mine, other in ((value.left, value.right), (value.right, value.left)):
        if same(mine, target) and not mentions(other, target):
            return ReductionUpdate(target, value.op, (other,))
    return None


def _order(condition: Expr) -> tuple[str, Expr, Expr] | None:
    """Return ("max" or "min", a, b) when the condition is true for a being the larger (smaller)."""
    if isinstance(condition, Binary) and condition.op in ("<", ">", "<=", ">="):
        kind = "max" if condition.op in (">", ">=") else "min"
        return kind, condition.left, condition.right
    return None


def _choice(target: Expr, value: Expr) -> ReductionUpdate | None:
    """``x = e > x ? e : x`` in all arrangements, MAX macros included."""
    if not isinstance(value, Conditional):
        return None
    order = _order(value.condition)
    if order is None:
        return None
    kind, a, b = order
    if same(value.then, a) and same(value.otherwise, b):
        operator = kind
    elif same(value.then, b) and same(value.otherwise, a):
        operator = "min" if kind == "max" else "max"
    else:
        return None
    for mine, other in ((a, b), (b, a)):
        if same(mine, target) and not mentions(other, target):
            return ReductionUpdate(target, operator, (other,))
    return None


def _library_call(target: Expr, value: Expr) -> ReductionUpdate | None:
    """``x = fmax(x, e)``."""
    if not isinstance(value, Call) or value.name not in _MIN_MAX_CALLS:
        return None
    if len(value.arguments) != 2:
        return None
    first, second = value.arguments
    for mine, other in ((first, second), (second, first)):
        if same(mine, target) and not mentions(other, target):
            return ReductionUpdate(target, _MIN_MAX_CALLS[value.name], (other,))
    return None


def recognise_if(stmt: If) -> ReductionUpdate | None:
    """``if (e > x) x = e;``."""
    order = _order(stmt.condition)
    assignment = only_expression(stmt.then)
    if order is None or stmt.otherwise is not None or not isinstance(assignment, Assign):
        return None
    kind, a, b = order
    target, value = assignment.target, assignment.value
    if assignment.op or not target.type.is_scalar or _has_side_effects(stmt.condition):
        return None
    if same(a, value) and same(b, target) and not mentions(value, target):
        return ReductionUpdate(target, kind, (value,))
    if same(b, value) and same(a, target) and not mentions(value, target):
        return ReductionUpdate(target, "min" if kind == "max" else "max", (value,))
    return None


def only_expression(stmt: Stmt) -> Expr | None:
    """Return the expression of a statement that is nothing but one expression statement."""
    while isinstance(stmt, Compound) and len(stmt.body) == 1:
        stmt = stmt.body[0]
    return stmt.expression if isinstance(stmt, ExprStmt) else None
