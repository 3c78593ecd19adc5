# SPDX-License-Identifier: Apache-2.0
"""An extremum together with its place: ``if (v < best) { best = v; at = i; }``.

Iterations may run in any order if something remembers which of two equal values came first.
That holds because the branch assigns nothing else, because neither the value nor the places
depend on the variables that it assigns, and because the stored value is the compared one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from s2s.analysis.library_table import MATH
from s2s.analysis.nest import Extremum, Place
from s2s.analysis.reductions import same
from s2s.analysis.summaries import Summaries
from s2s.ir.program import (
    Assign,
    Binary,
    Call,
    Compound,
    Expr,
    ExprStmt,
    If,
    Index,
    IntLiteral,
    Member,
    Null,
    OpaqueExpr,
    Ref,
    Stmt,
    Unary,
    walk_expression,
)
from s2s.ir.types import CType, Symbol, TypeKind

_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_MANTISSA = {4: 24, 8: 53}


def recognise_extremum(
    stmt: If, tag: str, summaries: Summaries, known: Callable[[Expr], bool]
) -> Extremum | None:
    """Return the extremum with its place that an ``if`` keeps, or None.

    ``known`` tells whether a subscript has a value that the analysis can write down.
    """
    stores = _stores(stmt.then)
    if stmt.otherwise is not None or stores is None or len(stores) < 2:
        return None
    targets = [store.assignment.target for store in stores]
    symbols = {t.symbol for t in targets if isinstance(t, Ref) and _is_number(t.symbol.type)}
    if len(symbols) != len(stores):
        return None
    terms = list(_terms(stmt.condition))
    for position, term in enumerate(terms):
        for relation, best, value in _comparisons(term):
            for store in stores:
                target = store.assignment.target
                if not (isinstance(target, Ref) and target.symbol is best.symbol):
                    continue
                late = terms[position + 1 :]
                late += [s.assignment.value for s in stores if s is not store]
                everything = [*terms[:position], *late, value]
                if (
                    same(store.assignment.value, value)
                    and keeps_every_value(value.type, best.symbol.type)
                    and not any(_mentions(e, symbols) for e in everything)
                    and all(_is_pure(e, summaries) for e in everything)
                    and all(_may_run_early(e, known) for e in late)
                ):
                    places = tuple(s for s in stores if s is not store)
                    return Extremum(stmt, tag, relation, best, store, places)
    return None


def keeps_every_value(source: CType, target: CType) -> bool:
    """Whether converting a number keeps its value and its order among the others.

    With a type that rounds, equal stored values need not have compared as equal.
    """
    if not (_is_number(source) and _is_number(target)):
        return False
    if target.kind is TypeKind.FLOATING:
        if source.kind is TypeKind.FLOATING:
            return source.size <= target.size
        return 8 * source.size <= _MANTISSA.get(target.size, 0)
    if source.kind is TypeKind.FLOATING or target.kind is TypeKind.BOOL:
        return source.kind is target.kind
    signed = source.signed and source.kind is not TypeKind.BOOL
    if signed == target.signed:
        return source.size <= target.size
    return target.signed and source.size < target.size


def _is_number(ctype: CType) -> bool:
    return ctype.is_scalar and ctype.kind is not TypeKind.COMPLEX


def _terms(condition: Expr) -> Iterator[Expr]:
    """Yield the terms of a conjunction in the order in which they are evaluated."""
    if isinstance(condition, Binary) and condition.op == "&&":
        yield from _terms(condition.left)
        yield from _terms(condition.right)
    else:
        yield condition


def _comparisons(term: Expr) -> Iterator[tuple[str, Ref, Expr]]:
    """Yield the readings of a term as ``value relation variable``."""
    if isinstance(term, Binary) and term.op in _MIRRORED:
        if isinstance(term.right, Ref):
            yield term.op, term.right, term.left
        if isinstance(term.left, Ref):
            yield _MIRRORED[term.op], term.left, term.right


def _stores(branch: Stmt, in_block: bool = False) -> list[Place] | None:
    """Return the plain assignments that a branch consists of; None when there is anything else."""
    if isinstance(branch, Null):
        return []
    if isinstance(branch, Compound):
        out: list[Place] = []
        for stmt in branch.body:
            inner = _stores(stmt, True)
            if inner is None:
                return None
            out += inner
        return out
    if not isinstance(branch, ExprStmt):
        return None
    parts = list(_sequence(branch.expression))
    alone = in_block and len(parts) == 1
    found = [
        Place(p, branch if alone else None, branch.from_macro)
        for p in parts if isinstance(p, Assign) and not p.op
    ]  # fmt: skip
    return found if len(found) == len(parts) else None


def _sequence(expression: Expr) -> Iterator[Expr]:
    if isinstance(expression, Binary) and expression.op == ",":
        yield from _sequence(expression.left)
        yield from _sequence(expression.right)
    else:
        yield expression


def _mentions(expression: Expr, symbols: set[Symbol]) -> bool:
    return any(isinstance(e, Ref) and e.symbol in symbols for e in walk_expression(expression))


def _is_pure(expression: Expr, summaries: Summaries) -> bool:
    """Whether evaluating an expression changes nothing.

    It is evaluated for other iterations than in the serial program.
    """
    for part in walk_expression(expression):
        if isinstance(part, (Assign, OpaqueExpr)) or (isinstance(part, Unary) and part.is_step):
            return False
        if isinstance(part, Call) and not summaries.of_call(part).is_pure:
            return False
    return True


def _may_run_early(expression: Expr, known: Callable[[Expr], bool]) -> bool:
    """Whether evaluating an expression cannot fail.

    What the serial program evaluates only for a new extremum is evaluated here for the extrema
    of parts of the iterations as well; a subscript need not be valid there unless it is known.
    """
    for part in walk_expression(expression):
        match part:
            case Call(name=name) if name not in MATH:
                return False
            case Binary(op="/" | "%", right=right) if part.type.is_integer:
                if not (isinstance(right, IntLiteral) and right.value > 0):
                    return False
            case Index(index=index) if not known(index):
                return False
            case Unary(op="*") | Member(arrow=True):
                return False
            case _:
                pass
    return True


def is_index_only(stmt: If, symbol: Symbol) -> bool:
    """Whether an ``if`` keeps only the place of an extremum: ``if (a[i] > a[best]) best = i;``."""
    stores = _stores(stmt.then)
    if stores is None or len(stores) != 1 or not isinstance(stmt.condition, Binary):
        return False
    target, condition = stores[0].assignment.target, stmt.condition
    return (
        isinstance(target, Ref)
        and target.symbol is symbol
        and condition.op in _MIRRORED
        and any(
            isinstance(e, Index) and _mentions(e.index, {symbol})
            for e in walk_expression(condition)
        )
    )
