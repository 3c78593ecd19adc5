# SPDX-License-Identifier: Apache-2.0
"""Control-flow graph, reaching definitions and liveness of a function.

The graph is a :class:`networkx.DiGraph` whose nodes are integers; ``graph.nodes[n]["event"]`` is
the :class:`Event` of a node. Variables are tracked by symbol; the memory behind pointers and the
elements of arrays by :class:`Memory` of the variable through which they are reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import networkx as nx

from s2s.analysis import library_table as library
from s2s.analysis.facts import Facts, base_variable
from s2s.analysis.pointees import Pointees
from s2s.analysis.roots import RootKind
from s2s.ir.program import (
    Assign,
    Binary,
    Break,
    Call,
    Compound,
    Conditional,
    Continue,
    DeclStmt,
    Expr,
    For,
    Function,
    Goto,
    If,
    Index,
    Label,
    Member,
    Ref,
    Return,
    Stmt,
    Switch,
    Unary,
    While,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind


@dataclass(frozen=True, slots=True)
class Memory:
    """Elements of an array, or what a pointer points to."""

    symbol: Symbol


Location = Symbol | Memory


@dataclass(slots=True)
class Event:
    """What happens at a node: uses come before definitions; ``kills`` are sure definitions."""

    stmt: Stmt | None
    uses: set[Location] = field(default_factory=set)
    definitions: set[Location] = field(default_factory=set)
    kills: set[Location] = field(default_factory=set)


class ControlFlow:
    """The control-flow graph of one function."""

    def __init__(self, function: Function, facts: Facts) -> None:
        self.function = function
        self._facts = facts
        self._pointees = Pointees(function, facts)
        self.graph: nx.DiGraph[int] = nx.DiGraph()
        self.entry = self._node(None)
        self.exit = self._node(None)
        self._labels: dict[str, int] = {}
        self._pending_jumps: list[tuple[int, str]] = []
        self._targets: list[tuple[int | None, int]] = []  # (continue, break)
        self._switches: list[int] = []
        self._span_nodes: dict[Stmt, set[int]] = {}
        self._stack: list[Stmt] = []
        last = self._visit(function.body, {self.entry})
        self._connect(last, self.exit)
        for node, label in self._pending_jumps:
            for target in self._labels.values() if not label else (self._labels.get(label),):
                if target is not None:
                    self.graph.add_edge(node, target)
        self._live: dict[int, frozenset[Location]] | None = None

    # -- construction ----------------------------------------------------------------------------

    def event(self, node: int) -> Event:
        """Return the event of a node."""
        event = self.graph.nodes[node]["event"]
        assert isinstance(event, Event)
        return event

    def _node(self, stmt: Stmt | None) -> int:
        number = self.graph.number_of_nodes()
        self.graph.add_node(number, event=Event(stmt))
        return number

    def _new(self, stmt: Stmt, before: Iterable[int], expressions: Iterable[Expr]) -> int:
        node = self._node(stmt)
        for outer in self._stack:
            self._span_nodes.setdefault(outer, set()).add(node)
        self._connect(before, node)
        event = self.event(node)
        for expression in expressions:
            self._effects(expression, event, sure=True)
        return node

    def _connect(self, before: Iterable[int], node: int) -> None:
        for source in before:
            self.graph.add_edge(source, node)

    def _visit(self, stmt: Stmt, before: set[int]) -> set[int]:
        self._stack.append(stmt)
        try:
            return self._dispatch(stmt, before)
        finally:
            self._stack.pop()

    def _dispatch(self, stmt: Stmt, before: set[int]) -> set[int]:
        match stmt:
            case Compound(body=body):
                for child in body:
                    before = self._visit(child, before)
                return before
            case DeclStmt():
                return {self._declaration(stmt, before)}
            case If(condition=condition, then=then, otherwise=otherwise):
                test = self._new(stmt, before, [condition])
                after = self._visit(then, {test})
                return after | (self._visit(otherwise, {test}) if otherwise else {test})
            case For():
                return self._for(stmt, before)
            case While():
                return self._while(stmt, before)
            case Switch(condition=condition, body=body):
                return self._switch(stmt, condition, body, before)
            case Label(statement=inner, is_case=is_case, name=name):
                node = self._new(stmt, before, [])
                if is_case and self._switches:
                    self.graph.add_edge(self._switches[-1], node)
                elif name:
                    self._labels[name] = node
                return self._visit(inner, {node})
            case Goto(label=label):
                node = self._new(stmt, before, [])
                self._pending_jumps.append((node, label))
                return set()
            case Return():
                node = self._new(stmt, before, stmt.expressions)
                self.graph.add_edge(node, self.exit)
                return set()
            case Break() | Continue():
                node = self._new(stmt, before, [])
                self._jump(stmt, node)
                return set()
            case _:
                node = self._new(stmt, before, stmt.expressions)
                after = {node}
                for child in stmt.children:
                    after = after | self._visit(child, after)
                return after

    def _declaration(self, stmt: DeclStmt, before: set[int]) -> int:
        node = self._new(stmt, before, stmt.expressions)
        event = self.event(node)
        for variable in stmt.variables:
            if variable.initializer is not None:
                self._define(variable.symbol, event, sure=True)
        return node

    def _jump(self, stmt: Stmt, node: int) -> None:
        for on_continue, on_break in reversed(self._targets):
            target = on_break if isinstance(stmt, Break) else on_continue
            if target is not None:
                self.graph.add_edge(node, target)
                return

    def _for(self, stmt: For, before: set[int]) -> set[int]:
        if stmt.init is not None:
            before = self._visit(stmt.init, before)
        test = self._new(stmt, before, [stmt.condition] if stmt.condition else [])
        step = self._new(stmt, (), [stmt.increment] if stmt.increment else [])
        after = self._new(stmt, [test] if stmt.condition else [], [])
        self._targets.append((step, after))
        self._connect(self._visit(stmt.body, {test}), step)
        self._targets.pop()
        self.graph.add_edge(step, test)
        return {after}

    def _while(self, stmt: While, before: set[int]) -> set[int]:
        test = self._new(stmt, () if stmt.is_do else before, [stmt.condition])
        after = self._new(stmt, [test], [])
        self._targets.append((test, after))
        if stmt.is_do:
            head = self._new(stmt, before, [])
            self.graph.add_edge(test, head)
            self._connect(self._visit(stmt.body, {head}), test)
        else:
            self._connect(self._visit(stmt.body, {test}), test)
        self._targets.pop()
        return {after}

    def _switch(self, stmt: Stmt, condition: Expr, body: Stmt, before: set[int]) -> set[int]:
        test = self._new(stmt, before, [condition])
        after = self._new(stmt, [test], [])
        self._targets.append((None, after))
        self._switches.append(test)
        self._connect(self._visit(body, set()), after)
        self._switches.pop()
        self._targets.pop()
        return {after}

    # -- effects of expressions ------------------------------------------------------------------

    def _effects(self, expression: Expr, event: Event, *, sure: bool) -> None:
        match expression:
            case Assign(op=op, target=target, value=value):
                self._effects(value, event, sure=sure)
                self._address_uses(target, event)
                if op:
                    self._use(target, event)
                self._define_lvalue(target, event, sure=sure)
            case Unary(operand=operand) if expression.is_step:
                self._address_uses(operand, event)
                self._use(operand, event)
                self._define_lvalue(operand, event, sure=sure)
            case Unary(op="&", operand=operand):
                self._address_uses(operand, event)
                root = base_variable(operand)
                if root is not None:  # whoever gets the address may read and write
                    event.uses |= {root, Memory(root)}
                    event.definitions |= {root, Memory(root)}
            case Call():
                self._call(expression, event, sure=sure)
            case Binary(op="&&" | "||", left=left, right=right):
                self._effects(left, event, sure=sure)
                self._effects(right, event, sure=False)
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                self._effects(condition, event, sure=sure)
                self._effects(then, event, sure=False)
                self._effects(otherwise, event, sure=False)
            case Ref() | Index() | Member() | Unary(op="*"):
                self._address_uses(expression, event)
                self._use(expression, event)
            case _:
                for operand in expression.operands:
                    self._effects(operand, event, sure=sure)

    def _address_uses(self, lvalue: Expr, event: Event) -> None:
        """Note what is read to find the address of an lvalue."""
        for part in lvalue.operands:
            if isinstance(part, (Index, Member, Ref)) or (
                isinstance(part, Unary) and part.op == "*"
            ):
                self._address_uses(part, event)
                if not part.type.is_array:
                    self._use(part, event)
            else:
                self._effects(part, event, sure=False)

    def _use(self, lvalue: Expr, event: Event) -> None:
        if isinstance(lvalue, Ref):
            if lvalue.symbol.kind is not SymbolKind.FUNCTION:
                event.uses.add(lvalue.symbol)
                if lvalue.type.is_array:
                    event.uses.add(Memory(lvalue.symbol))
            return
        root = base_variable(lvalue)
        if root is not None:
            event.uses |= self._below(root)

    def _below(self, root: Symbol) -> set[Location]:
        """Return what a read through a pointer, or of a part of a variable, may see."""
        return {Memory(root)} | _locations(self._pointees.of(root))

    def _define_lvalue(self, lvalue: Expr, event: Event, *, sure: bool) -> None:
        if isinstance(lvalue, Ref):
            self._define(lvalue.symbol, event, sure=sure)
            return
        root = base_variable(lvalue)
        if root is not None:
            event.definitions.add(Memory(root))

    def _define(self, symbol: Symbol, event: Event, *, sure: bool) -> None:
        event.definitions.add(symbol)
        if sure and not symbol.type.is_array:
            event.kills.add(symbol)

    def _call(self, call: Call, event: Event, *, sure: bool) -> None:
        summary = self._facts.summaries.of_call(call)
        for position, argument in enumerate(call.arguments):
            root = base_variable(argument)
            points = argument.type.is_pointer or argument.type.is_array
            if not points or root is None:
                self._effects(argument, event, sure=True)
                continue
            event.uses.add(root)
            self._address_uses(argument, event)
            if call.name in library.RELEASE:
                if sure and isinstance(argument, Ref):
                    event.kills.add(Memory(root))  # nobody reads it any more
                continue
            by_address = isinstance(argument, Unary) and argument.op == "&"
            if position in summary.reads or by_address:
                event.uses |= {root, *self._below(root)}
            if position in summary.writes:
                event.definitions.add(Memory(root))
                if by_address:
                    event.definitions.add(root)
        if summary.unknown:  # it may have been given an address before
            event.uses |= _locations(self._pointees.anything)
        for symbol in summary.global_reads:
            event.uses |= {symbol, *self._below(symbol)}
        for symbol in summary.global_writes:
            event.definitions |= {symbol, Memory(symbol)}

    # -- liveness --------------------------------------------------------------------------------

    def nodes_of(self, stmt: Stmt) -> set[int]:
        """Return the nodes of a statement and everything inside it."""
        return self._span_nodes.get(stmt, set())

    def live_in(self) -> dict[int, frozenset[Location]]:
        """Return the live locations at the entry of every node.

        At the function's exit everything that others can see is live: statics and globals, and
        what pointer parameters point to.
        """
        if self._live is None:
            self._live = self._solve()
        return self._live

    def _visible(self) -> set[Location]:
        """Return what others can still see when the function returns.

        That is everything but the function's own variables and memory that it allocated and
        that no pointer outside refers to. When ``main`` returns nobody looks any more, unless
        the program registers exit handlers.
        """
        if self.function.name == "main" and not self._has_exit_handlers():
            return set()
        leaks = self._leaks_pointers()
        out: set[Location] = set()
        for node in self.graph:
            event = self.event(node)
            for location in event.uses | event.definitions:
                symbol = location.symbol if isinstance(location, Memory) else location
                if symbol.is_global or (
                    isinstance(location, Memory)
                    and symbol.type.is_pointer
                    and (leaks or not self._is_fresh(symbol))
                ):
                    out.add(location)
        return out

    def _is_fresh(self, symbol: Symbol) -> bool:
        roots = self._facts.aliases.roots(symbol)
        return bool(roots) and all(
            r.kind is RootKind.FRESH
            or (isinstance(r.identity, Symbol) and r.identity.kind is SymbolKind.LOCAL)
            for r in roots
        )

    def _has_exit_handlers(self) -> bool:
        return any(
            isinstance(e, Call) and e.name in ("atexit", "on_exit", "at_quick_exit")
            for f in self._facts.program.functions
            for e in all_expressions(f.body)
        )

    def _leaks_pointers(self) -> bool:
        """Whether the function returns or stores a pointer, or hands one to unknown code."""
        for stmt in walk_statements(self.function.body):
            if isinstance(stmt, Return) and stmt.value is not None and stmt.value.type.is_pointer:
                return True
        for expression in all_expressions(self.function.body):
            match expression:
                case Assign(target=target, value=value) if value.type.is_pointer:
                    local = isinstance(target, Ref) and not target.symbol.is_global
                    if not local:
                        return True
                case Call() if self._facts.summaries.of_call(expression).unknown:
                    if any(a.type.is_pointer for a in expression.arguments):
                        return True
                case _:
                    pass
        return False

    def _solve(self) -> dict[int, frozenset[Location]]:
        live: dict[int, frozenset[Location]] = dict.fromkeys(self.graph, frozenset())
        live[self.exit] = frozenset(self._visible())
        pending = list(reversed(list(self.graph)))
        queued = set(pending)
        while pending:
            node = pending.pop()
            queued.discard(node)
            if node == self.exit:
                new = live[node]
            else:
                event = self.event(node)
                out: set[Location] = set()
                for successor in self.graph.successors(node):
                    out |= live[successor]
                new = frozenset((out - event.kills) | event.uses)
            if new != live[node] or node == self.exit:
                live[node] = new
                for before in self.graph.predecessors(node):
                    if before not in queued:
                        queued.add(before)
                        pending.append(before)
        return live

    def live_after(self, stmt: Stmt) -> frozenset[Location]:
        """Return what is live where control leaves a statement (a loop or a block)."""
        inside = self.nodes_of(stmt)
        live = self.live_in()
        out: set[Location] = set()
        for node in inside:
            for successor in self.graph.successors(node):
                if successor not in inside:
                    out |= live[successor]
        return frozenset(out)

    def reaching_definitions(self) -> dict[int, frozenset[tuple[int, Location]]]:
        """Return for every node the (defining node, location) pairs that reach its entry."""
        reach: dict[int, set[tuple[int, Location]]] = {n: set() for n in self.graph}
        pending = list(self.graph)
        while pending:
            node = pending.pop(0)
            event = self.event(node)
            out = {d for d in reach[node] if d[1] not in event.kills}
            out |= {(node, location) for location in event.definitions}
            for successor in self.graph.successors(node):
                if not out <= reach[successor]:
                    reach[successor] |= out
                    pending.append(successor)
        return {n: frozenset(d) for n, d in reach.items()}

    def def_use_edges(self) -> list[tuple[int, int, Location]]:
        """Return (definition, use, location) for every use that a definition reaches."""
        reach = self.reaching_definitions()
        return [
            (source, node, location)
            for node in self.graph
            for source, location in reach[node]
            if location in self.event(node).uses
        ]


def _locations(symbols: Iterable[Symbol]) -> set[Location]:
    return {place for s in symbols for place in (s, Memory(s))}
