# SPDX-License-Identifier: Apache-2.0
"""Protect regions whose arrays may overlap by a run-time test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.environment import Environment
from s2s.analysis.extents import Renderer, Section
from s2s.analysis.kernel import RegionUses
from s2s.analysis.manager import Analyses
from s2s.analysis.overlaps import overlapping
from s2s.ir.plan import OffloadPlan, RunTimeGuard, TargetRegion
from s2s.ir.program import Function
from s2s.ir.types import Symbol
from s2s.source import Span

DISJOINT = "s2s_disjoint"
_HELP = "declare the pointers 'restrict', or give --assume noalias, to do without it"


@dataclass(frozen=True)
class GuardAliases:
    """Test at run time that arrays which may overlap do not; the other path is serial.

    Legality: with disjoint ranges the dependence test holds and every array has storage of its
    own on the device. An ``if`` clause would not do: with a false condition the region still runs
    with its teams, on the host.

    Refuses: nothing; pairs whose ranges are unknown are refused before.

    Example::

        if (s2s_disjoint(dst, n * sizeof *dst, src, n * sizeof *src)) { … } else …

    Source: OpenMP 5.2, section 5.8.3 (list items must not overlap partially).
    """

    name: ClassVar[str] = "guard-aliases"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add guards around environments and around regions outside them."""
        guards = list(plan.guards)
        for function in analyses.program.functions:
            environments = analyses.cached(("environments", function), lambda: list[Environment]())
            for env in environments:
                guard = _around_environment(function, env, analyses)
                if guard is not None:
                    guards.append(guard)
        for region in plan.regions:
            covered = any(
                g.function == region.function and g.span.contains(region.anchor) for g in guards
            ) or any(
                d.function == region.function and d.span.contains(region.anchor) for d in plan.data
            )
            if not covered:
                guard = _around_region(region, analyses)
                if guard is not None:
                    guards.append(guard)
        return replace(plan, guards=tuple(guards))


def _around_environment(
    function: Function, env: Environment, analyses: Analyses
) -> RunTimeGuard | None:
    span = Span(env.statements[0].span.begin, env.statements[-1].span.end)
    pairs = [tuple(sorted(p, key=lambda s: s.sort_key)) for p in env.pairs]
    return _guard(function, span, pairs, env.sections, env.written, analyses)


def _around_region(region: TargetRegion, analyses: Analyses) -> RunTimeGuard | None:
    function = analyses.function_named(region.function)
    stmt = analyses.loop_at(region.loop)
    uses: RegionUses = analyses.kernel_uses(function, stmt)
    pairs = overlapping(uses.arrays, uses.written, uses.sections, analyses.facts)
    return _guard(function, region.anchor, pairs, uses.sections, uses.written, analyses)


def _guard(
    function: Function,
    span: Span,
    pairs: Iterable[tuple[Symbol, ...]],
    sections: dict[Symbol, Section | None],
    written: set[Symbol],
    analyses: Analyses,
) -> RunTimeGuard | None:
    tests: list[str] = []
    renderer = Renderer(analyses.facts.parameters)
    ordered = sorted(pairs, key=lambda p: [s.sort_key for s in p])
    for first, second in ordered:
        test = (
            f"{DISJOINT}({_range(renderer, first, sections.get(first))}, "
            f"{_range(renderer, second, sections.get(second))})"
        )
        if (
            first not in written
            and second not in written
            and (sections.get(first) == sections.get(second))
        ):
            test = f"({first.name} == {second.name} || {test})"
        tests.append(test)
    if not tests:
        return None
    comment = _comment(ordered, written)
    return RunTimeGuard(function.name, span, tuple(tests), comment, (DISJOINT,), _HELP)


def _comment(pairs: list[tuple[Symbol, ...]], written: set[Symbol]) -> str:
    """Say why the other path is serial: the order of accesses, or the mapping alone."""
    ordered = [p for p in pairs if written.intersection(p)]
    names = list(dict.fromkeys(s.name for p in ordered or pairs for s in p))
    reason = "order matters" if ordered else "they cannot be mapped separately"
    return f"{_listed(names)} overlap: {reason}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _range(renderer: Renderer, symbol: Symbol, section: Section | None) -> str:
    """Return ``address, bytes`` of a section."""
    if section is None:
        return f"{symbol.name}, sizeof {symbol.name}"
    lower = renderer.text(section.lower, wide=True)
    length = renderer.text(section.length, wide=True)
    start = symbol.name if lower == "0" else f"{symbol.name} + {lower}"
    if "+" in length or " - " in length:
        length = f"({length})"
    return f"{start}, {length} * sizeof *{symbol.name}"
