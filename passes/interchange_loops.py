# SPDX-License-Identifier: Apache-2.0
"""Exchange two perfectly nested loops to bring a parallel one outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.dependence import NestFacts
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import NestLoop
from s2s.diagnostics import Label, Remark, RemarkKind
from s2s.ir.plan import LoopInterchange, OffloadPlan
from s2s.ir.program import Compound, For, Function
from s2s.passes.offload_loops import has_device_code
from s2s.passes.regions import Candidate, examine
from s2s.passes.restructuring import outermost_loops


@dataclass(frozen=True)
class InterchangeLoops:
    """Move a parallel inner loop outside a loop that is serial or needs atomics.

    Legality: no two iterations of the inner loop touch the same element, whatever the outer
    iteration (but for variables private to it that nothing reads afterwards), and no two arrays may
    overlap; the bounds of neither loop depend on the other; the nest is perfect.

    Refuses: triangular bounds, imperfect nests, loops made by macros, a nest whose outer loop is
    parallel already; what only a run-time test could show does not count.

    Example::

        for (i…) for (j…) y[j] += a[i][j] * x[i];   →   for (j…) for (i…) y[j] += a[i][j] * x[i];

    Source: J. Allen and K. Kennedy, Optimizing Compilers for Modern Architectures, section 5.2.
    """

    name: ClassVar[str] = "interchange-loops"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add at most one interchange for every nest."""
        found = list(plan.interchanges)
        for function in analyses.program.functions:
            if function.has_errors or has_device_code(function, analyses):
                continue
            for stmt in outermost_loops(function.body):
                found += _in_nest(function, stmt, analyses)
        remarks = tuple(
            Remark(
                RemarkKind.PASSED, "S2S005", i.inner,
                "loop moved outside the loop around it, where it can run in parallel",
                (Label(i.outer, "exchanged with this loop"),), function=i.function,
            )
            for i in found
        )  # fmt: skip
        return replace(plan, interchanges=tuple(found), remarks=(*plan.remarks, *remarks))


def _in_nest(function: Function, stmt: For, analyses: Analyses) -> list[LoopInterchange]:
    candidate = examine(function, stmt, analyses)
    if isinstance(candidate, Candidate) and not candidate.facts.updates:
        return []
    nest = analyses.proved_nest(function, stmt)  # the change has no other path
    outer = nest.nest.loops[0]
    inner_stmt = _perfectly_inner(stmt)
    inner = nest.nest.loop_of(inner_stmt) if inner_stmt is not None else None
    if (
        inner is not None
        and inner_stmt is not None
        and not _are_needed_after(function, stmt, (outer, inner), analyses)
        and _may_exchange(function, nest, outer, inner, analyses)
    ):
        return [LoopInterchange(function.name, stmt.header, inner_stmt.header)]
    if isinstance(candidate, Candidate):
        return []
    out: list[LoopInterchange] = []
    for child in outermost_loops(stmt.body):
        out += _in_nest(function, child, analyses)
    return out


def _are_needed_after(
    function: Function, stmt: For, loops: tuple[NestLoop, NestLoop], analyses: Analyses
) -> bool:
    """Whether a loop variable is used after the nest: without iterations it tells the order."""
    live = analyses.control_flow(function).live_after(stmt)
    return any(loop.symbol in live for loop in loops)


def _perfectly_inner(stmt: For) -> For | None:
    body = stmt.body
    while isinstance(body, Compound) and len(body.body) == 1:
        body = body.body[0]
    return body if isinstance(body, For) else None


def _may_exchange(
    function: Function, nest: NestFacts, outer: NestLoop, inner: NestLoop, analyses: Analyses
) -> bool:
    for loop in (outer, inner):
        if not loop.is_canonical_for or not loop.is_exact:
            return False
        assert isinstance(loop.stmt, For) and loop.lower is not None and loop.upper is not None
        if loop.stmt.from_macro or (loop.lower.atoms | loop.upper.atoms) & nest.nest.iterators:
            return False
    facts, inner_facts = nest.of(outer), nest.of(inner)
    if facts.blockers or inner_facts.blockers or nest.nest.unresolved:
        return False
    if facts.alias_pairs or inner_facts.alias_pairs:
        return False  # what is exchanged has no serial original to fall back to
    count = inner.upper - inner.lower if inner.upper and inner.lower else None
    if count is None or count.is_constant:
        return False
    live = analyses.control_flow(function).live_after(outer.stmt)
    scalars = {o for o in inner_facts.private if not o.path and o.symbol not in live}
    return analyses.ordering(nest).independent_along(inner, scalars)
