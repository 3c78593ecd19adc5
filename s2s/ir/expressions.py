# SPDX-License-Identifier: Apache-2.0
"""Expressions of the IR, each with its byte span; nodes are compared by identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s2s.ir.types import CType, Symbol, SymbolKind
from s2s.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """Base of all expressions."""

    span: Span
    type: CType

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The direct subexpressions, in evaluation-independent source order."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class IntLiteral(Expr):
    """An integer constant; ``macro`` is its spelling when it came from one macro, else empty."""

    value: int
    macro: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FloatLiteral(Expr):
    """A floating constant as it is written."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class StringLiteral(Expr):
    """A string constant."""


@dataclass(frozen=True, slots=True, eq=False)
class Ref(Expr):
    """The use of a declared name."""

    symbol: Symbol


@dataclass(frozen=True, slots=True, eq=False)
class Index(Expr):
    """``base[index]``."""

    base: Expr
    index: Expr

    @property
    def operands(self) -> tuple[Expr, ...]:
        """Base and index."""
        return (self.base, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Member(Expr):
    """``base.field`` or ``base->field``."""

    base: Expr
    field: str
    arrow: bool
    bit_field: bool = False

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The object."""
        return (self.base,)


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Expr):
    """A unary operator: ``- + ~ ! * &`` or ``pre++ pre-- post++ post--``."""

    op: str
    operand: Expr

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The operand."""
        return (self.operand,)

    @property
    def is_step(self) -> bool:
        """Whether the operator changes its operand."""
        return self.op.endswith(("++", "--"))


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Expr):
    """A binary operator without side effect (the comma operator included)."""

    op: str
    left: Expr
    right: Expr

    @property
    def operands(self) -> tuple[Expr, ...]:
        """Left and right."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Expr):
    """``target op= value``; ``op`` is empty for plain assignment."""

    op: str
    target: Expr
    value: Expr

    @property
    def operands(self) -> tuple[Expr, ...]:
        """Target and value."""
        return (self.target, self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Expr):
    """``condition ? then : otherwise``."""

    condition: Expr
    then: Expr
    otherwise: Expr

    @property
    def operands(self) -> tuple[Expr, ...]:
        """Condition and both branches."""
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expr):
    """A call; ``callee`` is None when it goes through a pointer."""

    callee: Symbol | None
    function: Expr
    arguments: tuple[Expr, ...]

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The function expression when computed, and the arguments."""
        return self.arguments if self.callee else (self.function, *self.arguments)

    @property
    def name(self) -> str:
        """The called function's name, empty when it goes through a pointer."""
        return self.callee.name if self.callee else ""


@dataclass(frozen=True, slots=True, eq=False)
class Cast(Expr):
    """An explicit conversion."""

    operand: Expr

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The converted expression."""
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False)
class InitList(Expr):
    """``{ … }`` in an initializer."""

    items: tuple[Expr, ...]

    @property
    def operands(self) -> tuple[Expr, ...]:
        """The items."""
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class OpaqueExpr(Expr):
    """An expression that the front end does not model; ``what`` names it for people."""

    what: str
    parts: tuple[Expr, ...]

    @property
    def operands(self) -> tuple[Expr, ...]:
        """What could be recognised inside."""
        return self.parts


def walk_expression(expression: Expr) -> Iterator[Expr]:
    """Yield an expression and all of its subexpressions, outermost first."""
    stack = [expression]
    while stack:
        at = stack.pop()
        yield at
        if operands := at.operands:
            stack.extend(operands[::-1])


def without_casts(expression: Expr) -> Expr:
    """Return what is cast."""
    while isinstance(expression, Cast):
        expression = expression.operand
    return expression


def storage_of(pointer: Expr) -> Symbol | None:
    """Return the variable into whose array, or into what it points to, an expression points.

    None when that is reached through a pointer that is stored elsewhere, or is not known. For
    ``a``, ``a + i`` and ``&a[i]`` it is ``a``.
    """
    match without_casts(pointer):
        case Ref(symbol=symbol) if symbol.type.is_pointer or symbol.type.is_array:
            return symbol
        case Binary(op="+" | "-", left=left, right=right):
            return storage_of(left if left.type.is_pointer or left.type.is_array else right)
        case Unary(op="&", operand=operand):
            return _storage_around(operand)
        case Index() | Member() as inner if inner.type.is_array:
            return _storage_around(inner)
        case _:
            return None


def _storage_around(lvalue: Expr) -> Symbol | None:
    """Return the variable that holds an lvalue, or points to what holds it."""
    match lvalue:
        case Ref(symbol=symbol):
            is_whole = symbol.kind is not SymbolKind.PARAMETER or not symbol.type.is_array
            return symbol if is_whole and not symbol.type.is_pointer else None
        case Index(base=base):
            return storage_of(base)
        case Member(base=base, arrow=arrow):
            return storage_of(base) if arrow else _storage_around(base)
        case _:
            return None
