# SPDX-License-Identifier: Apache-2.0
"""The verdict on every loop, for the table and the reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.dependence import LoopFacts, NestFacts
from s2s.analysis.extents import Renderer
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import NestLoop, trip_count
from s2s.analysis.profitability import work_of
from s2s.diagnostics import Remark, RemarkKind
from s2s.ir.plan import LoopReport, OffloadPlan, Verdict
from s2s.ir.program import For, Function, Stmt, While
from s2s.passes.items import assumption_text
from s2s.source import Span


@dataclass(frozen=True)
class ReportLoops:
    """Write down verdict, dependence, cost and disposition of every loop.

    Legality: changes nothing.

    Refuses: nothing.

    Example: ``s2s analyze file.c`` shows the table.

    Source: LLVM's optimization remarks (passed, missed, analysis).
    """

    name: ClassVar[str] = "report-loops"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add loop reports and the remarks on what was done."""
        loops: list[LoopReport] = []
        for function in analyses.program.functions:
            if function.has_errors:
                continue
            for root in _outermost(function.body):
                loops += _nest_reports(function, root, plan, analyses)
        assumed = sorted(analyses.facts.aliases.assumed_allocators)
        assumptions = tuple(
            f"'{name}' returns memory that nothing else points to (by its name and type)"
            for name in assumed
        )
        return replace(
            plan,
            loops=tuple(loops),
            assumptions=(*plan.assumptions, *assumptions),
            remarks=tuple(
                sorted({*plan.remarks, *_passed(plan, analyses)}, key=lambda r: r.sort_key)
            ),
        )


def original_reports(analyses: Analyses, plan: OffloadPlan) -> tuple[LoopReport, ...]:
    """Return the reports on the loops of the original text of a plan that transforms loops.

    The verdicts are those of the loops as written; the disposition is what became of them.
    """
    order = ("offloaded", "collapsed", "inside", "device", "host")
    became: dict[int, LoopReport] = {}
    for loop in plan.loops:
        known = became.get(loop.span.begin)
        if known is None or order.index(loop.disposition) < order.index(known.disposition):
            became[loop.span.begin] = loop
    empty = replace(plan, regions=(), remarks=plan.remarks)
    out: list[LoopReport] = []
    for function in analyses.program.functions:
        if function.has_errors:
            continue
        for root in _outermost(function.body):
            for report in _nest_reports(function, root, empty, analyses):
                after = became.get(report.span.begin)
                disposition = after.disposition if after is not None else "host"
                reason = report.reason if disposition == "host" else ""
                out.append(replace(report, disposition=disposition, reason=reason))
    return tuple(out)


def _outermost(stmt: Stmt) -> Iterator[Stmt]:
    for child in stmt.children:
        if isinstance(child, (For, While)):
            yield child
        else:
            yield from _outermost(child)


def _nest_reports(
    function: Function, root: Stmt, plan: OffloadPlan, analyses: Analyses
) -> Iterator[LoopReport]:
    nest = analyses.nest(function, root)
    for loop in nest.nest.own_loops:
        facts = nest.of(loop)
        own = analyses.cached_nest(loop.stmt)
        if own is not None and own is not nest:
            better = own.of(own.nest.loops[0])
            if facts.verdict is Verdict.SERIAL and better.verdict is not Verdict.SERIAL:
                nest_of, facts, at = own, better, own.nest.loops[0]
                yield _report(function, at, facts, nest_of, plan, analyses, loop.depth)
                continue
        yield _report(function, loop, facts, nest, plan, analyses, loop.depth)


def _report(
    function: Function,
    loop: NestLoop,
    facts: LoopFacts,
    nest: NestFacts,
    plan: OffloadPlan,
    analyses: Analyses,
    depth: int,
) -> LoopReport:
    source = analyses.program.source
    renderer = Renderer(analyses.facts.parameters)
    count = trip_count(loop)
    outer = {x.atom for x in nest.nest.loops}
    if count is None:
        trips = "?"
    elif count.atoms & outer:
        trips = "varies"
    else:
        trips = renderer.text(count)
    reason, dependence = _reason(function, loop, facts, plan)
    iterators = [f"'{x.symbol.name}'" for x in nest.nest.loops if x.symbol is not None]
    last_value = reason.startswith("S2S208") and not any(i in reason for i in iterators)
    verdict = Verdict.SERIAL if last_value else facts.verdict
    return LoopReport(
        function.name,
        loop.stmt.span,
        source.line(loop.stmt.span.begin),
        depth,
        loop.symbol.name if loop.symbol is not None else "",
        verdict,
        _disposition(function, loop.stmt, plan, analyses),
        trips,
        f"{work_of(nest.nest, loop).per_iteration:.0f}/iteration",
        reason,
        dependence,
        _condition(nest, analyses) if verdict is not Verdict.SERIAL else "",
    )


def _condition(nest: NestFacts, analyses: Analyses) -> str:
    """Return the assumptions that the verdicts of a nest rest on, as C text."""
    names = analyses.facts.parameters
    return " && ".join(assumption_text(names, a) for a in sorted(nest.assumptions))


def _reason(
    function: Function, loop: NestLoop, facts: LoopFacts, plan: OffloadPlan
) -> tuple[str, str]:
    dependence = ""
    if facts.dependences:
        first = facts.dependences[0]
        dependence = f"{first.kind} on {first.target.text}, distance {first.distance}"
    for remark in plan.remarks:
        here = remark.span.begin == loop.stmt.span.begin and remark.function == function.name
        if remark.kind is RemarkKind.MISSED and here:
            return f"{remark.code}: {remark.message}", dependence
    if facts.blockers:
        first_blocker = facts.blockers[0]
        return f"{first_blocker.code}: {first_blocker.message}", dependence
    return "", dependence


def _disposition(function: Function, stmt: Stmt, plan: OffloadPlan, analyses: Analyses) -> str:
    for region in plan.regions:
        if region.loop == stmt.span and not region.serial:
            return "offloaded"
        if not region.loop.contains(stmt.span):
            continue
        if region.serial:
            return "device"
        at: Stmt = analyses.loop_at(region.loop)
        for _ in range(region.collapse - 1):
            at = next(_outermost(at))
            if at is stmt:
                return "collapsed"
        return "inside"
    called = any(target.span == function.span for target in plan.declare_targets)
    return "device" if called else "host"


def _passed(plan: OffloadPlan, analyses: Analyses) -> Iterator[Remark]:
    """Say what was done."""
    for region in plan.regions:
        stmt = analyses.loop_at(region.loop)
        span = stmt.header if isinstance(stmt, For) else Span(stmt.span.begin, stmt.span.begin + 1)
        if region.serial:
            yield Remark(
                RemarkKind.PASSED, "S2S009", span,
                "runs on the device, serially, to spare a round trip of its arrays",
                function=region.function,
            )  # fmt: skip
            continue
        extra = f", {region.collapse} loops collapsed" if region.collapse > 1 else ""
        yield Remark(
            RemarkKind.PASSED, "S2S001", span, f"loop offloaded{extra}", function=region.function
        )
    for data in plan.data:
        yield Remark(
            RemarkKind.PASSED, "S2S002", Span(data.span.begin, data.span.begin + 1),
            f"{', '.join(m.variable for m in data.maps)} stay on the device from here",
            function=data.function,
        )  # fmt: skip
    for update in plan.updates:
        yield Remark(
            RemarkKind.PASSED, "S2S003", update.anchor,
            f"host code needs {', '.join(update.items)} {update.direction.value} the device",
            function=update.function,
        )  # fmt: skip
    for atomic in plan.atomics:
        yield Remark(
            RemarkKind.PASSED, "S2S006", atomic.anchor, "the update is made atomic",
            function=atomic.function,
        )  # fmt: skip
    for guard in plan.guards:
        yield Remark(
            RemarkKind.PASSED, "S2S007", Span(guard.span.begin, guard.span.begin + 1),
            f"a run-time test protects the region: {' && '.join(guard.tests)}",
            help=guard.help,
            function=guard.function,
        )  # fmt: skip
