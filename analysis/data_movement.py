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
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType

from s2s.analysis.assumptions import Assumption
from s2s.analysis.def_use import Location, Memory
from s2s.analysis.dependence import NestFacts
from s2s.analysis.device_calls import DeviceCalls
from s2s.analysis.device_functions import DeviceObjects
from s2s.analysis.device_walk import DeviceWalk
from s2s.analysis.environment import (
    Environment,
    IllegalEnvironment,
    KernelSite,
    Mapped,
    tails,
)
from s2s.analysis.facts import Effects, any_may_change, apart
from s2s.analysis.kernel import RegionUses
from s2s.analysis.lifetimes import Lifetimes, check_names, joined, lifetimes
from s2s.analysis.manager import Analyses
from s2s.analysis.mapped_calls import MappedCalls
from s2s.analysis.mapped_sections import MappedSections
from s2s.analysis.overlaps import overlapping
from s2s.ir.program import (
    Binary,
    Compound,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Function,
    Goto,
    If,
    IntLiteral,
    Label,
    Ref,
    Stmt,
    While,
    all_expressions,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol


class DataMovement:
    """Plans the data environments of one function."""

    def __init__(
        self,
        function: Function,
        kernels: Mapping[Stmt, KernelSite],
        offloading: frozenset[Symbol],
        analyses: Analyses,
        on_device: Mapping[Symbol, DeviceObjects] = MappingProxyType({}),
    ) -> None:
        """``on_device`` tells what the functions of the file leave to the device."""
        self.function = function
        self.kernels = kernels
        self.analyses = analyses
        self.device_calls = DeviceCalls(function, on_device, analyses.facts)
        self.device_calls.find(kernels, self.as_statement)
        self.calls = MappedCalls(function, offloading, analyses.facts, self.device_calls)
        self.aliases = analyses.facts.aliases
        self._assumed: set[Assumption] = set()

    @cached_property
    def holders(self) -> set[Stmt]:
        """The statements that are or contain kernels, or calls that use the device."""
        out: set[Stmt] = set()
        self._mark(self.function.body, out)
        return out

    def _mark(self, stmt: Stmt, out: set[Stmt]) -> bool:
        sites = self.device_calls.sites
        holds = stmt in self.kernels or stmt in sites
        if sites and isinstance(stmt, (If, For, While)):
            holds |= any(self.as_statement(e) in sites for e in stmt.expressions)
        if stmt not in self.kernels:
            for child in stmt.children:
                holds |= self._mark(child, out)
        if holds:
            out.add(stmt)
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
            best = self._widest(body, at)
            if best is None:
                self._visit(body[at], out)
                at += 1
            else:
                out.append(best[1])
                at = best[0] + 1

    def _widest(self, body: Sequence[Stmt], at: int) -> tuple[int, Environment] | None:
        """Return the widest environment found that begins at a statement, and where it ends.

        Ends are tried at growing distances, then in between: what is illegal seldom becomes legal
        by adding statements, and trying every end would take quadratic time. What an ``if`` alone
        uses may not be there: it becomes legal by what surely uses the same.
        """
        ends = [i for i in range(at, len(body)) if body[i] in self.holders]
        best: tuple[int, Environment] | None = None
        legal, illegal, step = int(isinstance(body[at], If)), len(ends) + 1, 1
        while legal + 1 < illegal:
            count = min(legal + step, illegal - 1)
            end = ends[count - 1]
            try:
                found = self._try(tuple(body[at : end + 1]), tuple(body[end + 1 :]))
            except IllegalEnvironment:
                illegal, step = count, max(1, (count - legal) // 2)
                continue
            legal = count
            step = 2 * step if illegal > len(ends) else max(1, (illegal - legal) // 2)
            if found.arrays:
                best = (end, found)
        return best

    # -- one attempt -----------------------------------------------------------------------------

    def _try(self, stmts: tuple[Stmt, ...], rest: tuple[Stmt, ...]) -> Environment:
        """Return the environment of a run of statements.

        Raises:
            IllegalEnvironment: it must not have one.
        """
        env = Environment(stmts, tails=self._tails(stmts))
        inside = {s for t in stmts for s in walk_statements(t)}
        env.kernels = [k for s, k in self.kernels.items() if s in inside]
        env.kernels += self._calls_inside(inside)
        self._assumed = set()
        symbols = {x for k in env.kernels for x in k.uses.arrays}
        symbols |= {p for s in list(symbols) for p in self.aliases.swap_class(s)}
        lives = lifetimes(env, symbols, self.analyses.facts)
        symbols -= lives.own
        effects = joined(stmts, self.analyses.facts)
        sections = MappedSections(self, env, effects)
        sections.check_inner()
        sections.find(symbols, lives)
        self.calls.check(env, symbols, lives)
        self._check_aliases(env, symbols, lives)
        walk = DeviceWalk(self, env, symbols, effects)
        walk.block(stmts)
        walk.exposed |= env.read_by_callees
        self._directions(env, symbols, walk, lives)
        self._shape(env, lives, effects, rest)
        return env

    def _calls_inside(self, inside: set[Stmt]) -> list[KernelSite]:
        """Return the device calls in some statements, their conditions included."""
        sites = self.device_calls.sites
        if not sites:
            return []
        conditions = {
            self.as_statement(e)
            for s in inside if isinstance(s, (If, For, While))
            for e in s.expressions
        }  # fmt: skip
        return [k for s, k in sites.items() if s in inside or s in conditions]

    def _shape(
        self, env: Environment, lives: Lifetimes, effects: Effects, rest: tuple[Stmt, ...]
    ) -> None:
        """Decide between a block and directives of their own at both ends."""
        facts = self.analyses.facts
        env.entered = {s: i for s, i in lives.entered.items() if s in env.arrays}
        for symbol in env.entered:
            section = env.arrays[symbol].section
            needed = section.atoms if section is not None and section.needs_condition else ()
            if any_may_change(effects, needed, facts):
                raise IllegalEnvironment  # the condition would be needed before it is known
        self._check_assumptions(env, effects)
        hides = len(env.statements) > 1 and self._hides_declarations(env.statements, rest)
        if (hides or env.entered) and (env.pairs or env.assumptions):
            raise IllegalEnvironment  # the guard would be a block
        env.unstructured = hides or bool(env.tails or env.entered)
        if env.unstructured and not self._same_when_exchanged(env):
            raise IllegalEnvironment
        if self.calls.releases(env, set(env.arrays)):
            raise IllegalEnvironment  # its address may be given to another array
        check_names(env, facts)

    def _check_assumptions(self, env: Environment, effects: Effects) -> None:
        """Collect what a test before the environment must make sure of throughout."""
        facts = self.analyses.facts
        env.assumptions = self._assumed.union(*(k.uses.assumptions for k in env.kernels))
        for assumption in env.assumptions:
            if any_may_change(effects, assumption.atoms, facts):
                raise IllegalEnvironment

    def _same_when_exchanged(self, env: Environment) -> bool:
        """Whether pointers that exchange their values are mapped alike: names may have moved."""
        return all(
            env.arrays.get(other) == mapped
            for symbol, mapped in env.arrays.items()
            for other in self.aliases.swap_class(symbol)
        )

    def _tails(self, stmts: tuple[Stmt, ...]) -> list[tuple[Stmt, ...]]:
        """Return the jumps out of the statements; there must be none into them."""
        for stmt in stmts:
            for inner in walk_statements(stmt):
                if isinstance(inner, Goto) and not inner.label:
                    raise IllegalEnvironment
                if isinstance(inner, Label) and not inner.is_case:
                    raise IllegalEnvironment
        out = [t for s in stmts for t in tails(s)]
        if any(t[0].from_macro for t in out):
            raise IllegalEnvironment  # there is no place for a directive before it
        return out

    @cached_property
    def fixed(self) -> frozenset[Symbol]:
        """All pointers of the function that are exchanged."""
        sites = [*self.kernels.values(), *self.device_calls.sites.values()]
        arrays = {a for k in sites for a in k.uses.arrays}
        groups = (self.aliases.swap_class(a) for a in arrays)
        return frozenset(s for group in groups if len(group) > 1 for s in group)

    def uses(self, stmt: Stmt) -> RegionUses:
        """Return what a statement touches, exchanged pointers seen as fixed.

        Of a statement that is a device call, it is what the host touches.
        """
        uses = self.analyses.uses(self.function, stmt, self.fixed)
        self._assumed |= uses.assumptions
        site = self.device_calls.at(stmt)
        if site is None:
            return uses
        own = {s: u for s, u in uses.arrays.items() if s not in site.uses.arrays}
        return replace(uses, arrays=own)

    def as_statement(self, expression: Expr) -> Stmt | None:
        """Return an expression as a statement, None when it reaches no memory."""
        if all(isinstance(e, (Ref, IntLiteral, Binary)) and not e.type.is_array
               for e in walk_expression(expression)):  # fmt: skip
            return None
        return self.analyses.cached(
            ("as statement", expression),
            lambda: ExprStmt(expression.span, False, False, expression),
        )

    def references(self, stmt: Stmt) -> NestFacts:
        """Return the references of a statement, exchanged pointers seen as fixed."""
        return self.analyses.references(self.function, stmt, self.fixed)

    def apart(self, first: Symbol, second: Symbol) -> bool:
        """Whether what two variables name never overlaps."""
        return apart(first, second, self.analyses.facts)

    def _check_aliases(self, env: Environment, symbols: set[Symbol], lives: Lifetimes) -> None:
        """Collect pairs for the guard; refuse host accesses through other names."""
        if any(not self.apart(o, s) or o.name == s.name for o in lives.own for s in symbols):
            raise IllegalEnvironment
        pairs = overlapping(symbols, env.written, env.sections, self.analyses.facts)
        env.pairs |= {frozenset(pair) for pair in pairs}
        for stmt in env.statements:
            uses = self.uses(stmt)
            if uses.unresolved:
                raise IllegalEnvironment
            for other in uses.arrays.keys() - symbols:
                if any(not self.apart(other, s) for s in symbols):
                    raise IllegalEnvironment

    # -- directions ------------------------------------------------------------------------------

    def _directions(
        self, env: Environment, symbols: set[Symbol], walk: DeviceWalk, lives: Lifetimes
    ) -> None:
        live = self._live_after(env.statements)
        shared = {
            s
            for s in symbols
            if walk.sites.get(s, 0) >= 2 or any(t.symbol is s for t in env.transfers)
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
        covered = {s for s in walk.covered if walk.is_covered_at_exits(s, lives.entered.get(s))}
        for symbol in sorted(shared, key=lambda s: s.sort_key):
            group = self.aliases.swap_class(symbol)
            written = bool(group & walk.written)
            back = written and any(self.is_live(m, live) for m in group)
            to = bool(group & walk.exposed) or (back and bool(group - covered))
            if len(group) > 1:
                to = to or bool((group & (walk.read | walk.partial)) - covered)
            env.arrays[symbol] = Mapped(env.sections[symbol], to, back)

    def _live_after(self, stmts: tuple[Stmt, ...]) -> frozenset[Location]:
        flow = self.analyses.control_flow(self.function)
        inside = {n for s in stmts for n in flow.nodes_of(s)}
        for tail in (t for s in stmts for t in tails(s)):
            for stmt in tail:  # what is returned is computed outside
                inside -= flow.nodes_of(stmt)
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
