# SPDX-License-Identifier: Apache-2.0
"""Distribute a loop over its statements to separate a parallel part from the rest."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.dependence import NestFacts
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import MemoryObject, NestLoop, NestStatement
from s2s.analysis.orderings import Ordering
from s2s.diagnostics import Label, Remark, RemarkKind
from s2s.ir.plan import LoopSplit, OffloadPlan, Verdict
from s2s.ir.program import (
    Break,
    Compound,
    Continue,
    DeclStmt,
    For,
    Function,
    Ref,
    Stmt,
    all_expressions,
    walk_statements,
)
from s2s.passes.offload_loops import has_device_code
from s2s.passes.regions import Candidate, examine
from s2s.passes.restructuring import outermost_loops
from s2s.source import Span


@dataclass(frozen=True)
class SplitNests:
    """Split a nest whose statements separate into a parallel and a serial part.

    ``max-statements`` bounds the size of the nests that are looked at.

    Legality: no dependence leads from the second part to the first in a later iteration, no two
    arrays may overlap, and no variable declared in the first part is used in the second.

    Refuses: bodies without braces, loops made by macros, splits that leave both parts serial, and
    what only a run-time test could show to be right.

    Example::

        for (i…) { t[i] = f(i); s = s + t[i] * s; }
        →
        for (i…) { t[i] = f(i); }
        for (i…) { s = s + t[i] * s; }

    Source: J. Allen and K. Kennedy, Optimizing Compilers for Modern Architectures, section 5.3.
    """

    name: ClassVar[str] = "split-nests"
    max_statements: int = 60

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add at most one split for every nest."""
        found = list(plan.splits)
        for function in analyses.program.functions:
            if function.has_errors or has_device_code(function, analyses):
                continue
            for stmt in outermost_loops(function.body):
                found += _in_nest(function, stmt, analyses, self.max_statements)
        remarks = tuple(
            Remark(
                RemarkKind.PASSED, "S2S004", s.header,
                "loop split in two to separate a parallel part",
                (Label(Span(s.at, s.at + 1), "the second part starts here"),),
                function=s.function,
            )
            for s in found
        )  # fmt: skip
        return replace(plan, splits=tuple(found), remarks=(*plan.remarks, *remarks))


def _in_nest(function: Function, stmt: For, analyses: Analyses, largest: int) -> list[LoopSplit]:
    candidate = examine(function, stmt, analyses)
    if isinstance(candidate, Candidate) and not _needs_atomics(candidate):
        return []
    nest = analyses.proved_nest(function, stmt)  # a split has no other path
    loop = nest.nest.loops[0]
    small = len(nest.nest.statements) <= largest
    usable = loop.is_exact and not loop.blockers and not nest.nest.unresolved
    usable &= not nest.of(loop).alias_pairs  # a split has no serial original to fall back to
    if small and usable and not nest.exceeded:
        split = _best(function, nest, loop, analyses)
        if split is not None:
            return [split]
    if isinstance(candidate, Candidate):
        return []
    out: list[LoopSplit] = []
    for child in outermost_loops(stmt.body):
        out += _in_nest(function, child, analyses, largest)
    return out


def _needs_atomics(candidate: Candidate) -> bool:
    return bool(candidate.atomics)


def _best(
    function: Function, nest: NestFacts, outer: NestLoop, analyses: Analyses
) -> LoopSplit | None:
    """Return the split, innermost first, that frees most work from the outer loop's conflicts."""
    ordering = analyses.ordering(nest)
    private = {o for o in nest.of(outer).private if not o.path}
    for inner in reversed(nest.nest.own_loops):
        if not isinstance(inner.stmt, For) or not inner.is_exact or inner.blockers:
            continue
        if inner is not outer and nest.of(inner).verdict is Verdict.PARALLEL:
            continue  # it is offloaded as a whole
        body = inner.stmt.body
        if inner.stmt.from_macro or not isinstance(body, Compound) or len(body.body) < 2:
            continue
        if any(isinstance(s, (Continue, Break)) for s in walk_statements(body)):
            continue  # what follows depends on it, in both parts
        at = _split_point(nest, outer, inner, body, ordering, private)
        if at is not None:
            return LoopSplit(function.name, inner.stmt.span, inner.stmt.header, at.span.begin)
    return None


def _split_point(
    nest: NestFacts,
    outer: NestLoop,
    inner: NestLoop,
    body: Compound,
    ordering: Ordering,
    private: set[MemoryObject],
) -> Stmt | None:
    def conflict(part: tuple[Stmt, ...]) -> bool:
        return ordering.conflicts_across(outer, _statements(nest, inner, part), private)

    best: tuple[float, Stmt] | None = None
    positions = range(1, len(body.body))
    # a longer part has the conflicts of a shorter one
    tied = 1 + bisect_left(positions, True, key=lambda p: conflict(body.body[:p]))
    freed = 1 + bisect_left(positions, True, key=lambda p: not conflict(body.body[p:]))
    for position in positions:
        first_conflicts, second_conflicts = position >= tied, position < freed
        first = _statements(nest, inner, body.body[:position])
        second = _statements(nest, inner, body.body[position:])
        if first_conflicts == second_conflicts or not first or not second:
            continue
        if _scope_is_cut(body, position):
            continue
        free, rest = (second, first) if first_conflicts else (first, second)
        work = sum((s.operations + len(s.accesses)) * 1000.0 ** len(s.loops) for s in free)
        if nest.of(outer).dependences and _depth(free) < _depth(rest):
            continue  # the bulk of the work would stay serial
        if not _worth_it(free) or not ordering.splits_at(inner, first, second):
            continue
        if best is None or work > best[0]:
            best = (work, body.body[position])
    return best[1] if best is not None else None


def _worth_it(free: set[NestStatement]) -> bool:
    """Whether the freed part computes something on arrays."""
    return any(a.is_write and (a.target.path or a.target.symbol.type.is_array)
               for s in free for a in s.accesses)  # fmt: skip


def _depth(part: set[NestStatement]) -> int:
    return max((len(s.loops) for s in part), default=0)


def _statements(nest: NestFacts, loop: NestLoop, body: tuple[Stmt, ...]) -> set[NestStatement]:
    spans = [s.span for s in body]
    return {s for s in nest.nest.inside(loop) if any(p.contains(s.span) for p in spans)}


def _scope_is_cut(body: Compound, position: int) -> bool:
    """Whether a declaration in the first part is used in the second."""
    declared = {
        v.symbol for s in body.body[:position] if isinstance(s, DeclStmt) for v in s.variables
    }
    used = {
        e.symbol for s in body.body[position:] for e in all_expressions(s) if isinstance(e, Ref)
    }
    return bool(declared & used)
