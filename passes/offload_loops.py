# SPDX-License-Identifier: Apache-2.0
"""Choose the loops that become target regions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.facts import Facts
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import trip_count
from s2s.analysis.profitability import MINIMUM_OPERATIONS, Work, work_of
from s2s.diagnostics import Label, Remark, RemarkKind
from s2s.ir.plan import AtomicUpdate, OffloadPlan, ReductionItem, TargetRegion, Verdict
from s2s.ir.program import (
    Call,
    For,
    Function,
    Pragma,
    Stmt,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import TypeKind
from s2s.passes.extrema import named_apart, words_of
from s2s.passes.refusal import Refusal
from s2s.passes.regions import Candidate, directive_before, examine
from s2s.source import Span


def _keyword(stmt: While) -> Span:
    return Span(stmt.span.begin, stmt.span.begin + (2 if stmt.is_do else 5))


@dataclass(slots=True)
class _Chosen:
    candidate: Candidate
    work: Work
    serial_depth: int

    @property
    def is_weak(self) -> bool:
        """Whether the region does less work than it is launched times."""
        few = self.work.symbolic_depth < self.serial_depth
        small_sum = self.work.symbolic_depth <= 1 and self.serial_depth >= 1
        return few or (self.candidate.facts.verdict is Verdict.REDUCTION and small_sum)

    @property
    def never_alone(self) -> bool:
        """Whether the region only makes sense next to others on the same data."""
        return self.candidate.facts.verdict is Verdict.REDUCTION and (
            self.work.symbolic_depth < self.serial_depth
        )


@dataclass(frozen=True)
class OffloadLoops:
    """Offload the outermost parallel loop of each nest that pays.

    ``minimum-work`` is the least number of operations of a region whose size is known;
    ``reassociate`` = false keeps floating-point sums in the order of the serial program.

    Legality: no dependence is carried by the loop after privatization and recognition of
    reductions (exact tests with isl, unknown is dependent); everything it touches can be mapped;
    what may overlap can be tested at run time; every function it calls can run on the device.
    A variable that is used after its loop is set behind the region, from bounds alone; a step
    that is a variable is tested to be positive, with the serial loop on the other path.

    Refuses: with a remark that names the variable, the places and what was missing.

    Example::

        for (i = 0; i < n; i++) y[i] += a * x[i];
        →
        #pragma omp target teams distribute parallel for map(to: x[0:n]) map(tofrom: y[0:n])
        for (i = 0; i < n; i++) y[i] += a * x[i];

    Source: OpenMP 5.2, section 15.8 and chapter 17 (combined constructs).
    """

    name: ClassVar[str] = "offload-loops"
    minimum_work: float = MINIMUM_OPERATIONS
    reassociate: bool = True

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add target regions and remarks for all functions."""
        for function in analyses.program.functions:
            if function.has_errors:
                continue
            if has_device_code(function, analyses):
                plan = replace(plan, remarks=(*plan.remarks, *_left_alone(function)))
                continue
            plan = _Selection(function, analyses, self).run(plan)
        return _without_device_functions(plan, analyses)


def _in_order(candidate: Candidate) -> Candidate | Refusal:
    """Refuse floating-point sums and products, whose order a reduction does not keep."""
    facts = candidate.facts
    for target, operator in (*facts.reductions.items(), *facts.updates.items()):
        kind = target.symbol.type.scalar_element.kind
        if operator in ("+", "*") and kind is TypeKind.FLOATING:
            return Refusal(
                "S2S213",
                f"a reduction would add up '{target.text}' in another order",
                candidate.stmt.header,
                "-P offload-loops{reassociate=true} allows it; the result may differ by rounding",
            )
    return candidate


def _without_device_functions(plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
    """Drop regions in functions that other regions call: constructs must not nest."""
    summaries = analyses.facts.summaries
    called: set[str] = set()
    for region in plan.regions:
        for expression in all_expressions(analyses.loop_at(region.loop)):
            if isinstance(expression, Call) and expression.callee is not None:
                called |= {s.name for s in summaries.reachable(expression.callee)}
    return replace(
        plan,
        regions=tuple(r for r in plan.regions if r.function not in called),
        atomics=tuple(a for a in plan.atomics if a.function not in called),
    )


def has_device_code(function: Function, analyses: Analyses) -> bool:
    """Whether a function contains device constructs or is declared for the device."""
    open_blocks = 0
    for pragma in analyses.program.pragmas:
        if pragma.words[:3] == ("omp", "declare", "target") and "(" not in pragma.words:
            open_blocks += pragma.span.begin < function.span.begin
        elif pragma.words[:3] == ("omp", "end", "declare"):
            open_blocks -= pragma.span.begin < function.span.begin
        elif pragma.is_device and function.span.contains(pragma.span):
            return True
    return open_blocks > 0


def _left_alone(function: Function) -> list[Remark]:
    message = f"function '{function.name}' has device constructs already and is left as it is"
    places = [Span(function.span.begin, function.span.begin + 1)]
    for stmt in walk_statements(function.body):
        if isinstance(stmt, For):
            places.append(stmt.header)
        elif isinstance(stmt, While):
            places.append(_keyword(stmt))
    return [
        Remark(RemarkKind.MISSED, "S2S112", place, message, function=function.name)
        for place in places
    ]


class _Selection:
    """Chooses regions in one function."""

    def __init__(self, function: Function, analyses: Analyses, options: OffloadLoops) -> None:
        self._function = function
        self._analyses = analyses
        self._options = options
        self._remarks: list[Remark] = []

    def run(self, plan: OffloadPlan) -> OffloadPlan:
        """Add the chosen regions to the plan."""
        chosen = self._visit(self._function.body, 0)
        records = words_of(self._analyses.program.source.content)
        regions = [self._region(c, records) for c in chosen]
        atomics = [
            AtomicUpdate(self._function.name, span)
            for c in chosen for span in c.candidate.atomics
        ]  # fmt: skip
        return replace(
            plan,
            regions=(*plan.regions, *regions),
            atomics=(*plan.atomics, *atomics),
            remarks=(*plan.remarks, *self._remarks),
        )

    def _visit(self, stmt: Stmt, depth: int) -> list[_Chosen]:
        directive = directive_before(stmt, self._analyses)
        if directive is not None:
            self._leave_alone(stmt, directive)
            return []
        if isinstance(stmt, For):
            return self._for(stmt, depth)
        if isinstance(stmt, While):
            self._while_remark(stmt)
            inner = [c for child in stmt.children for c in self._visit(child, depth + 1)]
            return self._worthwhile(inner) if depth == 0 else inner
        return [c for child in stmt.children for c in self._visit(child, depth)]

    def _for(self, stmt: For, depth: int) -> list[_Chosen]:
        found = examine(self._function, stmt, self._analyses)
        if isinstance(found, Candidate) and not self._options.reassociate:
            found = _in_order(found)
        if isinstance(found, Candidate):
            work = work_of(found.nest.nest, found.facts.loop)
            if work.symbolic_depth > 0 or work.operations >= self._options.minimum_work:
                return [_Chosen(found, work, depth)]
            self._never_pays(stmt, work)
            return []
        self._refuse(found, stmt)
        loop = self._analyses.nest(self._function, stmt).nest.loops[0]
        count = trip_count(loop)
        symbolic = count is None or not count.is_constant
        inner = self._visit(stmt.body, depth + (1 if symbolic else 0))
        return self._worthwhile(inner) if depth == 0 else inner

    def _worthwhile(self, inner: list[_Chosen]) -> list[_Chosen]:
        """Inside serial loops, keep regions only if the launches can pay."""
        strong = [c for c in inner if not c.is_weak]
        keep = [c for c in inner if strong and not c.never_alone]
        for chosen in inner:
            if chosen not in keep:
                self._remarks.append(
                    Remark(
                        RemarkKind.MISSED,
                        "S2S301",
                        chosen.candidate.stmt.header,
                        "the loop is parallel, but it is launched more often than it has work",
                        help="interchange or restructure the serial loops around it",
                        function=self._function.name,
                    )
                )
        return keep

    def _region(self, chosen: _Chosen, records: set[str]) -> TargetRegion:
        candidate = chosen.candidate
        return TargetRegion(
            self._function.name,
            candidate.stmt.span,
            candidate.stmt.span,
            private=candidate.private,
            lastprivate=candidate.lastprivate,
            reductions=tuple(self._section_item(r, candidate) for r in candidate.reductions),
            extrema=tuple(named_apart(candidate.extrema, records)),
            final_values=candidate.final_values,
            requires=candidate.requires,
        )

    def _section_item(self, item: ReductionItem, candidate: Candidate) -> ReductionItem:
        """Write out the section of an array reduction."""
        if not item.item.startswith("@"):
            return item
        from s2s.analysis.extents import Renderer

        facts: Facts = self._analyses.facts
        renderer = Renderer(facts.parameters)
        for symbol, use in candidate.uses.arrays.items():
            if symbol.name == item.item[1:]:
                return replace(item, item=renderer.item(symbol, use.section))
        raise AssertionError(item.item)

    # -- remarks ---------------------------------------------------------------------------------

    def _leave_alone(self, stmt: Stmt, directive: Pragma) -> None:
        """Say of every loop under the user's own directive that it stays as it is."""
        for inner in walk_statements(stmt):
            if isinstance(inner, (For, While)):
                self._remarks.append(
                    Remark(
                        RemarkKind.MISSED,
                        "S2S112",
                        inner.header if isinstance(inner, For) else _keyword(inner),
                        "the loop stands under an OpenMP directive, which is left as it is",
                        (Label(directive.span, "this directive"),),
                        "--convert-omp lets s2s replace CPU worksharing directives",
                        self._function.name,
                    )
                )

    def _refuse(self, refusal: Refusal, stmt: For) -> None:
        labels = refusal.labels
        if not labels and refusal.span not in (stmt.span, stmt.header):
            labels = (Label(refusal.span, "here"),)
        self._remarks.append(
            Remark(
                RemarkKind.MISSED,
                refusal.code,
                stmt.header,
                refusal.message,
                labels,
                refusal.help,
                self._function.name,
            )
        )

    def _while_remark(self, stmt: While) -> None:
        self._remarks.append(
            Remark(
                RemarkKind.MISSED,
                "S2S113",
                _keyword(stmt),
                "the number of iterations of a 'while' loop is not known before it runs",
                help="loops inside it are looked at on their own",
                function=self._function.name,
            )
        )

    def _never_pays(self, stmt: For, work: Work) -> None:
        self._remarks.append(
            Remark(
                RemarkKind.MISSED,
                "S2S301",
                stmt.header,
                f"the loop is parallel, but its {work.operations:.0f} operations never pay for a "
                "launch",
                help="-P offload-loops{minimum-work=0} offloads it all the same",
                function=self._function.name,
            )
        )
