# SPDX-License-Identifier: Apache-2.0
"""Where the device data environment of a function's target regions lives.

For each run of sibling statements that contain target regions the analysis asks whether one data
environment around them is legal, which sections it maps and in which direction, and what host
code in between needs: a ``target update``, or to run on the device itself. The widest legal run
is taken, so environments end up outside time loops and above pointer exchanges.

States follow OpenMP 5.2 section 5.8: a mapped array is always valid on the device; ``stale`` is
the set of arrays whose host copy is out of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from s2s.analysis.allocation import allocation_length
from s2s.analysis.assumptions import Assumption
from s2s.analysis.def_use import Location, Memory
from s2s.analysis.device_walk import DeviceWalk
from s2s.analysis.environment import (
    Environment,
    IllegalEnvironment,
    KernelSite,
    Mapped,
    leaves,
)
from s2s.analysis.extents import Section
from s2s.analysis.facts import base_variable, effects_of
from s2s.analysis.kernel import RegionUses, declared_in, union_of
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import MemoryObject
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.roots import RootKind
from s2s.ir.program import (
    Call,
    Compound,
    DeclStmt,
    Function,
    Goto,
    Label,
    Ref,
    Return,
    Stmt,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind


class DataMovement:
    """Plans the data environments of one function."""

    def __init__(
        self,
        function: Function,
        kernels: Mapping[Stmt, KernelSite],
        offloading: frozenset[Symbol],
        analyses: Analyses,
    ) -> None:
        self.function = function
        self.kernels = kernels
        self._offloading = offloading
        self.analyses = analyses
        self.aliases = analyses.facts.aliases
        self.holders: set[Stmt] = set()
        self._assumed: set[Assumption] = set()
        self._mark(function.body)

    def _mark(self, stmt: Stmt) -> bool:
        """Remember the statements that contain kernels."""
        holds = stmt in self.kernels
        if not holds:
            for child in stmt.children:
                holds |= self._mark(child)
        if holds:
            self.holders.add(stmt)
        return holds

    def environments(self) -> list[Environment]:
        """Return the environments, outermost only."""
        out: list[Environment] = []
        self._visit(self.function.body, out)
        return out

    def _visit(self, stmt: Stmt, out: list[Environment]) -> None:
        if stmt in self.kernels or stmt not in self.holders:
            return
        if isinstance(stmt, Compound):
            self._visit_block(stmt.body, out)
            return
        for child in stmt.children:
            if isinstance(child, Compound) or child not in self.holders:
                self._visit(child, out)
            else:
                self._visit_block((child,), out)

    def _visit_block(self, body: Sequence[Stmt], out: list[Environment]) -> None:
        at = 0
        while at < len(body):
            if body[at] not in self.holders:
                at += 1
                continue
            best: tuple[int, Environment] | None = None
            for end in range(at, len(body)):
                if body[end] not in self.holders:
                    continue
                try:
                    found = self._try(tuple(body[at : end + 1]), tuple(body[end + 1 :]))
                except IllegalEnvironment:
                    break
                if found.arrays:
                    best = (end, found)
            if best is None:
                self._visit(body[at], out)
                at += 1
            else:
                out.append(best[1])
                at = best[0] + 1

    # -- one attempt -----------------------------------------------------------------------------

    def _try(self, stmts: tuple[Stmt, ...], rest: tuple[Stmt, ...]) -> Environment:
        """Return the environment of a run of statements.

        Raises:
            IllegalEnvironment: it must not have one.
        """
        env = Environment(stmts)
        self._assumed = set()
        self._check_control(stmts)
        env.kernels = [k for s, k in self.kernels.items() if any(_within(s, t) for t in stmts)]
        symbols = {x for k in env.kernels for x in k.uses.arrays}
        symbols |= {p for s in list(symbols) for p in self.aliases.swap_class(s)}
        changed = self._changed(stmts)
        self._check_pointers(stmts, symbols, changed)
        stored = {s for t in stmts for s in effects_of(t, self.analyses.facts).memory}
        self._check_inner_sections(env, stored)
        self._find_sections(env, symbols, changed | stored)
        self._check_calls(env, symbols)
        self._check_aliases(env, symbols)
        walk = DeviceWalk(self, env, symbols)
        walk.block(stmts)
        env.transfers, env.on_device = walk.transfers, walk.on_device
        self._directions(env, symbols, walk)
        self._check_assumptions(env, changed | stored)
        env.unstructured = len(stmts) > 1 and self._hides_declarations(stmts, rest)
        if env.unstructured and (env.pairs or env.assumptions):
            raise IllegalEnvironment  # the guard would be a block
        return env

    def _check_assumptions(self, env: Environment, changed: set[Symbol]) -> None:
        """Collect what a test before the environment must make sure of throughout."""
        env.assumptions = self._assumed.union(*(k.uses.assumptions for k in env.kernels))
        names = self.analyses.facts.parameters
        for assumption in env.assumptions:
            if any(s in changed for a in assumption.atoms for s in names.get(a).symbols):
                raise IllegalEnvironment

    def _check_control(self, stmts: tuple[Stmt, ...]) -> None:
        for stmt in stmts:
            for inner in walk_statements(stmt):
                if isinstance(inner, (Return, Goto)):
                    raise IllegalEnvironment
                if isinstance(inner, Label) and not inner.is_case:
                    raise IllegalEnvironment
            if leaves(stmt):
                raise IllegalEnvironment

    def _changed(self, stmts: tuple[Stmt, ...]) -> set[Symbol]:
        """Return the variables that the statements assign or declare."""
        out: set[Symbol] = set()
        for stmt in stmts:
            effects = effects_of(stmt, self.analyses.facts)
            out |= effects.assignments.keys() | effects.declared
        return out

    def _check_pointers(
        self, stmts: tuple[Stmt, ...], symbols: set[Symbol], changed: set[Symbol]
    ) -> None:
        """Mapped pointers may only exchange their values."""
        for symbol in symbols & changed:
            if not symbol.type.is_pointer:
                declared = {s for t in stmts for s in declared_in(t)}
                if symbol in declared:
                    raise IllegalEnvironment
                continue
            if len(self.aliases.swap_class(symbol)) == 1:
                raise IllegalEnvironment
            for stmt in stmts:
                self._check_only_swapped(stmt, symbol)

    def _check_only_swapped(self, stmt: Stmt, symbol: Symbol) -> None:
        from s2s.ir.program import Assign, Unary

        if symbol in declared_in(stmt):
            raise IllegalEnvironment
        for expression in all_expressions(stmt):
            match expression:
                case Assign(target=Ref(symbol=target)) if target is symbol:
                    if not self.aliases.is_swap(expression):
                        raise IllegalEnvironment
                case Unary(operand=Ref(symbol=target)) if target is symbol:
                    if expression.is_step or expression.op == "&":
                        raise IllegalEnvironment
                case _:
                    pass

    def fixed(self) -> frozenset[Symbol]:
        """Return all pointers of the function that are exchanged."""
        return frozenset(
            s for k in self.kernels.values() for a in k.uses.arrays
            for s in self.aliases.swap_class(a) if len(self.aliases.swap_class(a)) > 1
        )  # fmt: skip

    def uses(self, stmt: Stmt) -> RegionUses:
        """Return what a statement touches, exchanged pointers seen as fixed."""
        uses = self.analyses.uses(self.function, stmt, self.fixed())
        self._assumed |= uses.assumptions
        return uses

    def _find_sections(self, env: Environment, symbols: set[Symbol], changed: set[Symbol]) -> None:
        for symbol in symbols:
            group = self.aliases.swap_class(symbol)
            sections: list[Section | None] = []
            for stmt in env.statements:
                uses = self.uses(stmt)
                sections += [uses.arrays[m].section for m in group if m in uses.arrays]
            env.sections[symbol] = self._section(symbol, sections, changed)

    def _check_inner_sections(self, env: Environment, stored: set[Symbol]) -> None:
        """A construct inside must not read its section's bounds from memory that is written.

        The bounds are read on the host, whose copy may be out of date by then.
        """
        names = self.analyses.facts.parameters
        for kernel in env.kernels:
            for use in kernel.uses.arrays.values():
                atoms = use.section.atoms if use.section is not None else ()
                if any(s in stored for a in atoms for s in names.get(a).symbols):
                    raise IllegalEnvironment

    def _section(
        self, symbol: Symbol, sections: list[Section | None], changed: set[Symbol]
    ) -> Section | None:
        """Return the union of sections if it means the same throughout the environment."""
        known = [s for s in sections if s is not None]
        names = self.analyses.facts.parameters
        if known and len(known) == len(sections):
            hull = union_of(known)
            if hull is not None and not any(
                x in changed for a in hull.atoms for x in names.get(a).symbols
            ):
                return hull
        if not symbol.type.is_pointer:
            return None
        length = allocation_length(self.function, symbol, self.analyses.facts)
        if length is None or any(x in changed for a in length.atoms for x in names.get(a).symbols):
            raise IllegalEnvironment
        return Section(Polynomial(), length - Polynomial.constant_of(1))

    def _check_calls(self, env: Environment, symbols: set[Symbol]) -> None:
        """Calls between kernels must not offload, or reach mapped arrays unseen.

        A function that offloads but only reads an array finds it present on the device; all of
        it must be mapped then, whatever section the function asks for.
        """
        summaries = self.analyses.facts.summaries
        for stmt in env.statements:
            for expression in all_expressions(stmt):
                if not isinstance(expression, Call):
                    continue
                summary = summaries.of_call(expression)
                callee = expression.callee
                offloads = callee is not None and bool(
                    summaries.reachable(callee) & self._offloading
                )
                if not (summary.unknown or offloads):
                    continue
                for symbol in symbols:
                    if not self._reachable_by_call(symbol, expression):
                        continue
                    if summary.unknown or not self._only_read(symbol, expression):
                        raise IllegalEnvironment
                    env.sections[symbol] = self._whole(symbol)

    def _only_read(self, symbol: Symbol, call: Call) -> bool:
        """Whether a known function reads a variable's memory through its arguments only."""
        summary = self.analyses.facts.summaries.of_call(call)
        if symbol in summary.global_reads | summary.global_writes:
            return False
        if len(self.aliases.swap_class(symbol)) > 1:
            return False
        positions = [
            i for i, a in enumerate(call.arguments)
            if (r := base_variable(a)) is not None
            and (r is symbol or (a.type.is_pointer and not self.apart(r, symbol)))
        ]  # fmt: skip
        return not any(p in summary.writes for p in positions)

    def _whole(self, symbol: Symbol) -> Section | None:
        """Return the section that is all of an array (None for a declared one)."""
        if not symbol.type.is_pointer:
            return None
        length = allocation_length(self.function, symbol, self.analyses.facts)
        if length is None:
            raise IllegalEnvironment
        return Section(Polynomial(), length - Polynomial.constant_of(1))

    def _reachable_by_call(self, symbol: Symbol, call: Call) -> bool:
        """Whether an unknown function may touch what a variable names."""
        for argument in call.arguments:
            if base_variable(argument) is symbol:
                return True
            if argument.type.is_pointer and not symbol.type.is_scalar:
                root = base_variable(argument)
                if root is not None and not self.apart(root, symbol):
                    return True
        summary = self.analyses.facts.summaries.of_call(call)
        touched = summary.global_reads | summary.global_writes
        if symbol in touched or any(not self.apart(g, symbol) for g in touched):
            return True
        if not summary.unknown:
            return False
        if self.aliases.escapes(symbol):
            return True
        if symbol.is_global or symbol.kind is SymbolKind.PARAMETER:
            return True
        roots = self.aliases.roots(symbol)
        return any(r.kind not in (RootKind.FRESH, RootKind.OBJECT) for r in roots) or any(
            isinstance(r.identity, Symbol) and r.identity.is_global for r in roots
        )

    def apart(self, first: Symbol, second: Symbol) -> bool:
        """Whether what two variables name never overlaps."""
        one = MemoryObject(first, ("*",) if first.type.is_pointer else ())
        two = MemoryObject(second, ("*",) if second.type.is_pointer else ())
        types = (first.type.scalar_element, second.type.scalar_element)
        return self.aliases.disjoint(one, two, types)

    def _check_aliases(self, env: Environment, symbols: set[Symbol]) -> None:
        """Collect pairs for the guard; refuse host accesses through other names."""
        members = sorted(symbols, key=lambda s: s.sort_key)
        for i, first in enumerate(members):
            for second in members[i + 1 :]:
                if not self.apart(first, second):
                    env.pairs.add(frozenset({first, second}))
        for stmt in env.statements:
            uses = self.uses(stmt)
            if uses.unresolved:
                raise IllegalEnvironment
            for other in uses.arrays.keys() - symbols:
                if any(not self.apart(other, s) for s in symbols):
                    raise IllegalEnvironment

    # -- directions ------------------------------------------------------------------------------

    def _directions(self, env: Environment, symbols: set[Symbol], walk: DeviceWalk) -> None:
        live = self._live_after(env.statements)
        shared = {
            s
            for s in symbols
            if walk.sites.get(s, 0) >= 2 or any(t.symbol is s for t in walk.transfers)
        }
        if shared:
            # a construct inside must not go to the host on a condition of its own
            shared |= {
                s
                for k in env.kernels
                for s, use in k.uses.arrays.items()
                if use.section is not None and use.section.needs_condition
            }
        shared |= {p for s in shared for p in self.aliases.swap_class(s)} & symbols
        for symbol in sorted(shared, key=lambda s: s.sort_key):
            group = self.aliases.swap_class(symbol)
            written = bool(group & walk.written)
            back = written and any(self.is_live(m, live) for m in group)
            to = bool(group & walk.exposed) or (back and bool(group - walk.covered))
            if len(group) > 1:
                to = to or bool((group & (walk.read | walk.partial)) - walk.covered)
            env.arrays[symbol] = Mapped(env.sections[symbol], to, back)

    def _live_after(self, stmts: tuple[Stmt, ...]) -> frozenset[Location]:
        flow = self.analyses.control_flow(self.function)
        inside = {n for s in stmts for n in flow.nodes_of(s)}
        live = flow.live_in()
        out: set[Location] = set()
        for node in inside:
            for successor in flow.graph.successors(node):
                if successor not in inside:
                    out |= live[successor]
        return frozenset(out)

    def is_live(self, symbol: Symbol, live: frozenset[Location]) -> bool:
        """Whether what a variable names may be read later, under any name."""
        group = self.aliases.swap_class(symbol)
        if len(group) > 1 and any(Memory(m) in live for m in group):
            return True
        if self.aliases.escapes(symbol):
            return True
        for location in live:
            other = location.symbol if isinstance(location, Memory) else location
            if other is symbol:
                if isinstance(location, Memory) or not symbol.type.is_pointer:
                    return True
            elif (
                isinstance(location, Memory)
                and (other.type.is_pointer or other.type.is_array)
                and not self.apart(other, symbol)
            ):
                return True
        return False

    def _hides_declarations(self, stmts: tuple[Stmt, ...], rest: tuple[Stmt, ...]) -> bool:
        """Whether a block would end the scope of a variable that is used later."""
        declared = {v.symbol for s in stmts if isinstance(s, DeclStmt) for v in s.variables}
        used = {e.symbol for s in rest for e in all_expressions(s) if isinstance(e, Ref)}
        return bool(declared & used)


def _within(stmt: Stmt, outer: Stmt) -> bool:
    return stmt is outer or outer.span.contains(stmt.span)
