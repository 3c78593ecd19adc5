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
from dataclasses import dataclass, field, replace

from s2s.analysis.aliasing import RootKind
from s2s.analysis.allocation import allocation_length
from s2s.analysis.def_use import Location, Memory
from s2s.analysis.extents import Section, inner_sizes
from s2s.analysis.facts import base_variable, effects_of
from s2s.analysis.kernel import ArrayUse, RegionUses, declared_in, union_of
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import MemoryObject
from s2s.analysis.polynomial import Polynomial
from s2s.ir.program import (
    Break,
    Call,
    Compound,
    Continue,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Function,
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
from s2s.ir.types import Symbol, SymbolKind


@dataclass(frozen=True, slots=True)
class KernelSite:
    """A statement that will carry a target construct, with what it uses."""

    stmt: Stmt
    uses: RegionUses


@dataclass(slots=True)
class Mapped:
    """How an environment maps one variable."""

    section: Section | None
    to: bool = False
    back: bool = False


@dataclass(frozen=True, slots=True)
class HostTransfer:
    """An update next to a host statement."""

    anchor: Stmt
    symbol: Symbol
    section: Section | None
    to_device: bool


@dataclass(slots=True)
class Environment:
    """A data environment around sibling statements."""

    statements: tuple[Stmt, ...]
    arrays: dict[Symbol, Mapped] = field(default_factory=dict)
    sections: dict[Symbol, Section | None] = field(default_factory=dict)
    transfers: list[HostTransfer] = field(default_factory=list)
    on_device: list[Stmt] = field(default_factory=list)
    pairs: set[frozenset[Symbol]] = field(default_factory=set)
    kernels: list[KernelSite] = field(default_factory=list)
    unstructured: bool = False


class _Illegal(Exception):
    """The run of statements cannot have an environment of its own."""


class DataMovement:
    """Plans the data environments of one function."""

    def __init__(
        self,
        function: Function,
        kernels: Mapping[Stmt, KernelSite],
        offloading: frozenset[Symbol],
        analyses: Analyses,
    ) -> None:
        self._function = function
        self._kernels = kernels
        self._offloading = offloading
        self._analyses = analyses
        self._aliases = analyses.facts.aliases
        self._holders: set[Stmt] = set()
        self._mark(function.body)

    def _mark(self, stmt: Stmt) -> bool:
        """Remember the statements that contain kernels."""
        holds = stmt in self._kernels
        if not holds:
            for child in stmt.children:
                holds |= self._mark(child)
        if holds:
            self._holders.add(stmt)
        return holds

    def environments(self) -> list[Environment]:
        """Return the environments, outermost only."""
        out: list[Environment] = []
        self._visit(self._function.body, out)
        return out

    def _visit(self, stmt: Stmt, out: list[Environment]) -> None:
        if stmt in self._kernels or stmt not in self._holders:
            return
        if isinstance(stmt, Compound):
            self._visit_block(stmt.body, out)
            return
        for child in stmt.children:
            if isinstance(child, Compound) or child not in self._holders:
                self._visit(child, out)
            else:
                self._visit_block((child,), out)

    def _visit_block(self, body: Sequence[Stmt], out: list[Environment]) -> None:
        at = 0
        while at < len(body):
            if body[at] not in self._holders:
                at += 1
                continue
            best: tuple[int, Environment] | None = None
            for end in range(at, len(body)):
                if body[end] not in self._holders:
                    continue
                try:
                    found = self._try(tuple(body[at : end + 1]), tuple(body[end + 1 :]))
                except _Illegal:
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
            _Illegal: it must not have one.
        """
        env = Environment(stmts)
        self._check_control(stmts)
        env.kernels = [k for s, k in self._kernels.items() if any(_within(s, t) for t in stmts)]
        symbols = {x for k in env.kernels for x in k.uses.arrays}
        symbols |= {p for s in list(symbols) for p in self._aliases.swap_class(s)}
        changed = self._changed(stmts)
        self._check_pointers(stmts, symbols, changed)
        self._find_sections(env, symbols, changed)
        self._check_calls(env, symbols)
        self._check_aliases(env, symbols)
        walk = _Walk(self, env, symbols)
        walk.block(stmts)
        env.transfers, env.on_device = walk.transfers, walk.on_device
        self._directions(env, symbols, walk)
        env.unstructured = len(stmts) > 1 and self._hides_declarations(stmts, rest)
        if env.unstructured and env.pairs:
            raise _Illegal  # the guard would be a block
        return env

    def _check_control(self, stmts: tuple[Stmt, ...]) -> None:
        for stmt in stmts:
            for inner in walk_statements(stmt):
                if isinstance(inner, (Return, Goto)):
                    raise _Illegal
                if isinstance(inner, Label) and not inner.is_case:
                    raise _Illegal
            if _leaves(stmt):
                raise _Illegal

    def _changed(self, stmts: tuple[Stmt, ...]) -> set[Symbol]:
        """Return the variables that the statements assign or declare."""
        out: set[Symbol] = set()
        for stmt in stmts:
            effects = effects_of(stmt, self._analyses.facts)
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
                    raise _Illegal
                continue
            if len(self._aliases.swap_class(symbol)) == 1:
                raise _Illegal
            for stmt in stmts:
                self._check_only_swapped(stmt, symbol)

    def _check_only_swapped(self, stmt: Stmt, symbol: Symbol) -> None:
        from s2s.ir.program import Assign, Unary

        if symbol in declared_in(stmt):
            raise _Illegal
        for expression in all_expressions(stmt):
            match expression:
                case Assign(target=Ref(symbol=target)) if target is symbol:
                    if not self._aliases.is_swap(expression):
                        raise _Illegal
                case Unary(operand=Ref(symbol=target)) if target is symbol:
                    if expression.is_step or expression.op == "&":
                        raise _Illegal
                case _:
                    pass

    def fixed(self) -> frozenset[Symbol]:
        """Return all pointers of the function that are exchanged."""
        return frozenset(
            s for k in self._kernels.values() for a in k.uses.arrays
            for s in self._aliases.swap_class(a) if len(self._aliases.swap_class(a)) > 1
        )  # fmt: skip

    def uses(self, stmt: Stmt) -> RegionUses:
        """Return what a statement touches, exchanged pointers seen as fixed."""
        return self._analyses.uses(self._function, stmt, self.fixed())

    def _find_sections(self, env: Environment, symbols: set[Symbol], changed: set[Symbol]) -> None:
        for symbol in symbols:
            group = self._aliases.swap_class(symbol)
            sections: list[Section | None] = []
            for stmt in env.statements:
                uses = self.uses(stmt)
                sections += [uses.arrays[m].section for m in group if m in uses.arrays]
            env.sections[symbol] = self._section(symbol, sections, changed)

    def _section(
        self, symbol: Symbol, sections: list[Section | None], changed: set[Symbol]
    ) -> Section | None:
        """Return the union of sections if it means the same throughout the environment."""
        known = [s for s in sections if s is not None]
        names = self._analyses.facts.parameters
        if known and len(known) == len(sections):
            hull = union_of(known)
            if hull is not None and not any(
                x in changed for a in hull.atoms for x in names.get(a).symbols
            ):
                return hull
        if not symbol.type.is_pointer:
            return None
        length = allocation_length(self._function, symbol, self._analyses.facts)
        if length is None or any(x in changed for a in length.atoms for x in names.get(a).symbols):
            raise _Illegal
        return Section(Polynomial(), length - Polynomial.constant_of(1))

    def _check_calls(self, env: Environment, symbols: set[Symbol]) -> None:
        """Calls between kernels must not offload, or reach mapped arrays unseen.

        A function that offloads but only reads an array finds it present on the device; all of
        it must be mapped then, whatever section the function asks for.
        """
        summaries = self._analyses.facts.summaries
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
                        raise _Illegal
                    env.sections[symbol] = self._whole(symbol)

    def _only_read(self, symbol: Symbol, call: Call) -> bool:
        """Whether a known function reads a variable's memory through its arguments only."""
        summary = self._analyses.facts.summaries.of_call(call)
        if symbol in summary.global_reads | summary.global_writes:
            return False
        if len(self._aliases.swap_class(symbol)) > 1:
            return False
        positions = [
            i for i, a in enumerate(call.arguments)
            if (r := base_variable(a)) is not None
            and (r is symbol or (a.type.is_pointer and not self._apart(r, symbol)))
        ]  # fmt: skip
        return not any(p in summary.writes for p in positions)

    def _whole(self, symbol: Symbol) -> Section | None:
        """Return the section that is all of an array (None for a declared one)."""
        if not symbol.type.is_pointer:
            return None
        length = allocation_length(self._function, symbol, self._analyses.facts)
        if length is None:
            raise _Illegal
        return Section(Polynomial(), length - Polynomial.constant_of(1))

    def _reachable_by_call(self, symbol: Symbol, call: Call) -> bool:
        """Whether an unknown function may touch what a variable names."""
        for argument in call.arguments:
            if base_variable(argument) is symbol:
                return True
            if argument.type.is_pointer and not symbol.type.is_scalar:
                root = base_variable(argument)
                if root is not None and not self._apart(root, symbol):
                    return True
        summary = self._analyses.facts.summaries.of_call(call)
        if not summary.unknown:
            return symbol in summary.global_reads | summary.global_writes
        if symbol.is_global or symbol.kind is SymbolKind.PARAMETER:
            return True
        roots = self._aliases.roots(symbol)
        return any(r.kind not in (RootKind.FRESH, RootKind.OBJECT) for r in roots) or any(
            isinstance(r.identity, Symbol) and r.identity.is_global for r in roots
        )

    def _apart(self, first: Symbol, second: Symbol) -> bool:
        one = MemoryObject(first, ("*",) if first.type.is_pointer else ())
        two = MemoryObject(second, ("*",) if second.type.is_pointer else ())
        types = (first.type.scalar_element, second.type.scalar_element)
        return self._aliases.disjoint(one, two, types)

    def _check_aliases(self, env: Environment, symbols: set[Symbol]) -> None:
        """Collect pairs for the guard; refuse host accesses through other names."""
        members = sorted(symbols, key=lambda s: (s.span.begin, s.name))
        for i, first in enumerate(members):
            for second in members[i + 1 :]:
                if not self._apart(first, second):
                    env.pairs.add(frozenset({first, second}))
        for stmt in env.statements:
            uses = self.uses(stmt)
            if uses.unresolved:
                raise _Illegal
            for other in uses.arrays.keys() - symbols:
                if any(not self._apart(other, s) for s in symbols):
                    raise _Illegal

    # -- directions ------------------------------------------------------------------------------

    def _directions(self, env: Environment, symbols: set[Symbol], walk: _Walk) -> None:
        live = self._live_after(env.statements)
        shared = {
            s
            for s in symbols
            if walk.sites.get(s, 0) >= 2 or any(t.symbol is s for t in walk.transfers)
        }
        shared |= {p for s in shared for p in self._aliases.swap_class(s)} & symbols
        for symbol in sorted(shared, key=lambda s: s.span.begin):
            group = self._aliases.swap_class(symbol)
            written = bool(group & walk.written)
            back = written and any(self.is_live(m, live) for m in group)
            to = bool(group & walk.exposed) or (back and bool(group - walk.covered))
            if len(group) > 1:
                to = to or bool((group & (walk.read | walk.partial)) - walk.covered)
            env.arrays[symbol] = Mapped(env.sections[symbol], to, back)

    def _live_after(self, stmts: tuple[Stmt, ...]) -> frozenset[Location]:
        flow = self._analyses.control_flow(self._function)
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
        group = self._aliases.swap_class(symbol)
        if len(group) > 1 and any(Memory(m) in live for m in group):
            return True
        for location in live:
            other = location.symbol if isinstance(location, Memory) else location
            if other is symbol:
                if isinstance(location, Memory) or not symbol.type.is_pointer:
                    return True
            elif (
                isinstance(location, Memory)
                and (other.type.is_pointer or other.type.is_array)
                and not self._apart(other, symbol)
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


def _leaves(stmt: Stmt) -> bool:
    """Whether a break or continue jumps out of a statement."""
    pending: list[tuple[Stmt, bool, bool]] = [(stmt, False, False)]
    while pending:
        at, breakable, continuable = pending.pop()
        if (isinstance(at, Break) and not breakable) or (
            isinstance(at, Continue) and not continuable
        ):
            return True
        if isinstance(at, (For, While)):
            breakable = continuable = True
        elif isinstance(at, Switch):
            breakable = True
        pending.extend((c, breakable, continuable) for c in at.children)
    return False


class _Walk:
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
        site = movement._kernels.get(stmt)
        if site is not None:
            self._device(site.uses)
        elif stmt not in movement._holders:
            self._host(stmt)
        elif isinstance(stmt, Compound):
            self.block(stmt.body)
        elif isinstance(stmt, If):
            self._if(stmt)
        elif isinstance(stmt, (For, While)):
            self._loop(stmt)
        else:
            raise _Illegal

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
            if not self._movement._aliases.swap_class(symbol) <= self.covered:
                self.covered.discard(symbol)

    def _refuse_stale(self, expression: Expr) -> None:
        """A header or condition must not read what only the device knows."""
        if self._reads_stale(expression):
            raise _Illegal

    def _reads_stale(self, expression: Expr) -> bool:
        return any(
            isinstance(part, Ref)
            and part.symbol in self._symbols
            and self._movement._aliases.swap_class(part.symbol) & self.stale
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
                group = self._movement._aliases.swap_class(symbol)
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
        touched = {s: u for s, u in uses.arrays.items() if s in self._symbols}
        for symbol in list(touched):
            group = self._movement._aliases.swap_class(symbol)
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
        """Return the section of an update: what the host touches, else all that is mapped."""
        if use.section is not None and not use.problem:
            return use.section
        return self._env.sections[symbol]

    def _runs_on_device(self, stmt: Stmt, uses: RegionUses) -> bool:
        """Whether running a host statement serially on the device is legal and cheaper."""
        if isinstance(stmt, DeclStmt) or not isinstance(stmt, (ExprStmt, For, If, Compound)):
            return False
        if stmt.from_macro or _leaves(stmt) or uses.unresolved:
            return False
        own = declared_in(stmt)
        flow = self._movement._analyses.control_flow(self._movement._function)
        live = flow.live_after(stmt)
        for symbol in uses.assigned_scalars - own:
            if symbol in live or symbol.is_global:
                return False
        if any(u.problem for u in uses.arrays.values()):
            return False
        if any(s.type.any_volatile for s in uses.arrays):
            return False
        summaries = self._movement._analyses.facts.summaries
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
