# SPDX-License-Identifier: Apache-2.0
"""Expressions as reads and writes of the current statement of a nest."""

from __future__ import annotations

from dataclasses import replace

from s2s.analysis.addresses import AddressReader, Subscripts, UnknownAddress
from s2s.analysis.called_bodies import CannotReadThrough, with_called_bodies
from s2s.analysis.extrema import recognise_extremum
from s2s.analysis.facts import Facts, base_variable, effects_of
from s2s.analysis.nest import Access, Blocker, MemoryObject, Nest, NestLoop, NestStatement
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.expressions import without_casts
from s2s.ir.program import (
    Assign,
    Binary,
    Call,
    Conditional,
    Expr,
    Function,
    If,
    Index,
    IntLiteral,
    Member,
    OpaqueExpr,
    Ref,
    Stmt,
    StringLiteral,
    Unary,
    walk_expression,
)
from s2s.ir.types import CType, Symbol, SymbolKind, TypeKind
from s2s.source import Span

_COSTS = {"/": 8.0, "%": 8.0}
_CALL_COST = 20.0


class AccessReader:
    """Adds the accesses of expressions to the last statement of a nest."""

    def __init__(
        self, function: Function, root: Stmt, facts: Facts, fixed: frozenset[Symbol]
    ) -> None:
        self.nest = Nest(function, root)
        self._facts = facts
        effects = effects_of(root, facts)
        if fixed:
            kept = {s: n for s, n in effects.assignments.items() if s not in fixed}
            effects = replace(effects, assignments=kept)
        effects, self.nest.callee_symbols = with_called_bodies(root, effects, facts)
        self._effects = effects
        self._values = ValueReader(self.nest, self._effects, facts)
        self._addresses = AddressReader(self._values)
        self._guards: list[str | None] = []
        self._tags: dict[Expr, str] = {}
        self._site: NestStatement | None = None  # with the call that is read through
        self._in_callee = False

    @property
    def _loops(self) -> list[NestLoop]:
        return self._values.loops

    def _block_loops(self, code: str, message: str, span: Span, help_: str = "") -> None:
        """Note a reason against running any of the current loops in parallel."""
        if self._site is not None:
            raise CannotReadThrough(message)
        blocker = Blocker(code, message, span, help_)
        if code in ("S2S110", "S2S111"):
            self.nest.unresolved.append(blocker)
        for loop in self._loops:
            loop.blockers.append(blocker)

    def _read(self, expression: Expr) -> None:
        """Add the accesses of evaluating an expression to the current statement."""
        statement = self.nest.statements[-1]
        match expression:
            case Ref(symbol=symbol):
                self._read_variable(expression, symbol)
            case Index() | Member() | Unary(op="*"):
                self._subscript_reads(expression)
                if not expression.type.is_array:
                    self._access(expression, is_write=False)
            case Assign():
                self._assign(expression)
            case Unary(operand=operand) if expression.is_step:
                self._subscript_reads(operand)
                self._access(operand, is_write=False)
                self._access(operand, is_write=True)
            case Unary(op="&", operand=operand):
                self._subscript_reads(operand)
                self._address_taken(operand)
            case Call():
                self._call(expression)
            case Binary(op="&&" | "||" as op, left=left, right=right):
                self._read(left)
                self._guarded_read(right, left, negated=op == "||")
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                self._read(condition)
                self._guarded_read(then, condition, negated=False)
                self._guarded_read(otherwise, condition, negated=True)
                statement.operations += 1
            case OpaqueExpr(what=what):
                self._block_loops("S2S111", f"{what} is not modelled", expression.span)
                for part in expression.operands:
                    self._read(part)
            case StringLiteral():
                pass
            case Binary(op=op):
                statement.operations += _COSTS.get(op, 1.0)
                for operand in expression.operands:
                    self._read(operand)
            case _:
                for operand in expression.operands:
                    self._read(operand)

    def _note_extremum(self, stmt: If) -> None:
        """Mark the accesses of an ``if`` that keeps an extremum and its place."""
        tag = f"extremum {len(self.nest.extrema)}"
        found = recognise_extremum(
            stmt, tag, self._facts.summaries, lambda e: self._values.try_value(e) is not None
        )
        if found is not None:
            self.nest.extrema.append(found)
            self._tags[found.compared] = tag
            for place in (found.best, *found.places):
                self._tags[place.assignment.target] = tag

    def _guarded_read(self, expression: Expr, condition: Expr, *, negated: bool) -> None:
        """Read an expression that is evaluated only if a condition holds."""
        self._guards.append(self._values.condition(condition, negated=negated))
        self._read(expression)
        self._guards.pop()

    def _read_variable(self, expression: Expr, symbol: Symbol) -> None:
        if symbol.kind is SymbolKind.FUNCTION:
            return
        self._refuse_volatile(symbol, expression.span)
        if symbol.type.is_array or any(loop.symbol is symbol for loop in self._loops):
            return
        if symbol.type.kind in (TypeKind.STRUCT, TypeKind.UNION):
            self._access(expression, is_write=False, whole=True)
        elif self._effects.writes(symbol):
            if symbol.type.is_pointer and symbol in self._addresses._known:
                return
            self._access(expression, is_write=False)

    def _refuse_volatile(self, symbol: Symbol, span: Span) -> None:
        if symbol.type.any_volatile:
            self._block_loops("S2S109", f"'{symbol.name}' is volatile", span)

    def _subscript_reads(self, lvalue: Expr) -> None:
        """Read what is evaluated to find an lvalue's address."""
        match lvalue:
            case Index(base=base, index=index):
                self._base_reads(base)
                self._read(index)
            case Member(base=base, arrow=arrow):
                self._base_reads(base) if arrow else self._subscript_reads(base)
            case Unary(op="*", operand=operand):
                self._base_reads(operand)
            case Ref() as ref:
                self._refuse_volatile(ref.symbol, ref.span)
            case _:
                pass

    def _base_reads(self, base: Expr) -> None:
        """Read a pointer or array base; loads of pointers from memory are reads themselves."""
        match base:
            case Ref(symbol=symbol):
                self._read_variable(base, symbol)
            case Index() | Member() if base.type.is_pointer:
                self._subscript_reads(base)
                self._access(base, is_write=False)
            case Index() | Member() | Unary(op="*"):
                self._subscript_reads(base)
            case _:
                self._read(base)

    def _assign(self, expression: Assign) -> None:
        self._read(expression.value)
        self._subscript_reads(expression.target)
        if expression.op:
            self.nest.statements[-1].operations += _COSTS.get(expression.op, 1.0)
            self._access(expression.target, is_write=False)
        if expression.target.type.kind in (TypeKind.STRUCT, TypeKind.UNION):
            self._access(expression.target, is_write=True, whole=True)
        else:
            self._access(expression.target, is_write=True)

    def _address_taken(self, operand: Expr) -> None:
        root = base_variable(operand)
        if root is not None and isinstance(operand, Ref) and not root.type.is_array:
            self._block_loops("S2S110", f"the address of '{root.name}' is taken", operand.span)

    def _access(
        self, lvalue: Expr, *, is_write: bool, reduction: str = "", whole: bool = False
    ) -> None:
        if isinstance(lvalue, Member) and lvalue.bit_field:
            self._block_loops("S2S111", "a bit-field is not modelled", lvalue.span)
        if lvalue.type.any_volatile:
            self._block_loops("S2S109", "a volatile object is accessed", lvalue.span)
        try:
            target, subscripts = self._addresses.lvalue(lvalue)
        except UnknownAddress as reason:
            self._block_loops("S2S110", str(reason), lvalue.span)
            return
        if any(loop.symbol is target.symbol for loop in self._loops) and not target.path:
            return
        named = self._in_callee and base_variable(lvalue) is target.symbol
        if named and _is_constant(target.symbol):
            return  # the device has it
        if target.symbol in self.nest.callee_symbols and target.is_pointee:
            raise CannotReadThrough(f"what '{target.symbol.name}' points to is not known")
        if not target.path and target.symbol.type.is_scalar:
            subscripts = ()
        subscripts, nonlinear = self._without_quotients(subscripts)
        certain = None not in self._guards
        exact = subscripts is not None and None not in subscripts and not whole and certain
        self._note(
            Access(
                target,
                None if whole and subscripts != () else subscripts,
                is_write,
                reduction or self._tags.get(lvalue, ""),
                exact,
                lvalue.span,
                lvalue.type,
                lvalue,
                tuple(g for g in self._guards if g is not None),
                certain,
                nonlinear if not whole else None,
                self._bounds_of(lvalue, subscripts),
            )
        )

    def _without_quotients(
        self, subscripts: Subscripts | None
    ) -> tuple[Subscripts | None, Polynomial | None]:
        """Return subscripts for isl, and the only subscript if isl cannot take it."""
        quotients = self.nest.quotients.keys()
        if subscripts is None or not any(s is not None and s.atoms & quotients for s in subscripts):
            return subscripts, None
        plain = tuple(None if s is None or s.atoms & quotients else s for s in subscripts)
        return plain, subscripts[0] if len(subscripts) == 1 else None

    def _bounds_of(self, lvalue: Expr, subscripts: tuple[Polynomial | None, ...] | None) -> str:
        """Say in isl what is known of subscripts of a declared array that are no polynomials."""
        indices: list[Expr] = []
        at = lvalue
        while isinstance(at, Index) and at.base.type.is_array:
            indices.insert(0, at.index)
            at = at.base
        if not isinstance(at, Ref) or subscripts is None or len(indices) != len(subscripts):
            return ""
        known = []
        for position, (index, subscript) in enumerate(zip(indices, subscripts, strict=True)):
            if subscript is None:
                try:
                    known.append(f"u{position} = {self._values.quasi_affine(index)}")
                except NotAffine:
                    continue
                known += self._macros_in(index)
        return " and ".join(known)

    def _macros_in(self, expression: Expr) -> list[str]:
        """Say what the macros stand for, which are parameters elsewhere."""
        out = []
        for part in walk_expression(expression):
            if isinstance(part, IntLiteral) and part.macro:
                value = self._values.value(part)
                out += [] if value.is_constant else [f"{value.to_isl(frozenset())} = {part.value}"]
        return out

    def _note(self, access: Access) -> None:
        """Add an access, unless it is to a variable that each call of a function has anew."""
        if access.target.symbol not in self.nest.callee_symbols:
            self.nest.statements[-1].accesses.append(access)

    def _reads_through(self, call: Call) -> bool:
        """Read the body of a function in place of its call, if that is possible."""
        raise NotImplementedError

    def _call(self, call: Call) -> None:
        if self._reads_through(call):
            return
        statement = self.nest.statements[-1]
        statement.operations += _CALL_COST
        summary = self._facts.summaries.of_call(call)
        name = call.name or "a function pointer"
        if summary.exits or summary.io or summary.unknown:
            code = "S2S107" if summary.io else "S2S106"
            self._block_loops(
                code,
                f"the call of '{name}' cannot be run in parallel: {summary.problem}",
                call.span,
                "move it out of the loop, or define the function in this file",
            )
        for position, argument in enumerate(call.arguments):
            if position in summary.reads or position in summary.writes:
                self._pointer_argument(argument, position in summary.writes, summary.reads)
            else:
                self._evaluate(argument)
                self._named_only(argument)
        for symbol in summary.global_reads | summary.global_writes:
            self._global_effect(symbol, call, symbol in summary.global_writes)

    def _evaluate(self, argument: Expr) -> None:
        """Read what is read to find the value of an argument."""
        if isinstance(argument, Unary) and argument.op == "&":
            self._subscript_reads(argument.operand)
        else:
            self._read(argument)

    def _named_only(self, argument: Expr) -> None:
        """Count an array that is passed to a callee which does not use it as read.

        It is named in the region, and would be copied back if no clause said otherwise.
        """
        root = base_variable(argument)
        if root is None or not root.type.is_array or not _is_address(argument):
            return
        element = root.type.scalar_element
        self._note(Access(MemoryObject(root), None, False, "", False, argument.span, element))

    def _pointer_argument(self, argument: Expr, written: bool, reads: frozenset[int]) -> None:
        """A callee reads or writes some part of what an argument points to."""
        argument = without_casts(argument)
        if isinstance(argument, (StringLiteral, IntLiteral)):
            return
        try:
            target, known = self._addresses.pointer(argument)
        except UnknownAddress as reason:
            self._block_loops("S2S110", str(reason), argument.span)
            return
        known, _ = self._without_quotients(known)
        self._subscript_reads(argument.operand if isinstance(argument, Unary) else argument)
        element = argument.type.scalar_element
        scalar = not target.path and target.symbol.type.is_scalar
        subscripts: tuple[Polynomial | None, ...] | None = () if scalar else None
        if argument.type.is_array and isinstance(argument, Index) and known is not None:
            # the row of a declared array: the callee stays inside it (C11 6.5.6p8)
            subscripts = (*known[:-1], None)
        self._note(Access(target, subscripts, False, "", False, argument.span, element))
        if written:
            self._note(Access(target, subscripts, True, "", False, argument.span, element))

    def _global_effect(self, symbol: Symbol, call: Call, written: bool) -> None:
        if _is_constant(symbol):
            return
        path = ("*",) if symbol.type.is_pointer else ()
        subscripts = () if symbol.type.is_scalar else None
        target = MemoryObject(symbol, path)
        element: CType = symbol.type.scalar_element
        self._note(Access(target, subscripts, False, "", False, call.span, element))
        if written:
            self._note(Access(target, subscripts, True, "", False, call.span, element))


def _is_address(argument: Expr) -> bool:
    return argument.type.is_pointer or argument.type.is_array


def _is_constant(symbol: Symbol) -> bool:
    ctype = symbol.type
    return symbol.is_global and (ctype.const or (ctype.is_array and ctype.scalar_element.const))
