# SPDX-License-Identifier: Apache-2.0
"""Host statements between kernels that had better run on the device, serially."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from s2s.analysis.coverage import inner_types
from s2s.analysis.def_use import Location
from s2s.analysis.environment import leaving
from s2s.analysis.extents import Section
from s2s.analysis.facts import Facts
from s2s.analysis.kernel import RegionUses, declared_in
from s2s.ir.program import (
    Call,
    Compound,
    DeclStmt,
    ExprStmt,
    For,
    Goto,
    If,
    Label,
    Return,
    Stmt,
    Switch,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol


def may_run_on_device(
    stmt: Stmt, uses: RegionUses, live: frozenset[Location], facts: Facts
) -> bool:
    """Whether a target construct around a host statement is legal."""
    if isinstance(stmt, DeclStmt) or not isinstance(stmt, (ExprStmt, For, If, Compound)):
        return False
    if stmt.from_macro or leaving(stmt) or uses.unresolved:
        return False
    if any(s in live or s.is_global for s in uses.assigned_scalars - declared_in(stmt)):
        return False
    if any(u.problem for u in uses.arrays.values()):
        return False
    if any(s.type.any_volatile for s in uses.arrays):
        return False
    if any(isinstance(s, (While, Return, Goto, Switch, Label)) for s in walk_statements(stmt)):
        return False
    return all(_device_call(e, facts) for e in all_expressions(stmt) if isinstance(e, Call))


def _device_call(call: Call, facts: Facts) -> bool:
    """Whether a call is one of a pure library function."""
    summary = facts.summaries.of_call(call)
    if summary.problem or not summary.is_pure or summary.global_reads:
        return False
    return call.callee is None or not facts.summaries.function(call.callee)


def is_short(stmt: Stmt, uses: RegionUses, sections: Mapping[Symbol, Section | None]) -> bool:
    """Whether a statement has no more loops than the arrays that it touches have dimensions."""
    depth = _loop_depth(stmt)
    return depth == 0 or depth <= max(_dimensions(s, sections.get(s)) for s in uses.arrays)


def with_all_reads_exposed(uses: RegionUses) -> RegionUses:
    """Treat every read of a serial region as one that may see a value from before."""
    return RegionUses(
        {s: replace(u, exposed=u.reads or u.exposed) for s, u in uses.arrays.items()},
        uses.assigned_scalars,
        uses.read_scalars,
        uses.objects,
    )


def _loop_depth(stmt: Stmt) -> int:
    inner = max((_loop_depth(c) for c in stmt.children), default=0)
    return inner + isinstance(stmt, (For, While))


def _dimensions(symbol: Symbol, section: Section | None) -> int:
    if symbol.type.is_pointer and section is not None:
        return section.length.degree + len(inner_types(symbol))
    return 1 + len(inner_types(symbol))
