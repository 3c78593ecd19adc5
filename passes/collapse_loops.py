# SPDX-License-Identifier: Apache-2.0
"""Collapse perfectly nested parallel loops."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.dependence import NestFacts
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import NestLoop
from s2s.ir.plan import OffloadPlan, TargetRegion, Verdict
from s2s.ir.program import Compound, DeclStmt, For, Function, Stmt
from s2s.passes.extrema import extremum_reductions
from s2s.passes.refusal import Refusal


@dataclass(frozen=True)
class CollapseLoops:
    """Give ``collapse(n)`` to regions whose outermost loops are perfectly nested and parallel.

    Legality: every collapsed loop carries no dependence, its bounds do not depend on the outer
    ones (rectangular), and nothing stands between the loops. Of equal extrema the order of all
    collapsed loops decides.

    Refuses: loops with reductions of their own (but for extrema that the outer loop has too),
    loops made by macros, triangular bounds, inner loops with a small literal trip count.

    Example::

        for (i = 0; i < n; i++) for (j = 0; j < m; j++) a[i][j] = 0;
        →
        #pragma omp target teams distribute parallel for collapse(2) …

    Source: OpenMP 5.2, section 4.4.3 (collapse clause).
    """

    name: ClassVar[str] = "collapse-loops"
    max_depth: int = 3

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Set the collapse depth of every region."""
        return replace(plan, regions=tuple(self._collapse(r, analyses) for r in plan.regions))

    def _collapse(self, region: TargetRegion, analyses: Analyses) -> TargetRegion:
        stmt = analyses.loop_at(region.loop)
        if not isinstance(stmt, For) or region.lastprivate:
            return region
        function = analyses.function_named(region.function)
        nest = analyses.nest(function, stmt)
        outer = nest.nest.loops[0]
        names = list(region.private)
        chain = [outer]
        while len(chain) < self.max_depth:
            inner = _only_loop(chain[-1].stmt)
            if inner is None:
                break
            next_loop = nest.nest.loop_of(inner)
            if next_loop is None or not _may_collapse(nest, outer, next_loop):
                break
            if not _private_alike(nest, outer, next_loop):
                break
            ordered = _ordered(region, function, nest, [*chain, next_loop], analyses)
            if ordered is None:
                break
            region = ordered
            chain.append(next_loop)
            if next_loop.symbol is not None and next_loop.symbol.name in names:
                names.remove(next_loop.symbol.name)  # predetermined private
        return replace(region, collapse=len(chain), private=tuple(names))


def _ordered(
    region: TargetRegion,
    function: Function,
    nest: NestFacts,
    chain: list[NestLoop],
    analyses: Analyses,
) -> TargetRegion | None:
    """Return the region with extrema ordered by all loops of a chain, if that is possible."""
    if not region.extrema:
        return region
    found = extremum_reductions(function, nest.of(chain[0]).extrema, chain, analyses)
    if isinstance(found, Refusal):
        return None
    known = (e.variable for e in region.extrema)
    extrema = tuple(replace(e, variable=v) for e, v in zip(found, known, strict=True))
    return replace(region, extrema=extrema)


def _private_alike(nest: NestFacts, outer: NestLoop, loop: NestLoop) -> bool:
    """Whether what must be private to iterations of a loop is private to the region's as well.

    The region's clauses were made for its outermost loop; a collapsed loop must not need more.
    """
    own = {s for inner in nest.nest.loops for s in (inner.symbol,) if s is not None}
    return all(
        target.symbol in own or target in nest.of(outer).private for target in nest.of(loop).private
    )


def _only_loop(stmt: Stmt) -> For | None:
    """Return the loop that is the whole body of a loop."""
    if not isinstance(stmt, For):
        return None
    body = stmt.body
    while isinstance(body, Compound) and len(body.body) == 1:
        body = body.body[0]
    if isinstance(body, Compound) and any(isinstance(s, DeclStmt) for s in body.body):
        return None
    return body if isinstance(body, For) else None


def _may_collapse(nest: NestFacts, outer: NestLoop, loop: NestLoop) -> bool:
    facts = nest.of(loop)
    if facts.verdict is Verdict.SERIAL or not loop.is_canonical_for:
        return False
    if facts.reductions or facts.updates or facts.extrema != nest.of(outer).extrema:
        return False
    if loop.stride is not None:  # nothing tests that it is positive
        return False
    if isinstance(loop.stmt, For) and loop.stmt.from_macro:
        return False
    assert loop.lower is not None and loop.upper is not None
    if (loop.lower.atoms | loop.upper.atoms) & nest.nest.iterators:
        return False
    count = (loop.upper - loop.lower) if loop.step > 0 else (loop.lower - loop.upper)
    return not (count.is_constant and count.constant < 8 and outer is not loop)
