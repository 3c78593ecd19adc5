# SPDX-License-Identifier: Apache-2.0
"""Memory that pointers lead to which are stored where the points-to analysis does not look."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

from s2s.analysis.roots import UNKNOWN, Root, RootKind
from s2s.analysis.stored_pointers import stored_pointers
from s2s.ir.program import Call, Expr, Function, Program, Return, walk_statements
from s2s.ir.types import Symbol, SymbolKind

_OUTSIDE = (RootKind.PARAMETER, RootKind.UNKNOWN)


class PointsTo(Protocol):
    """What is asked of the points-to analysis."""

    def roots(self, symbol: Symbol) -> frozenset[Root]:
        """Return what a variable, used as a pointer or array, can refer to."""
        ...

    def roots_of(self, expression: Expr) -> frozenset[Root]:
        """Return what a pointer-valued expression can point to."""
        ...

    def calls_of(self, function: Function) -> list[tuple[Function, Call]]:
        """Return (caller, call) for every direct call in the file."""
        ...

    def owner(self, symbol: Symbol) -> Function | None:
        """Return the function that a parameter or local variable belongs to."""
        ...


class EscapedMemory:
    """What stored pointers refer to, for one file."""

    def __init__(self, program: Program, aliases: PointsTo) -> None:
        self._program = program
        self._aliases = aliases

    def contains(self, symbol: Symbol) -> bool:
        """Whether the memory that a variable names may be reached through a stored pointer."""
        return bool((self._aliases.roots(symbol) & self._roots) - {UNKNOWN})

    def may_reach(self, holder: Symbol, symbol: Symbol) -> bool:
        """Whether pointers stored behind (or in) ``holder`` may lead to what ``symbol`` names."""
        roots = self._aliases.roots(symbol)
        if self.contains(symbol) or any(root.kind in _OUTSIDE for root in roots):
            return True
        owner = self._aliases.owner(holder)
        if owner is not None and owner.name == "main":
            return False  # what is handed to main is older than the program's own memory
        foreign = any(root.kind in _OUTSIDE for root in self._aliases.roots(holder))
        return (foreign or holder.kind is SymbolKind.GLOBAL) and any(
            isinstance(r.identity, Symbol) and r.identity.kind is SymbolKind.GLOBAL for r in roots
        )

    @cached_property
    def _roots(self) -> frozenset[Root]:
        out: set[Root] = set()
        pending = list(stored_pointers(self._program))
        while pending:
            for root in self._aliases.roots_of(pending.pop()) - out:
                out.add(root)
                pending += self._passed_for(root)
            if not pending:
                out |= {Root(RootKind.FRESH, call) for call in self._calls_returning(out)}
        return frozenset(out)

    def _passed_for(self, root: Root) -> list[Expr]:
        """Return what the calls in the file pass for a parameter."""
        if root.kind is not RootKind.PARAMETER or not isinstance(root.identity, Symbol):
            return []
        owner = self._aliases.owner(root.identity)
        if owner is None:
            return []
        position = [p.symbol for p in owner.parameters].index(root.identity)
        calls = [call for _, call in self._aliases.calls_of(owner)]
        return [c.arguments[position] for c in calls if position < len(c.arguments)]

    def _calls_returning(self, roots: set[Root]) -> Iterator[Call]:
        """Yield the calls whose function may return a pointer with one of some roots."""
        known, changed = set(roots), True
        while changed:
            changed = False
            for function in self._program.functions:
                returned = (
                    self._aliases.roots_of(s.value)
                    for s in walk_statements(function.body)
                    if isinstance(s, Return) and s.value is not None and s.value.type.is_pointer
                )
                if not any(found & known for found in returned):
                    continue
                for _, call in self._aliases.calls_of(function):
                    if Root(RootKind.FRESH, call) not in known:
                        known.add(Root(RootKind.FRESH, call))
                        changed = True
                        yield call
