# SPDX-License-Identifier: Apache-2.0
"""What calls inside a data environment do to the arrays that it maps."""

from __future__ import annotations

from dataclasses import dataclass

from s2s.analysis.device_calls import DeviceCalls
from s2s.analysis.environment import Environment, IllegalEnvironment, is_release
from s2s.analysis.escapes import escapes
from s2s.analysis.extents import Section
from s2s.analysis.facts import Facts, apart, base_variable
from s2s.analysis.lifetimes import Lifetimes
from s2s.analysis.roots import RootKind
from s2s.analysis.whole_arrays import whole_pointee
from s2s.ir.program import Call, Function, Stmt, all_expressions
from s2s.ir.types import Symbol, SymbolKind


@dataclass(frozen=True, slots=True)
class MappedCalls:
    """The calls of one function, in a file where ``offloading`` functions have kernels."""

    function: Function
    offloading: frozenset[Symbol]
    facts: Facts
    device_calls: DeviceCalls

    def check(self, env: Environment, symbols: set[Symbol], lives: Lifetimes) -> None:
        """Calls between kernels must not offload, or reach mapped arrays unseen.

        A function that offloads but only reads an array, or leaves it to the device, finds it
        present there; all of it must be mapped then, whatever section the function asks for.

        Raises:
            IllegalEnvironment: one does.
        """
        summaries = self.facts.summaries
        for stmt in env.statements:
            for expression in all_expressions(stmt):
                if not isinstance(expression, Call):
                    continue
                summary = summaries.of_call(expression)
                if not (summary.unknown or self.offloads(expression)):
                    continue
                for symbol in symbols:
                    if symbol in self.device_calls.uses(expression):
                        continue
                    if not self._reachable_by_call(symbol, expression):
                        continue
                    if summary.unknown or not self._only_read(symbol, expression):
                        raise IllegalEnvironment
                    env.sections[symbol] = self._whole(symbol, env.place(lives.begin(symbol)))
                    env.read_by_callees.add(symbol)

    def offloads(self, call: Call) -> bool:
        """Whether a call leads to target constructs."""
        callee = call.callee
        return callee is not None and bool(self.facts.summaries.reachable(callee) & self.offloading)

    def releases(self, env: Environment, symbols: set[Symbol]) -> bool:
        """Whether an array's memory is given back inside, or may be."""
        summaries = self.facts.summaries
        outside = {e for tail in env.tails for s in tail for e in all_expressions(s)}
        for stmt in env.statements:
            for call in all_expressions(stmt):
                if not isinstance(call, Call) or call in outside:
                    continue
                if is_release(call):
                    root = base_variable(call.arguments[0]) if call.arguments else None
                    if root is None or any(not apart(root, s, self.facts) for s in symbols):
                        return True
                elif call.callee is not None and any(
                    isinstance(e, Call) and is_release(e)
                    for callee in summaries.reachable(call.callee)
                    if (function := summaries.function(callee)) is not None
                    for e in all_expressions(function.body)
                ):
                    return True
        return False

    def _only_read(self, symbol: Symbol, call: Call) -> bool:
        """Whether a known function reads a variable's memory through its arguments only."""
        summary = self.facts.summaries.of_call(call)
        if symbol in summary.global_reads | summary.global_writes:
            return False
        if len(self.facts.aliases.swap_class(symbol)) > 1:
            return False
        positions = [
            i for i, a in enumerate(call.arguments)
            if (r := base_variable(a)) is not None
            and (r is symbol or (a.type.is_pointer and not apart(r, symbol, self.facts)))
        ]  # fmt: skip
        return not any(p in summary.writes for p in positions)

    def _whole(self, symbol: Symbol, place: Stmt) -> Section | None:
        """Return the section that is all of an array (None for a declared one)."""
        if not symbol.type.is_pointer:
            return None
        section = whole_pointee(self.function, symbol, place, self.facts)
        if section is None:
            raise IllegalEnvironment
        return section

    def _reachable_by_call(self, symbol: Symbol, call: Call) -> bool:
        """Whether an unknown function may touch what a variable names."""
        for argument in call.arguments:
            if base_variable(argument) is symbol:
                return True
            if argument.type.is_pointer and not symbol.type.is_scalar:
                root = base_variable(argument)
                if root is not None and not apart(root, symbol, self.facts):
                    return True
        summary = self.facts.summaries.of_call(call)
        touched = summary.global_reads | summary.global_writes
        if symbol in touched or any(not apart(g, symbol, self.facts) for g in touched):
            return True
        if not summary.unknown:
            return False
        if self.facts.aliases.escapes(symbol):
            return True
        if symbol.is_global or symbol.kind is SymbolKind.PARAMETER:
            return True
        roots = self.facts.aliases.roots(symbol)
        if any(r.kind not in (RootKind.FRESH, RootKind.OBJECT) for r in roots):
            return True
        if any(isinstance(r.identity, Symbol) and r.identity.is_global for r in roots):
            return True
        return escapes(symbol, self.function, self.facts)
