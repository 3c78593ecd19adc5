# SPDX-License-Identifier: Apache-2.0
"""The file-wide facts that every analysis of a nest needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from s2s.analysis.aliasing import Aliases
from s2s.analysis.nest import MemoryObject, Parameter
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.summaries import Summaries
from s2s.ir.program import (
    Assign,
    Call,
    DeclStmt,
    Expr,
    Function,
    Index,
    Member,
    Program,
    Ref,
    Stmt,
    Unary,
    walk_expression,
)
from s2s.ir.types import Symbol
from s2s.source import SourceFile


@dataclass(frozen=True, slots=True)
class Facts:
    """A program with its alias analysis and call summaries."""

    program: Program
    aliases: Aliases
    summaries: Summaries
    parameters: ParameterNames = field(default_factory=lambda: ParameterNames())
    effects: dict[Stmt, Effects] = field(default_factory=dict)
    lengths: dict[tuple[Function, Symbol], Polynomial | None] = field(default_factory=dict)

    def assignment_count(self, function: Function, symbol: Symbol) -> int:
        """Return how often a function assigns a variable (initializers count)."""
        return effects_of(function.body, self).assignments.get(symbol, 0)

    @property
    def source(self) -> SourceFile:
        """The file."""
        return self.program.source


class ParameterNames:
    """Gives equal expressions the same parameter name in every nest of the file.

    ``size_type`` is how the file can name a type that holds products of sizes.
    """

    def __init__(self, size_type: str = "size_t") -> None:
        self.size_type = size_type
        self._names: dict[object, str] = {}
        self._known: dict[str, Parameter] = {}

    def name(self, key: object) -> str:
        """Return the name for a structural key."""
        return self._names.setdefault(key, f"p{len(self._names)}")

    def register(self, parameter: Parameter) -> None:
        """Remember what a name stands for."""
        self._known.setdefault(parameter.name, parameter)

    def get(self, name: str) -> Parameter:
        """Return what a name stands for."""
        return self._known[name]


@dataclass(slots=True)
class Effects:
    """What a statement writes, by variable.

    ``assignments`` counts direct assignments to a variable; ``memory`` are the variables through
    which (or in which) elements or fields are written, ``pointer_memory`` those of them where a
    pointer is stored.
    """

    assignments: dict[Symbol, int] = field(default_factory=dict)
    memory: set[Symbol] = field(default_factory=set)
    pointer_memory: set[Symbol] = field(default_factory=set)
    declared: set[Symbol] = field(default_factory=set)
    unknown_calls: bool = False

    def writes(self, symbol: Symbol) -> bool:
        """Whether a variable itself is assigned."""
        return symbol in self.assignments

    def add(self, other: Effects) -> None:
        """Add the effects of a nested statement."""
        for symbol, times in other.assignments.items():
            self.assignments[symbol] = self.assignments.get(symbol, 0) + times
        self.memory |= other.memory
        self.pointer_memory |= other.pointer_memory
        self.declared |= other.declared
        self.unknown_calls |= other.unknown_calls


def effects_of(statement: Stmt, facts: Facts) -> Effects:
    """Return the direct effects of a statement and of the calls inside it.

    The answer is shared by all who ask, and is not to be changed.
    """
    known = facts.effects.get(statement)
    if known is None:
        known = facts.effects[statement] = _collect(statement, facts)
    return known


def _collect(statement: Stmt, facts: Facts) -> Effects:
    out = Effects()
    if isinstance(statement, DeclStmt):
        for variable in statement.variables:
            out.declared.add(variable.symbol)
            if variable.initializer is not None:
                _count(out, variable.symbol)
    for top in statement.expressions:
        for expression in walk_expression(top):
            _effects_of_expression(expression, facts, out)
    for child in statement.children:
        out.add(effects_of(child, facts))
    return out


def _effects_of_expression(expression: Expr, facts: Facts, out: Effects) -> None:
    match expression:
        case Assign(target=target):
            _write(target, out)
        case Unary(operand=operand) if expression.is_step:
            _write(operand, out)
        case Unary(op="&", operand=Ref(symbol=symbol)):
            if symbol.type.is_scalar or symbol.type.is_pointer:
                _count(out, symbol, 2)
        case Call():
            summary = facts.summaries.of_call(expression)
            for symbol in summary.global_writes:
                _count(out, symbol, 2)
                out.memory.add(symbol)
            for position in summary.writes:
                if position < len(expression.arguments):
                    root = base_variable(expression.arguments[position])
                    if root is not None:
                        out.memory.add(root)
                        out.pointer_memory.add(root)
            out.unknown_calls |= summary.unknown
        case _:
            pass


def _write(target: Expr, out: Effects) -> None:
    if isinstance(target, Ref):
        _count(out, target.symbol)
        return
    root = base_variable(target)
    if root is not None:
        out.memory.add(root)
        if not target.type.is_scalar:
            out.pointer_memory.add(root)


def _count(out: Effects, symbol: Symbol, times: int = 1) -> None:
    out.assignments[symbol] = out.assignments.get(symbol, 0) + times


def may_change(effects: Effects, symbol: Symbol, facts: Facts) -> bool:
    """Whether code may change a variable's value, by its name or behind its back."""
    if effects.writes(symbol) or symbol in effects.declared or symbol in effects.memory:
        return True
    if effects.unknown_calls and symbol.is_global and not symbol.type.const:
        return True
    if symbol.type.is_pointer:
        return facts.aliases.address_taken(symbol) and bool(effects.pointer_memory)
    mine = MemoryObject(symbol)
    for other in effects.memory:
        theirs = MemoryObject(other, ("*",) if other.type.is_pointer else ())
        types = (symbol.type.scalar_element, other.type.scalar_element)
        if not facts.aliases.disjoint(mine, theirs, types):
            return True
    return effects.unknown_calls and facts.aliases.address_taken(symbol)


def any_may_change(effects: Effects, atoms: Iterable[str], facts: Facts) -> bool:
    """Whether code may change a variable that some parameters of a nest are made of."""
    names = facts.parameters
    return any(may_change(effects, x, facts) for a in atoms for x in names.get(a).symbols)


def apart(first: Symbol, second: Symbol, facts: Facts) -> bool:
    """Whether what two variables name never overlaps."""
    one = MemoryObject(first, ("*",) if first.type.is_pointer else ())
    two = MemoryObject(second, ("*",) if second.type.is_pointer else ())
    types = (first.type.scalar_element, second.type.scalar_element)
    return facts.aliases.disjoint(one, two, types)


def base_variable(expression: Expr) -> Symbol | None:
    """Return the variable that an lvalue or pointer expression starts from."""
    at: Expr | None = expression
    while at is not None:
        match at:
            case Ref(symbol=symbol):
                return symbol
            case Index(base=base) | Member(base=base):
                at = base
            case Unary(operand=operand):
                at = operand
            case _:
                pointers = [o for o in at.operands if o.type.is_pointer or o.type.is_array]
                at = pointers[0] if pointers else None
    return None
