# SPDX-License-Identifier: Apache-2.0
"""Mark the functions and constants that device code refers to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.manager import Analyses
from s2s.diagnostics import Remark, RemarkKind
from s2s.ir.plan import DeclareTarget, OffloadPlan
from s2s.ir.program import Call, Ref, all_expressions
from s2s.ir.types import Symbol
from s2s.source import Span


@dataclass(frozen=True)
class DeclareTargets:
    """Put ``declare target`` around the functions that target regions call, and their constants.

    Legality: the functions have no side effects but through their arguments, are not recursive
    and use no variables with static storage except constants.

    Refuses: nothing; regions that call anything else are refused before.

    Example::

        #pragma omp declare target
        static double f(double x) { return x * x; }
        #pragma omp end declare target

    Source: OpenMP 5.2, section 7.8 (declare target directives).
    """

    name: ClassVar[str] = "declare-targets"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add the closure of all calls from target regions."""
        summaries = analyses.facts.summaries
        functions: set[Symbol] = set()
        for region in plan.regions:
            stmt = analyses.loop_at(region.loop)
            for expression in all_expressions(stmt):
                if isinstance(expression, Call) and expression.callee is not None:
                    functions |= summaries.reachable(expression.callee)
        found = []
        for function in analyses.program.functions:
            if function.symbol in functions:
                found.append(DeclareTarget(function.name, function.span))
        constants = {
            e.symbol for f in analyses.program.functions if f.symbol in functions
            for e in all_expressions(f.body) if isinstance(e, Ref) and e.symbol.is_global
        }  # fmt: skip
        for variable in analyses.program.globals:
            if variable.symbol in constants:
                found.append(DeclareTarget(variable.symbol.name, variable.symbol.span))
        remarks = [
            Remark(
                RemarkKind.PASSED,
                "S2S008",
                Span(d.span.begin, d.span.begin + 1),
                f"'{d.name}' is made available on the device",
                function=d.name,
            )
            for d in found
        ]
        return replace(
            plan,
            declare_targets=tuple(sorted(found, key=lambda d: d.span.begin)),
            remarks=(*plan.remarks, *remarks),
        )
