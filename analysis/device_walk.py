# SPDX-License-Identifier: Apache-2.0
"""What happens to mapped arrays along the statements of a data environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from s2s.analysis.coverage import Elements, read_elements, together_cover, within, written_elements
from s2s.analysis.environment import Environment, IllegalEnvironment, leaving
from s2s.analysis.extents import Section, section_of
from s2s.analysis.facts import Effects, any_may_change, effects_of, may_change
from s2s.analysis.host_copies import HostCopies, Sections
from s2s.analysis.kernel import ArrayUse, RegionUses, is_all_of, union_of, whole_of
from s2s.analysis.nest import MemoryObject
from s2s.analysis.serial_regions import is_short, may_run_on_device, with_all_reads_exposed
from s2s.ir.program import (
    Break,
    Call,
    Compound,
    Continue,
    Expr,
    For,
    If,
    Null,
    Stmt,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol

if TYPE_CHECKING:
    from s2s.analysis.data_movement import DataMovement

#: An update names at most so many sections of one array, else all that is mapped.
_MOST_SECTIONS = 4


class DeviceWalk:
    """One pass over the statements of an environment, in program order."""

    def __init__(
        self,
        movement: DataMovement,
        env: Environment,
        symbols: set[Symbol],
        effects: Effects,
    ) -> None:
        self._movement = movement
        self._facts = movement.analyses.facts
        self._env = env
        self._symbols = symbols
        self._effects = effects
        self._exits = set(env.exits)
        self.covered: set[Symbol] = set()
        self._covered_at: list[tuple[Stmt, frozenset[Symbol]]] = []
        self._parts: dict[Symbol, list[Elements]] = {}
        self.exposed: set[Symbol] = set()
        self.partial: set[Symbol] = set()
        self.written: set[Symbol] = set()
        self.read: set[Symbol] = set()
        self.sites: dict[Symbol, int] = {}
        self.host = HostCopies(self._facts.parameters, env.sections, env.transfers)
        self._depth = 0

    def block(self, stmts: Sequence[Stmt]) -> None:
        """Visit sibling statements."""
        for stmt in stmts:
            self.visit(stmt)
            if stmt in self._exits:
                break
        self.host.send()  # later statements may not see the names of this block

    def visit(self, stmt: Stmt) -> None:
        """Visit one statement."""
        movement = self._movement
        self.host.bounds_change(self._changed_by(stmt))
        site = movement.kernels.get(stmt)
        if site is not None:
            self._device(site.uses, stmt)
        elif stmt in movement.device_calls.sites:
            self._host(stmt)
            self._call(stmt)
        elif stmt in self._exits:
            self._leave(stmt)
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

    # -- control flow ----------------------------------------------------------------------------

    def _leave(self, at: Stmt) -> None:
        """The environment is left here: what comes back must have been written by now."""
        self.host.send()
        self._covered_at.append((at, frozenset(self.covered)))

    def is_covered_at_exits(self, symbol: Symbol, entered: int | None) -> bool:
        """Whether an array was written in full wherever the environment may be left.

        ``entered`` is the statement from which on the array exists.
        """
        begin = -1 if entered is None else self._env.statements[entered].span.end
        return all(symbol in covered for at, covered in self._covered_at if at.span.begin >= begin)

    def _if(self, stmt: If) -> None:
        self._condition(stmt)
        self.host.send()
        before = set(self.covered), {s: list(p) for s, p in self._parts.items()}
        current, stale = self.host.branch(), set(self.host.stale)
        self.visit(stmt.then)
        self.host.send()
        then_current, then_stale = self.host.current, self.host.stale
        self.covered, self._parts = set(before[0]), {s: list(p) for s, p in before[1].items()}
        self.host.current, self.host.stale = current, stale
        if stmt.otherwise is not None:
            self.visit(stmt.otherwise)
            self.host.send()
        self.host.join(then_current)
        self.host.stale = self.host.stale | then_stale
        self.covered, self._parts = before

    def _condition(self, stmt: If) -> None:
        """Let the host have what a condition reads."""
        made = self._movement.as_statement(stmt.condition)
        if made is None:
            return
        uses = self._movement.uses(made)
        touched = self._touched(uses)
        if any(u.writes for u in touched.values()):
            raise IllegalEnvironment
        self._offer(made, uses)
        self._transfer(stmt, made, touched)
        self._call(made)

    def _header(self, *parts: Expr | Stmt | None) -> None:
        """Visit parts of a loop's header, which has no place for updates."""
        for part in parts:
            made = part if part is None or isinstance(part, Stmt) else self._as_statement(part)
            if made is None:
                continue
            uses = self._movement.uses(made)
            self._offer(made, uses)
            touched = self._touched(uses)
            if uses.unresolved or any(u.writes or s in self.host.stale for s, u in touched.items()):
                raise IllegalEnvironment
            self._call(made)

    def _as_statement(self, expression: Expr) -> Stmt | None:
        return self._movement.as_statement(expression)

    def _loop(self, stmt: For | While) -> None:
        self._forget_partly_covered()
        self.host.forget()
        before = set(self.covered), {s: list(p) for s, p in self._parts.items()}
        self._depth += 1
        first = (len(self._env.transfers), len(self._env.on_device))
        if isinstance(stmt, For):
            self._header(stmt.init)
        if isinstance(stmt, For) or not stmt.is_do:
            self._calls_in(stmt.condition)
        self.visit(stmt.body)
        self.host.forget()
        self._header(stmt.increment if isinstance(stmt, For) else None, stmt.condition)
        # once more, with what an iteration leaves stale
        del self._env.transfers[first[0] :]
        del self._env.on_device[first[1] :]
        self.visit(stmt.body)
        self.host.forget()
        self._depth -= 1
        jumps = any(isinstance(s, (Break, Continue)) for s in leaving(stmt.body))
        if not (isinstance(stmt, While) and stmt.is_do) or jumps:
            self.covered = before[0]
        self._parts = before[1]

    def _forget_partly_covered(self) -> None:
        """Pointers may be exchanged from here on: all of them are covered, or none is."""
        for symbol in list(self.covered):
            if not self._movement.aliases.swap_class(symbol) <= self.covered:
                self.covered.discard(symbol)

    # -- the device ------------------------------------------------------------------------------

    def _device(self, uses: RegionUses, kernel: Stmt | None = None) -> None:
        weight = 2 if self._depth else 1
        self.host.send(uses.arrays)
        for symbol, use in uses.arrays.items():
            if symbol not in self._symbols:
                continue
            self.sites[symbol] = self.sites.get(symbol, 0) + weight
            if use.reads:
                self.read.add(symbol)
            if use.exposed and not self._read_after_written(symbol, kernel):
                self.exposed.add(symbol)
            if use.writes:
                self.written.add(symbol)
                group = self._movement.aliases.swap_class(symbol)
                self.host.device_writes(group & self._symbols)
                self._cover(symbol, use, group, kernel)

    def _call(self, stmt: Stmt) -> None:
        """Let calls use the device."""
        site = self._movement.device_calls.sites.get(stmt)
        if site is not None:
            self._device(site.uses)

    def _calls_in(self, condition: Expr | None) -> None:
        made = None if condition is None else self._as_statement(condition)
        if made is not None:
            self._call(made)

    def _cover(
        self, symbol: Symbol, use: ArrayUse, group: frozenset[Symbol], kernel: Stmt | None
    ) -> None:
        """Note what a kernel surely writes."""
        mapped, names = self._env.sections.get(symbol), self._facts.parameters
        is_all = is_all_of(symbol, use.section, names) and is_all_of(symbol, mapped, names)
        if use.covered and (use.section == mapped or is_all):
            if len(group) == 1 or not self._depth:
                self.covered.add(symbol)
        elif symbol not in self.covered:
            if len(group) == 1 and kernel is not None and self._covers_rest(symbol, kernel):
                self.covered.add(symbol)
            else:
                self.partial.add(symbol)

    def _covers_rest(self, symbol: Symbol, kernel: Stmt) -> bool:
        """Whether a kernel writes what others left of an array's section."""
        bounds = whole_of(symbol, self._env.sections.get(symbol))
        function = self._movement.function
        part = written_elements(
            self._movement.analyses.nest(function, kernel), _elements_of(symbol)
        )
        if bounds is None or part is None or self._atoms_change(part):
            return False
        parts = self._parts.setdefault(symbol, [])
        parts.append(part)
        return len(parts) > 1 and together_cover(parts, symbol, bounds, function, self._facts)

    def _read_after_written(self, symbol: Symbol, kernel: Stmt | None) -> bool:
        """Whether a kernel reads nothing but what others before it have written."""
        if symbol in self.covered:
            return True
        parts = self._parts.get(symbol, [])
        if not parts or kernel is None:
            return False
        nest = self._movement.analyses.nest(self._movement.function, kernel)
        reads = read_elements(nest, _elements_of(symbol))
        if reads is None or self._atoms_change(reads):
            return False
        return within(reads, parts, self._facts)

    def _atoms_change(self, elements: Elements) -> bool:
        """Whether the environment changes what the elements are described with."""
        return any_may_change(self._effects, elements.atoms, self._facts)

    # -- the host --------------------------------------------------------------------------------

    def _host(self, stmt: Stmt) -> None:
        if isinstance(stmt, Null):
            return
        uses = self._movement.uses(stmt)
        exits = bool(self._exits) and not self._exits.isdisjoint(walk_statements(stmt))
        if exits:
            self._leave(stmt)
        self._offer(stmt, uses)
        touched = self._touched(uses)
        needs = [s for s, u in touched.items() if u.writes or (u.reads and s in self.host.stale)]
        if not needs:
            return
        if stmt.from_macro:
            self._unit(stmt, touched, exits=exits)
        elif self._runs_on_device(stmt, uses):
            self._env.on_device.append(stmt)
            self._device(with_all_reads_exposed(uses))
        elif isinstance(stmt, If):
            self._if(stmt)
        elif isinstance(stmt, Compound):
            self.block(stmt.body)
        else:
            self._unit(stmt, touched, exits=exits)

    def _unit(self, stmt: Stmt, touched: dict[Symbol, ArrayUse], *, exits: bool) -> None:
        """Put updates around a host statement as a whole."""
        if exits and any(u.writes for u in touched.values()):
            raise IllegalEnvironment  # what it wrote before it left would be lost
        self._transfer(stmt, stmt, touched)

    def _offer(self, stmt: Stmt, uses: RegionUses) -> None:
        """Look at what host code touches besides; send what callees may want on the device."""
        for other in uses.arrays.keys() - self._symbols:
            if not all(self._movement.apart(other, s) for s in self._symbols):
                raise IllegalEnvironment  # the host reaches a mapped array by another name
        if any(
            isinstance(e, Call) and self._movement.calls.offloads(e) for e in all_expressions(stmt)
        ):
            self.host.send()

    def _touched(self, uses: RegionUses) -> dict[Symbol, ArrayUse]:
        """Return the mapped arrays that host code uses; of exchanged pointers any may be meant."""
        touched = {s: u for s, u in uses.arrays.items() if s in self._symbols}
        for symbol, use in list(touched.items()):
            group = self._movement.aliases.swap_class(symbol)
            if len(group) == 1:
                continue
            of_group = [uses.arrays[m] for m in group if m in uses.arrays]
            for member in group:
                touched[member] = replace(
                    use, symbol=member, covered=False,
                    reads=any(u.reads for u in of_group),
                    writes=any(u.writes for u in of_group),
                )  # fmt: skip
        return touched

    def _transfer(self, anchor: Stmt, stmt: Stmt, touched: dict[Symbol, ArrayUse]) -> None:
        """Keep both copies current around host code."""
        for symbol, use in touched.items():
            if not use.writes and symbol not in self.host.stale:
                continue
            sections = self._sections_of_group(stmt, symbol)
            overwritten = use.covered and not use.reads and sections == [use.section]
            if not overwritten:
                self.host.fetch(anchor, symbol, sections)
            if use.writes:
                self.host.wrote(anchor, symbol, sections)
            if len(self._movement.aliases.swap_class(symbol)) > 1:
                self.host.send([symbol])
                self.host.current.pop(symbol, None)
            if symbol in self.covered:
                continue
            if overwritten and sections == [self._env.sections[symbol]]:
                self.covered.add(symbol)
            else:
                self.partial.add(symbol)
                self.exposed.add(symbol)

    def _changed_by(self, stmt: Stmt) -> set[Symbol]:
        """Return the variables, of those that sections mention, that a statement may change."""
        effects = effects_of(stmt, self._facts)
        names = self._facts.parameters
        mentioned = {
            x
            for s in self.host.sections()
            for a in (s.atoms if s is not None else ())
            for x in names.get(a).symbols
        }
        return {x for x in mentioned if may_change(effects, x, self._facts)}

    def _sections_of_group(self, stmt: Stmt, symbol: Symbol) -> Sections:
        """Return the sections of an update of a variable, or of all that are exchanged with it."""
        arrays = self._movement.uses(stmt).arrays
        out: Sections = []
        for member in sorted(self._movement.aliases.swap_class(symbol), key=lambda s: s.sort_key):
            if member in arrays:
                sections = self._update_sections(stmt, member, arrays[member])
                out += [s for s in sections if s not in out]
        whole = self._env.sections[symbol]
        return [whole] if whole in out else out

    def _update_sections(self, stmt: Stmt, symbol: Symbol, use: ArrayUse) -> Sections:
        """Return the sections of an update: what the host touches, else all that is mapped.

        Bounds that are read from memory will not do: its host copy may be out of date, or become
        so before the update.
        """
        whole = self._env.sections[symbol]
        if use.problem:
            return [whole]
        single = self._single_sections(stmt, symbol)
        if single and all(self._is_steady(s, stmt) for s in single):
            return single
        section = use.section
        if section is None or section == whole or not section.is_plain:
            return [whole]  # an update has no condition of its own
        if self._is_steady(section, stmt):
            return [section]
        return [whole]

    def _is_steady(self, section: Section | None, stmt: Stmt) -> bool:
        """Whether bounds are computed from variables that a statement leaves as they are."""
        if section is None:
            return False
        names, effects = self._facts.parameters, effects_of(stmt, self._facts)
        return all(
            x.type.is_scalar and not may_change(effects, x, self._facts)
            for a in section.atoms for x in names.get(a).symbols
        )  # fmt: skip

    def _single_sections(self, stmt: Stmt, symbol: Symbol) -> Sections:
        """Return the sections of the single references, if they are few and small."""
        nest = self._movement.references(stmt)
        out: list[Section] = []
        for target, references in nest.references.items():
            if target.symbol is not symbol:
                continue
            for reference in references:
                section = section_of(nest, target, [reference])
                if section is None or not section.is_plain:
                    return []
                if section not in out:
                    out.append(section)
        hull = union_of(out)
        small = all(s.length.is_constant for s in out)
        if len(out) > _MOST_SECTIONS or (
            hull is not None and (hull.length.is_constant or not small)
        ):
            return []
        return list(out)

    def _runs_on_device(self, stmt: Stmt, uses: RegionUses) -> bool:
        """Whether running a host statement serially on the device is legal and cheaper."""
        if not self._depth:
            return False
        names = self._facts.parameters
        for symbol, use in uses.arrays.items():
            atoms = (
                use.section.atoms if use.section is not None and symbol not in self._symbols else ()
            )
            if any(x in self._symbols for a in atoms for x in names.get(a).symbols):
                return False  # the host would read the bounds from what only the device knows
        flow = self._movement.analyses.control_flow(self._movement.function)
        return may_run_on_device(stmt, uses, flow.live_after(stmt), self._facts) and is_short(
            stmt, uses, self._env.sections
        )


def _elements_of(symbol: Symbol) -> MemoryObject:
    return MemoryObject(symbol, ("*",) if symbol.type.is_pointer else ())
