# SPDX-License-Identifier: Apache-2.0
"""What happens to mapped arrays along the statements of a data environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from s2s.analysis.environment import (
    Environment,
    HostTransfer,
    IllegalEnvironment,
    leaves,
)
from s2s.analysis.extents import Section, inner_sizes
from s2s.analysis.kernel import ArrayUse, RegionUses, declared_in
from s2s.ir.program import (
    Call,
    Compound,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Goto,
    If,
    Label,
    Null,
    Ref,
    Return,
    Stmt,
    Switch,
    While,
    all_expressions,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol

if TYPE_CHECKING:
    from s2s.analysis.data_movement import DataMovement


class DeviceWalk:
    """One pass over the statements of an environment, in program order."""

    def __init__(
        self,
        movement: DataMovement,
        env: Environment,
        symbols: set[Symbol],
    ) -> None:
        self._movement = movement
        self._env = env
        self._symbols = symbols
        self.stale: set[Symbol] = set()
        self.covered: set[Symbol] = set()
        self.exposed: set[Symbol] = set()
        self.partial: set[Symbol] = set()
        self.written: set[Symbol] = set()
        self.read: set[Symbol] = set()
        self.sites: dict[Symbol, int] = {}
        self.transfers: list[HostTransfer] = []
        self.on_device: list[Stmt] = []
        self._depth = 0

    def block(self, stmts: Sequence[Stmt]) -> None:
        """Visit sibling statements."""
        for stmt in stmts:
            self.visit(stmt)

    def visit(self, stmt: Stmt) -> None:
        """Visit one statement."""
        movement = self._movement
        site = movement.kernels.get(stmt)
        if site is not None:
            self._device(site.uses)
        elif stmt not in movement.holders:
            self._host(stmt)
        elif isinstance(stmt, Compound):
            self.block(stmt.body)
        elif isinstance(stmt, If):
            self._if(stmt)
        elif isinstance(stmt, (For, While)):
            self._loop(stmt)
        else:
            raise IllegalEnvironment

    def _if(self, stmt: If) -> None:
        self._refuse_stale(stmt.condition)
        before_stale, before_covered = set(self.stale), set(self.covered)
        self.visit(stmt.then)
        after_stale = set(self.stale)
        self.stale, self.covered = set(before_stale), set(before_covered)
        if stmt.otherwise is not None:
            self.visit(stmt.otherwise)
        self.stale |= after_stale
        self.covered = before_covered

    def _loop(self, stmt: For | While) -> None:
        self._forget_partly_covered()
        before = set(self.covered)
        self._depth += 1
        first = (len(self.transfers), len(self.on_device))
        if isinstance(stmt, For) and stmt.init is not None:
            self._host(stmt.init)
        self.visit(stmt.body)
        for expression in stmt.expressions:
            self._refuse_stale(expression)
        # once more, with what an iteration leaves stale
        del self.transfers[first[0] :]
        del self.on_device[first[1] :]
        self.visit(stmt.body)
        self._depth -= 1
        self.covered = before

    def _forget_partly_covered(self) -> None:
        """Pointers may be exchanged from here on: all of them are covered, or none is."""
        for symbol in list(self.covered):
            if not self._movement.aliases.swap_class(symbol) <= self.covered:
                self.covered.discard(symbol)

    def _refuse_stale(self, expression: Expr) -> None:
        """A header or condition must not read what only the device knows."""
        if self._reads_stale(expression):
            raise IllegalEnvironment

    def _reads_stale(self, expression: Expr) -> bool:
        return any(
            isinstance(part, Ref)
            and part.symbol in self._symbols
            and self._movement.aliases.swap_class(part.symbol) & self.stale
            for part in walk_expression(expression)
        )

    def _device(self, uses: RegionUses) -> None:
        weight = 2 if self._depth else 1
        for symbol, use in uses.arrays.items():
            self.sites[symbol] = self.sites.get(symbol, 0) + weight
            if use.reads:
                self.read.add(symbol)
            if use.exposed and symbol not in self.covered:
                self.exposed.add(symbol)
            if use.writes:
                self.written.add(symbol)
                group = self._movement.aliases.swap_class(symbol)
                self.stale |= group
                if use.covered and use.section == self._env.sections.get(symbol):
                    if len(group) == 1 or not self._depth:
                        self.covered.add(symbol)
                elif symbol not in self.covered:
                    self.partial.add(symbol)

    def _host(self, stmt: Stmt) -> None:
        if isinstance(stmt, Null):
            return
        uses = self._movement.uses(stmt)
        for other in uses.arrays.keys() - self._symbols:
            if not all(self._movement.apart(other, s) for s in self._symbols):
                raise IllegalEnvironment  # the host reaches a mapped array by another name
        touched = {s: u for s, u in uses.arrays.items() if s in self._symbols}
        for symbol in list(touched):
            group = self._movement.aliases.swap_class(symbol)
            if len(group) > 1:  # the names may have been exchanged: any may be meant
                uses_of = [touched[m] for m in group if m in touched]
                for member in group:
                    touched[member] = replace(
                        touched[symbol], symbol=member, covered=False,
                        reads=any(u.reads for u in uses_of),
                        writes=any(u.writes for u in uses_of),
                    )  # fmt: skip
        needs = {s: u for s, u in touched.items() if u.writes or (u.reads and s in self.stale)}
        if not needs:
            return
        if self._runs_on_device(stmt, uses):
            self.on_device.append(stmt)
            self._device(_as_device(uses))
            return
        if isinstance(stmt, If) and not self._reads_stale(stmt.condition):
            self._if(stmt)
            return
        if isinstance(stmt, Compound):
            self.block(stmt.body)
            return
        for symbol, use in needs.items():
            section = self._update_section(symbol, use)
            if symbol in self.stale and (use.reads or not use.covered):
                self.transfers.append(HostTransfer(stmt, symbol, section, to_device=False))
            if use.writes:
                self.transfers.append(HostTransfer(stmt, symbol, section, to_device=True))
            if symbol not in self.covered:
                self.partial.add(symbol)
                self.exposed.add(symbol)

    def _update_section(self, symbol: Symbol, use: ArrayUse) -> Section | None:
        """Return the section of an update: what the host touches, else all that is mapped.

        Bounds that are read from a mapped array will not do: its host copy may be out of date.
        Nor will a section whose length may be negative, for an update has no condition of its own.
        """
        names = self._movement.analyses.facts.parameters
        section, mapped = use.section, self._env.sections[symbol]
        if section is not None and not use.problem:
            if section.needs_condition and section != mapped:
                return mapped
            read = {s for a in section.atoms for s in names.get(a).symbols}
            if not read & self._symbols:
                return section
        return mapped

    def _runs_on_device(self, stmt: Stmt, uses: RegionUses) -> bool:
        """Whether running a host statement serially on the device is legal and cheaper."""
        if isinstance(stmt, DeclStmt) or not isinstance(stmt, (ExprStmt, For, If, Compound)):
            return False
        if stmt.from_macro or leaves(stmt) or uses.unresolved:
            return False
        own = declared_in(stmt)
        flow = self._movement.analyses.control_flow(self._movement.function)
        live = flow.live_after(stmt)
        for symbol in uses.assigned_scalars - own:
            if symbol in live or symbol.is_global:
                return False
        if any(u.problem for u in uses.arrays.values()):
            return False
        if any(s.type.any_volatile for s in uses.arrays):
            return False
        summaries = self._movement.analyses.facts.summaries
        for expression in all_expressions(stmt):
            if isinstance(expression, Call):
                summary = summaries.of_call(expression)
                if summary.problem or not summary.is_pure or summary.global_reads:
                    return False
                if expression.callee is not None and summaries.function(expression.callee):
                    return False
        for inner in walk_statements(stmt):
            if isinstance(inner, (While, Return, Goto, Switch, Label)):
                return False
        depth = _loop_depth(stmt)
        if depth == 0:
            return self._depth > 0
        return self._depth > 0 and depth <= max(
            _dimensions(s, self._env.sections.get(s)) for s in uses.arrays
        )


def _as_device(uses: RegionUses) -> RegionUses:
    """Treat every read of a serial region as exposed."""
    return RegionUses(
        {s: replace(u, exposed=u.reads or u.exposed) for s, u in uses.arrays.items()},
        uses.assigned_scalars,
        uses.read_scalars,
        uses.objects,
    )


def _loop_depth(stmt: Stmt) -> int:
    inner = max((_loop_depth(c) for c in stmt.children), default=0)
    return inner + isinstance(stmt, (For, While))


def _dimensions(symbol: Symbol, section: Section | None) -> int:
    if symbol.type.is_pointer and section is not None:
        return section.length.degree + len(inner_sizes(symbol))
    return 1 + len(inner_sizes(symbol))
