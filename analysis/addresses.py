# SPDX-License-Identifier: Apache-2.0
"""Lvalues and pointers as (object, subscripts).

A pointer that the nest assigns once from another pointer (``double *row = a + i * n``) is looked
through; a pointer that moves is refused.
"""

from __future__ import annotations

from s2s.analysis.nest import MemoryObject, NestLoop
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import ValueReader
from s2s.ir.program import Binary, Cast, Expr, Index, Member, Ref, Unary
from s2s.ir.types import Symbol, TypeKind

Subscripts = tuple[Polynomial | None, ...]
Address = tuple[MemoryObject, Subscripts | None]
_ZERO = Polynomial()


class UnknownAddress(Exception):
    """A pointer that cannot be traced to an object; the message is for people."""


class AddressReader:
    """Reads lvalues and pointer expressions in the context of a nest."""

    def __init__(self, values: ValueReader) -> None:
        self._values = values
        self._known: dict[Symbol, tuple[Address, tuple[NestLoop, ...], tuple[int, ...]]] = {}

    def learn(self, symbol: Symbol, value: Expr) -> None:
        """Remember what a pointer that the nest assigns exactly once points to."""
        if self._values.effects.assignments.get(symbol, 0) != 1 or not symbol.type.is_pointer:
            return
        try:
            address = self.pointer(value)
        except UnknownAddress:
            return
        reader = self._values
        self._known[symbol] = (address, tuple(reader.loops), tuple(reader.condition_ids))

    def lvalue(self, expression: Expr) -> Address:
        """Return the object and subscripts of an lvalue.

        Raises:
            UnknownAddress: the object cannot be told.
        """
        match expression:
            case Ref(symbol=symbol):
                return MemoryObject(symbol), ()
            case Index(base=base, index=index):
                return self._advance(self.pointer(base), self._values.subscript(index))
            case Unary(op="*", operand=operand):
                return self.pointer(operand)
            case Member(base=base, field=field, arrow=arrow):
                target, subscripts = self.pointer(base) if arrow else self.lvalue(base)
                if base.type.kind is TypeKind.UNION or (
                    base.type.element is not None and base.type.element.kind is TypeKind.UNION
                ):
                    return MemoryObject(target.symbol, (*target.path, "union")), None
                return MemoryObject(target.symbol, (*target.path, field)), subscripts
            case Cast(operand=operand):
                return self.lvalue(operand)
            case _:
                raise UnknownAddress("an lvalue that is computed")

    def pointer(self, expression: Expr) -> Address:
        """Return what a pointer expression points to; the last subscript is its offset.

        Raises:
            UnknownAddress: the pointer moves, is computed, or is loaded from memory that changes.
        """
        if expression.type.is_array and not isinstance(expression, Cast):
            target, subscripts = self.lvalue(expression)
            if isinstance(expression, Ref) and expression.symbol.type.is_pointer:
                return self._variable(expression.symbol)
            return target, None if subscripts is None else (*subscripts, _ZERO)
        match expression:
            case Ref(symbol=symbol):
                return self._variable(symbol)
            case Cast(operand=operand):
                return self._cast(expression, operand)
            case Binary(op="+" | "-" as op, left=left, right=right):
                if right.type.is_integer:
                    offset = self._values.try_value(right)
                    if offset is not None and op == "-":
                        offset = -offset
                    return self._advance(self.pointer(left), offset)
                if op == "+" and left.type.is_integer:
                    return self._advance(self.pointer(right), self._values.try_value(left))
            case Unary(op="&", operand=operand):
                target, subscripts = self.lvalue(operand)
                if subscripts == () and not isinstance(operand, Index):
                    return target, None
                return target, subscripts
            case Member() | Index() | Unary(op="*"):
                return self._loaded(expression)
            case _:
                pass
        text = self._values.facts.source.text(expression.span)
        raise UnknownAddress(f"the pointer '{text}' is computed in a way s2s does not follow")

    def _advance(self, address: Address, offset: Polynomial | None) -> Address:
        target, subscripts = address
        if not subscripts:
            return target, None
        last = subscripts[-1]
        moved = None if last is None or offset is None else last + offset
        return target, (*subscripts[:-1], moved)

    def _variable(self, symbol: Symbol) -> Address:
        known = self._known.get(symbol)
        if known is not None and self._values.in_scope(known[1], known[2]):
            return known[0]
        effects = self._values.effects
        if effects.writes(symbol) or symbol in effects.declared:
            raise UnknownAddress(f"the pointer '{symbol.name}' moves inside the nest")
        return MemoryObject(symbol, ("*",)), (_ZERO,)

    def _cast(self, expression: Expr, operand: Expr) -> Address:
        if not (operand.type.is_pointer or operand.type.is_array):
            raise UnknownAddress("an integer is turned into a pointer")
        target, subscripts = self.pointer(operand)
        new, old = expression.type.element, operand.type.element
        if new is None or old is None or new.size != old.size or new.size <= 0:
            return target, None
        return target, subscripts

    def _loaded(self, expression: Expr) -> Address:
        """A pointer that is read from memory: a struct member or an array of pointers."""
        target, subscripts = self.lvalue(expression)
        if target.symbol in self._values.effects.memory and self._may_change(target, expression):
            text = self._values.facts.source.text(expression.span)
            raise UnknownAddress(f"the pointer '{text}' may change inside the nest")
        inner = MemoryObject(target.symbol, (*target.path, "*"))
        if subscripts is None or any(s is None or not s.is_constant for s in subscripts):
            return inner, None
        if isinstance(expression, Index):
            return inner, None
        return inner, (*subscripts, _ZERO)

    def _may_change(self, target: MemoryObject, expression: Expr) -> bool:
        """Whether the nest writes a pointer of this type (only then can the member change)."""
        return target.symbol in self._values.effects.pointer_memory
