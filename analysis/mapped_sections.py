# SPDX-License-Identifier: Apache-2.0
"""What an environment maps of each array: one section that means the same throughout.

A section must lie within the array even when a part of the environment does not run, so only
accesses that surely happen (once the loops around them run at all) extend it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from s2s.analysis.environment import Environment, IllegalEnvironment
from s2s.analysis.extents import Section
from s2s.analysis.facts import Effects, any_may_change
from s2s.analysis.kernel import RegionUses, union_of
from s2s.analysis.lifetimes import Lifetimes, joined
from s2s.analysis.scopes import is_set_before
from s2s.analysis.whole_arrays import whole_pointee
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
from s2s.ir.types import Symbol, SymbolKind

if TYPE_CHECKING:
    from s2s.analysis.data_movement import DataMovement

_JUMPS = (Break, Continue, Goto, Return)


@dataclass(slots=True)
class _Pieces:
    """Sections of some variables, surely accessed or not; None where one is not known.

    Those that are surely accessed on a condition that is known are ``flagged``.
    """

    group: frozenset[Symbol]
    sure: list[Section | None] = field(default_factory=list)
    unsure: list[Section | None] = field(default_factory=list)
    flagged: list[Section | None] = field(default_factory=list)
    certain: bool = True

    def note(self, uses: RegionUses) -> None:
        """Add what a statement uses."""
        for section in (uses.arrays[m].section for m in self.group if m in uses.arrays):
            if self.certain and section is not None and section.flag is not None:
                self.flagged.append(section)
            elif self.certain and not (section is not None and section.conditional):
                self.sure.append(section)
            else:
                self.unsure.append(section)

    @property
    def hull(self) -> Section | None:
        """The section that holds all of them whatever the conditions are, None when none does."""
        if self.sure:
            hull, others = _union(self.sure), [*self.unsure, *self.flagged]
        else:  # what is used on another condition would find nothing mapped
            hull, others = _union(self.flagged), self.unsure
        if hull is None or (hull.conditional and hull.flag is None):
            return None
        inside = all(s is not None and _contains(hull, s) for s in others)
        return hull if inside else None


class MappedSections:
    """Finds the sections of one environment."""

    def __init__(self, movement: DataMovement, env: Environment, effects: Effects) -> None:
        self._movement = movement
        self._facts = movement.analyses.facts
        self._env = env
        self._effects = effects
        self._jumping: set[Stmt] = set()
        self._outside = {s for tail in env.tails for s in tail}

    def find(self, symbols: set[Symbol], lives: Lifetimes) -> None:
        """Set the sections of the environment.

        Raises:
            IllegalEnvironment: a pointer has none.
        """
        for stmt in self._env.statements:
            self._mark(stmt, _JUMPS, self._jumping)
        sites = self._movement.device_calls.sites.values()
        handed_over = {x for k in self._env.kernels if k in sites for x in k.uses.arrays}
        for symbol in symbols:
            effects, begin = self._effects, lives.begin(symbol)
            if begin:
                effects = joined(self._env.statements[begin:], self._facts)
            if not self._is_there(symbol, begin, handed_over):
                raise IllegalEnvironment
            find = self._whole if symbol in handed_over else self._section
            self._env.sections[symbol] = find(symbol, effects, begin)

    def _is_there(self, symbol: Symbol, begin: int, handed_over: set[Symbol]) -> bool:
        """Whether what a pointer points to surely exists where it would be mapped."""
        function = self._movement.function
        if not symbol.type.is_pointer or self._facts.aliases.owner(symbol) is not function:
            return True
        if symbol.kind is SymbolKind.PARAMETER:  # it may be null where it is not used
            group = self._movement.aliases.swap_class(symbol)
            return symbol not in handed_over or bool(self._pieces(group, begin, whole=False).sure)
        place = self._env.place(begin)
        return symbol.is_global or is_set_before(function, place, symbol, self._facts)

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

    def _section(self, symbol: Symbol, effects: Effects, begin: int) -> Section | None:
        group = self._movement.aliases.swap_class(symbol)
        for whole in (True, False):
            found = self._hull(group, begin, whole=whole)
            if found is not None and self._is_steady(found.atoms, effects):
                return found
        return self._whole(symbol, effects, begin)

    def _whole(self, symbol: Symbol, effects: Effects, begin: int) -> Section | None:
        """Return the section that is all of an array, which callees may ask for in part."""
        if not symbol.type.is_pointer:
            return None
        place = self._env.place(begin)
        section = whole_pointee(self._movement.function, symbol, place, self._facts)
        if section is None or not self._is_steady(section.atoms, effects):
            raise IllegalEnvironment
        return section

    def _is_steady(self, atoms: Iterable[str], effects: Effects) -> bool:
        """Whether code with these effects leaves the values of parameters as they are."""
        return not any_may_change(effects, atoms, self._facts)

    # -- statement by statement ------------------------------------------------------------------

    def _hull(self, group: frozenset[Symbol], begin: int, *, whole: bool) -> Section | None:
        """Return the hull of what is accessed from a statement on.

        ``whole``: take statements that stay inside the environment as they are, else kernels and
        host statements one by one.
        """
        return self._pieces(group, begin, whole=whole).hull

    def _pieces(self, group: frozenset[Symbol], begin: int, *, whole: bool) -> _Pieces:
        pieces = _Pieces(group)
        for stmt in self._env.statements[begin:]:
            if whole and not self._leaves(stmt):
                pieces.note(self._movement.uses(stmt))
            else:
                self._collect(stmt, pieces)
        return pieces

    def _leaves(self, stmt: Stmt) -> bool:
        return any(stmt.span.contains(tail[0].span) for tail in self._env.tails)

    def _mark(self, stmt: Stmt, kinds: tuple[type[Stmt], ...], out: set[Stmt]) -> bool:
        """Remember the statements that are or contain some kinds of statements."""
        found = [self._mark(child, kinds, out) for child in stmt.children]
        if isinstance(stmt, kinds) or any(found):
            out.add(stmt)
        return stmt in out

    def _collect(self, stmt: Stmt, pieces: _Pieces) -> None:
        movement = self._movement
        site = movement.kernels.get(stmt)
        if site is not None:
            pieces.note(site.uses)
            return
        call = movement.device_calls.sites.get(stmt)
        if call is not None:
            pieces.note(call.uses)
        jumps = stmt in self._jumping
        if stmt not in movement.holders and not (jumps and isinstance(stmt, (If, Compound))):
            pieces.note(movement.uses(stmt))
            pieces.certain &= not jumps
            return
        certain = pieces.certain
        if isinstance(stmt, If):
            made = movement.as_statement(stmt.condition)
            if made is not None:
                pieces.note(movement.uses(made))
        pieces.certain &= isinstance(stmt, (Compound, For, While))
        for child in stmt.children:
            if child in self._outside:
                break
            self._collect(child, pieces)
        if isinstance(stmt, (If, Switch)):
            pieces.certain = certain
        pieces.certain &= not jumps


def _union(sections: list[Section | None]) -> Section | None:
    known = [s for s in sections if s is not None]
    return union_of(known) if known and len(known) == len(sections) else None


def _contains(hull: Section, other: Section) -> bool:
    """Whether a section lies within another, and is used on its condition only."""
    if hull.flag is not None and hull.flag != other.flag:
        return False
    bounds = replace(hull, flag=None)
    return union_of([bounds, replace(other, flag=None)]) == bounds
