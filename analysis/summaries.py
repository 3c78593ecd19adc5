# SPDX-License-Identifier: Apache-2.0
"""Side effects of calls: what a function reads and writes besides its own variables.

Functions of the file are summarised over the call graph to a fixed point; functions of the C
library come from :mod:`s2s.analysis.library_table`; everything else is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from s2s.analysis import library_table as library
from s2s.analysis.aliasing import Aliases
from s2s.analysis.roots import RootKind
from s2s.ir.program import (
    Assign,
    Call,
    Expr,
    Function,
    Goto,
    Index,
    Member,
    OpaqueExpr,
    OpaqueStmt,
    Program,
    Ref,
    Unary,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind

Globals = frozenset[Symbol]
Positions = frozenset[int]


@dataclass(frozen=True, slots=True)
class Summary:
    """Effects of a call.

    ``reads``/``writes`` are positions of pointer arguments whose pointees are read or written.
    ``problem`` says in words why the function cannot run on the device (empty: it can).
    """

    reads: Positions = frozenset()
    writes: Positions = frozenset()
    global_reads: Globals = frozenset()
    global_writes: Globals = frozenset()
    callees: frozenset[Symbol] = frozenset()
    unknown: bool = False
    io: bool = False
    exits: bool = False
    problem: str = ""

    @property
    def is_pure(self) -> bool:
        """Whether a call changes nothing that its caller can see."""
        return not (self.writes or self.global_writes or self.unknown or self.io or self.exits)


PURE = Summary()


class Summaries:
    """Summaries of all functions that a file calls."""

    def __init__(self, program: Program, aliases: Aliases) -> None:
        self._aliases = aliases
        self._functions = {f.symbol: f for f in program.functions}
        self._known: dict[Symbol, Summary] = {}
        order = list(program.functions)
        changed: set[Symbol] = set(self._functions)
        for _ in range(len(order) + 1):
            pending, changed = changed, set()
            for function in order:
                before = self._known.get(function.symbol)
                if before is not None and not before.callees & (pending | changed):
                    continue
                summary = self._summarise(function)
                if before != summary:
                    self._known[function.symbol] = summary
                    changed.add(function.symbol)
            if not changed:
                break
        for function in order:
            if self.is_recursive(function.symbol):
                known = self._known[function.symbol]
                self._known[function.symbol] = replace(
                    known, problem=known.problem or f"'{function.name}' is recursive"
                )

    def function(self, symbol: Symbol) -> Function | None:
        """Return the definition of a function in this file."""
        return self._functions.get(symbol)

    def of_call(self, call: Call) -> Summary:
        """Return the effects of a call."""
        if call.callee is None:
            return Summary(unknown=True, problem="a call through a pointer")
        known = self._known.get(call.callee)
        return known if known is not None else _library_summary(call)

    def reachable(self, symbol: Symbol) -> frozenset[Symbol]:
        """Return a function of the file and everything it calls, directly or not."""
        seen: set[Symbol] = set()
        pending = [symbol]
        while pending:
            at = pending.pop()
            if at in seen or at not in self._functions:
                continue
            seen.add(at)
            summary = self._known.get(at)
            pending.extend(summary.callees if summary else ())
        return frozenset(seen)

    def callees(self, function: Function) -> frozenset[Symbol]:
        """Return the functions of the file that a function calls directly."""
        return self._known[function.symbol].callees

    def callees_first(self) -> list[Function]:
        """Return the functions of the file, each after those that it calls, as far as possible."""
        out: dict[Symbol, Function] = {}
        seen: set[Symbol] = set()
        for start in self._functions:
            pending = [(start, False)]
            while pending:
                at, done = pending.pop()
                if done:
                    out[at] = self._functions[at]
                elif at not in seen:
                    seen.add(at)
                    callees = self._known[at].callees & self._functions.keys()
                    ordered = sorted(callees, key=lambda s: s.sort_key)
                    pending += [(at, True), *((callee, False) for callee in ordered)]
        return list(out.values())

    def is_recursive(self, symbol: Symbol) -> bool:
        """Whether a function of the file may call itself, directly or not."""
        summary = self._known[symbol]
        return any(symbol in self.reachable(callee) for callee in summary.callees)

    def _summarise(self, function: Function) -> Summary:
        out = _Accumulator(function, self._aliases)
        if function.is_variadic:
            out.problem = f"'{function.name}' has a variable argument list"
        for stmt in walk_statements(function.body):
            if isinstance(stmt, OpaqueStmt):
                out.unknown = True
                out.problem = f"'{function.name}' contains {stmt.what}"
            elif isinstance(stmt, Goto) and not stmt.label:
                out.unknown = True
            for top in stmt.expressions:
                for expression in walk_expression(top):
                    self._visit(out, expression)
        return out.summary()

    def _visit(self, out: _Accumulator, expression: Expr) -> None:
        match expression:
            case Assign(target=target):
                out.touch(target, write=True)
                if expression.op:
                    out.touch(target, write=False)
            case Unary(operand=operand) if expression.is_step:
                out.touch(operand, write=True)
                out.touch(operand, write=False)
            case Index() | Member() | Unary(op="*") | Ref():
                out.touch(expression, write=False)
            case Call():
                self._merge_call(out, expression)
            case OpaqueExpr(what=what):
                out.unknown = True
                out.problem = out.problem or f"{what} in '{out.function.name}'"
            case _:
                pass

    def _merge_call(self, out: _Accumulator, call: Call) -> None:
        if call.callee is not None and call.callee in self._functions:
            out.callees.add(call.callee)
            summary = self._known.get(call.callee, PURE)
        else:
            summary = self.of_call(call)
        out.global_reads |= summary.global_reads
        out.global_writes |= summary.global_writes
        out.unknown |= summary.unknown
        out.io |= summary.io
        out.exits |= summary.exits
        out.problem = out.problem or summary.problem
        for position in summary.reads:
            out.touch_argument(call, position, write=False)
        for position in summary.writes:
            out.touch_argument(call, position, write=True)


class _Accumulator:
    """Collects the effects of one function body."""

    def __init__(self, function: Function, aliases: Aliases) -> None:
        self.function = function
        self._aliases = aliases
        self._positions = {p.symbol: i for i, p in enumerate(function.parameters)}
        self.reads: set[int] = set()
        self.writes: set[int] = set()
        self.global_reads: set[Symbol] = set()
        self.global_writes: set[Symbol] = set()
        self.callees: set[Symbol] = set()
        self.unknown = self.io = self.exits = False
        self.problem = ""

    def touch(self, lvalue: Expr, *, write: bool) -> None:
        """Note a read or write of an lvalue."""
        at, through_pointer = lvalue, False
        while True:
            match at:
                case Index(base=base):
                    through_pointer |= not base.type.is_array
                    at = base
                case Member(base=base, arrow=arrow):
                    through_pointer |= arrow
                    at = base
                case Unary(op="*", operand=operand):
                    through_pointer = True
                    at = operand
                case _:
                    break
        if through_pointer:
            self._touch_pointee(at, write=write)
        elif isinstance(at, Ref):
            self._touch_variable(at.symbol, write=write)
        elif write:
            self.unknown = True

    def touch_argument(self, call: Call, position: int, *, write: bool) -> None:
        """Note that a callee reads or writes what an argument points to."""
        if position < len(call.arguments):
            argument = call.arguments[position]
            if isinstance(argument, Unary) and argument.op == "&":
                self.touch(argument.operand, write=write)
            else:
                self._touch_pointee(argument, write=write)

    def _touch_variable(self, symbol: Symbol, *, write: bool) -> None:
        if symbol.is_global:
            (self.global_writes if write else self.global_reads).add(symbol)
            if symbol.kind is SymbolKind.STATIC_LOCAL and write:
                self.problem = self.problem or (
                    f"'{self.function.name}' keeps state in the static variable '{symbol.name}'"
                )
        if symbol.type.any_volatile:
            self.problem = self.problem or f"'{symbol.name}' is volatile"

    def _touch_pointee(self, pointer: Expr, *, write: bool) -> None:
        roots = self._aliases.roots_of(pointer)
        if isinstance(pointer, Ref):
            roots = roots | self._aliases.roots(pointer.symbol)
        for root in roots:
            match root.kind:
                case RootKind.PARAMETER if root.identity in self._positions:
                    assert isinstance(root.identity, Symbol)
                    position = self._positions[root.identity]
                    (self.writes if write else self.reads).add(position)
                case RootKind.OBJECT if isinstance(root.identity, Symbol):
                    if root.identity.is_global:
                        (self.global_writes if write else self.global_reads).add(root.identity)
                case RootKind.FRESH:
                    self._touch_fresh(pointer, write=write)
                case _:
                    self.unknown |= write
                    self._touch_fresh(pointer, write=write)

    def _touch_fresh(self, pointer: Expr, *, write: bool) -> None:
        """Memory behind a global pointer counts as the pointer's."""
        for part in walk_expression(pointer):
            if isinstance(part, Ref) and part.symbol.is_global:
                (self.global_writes if write else self.global_reads).add(part.symbol)

    def summary(self) -> Summary:
        """Return the collected effects."""
        problem = self.problem
        if not problem and self.io:
            problem = f"'{self.function.name}' does input or output"
        if not problem and self.unknown:
            problem = f"the effects of '{self.function.name}' are not known"
        return Summary(
            frozenset(self.reads),
            frozenset(self.writes),
            frozenset(self.global_reads),
            frozenset(self.global_writes),
            frozenset(self.callees),
            self.unknown,
            self.io,
            self.exits,
            problem,
        )


def _library_summary(call: Call) -> Summary:
    name = call.name
    pointers = frozenset(
        i for i, a in enumerate(call.arguments) if a.type.is_pointer or a.type.is_array
    )
    if name in library.MATH:
        problem = "" if name in library.DEVICE_MATH else f"'{name}' does not exist on the device"
        return Summary(problem=problem)
    if name in library.ALLOCATORS or name in library.RELEASE or name == "realloc":
        return Summary(
            writes=pointers if name in library.RELEASE or name == "realloc" else frozenset(),
            problem=f"'{name}' in device code",
        )
    if name in library.MEMORY:
        reads, writes = library.MEMORY[name]
        return Summary(reads=reads, writes=writes, problem=f"'{name}' in device code")
    if name in library.OUTPUT:
        return Summary(reads=pointers, io=True, problem=f"'{name}' does input or output")
    if name in library.INPUT:
        return Summary(
            reads=pointers, writes=pointers, io=True, problem=f"'{name}' does input or output"
        )
    if name in library.STATEFUL:
        return Summary(reads=pointers, io=True, problem=f"'{name}' keeps state between calls")
    if name in library.EXITS:
        return Summary(reads=pointers, io=True, exits=True, problem=f"'{name}' does not return")
    return Summary(
        reads=pointers,
        writes=pointers,
        unknown=True,
        problem=f"the effects of '{name}' are not known",
    )
