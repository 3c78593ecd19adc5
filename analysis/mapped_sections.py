# SPDX-License-Identifier: Apache-2.0
"""What an environment maps of each array: one section that means the same throughout.

A section must lie within the array even when a part of the environment does not run, so only
accesses that surely happen (once the loops around them run at all) extend it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2s.analysis.allocation import allocation_length
from s2s.analysis.environment import Environment, IllegalEnvironment
from s2s.analysis.extents import Section
from s2s.analysis.facts import Effects, may_change
from s2s.analysis.kernel import RegionUses, union_of
from s2s.analysis.lifetimes import Lifetimes, joined
from s2s.analysis.polynomial import Polynomial
from s2s.ir.program import (
    Break,
    Compound,
    Continue,
    For,
    Goto,
    If,
    Return,
    Stmt,
    Switch,
    While,
)
from s2s.ir.types import Symbol

if TYPE_CHECKING:
    from s2s.analysis.data_movement import DataMovement

_JUMPS = (Break, Continue, Goto, Return)


@dataclass(slots=True)
class _Pieces:
    """Sections by whether they are surely accessed; None where one is not known."""

    sure: dict[Symbol, list[Section | None]] = field(default_factory=dict)
    unsure: dict[Symbol, list[Section | None]] = field(default_factory=dict)


class MappedSections:
    """Finds the sections of one environment."""

    def __init__(self, movement: DataMovement, env: Environment, effects: Effects) -> None:
        self._movement = movement
        self._facts = movement.analyses.facts
        self._env = env
        self._effects = effects
        self._pieces: _Pieces | None = None
        self._certain = True
        self._jumping: set[Stmt] = set()
        self._outside = {s for tail in env.tails for s in tail}

    def find(self, symbols: set[Symbol], lives: Lifetimes) -> None:
        """Set the sections of the environment.

        Raises:
            IllegalEnvironment: a pointer has none.
        """
        for symbol in symbols:
            effects = self._effects
            if symbol in lives.entered:
                after = self._env.statements[lives.entered[symbol] + 1 :]
                effects = joined(after, self._facts)
            self._env.sections[symbol] = self._section(symbol, effects)

    def check_inner(self) -> None:
        """A construct inside must not read its section's bounds from memory that is written.

        The bounds are read on the host, whose copy may be out of date by then.

        Raises:
            IllegalEnvironment: one does.
        """
        names = self._facts.parameters
        for kernel in self._env.kernels:
            for use in kernel.uses.arrays.values():
                atoms = use.section.atoms if use.section is not None else ()
                if any(s in self._effects.memory for a in atoms for s in names.get(a).symbols):
                    raise IllegalEnvironment

    def _section(self, symbol: Symbol, effects: Effects) -> Section | None:
        group = self._movement.aliases.swap_class(symbol)
        whole: list[Section | None] = []
        for stmt in self._env.statements:
            uses = self._movement.uses(stmt)
            whole += [uses.arrays[m].section for m in group if m in uses.arrays]
        found = self._hull(whole)
        if found is None or not self._is_steady(found.atoms, effects):
            found = self._hull_of_pieces(group)
        if found is not None and self._is_steady(found.atoms, effects):
            return found
        if not symbol.type.is_pointer:
            return None
        length = allocation_length(self._movement.function, symbol, self._facts)
        if length is None or not self._is_steady(length.atoms, effects):
            raise IllegalEnvironment
        return Section(Polynomial(), length - Polynomial.constant_of(1))

    def _hull(self, sections: list[Section | None]) -> Section | None:
        known = [s for s in sections if s is not None]
        return union_of(known) if known and len(known) == len(sections) else None

    def _is_steady(self, atoms: Iterable[str], effects: Effects) -> bool:
        """Whether code with these effects leaves the values of parameters as they are."""
        names = self._facts.parameters
        return not any(
            may_change(effects, x, self._facts) for a in atoms for x in names.get(a).symbols
        )

    # -- statement by statement ------------------------------------------------------------------

    def _hull_of_pieces(self, group: frozenset[Symbol]) -> Section | None:
        """Return the hull of what kernels and host statements access, each on its own."""
        if self._pieces is None:
            self._pieces = _Pieces()
            for stmt in self._env.statements:
                self._mark_jumps(stmt)
            for stmt in self._env.statements:
                self._collect(stmt)
        sure = self._hull([s for m in group for s in self._pieces.sure.get(m, [])])
        if sure is None:
            return None
        for member in group:
            for section in self._pieces.unsure.get(member, []):
                if section is None or union_of([sure, section]) != sure:
                    return None
        return sure

    def _mark_jumps(self, stmt: Stmt) -> bool:
        """Remember the statements that are or contain jumps."""
        found = [self._mark_jumps(child) for child in stmt.children]
        if isinstance(stmt, _JUMPS) or any(found):
            self._jumping.add(stmt)
        return stmt in self._jumping

    def _collect(self, stmt: Stmt) -> None:
        movement = self._movement
        site = movement.kernels.get(stmt)
        if site is not None:
            self._note(site.uses)
            return
        jumps = stmt in self._jumping
        if stmt not in movement.holders and not (jumps and isinstance(stmt, (If, Compound))):
            self._note(movement.uses(stmt))
            self._certain &= not jumps
            return
        certain = self._certain
        if isinstance(stmt, If):
            made = movement.as_statement(stmt.condition)
            if made is not None:
                self._note(movement.uses(made))
        self._certain &= isinstance(stmt, (Compound, For, While))
        for child in stmt.children:
            if child in self._outside:
                break
            self._collect(child)
        if isinstance(stmt, (If, Switch)):
            self._certain = certain
        self._certain &= not jumps

    def _note(self, uses: RegionUses) -> None:
        assert self._pieces is not None
        pieces = self._pieces.sure if self._certain else self._pieces.unsure
        for symbol, use in uses.arrays.items():
            pieces.setdefault(symbol, []).append(use.section)
