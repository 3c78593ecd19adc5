# SPDX-License-Identifier: Apache-2.0
"""Analyses on request, each computed once for a program.

The IR is immutable and nothing is attached to it, so what is cached cannot go stale.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar, cast

from s2s.analysis.aliasing import Aliases
from s2s.analysis.assumptions import Assuming
from s2s.analysis.def_use import ControlFlow
from s2s.analysis.dependence import NestFacts, analyse_nest, describe_nest
from s2s.analysis.facts import Facts, ParameterNames
from s2s.analysis.kernel import RegionUses, region_uses
from s2s.analysis.loop_nest import build_nest
from s2s.analysis.orderings import Ordering
from s2s.analysis.summaries import Summaries
from s2s.ir.program import For, Function, Program, Stmt, While, walk_statements
from s2s.ir.types import Symbol
from s2s.source import Span

T = TypeVar("T")


class Analyses:
    """The analyses of one program."""

    def __init__(
        self, program: Program, *, strict_aliasing: bool = True, assume_noalias: bool = False
    ) -> None:
        self.program = program
        self._strict = strict_aliasing
        self._noalias = assume_noalias
        self._flows: dict[Function, ControlFlow] = {}
        self._nests: dict[Stmt, NestFacts] = {}
        self._described: dict[Stmt, NestFacts] = {}
        self._uses: dict[tuple[Stmt, bool], RegionUses] = {}
        self._functions: dict[str, Function] = {}
        self._by_span: dict[Span, Stmt] = {}
        self._memo: dict[object, object] = {}

    @cached_property
    def facts(self) -> Facts:
        """The file-wide facts."""
        aliases = Aliases(self.program, strict=self._strict, assume_noalias=self._noalias)
        names = ParameterNames(self.program.size_type)
        return Facts(self.program, aliases, Summaries(self.program, aliases), names)

    def control_flow(self, function: Function) -> ControlFlow:
        """Return the control-flow graph of a function."""
        found = self._flows.get(function)
        if found is None:
            found = self._flows[function] = ControlFlow(function, self.facts)
        return found

    def nest(self, function: Function, root: Stmt) -> NestFacts:
        """Return the dependence facts of the nest below a loop."""
        found = self._nests.get(root)
        if found is None:
            found = analyse_nest(build_nest(function, root, self.facts), self.facts)
            self._nests[root] = found
        return found

    def proved_nest(self, function: Function, root: Stmt) -> NestFacts:
        """Return the facts of a nest that need no test at run time."""
        found = self.nest(function, root)
        if not found.assumptions:
            return found

        def prove() -> NestFacts:
            nest = build_nest(function, root, self.facts)
            return analyse_nest(nest, self.facts, assuming=Assuming.NOTHING)

        return self.cached(("proved", root), prove)

    def ordering(self, nest: NestFacts) -> Ordering:
        """Return the means to ask about other execution orders of a nest."""
        return self.cached(("ordering", id(nest)), lambda: Ordering(nest.nest, self.facts))

    def cached_nest(self, root: Stmt) -> NestFacts | None:
        """Return the facts of a nest if they have been computed for this very root."""
        return self._nests.get(root)

    def references(
        self, function: Function, root: Stmt, fixed: frozenset[Symbol] = frozenset()
    ) -> NestFacts:
        """Return the references of any statement, without verdicts."""
        found = self._described.get(root)
        if found is None:
            nest = build_nest(function, root, self.facts, fixed)
            found = self._described[root] = describe_nest(nest, self.facts)
        return found

    def kernel_uses(self, function: Function, root: Stmt) -> RegionUses:
        """Return what a candidate target region needs from the data environment."""
        key = (root, True)
        if key not in self._uses:
            nest = self.nest(function, root)
            self._uses[key] = region_uses(function, root, nest, self.facts)
        return self._uses[key]

    def uses(
        self, function: Function, root: Stmt, fixed: frozenset[Symbol] = frozenset()
    ) -> RegionUses:
        """Return what any statement touches (``exposed`` is not computed)."""
        key = (root, False)
        if key not in self._uses:
            nest = self.references(function, root, fixed)
            self._uses[key] = region_uses(function, root, nest, self.facts)
        return self._uses[key]

    def cached(self, key: object, make: Callable[[], T]) -> T:
        """Return what ``make`` returned the first time it was asked for under ``key``."""
        if key not in self._memo:
            self._memo[key] = make()
        return cast(T, self._memo[key])

    def function_named(self, name: str) -> Function:
        """Return the definition of a function."""
        if not self._functions:
            self._functions = {f.name: f for f in reversed(self.program.functions)}
        return self._functions[name]

    def loop_at(self, span: Span) -> Stmt:
        """Return the statement with exactly this span."""
        if not self._by_span:
            for function in self.program.functions:
                for stmt in walk_statements(function.body):
                    self._by_span.setdefault(stmt.span, stmt)
                for stmt in walk_statements(function.body):
                    if isinstance(stmt, (For, While)):
                        self._by_span[stmt.span] = stmt
        return self._by_span[span]
