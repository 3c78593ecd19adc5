# SPDX-License-Identifier: Apache-2.0
"""Protect regions whose arrays may have overlapping rows by a run-time test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.assumptions import Assumption
from s2s.analysis.environment import Environment
from s2s.analysis.manager import Analyses
from s2s.ir.plan import OffloadPlan, RunTimeGuard, TargetRegion
from s2s.passes.items import assumption_text
from s2s.source import Span

_HELP = "use the length of a row itself as the distance between rows, to do without it"


@dataclass(frozen=True)
class GuardStrides:
    """Test at run time that the rows of a linearized array do not overlap.

    In ``a[i * ld + j]`` with ``j < n`` the rows are apart if ``ld >= n``. Where that is not
    known the construct runs under the test of it; the other path is the loop as it was written.

    Legality: with the condition the subscripts are those of a two-dimensional array, for which
    the dependence test holds. The condition compares variables that nothing changes from the
    test to the end of what it protects. An ``if`` clause would not do: with a false condition the
    region still runs with its teams, on the host.

    Refuses: nothing; conditions that are no comparison of two variables, and more than two of
    them for one array, are refused before.

    Example::

        if (ld >= n) { #pragma omp target … } else /* ld < n: rows overlap */ …

    Source: Grosser et al., Optimistic Delinearization of Parametrically Sized Arrays, ICS 2015.
    """

    name: ClassVar[str] = "guard-strides"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add the tests to the guards that there are, or add guards."""
        for function in analyses.program.functions:
            environments = analyses.cached(("environments", function), lambda: list[Environment]())
            for env in environments:
                span = Span(env.statements[0].span.begin, env.statements[-1].span.end)
                plan = _with_guard(plan, function.name, span, env.assumptions, analyses)
        for region in plan.regions:
            if not _in_environment(region, plan):
                function = analyses.function_named(region.function)
                uses = analyses.kernel_uses(function, analyses.loop_at(region.loop))
                plan = _with_guard(plan, region.function, region.anchor, uses.assumptions, analyses)
        return plan


def _in_environment(region: TargetRegion, plan: OffloadPlan) -> bool:
    return any(d.function == region.function and d.span.contains(region.anchor) for d in plan.data)


def _with_guard(
    plan: OffloadPlan,
    function: str,
    span: Span,
    assumptions: Iterable[Assumption],
    analyses: Analyses,
) -> OffloadPlan:
    """Return the plan with the tests of some assumptions around a span."""
    names = analyses.facts.parameters
    ordered = sorted(assumptions)
    if not ordered:
        return plan
    tests = tuple(assumption_text(names, a) for a in ordered)
    fails = [assumption_text(names, a, holds=False) for a in ordered]
    comment = f"{' or '.join(fails)}: rows overlap"
    for known in plan.guards:
        if known.function == function and known.span == span:
            merged = replace(
                known,
                tests=(*tests, *known.tests),
                comment=f"{comment}, or {known.comment}",
                help=f"{_HELP}; {known.help}",
            )
            guards = tuple(merged if g is known else g for g in plan.guards)
            return replace(plan, guards=guards)
    guard = RunTimeGuard(function, span, tests, comment, (), _HELP)
    return replace(plan, guards=(*plan.guards, guard))
