# SPDX-License-Identifier: Apache-2.0
"""Exchanges of pointers, as in ``w = u; u = v; v = w;`` at the end of a time step."""

from __future__ import annotations

from dataclasses import dataclass

from s2s.ir.program import Assign, Compound, DeclStmt, Expr, ExprStmt, Ref, Stmt
from s2s.ir.types import Symbol


@dataclass(frozen=True, slots=True)
class Swap:
    """A run of pointer copies after which pointers have exchanged their values."""

    pointers: frozenset[Symbol]
    assignments: tuple[Expr, ...]


def find_swaps(block: Compound) -> list[Swap]:
    """Return the exchanges of pointers among the direct statements of a block.

    A run of statements ``t = a; a = b; b = t;`` (declarations of ``t`` included) is an exchange
    when afterwards the assigned pointers, temporaries aside, hold a permutation of their values.
    """
    out: list[Swap] = []
    run: list[tuple[Symbol, Symbol, Expr | None]] = []
    for stmt in (*block.body, None):
        copy = None if stmt is None else _pointer_copies(stmt)
        if copy is not None:
            run.extend(copy)
            continue
        if run:
            swap = _as_swap(run)
            if swap is not None:
                out.append(swap)
        run = []
    return out


def _pointer_copies(stmt: Stmt) -> list[tuple[Symbol, Symbol, Expr | None]] | None:
    """Return (target, source, assignment) for a statement that only copies pointers."""
    match stmt:
        case ExprStmt(expression=Assign(op="", target=Ref(symbol=a), value=Ref(symbol=b)) as e):
            return [(a, b, e)] if a.type.is_pointer and b.type.is_pointer else None
        case DeclStmt(variables=variables):
            out: list[tuple[Symbol, Symbol, Expr | None]] = []
            for v in variables:
                source = v.initializer
                if not isinstance(source, Ref) or not v.symbol.type.is_pointer:
                    return None
                if not source.symbol.type.is_pointer:
                    return None
                out.append((v.symbol, source.symbol, None))
            return out
        case _:
            return None


def _as_swap(run: list[tuple[Symbol, Symbol, Expr | None]]) -> Swap | None:
    values: dict[Symbol, Symbol] = {}
    for target, source, _ in run:
        values[target] = values.get(source, source)
    sources = {s for _, s, _ in run}
    first = run[0][0]
    moved = {t: v for t, v in values.items() if t is not first}
    if len(moved) >= 2 and set(moved) == set(moved.values()) and first in sources:
        assignments = tuple(e for t, _, e in run if e is not None and t in moved)
        return Swap(frozenset(moved), assignments)
    return None
