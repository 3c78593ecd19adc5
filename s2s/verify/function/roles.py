# SPDX-License-Identifier: Apache-2.0
"""What the integers of a function are for: sizes, subscripts, beginnings of rows, divisors.

Values are followed by name, without regard to the order of statements, from where they are used
(a subscript, a loop's bound, the right side of a division) back to the scalars and arrays that
they come from, through the functions of the file that are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from s2s.analysis.facts import Facts, base_variable
from s2s.ir.program import (
    Assign,
    Binary,
    Call,
    DeclStmt,
    Expr,
    For,
    Function,
    Index,
    Member,
    Ref,
    Return,
    Stmt,
    Unary,
    While,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a variable, or (``in_memory``) the elements behind one."""

    symbol: Symbol
    in_memory: bool = False


@dataclass(slots=True)
class Roles:
    """The uses of what a function is given, by origin.

    ``subscripts`` maps an origin to the arrays that its values index.
    """

    bounds: set[Origin] = field(default_factory=set)
    subscripts: dict[Origin, set[Symbol]] = field(default_factory=dict)
    divisors: set[Origin] = field(default_factory=set)
    rows: set[Origin] = field(default_factory=set)
    strings: set[Symbol] = field(default_factory=set)


def roles_in(functions: Iterable[Function], facts: Facts) -> Roles:
    """Return the roles of everything that some functions (all that are reachable) use."""
    return _Reader(facts).read(tuple(functions))


def loop_depth(function: Function, facts: Facts, limit: int = 4) -> int:
    """Return how deeply loops are nested, those of called functions included."""
    seen: set[Symbol] = set()

    def deepest(stmt: Stmt) -> int:
        inside = max((deepest(child) for child in stmt.children), default=0)
        for top in stmt.expressions:
            for part in walk_expression(top):
                callee = _defined(part, facts)
                if callee is not None and callee.symbol not in seen:
                    seen.add(callee.symbol)
                    inside = max(inside, deepest(callee.body))
                    seen.discard(callee.symbol)
        return inside + isinstance(stmt, (For, While))

    return min(limit, deepest(function.body))


def _defined(part: Expr, facts: Facts) -> Function | None:
    """Return the function of the file that an expression calls."""
    if not isinstance(part, Call) or part.callee is None:
        return None
    return facts.summaries.function(part.callee)


class _Reader:
    """Collects the flow of values, then walks it back from every use."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._sources: dict[Origin, set[Origin]] = {}
        self._same: dict[Symbol, set[Symbol]] = {}

    def read(self, functions: tuple[Function, ...]) -> Roles:
        for function in functions:
            for stmt in walk_statements(function.body):
                self._collect(function, stmt)
        out = Roles()
        for function in functions:
            for stmt in walk_statements(function.body):
                self._uses(stmt, out)
        return out

    # -- flow ------------------------------------------------------------------------------------

    def _collect(self, function: Function, stmt: Stmt) -> None:
        if isinstance(stmt, DeclStmt):
            for variable in stmt.variables:
                if variable.initializer is not None:
                    self._flows(Origin(variable.symbol), variable.initializer)
                    self._names(variable.symbol, variable.initializer)
        elif isinstance(stmt, Return) and stmt.value is not None:
            self._flows(Origin(function.symbol), stmt.value)
        for top in stmt.expressions:
            for part in walk_expression(top):
                if isinstance(part, Assign):
                    self._assigned(part)
                elif isinstance(part, Call):
                    self._called(part)

    def _assigned(self, part: Assign) -> None:
        if isinstance(part.target, Ref):
            self._flows(Origin(part.target.symbol), part.value)
            self._names(part.target.symbol, part.value)
            return
        base = base_variable(part.target)
        if base is not None:
            self._flows(Origin(base, in_memory=True), part.value)

    def _called(self, call: Call) -> None:
        callee = _defined(call, self._facts)
        if callee is None:
            return
        for parameter, argument in zip(callee.parameters, call.arguments, strict=False):
            if parameter.symbol.type.is_pointer:
                self._names(parameter.symbol, argument)
            else:
                self._flows(Origin(parameter.symbol), argument)

    def _flows(self, to: Origin, value: Expr) -> None:
        self._sources.setdefault(to, set()).update(_contributions(value))

    def _names(self, symbol: Symbol, value: Expr) -> None:
        """Note that a pointer is another name of what an expression points to."""
        base = base_variable(value)
        if symbol.type.is_pointer and base is not None and base is not symbol:
            self._same.setdefault(symbol, set()).add(base)

    # -- uses ------------------------------------------------------------------------------------

    def _uses(self, stmt: Stmt, out: Roles) -> None:
        if isinstance(stmt, (For, While)):
            self._loop(stmt, out)
        if isinstance(stmt, DeclStmt):
            for variable in stmt.variables:
                for length in variable.shape:
                    out.bounds |= self._behind(length)
        for top in stmt.expressions:
            for part in walk_expression(top):
                self._use(part, out)

    def _loop(self, stmt: For | While, out: Roles) -> None:
        bound = self._behind(stmt.condition)
        out.bounds |= bound
        if not isinstance(stmt, For):
            return
        starts: set[Origin] = set()
        if stmt.init is not None:
            for top in stmt.init.expressions:
                value = top.value if isinstance(top, Assign) else top
                starts |= self._behind(value)
        out.bounds |= starts
        out.rows |= {o for o in starts & bound if o.in_memory}
        if isinstance(stmt.increment, Assign):
            out.divisors |= self._behind(stmt.increment.value)

    def _use(self, part: Expr, out: Roles) -> None:
        match part:
            case Index(base=base, index=index):
                self._subscript(base, index, out)
            case Unary(op="*", operand=Binary(left=left, right=right)):
                pointer, index = (left, right) if left.type.is_pointer else (right, left)
                self._subscript(pointer, index, out)
            case Binary(op="/" | "%", right=right) | Assign(op="/" | "%", value=right):
                out.divisors |= self._behind(right)
            case Call() if _defined(part, self._facts) is None:
                bases = (base_variable(argument) for argument in part.arguments)
                out.strings.update(b for b in bases if b is not None and b.type.is_pointer)
            case _:
                pass

    def _subscript(self, base: Expr, index: Expr, out: Roles) -> None:
        array = base_variable(base)
        if array is None:
            return
        for origin in self._behind(index):
            out.subscripts.setdefault(origin, set()).update(self._objects(array))

    def _behind(self, expression: Expr | None) -> set[Origin]:
        """Return everything that the value of an expression comes from."""
        out: set[Origin] = set()
        pending = list(_contributions(expression)) if expression is not None else []
        while pending:
            at = pending.pop()
            if at in out:
                continue
            out.add(at)
            pending.extend(self._sources.get(at, ()))
            if at.in_memory:
                pending.extend(
                    Origin(other, in_memory=True) for other in self._same.get(at.symbol, ())
                )
        return out

    def _objects(self, array: Symbol) -> set[Symbol]:
        """Return a pointer and all that it is another name of."""
        out: set[Symbol] = set()
        pending = [array]
        while pending:
            at = pending.pop()
            if at not in out:
                out.add(at)
                pending.extend(self._same.get(at, ()))
        return out


def _contributions(expression: Expr) -> Iterator[Origin]:
    """Yield where the value of an expression comes from, without what only selects it."""
    match expression:
        case Ref(symbol=symbol):
            yield Origin(symbol)
        case Index() | Member() | Unary(op="*"):
            base = base_variable(expression)
            if base is not None:
                yield Origin(base, in_memory=True)
        case Call(callee=callee, arguments=arguments):
            if callee is not None:
                yield Origin(callee)
            for argument in arguments:
                yield from _contributions(argument)
        case Unary(op="&") | Unary(op="!"):
            return
        case _:
            for operand in expression.operands:
                yield from _contributions(operand)
