# SPDX-License-Identifier: Apache-2.0
"""Which pointers can point into the same object.

A flow-insensitive points-to analysis over the file (Andersen, *Program Analysis and
Specialization for the C Programming Language*, 1994, restricted to what pointers are assigned by
name). Two objects are disjoint when their roots are, when one of them is ``restrict``, or when
their types cannot alias (C11 6.5p7, unless ``-fno-strict-aliasing`` is given).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from s2s.analysis import library_table as library
from s2s.analysis.escaped_memory import EscapedMemory
from s2s.analysis.nest import MemoryObject
from s2s.analysis.pointer_swaps import find_swaps
from s2s.analysis.roots import UNKNOWN, Root, RootKind
from s2s.ir.expressions import storage_of
from s2s.ir.program import (
    Assign,
    Binary,
    Call,
    Cast,
    Compound,
    Conditional,
    DeclStmt,
    Expr,
    Function,
    Index,
    IntLiteral,
    Member,
    Program,
    Ref,
    Return,
    StringLiteral,
    Unary,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import CType, Symbol, SymbolKind, TypeKind


class Aliases:
    """Points-to sets and disjointness for one file."""

    def __init__(self, program: Program, *, strict: bool = True, assume_noalias: bool = False):
        self._program = program
        self._strict = strict
        self._assume_noalias = assume_noalias
        self._sources: dict[Symbol, list[Expr]] = {}
        self._address_taken: set[Symbol] = set()
        self._moved: set[Symbol] = set()
        self._calls: dict[Symbol, list[tuple[Function, Call]]] = {}
        self._referenced_functions: set[Symbol] = set()
        self._functions = {f.symbol: f for f in program.functions}
        self._owner: dict[Symbol, Function] = {}
        self._memo: dict[Symbol, frozenset[Root]] = {}
        self.assumed_allocators: set[str] = set()
        self._swap_class: dict[Symbol, frozenset[Symbol]] = {}
        self._swap_assignments: set[Expr] = set()
        for variable in program.globals:
            if variable.initializer is not None:
                self._sources.setdefault(variable.symbol, []).append(variable.initializer)
                self._note_function_use(variable.initializer)
        for function in program.functions:
            self._collect(function)

    # -- collection ------------------------------------------------------------------------------

    def _collect(self, function: Function) -> None:
        for block in walk_statements(function.body):
            if isinstance(block, Compound):
                for swap in find_swaps(block):
                    self._swap_assignments.update(swap.assignments)
                    merged = swap.pointers.union(
                        *(self._swap_class.get(p, frozenset()) for p in swap.pointers)
                    )
                    for pointer in merged:
                        self._swap_class[pointer] = merged
        for parameter in function.parameters:
            self._owner[parameter.symbol] = function
        for stmt in walk_statements(function.body):
            if isinstance(stmt, DeclStmt):
                for variable in stmt.variables:
                    self._owner[variable.symbol] = function
                    if variable.initializer is not None:
                        self._sources.setdefault(variable.symbol, []).append(variable.initializer)
            for top in stmt.expressions:
                for expression in walk_expression(top):
                    self._collect_expression(function, expression)

    def _collect_expression(self, function: Function, expression: Expr) -> None:
        match expression:
            case Assign() if expression in self._swap_assignments:
                pass
            case Assign(op="", target=Ref(symbol=symbol), value=value):
                self._sources.setdefault(symbol, []).append(value)
            case Unary(op="&", operand=operand):
                root = _variable_below(operand)
                if root is not None:
                    self._address_taken.add(root)
            case Call(callee=Symbol() as callee):
                self._calls.setdefault(callee, []).append((function, expression))
            case Assign(target=Ref(symbol=symbol)):
                self._moved.add(symbol)
            case Unary(operand=Ref(symbol=symbol)) if expression.is_step:
                self._moved.add(symbol)
            case Ref(symbol=symbol) if symbol.kind is SymbolKind.FUNCTION:
                self._referenced_functions.add(symbol)  # the name in a direct call is no operand
            case _:
                pass

    def _note_function_use(self, expression: Expr) -> None:
        for part in walk_expression(expression):
            if isinstance(part, Ref) and part.symbol.kind is SymbolKind.FUNCTION:
                self._referenced_functions.add(part.symbol)

    # -- queries ---------------------------------------------------------------------------------

    def address_taken(self, symbol: Symbol) -> bool:
        """Whether ``&symbol`` (or ``&symbol.field``) occurs in the file."""
        return symbol in self._address_taken

    def calls_of(self, function: Function) -> list[tuple[Function, Call]]:
        """Return (caller, call) for every direct call in the file."""
        return self._calls.get(function.symbol, [])

    def all_calls_known(self, function: Function) -> bool:
        """Whether every call of a function is a direct call in this file."""
        return function.is_internal and function.symbol not in self._referenced_functions

    def sources(self, symbol: Symbol) -> tuple[Expr, ...]:
        """Return all expressions that a variable ever has the value of; none if not all are known.

        Exchanges of pointers do not count.
        """
        if symbol in self._moved or symbol in self._address_taken:
            return ()
        return tuple(self._sources.get(symbol, ()))

    def keeps_its_value(self, symbol: Symbol) -> bool:
        """Whether nothing assigns a parameter, exchanges of pointers aside."""
        changed = symbol in self._moved or symbol in self._address_taken
        return not changed and not self._sources.get(symbol)

    def roots(self, symbol: Symbol) -> frozenset[Root]:
        """Return what a variable, used as a pointer or array, can refer to."""
        if symbol.type.is_array and symbol.kind is not SymbolKind.PARAMETER:
            return frozenset({Root(RootKind.OBJECT, symbol)})
        if symbol.type.kind is TypeKind.STRUCT or symbol.type.is_scalar:
            return frozenset({Root(RootKind.OBJECT, symbol)})
        found = self._memo.get(symbol)
        if found is None:
            found = self._memo[symbol] = self._compute_roots(symbol)
        return found

    def _compute_roots(self, symbol: Symbol) -> frozenset[Root]:
        """Return the closure over all assignments, following pointer variables by name."""
        return self._closure(self._swap_class.get(symbol, frozenset({symbol})))

    def _closure(self, start: Iterable[Symbol]) -> frozenset[Root]:
        out: set[Root] = set()
        seen: set[Symbol] = set()
        pending = list(start)
        while pending:
            at = pending.pop()
            if at in seen:
                continue
            seen.add(at)
            if at.kind is SymbolKind.PARAMETER:
                out.add(Root(RootKind.PARAMETER, at))
            sources = self._sources.get(at, [])
            if at.is_global and not sources:
                out.add(UNKNOWN)
            if at in self._address_taken and at.type.is_pointer:
                out.add(UNKNOWN)
            for source in sources:
                roots, pointers = self._of_expression(source)
                out |= roots
                pending.extend(pointers)
        return frozenset(out)

    def roots_of(self, expression: Expr) -> frozenset[Root]:
        """Return what a pointer-valued expression can point to."""
        roots, pointers = self._of_expression(expression)
        out = set(roots)
        for pointer in pointers:
            out |= self.roots(pointer)
        return frozenset(out)

    def _of_expression(self, expression: Expr) -> tuple[set[Root], list[Symbol]]:
        """Return (roots, pointer variables whose roots are to be added)."""
        match expression:
            case Ref(symbol=symbol):
                if symbol.type.is_array and symbol.kind is not SymbolKind.PARAMETER:
                    return {Root(RootKind.OBJECT, symbol)}, []
                if symbol.type.is_pointer:
                    return set(), [symbol]
                return set(), []
            case IntLiteral():
                return set(), []
            case StringLiteral():
                return {UNKNOWN}, []
            case (
                Cast(operand=operand)
                | Unary(op="pre++" | "pre--" | "post++" | "post--", operand=operand)
            ):
                return self._of_expression(operand)
            case Unary(op="&", operand=operand):
                return self._of_address(operand)
            case Binary(op="+" | "-", left=left, right=right):
                side = left if left.type.is_pointer or left.type.is_array else right
                return self._of_expression(side)
            case Binary(op=",", right=right):
                return self._of_expression(right)
            case Conditional(then=then, otherwise=otherwise):
                first, second = self._of_expression(then), self._of_expression(otherwise)
                return first[0] | second[0], first[1] + second[1]
            case Assign(value=value, target=target):
                return self._of_expression(value if not expression.op else target)
            case Index() | Member() | Unary(op="*") if expression.type.is_array:
                return self._of_address(expression)
            case Call() if self._is_fresh(expression):
                return {Root(RootKind.FRESH, expression)}, []
            case _:
                return {UNKNOWN}, []

    def _of_address(self, operand: Expr) -> tuple[set[Root], list[Symbol]]:
        """Return the roots of ``&operand``."""
        match operand:
            case Ref(symbol=symbol):
                return {Root(RootKind.OBJECT, symbol)}, []
            case Index(base=base):
                return self._of_expression(base)
            case Member(base=base, arrow=arrow):
                return self._of_expression(base) if arrow else self._of_address(base)
            case Unary(op="*", operand=inner):
                return self._of_expression(inner)
            case _:
                return {UNKNOWN}, []

    def _is_fresh(self, call: Call) -> bool:
        if call.name in library.ALLOCATORS or call.name == "realloc":
            return True  # what realloc was given is gone (C11 7.22.3.5)
        if call.callee is None:
            return False
        function = self._functions.get(call.callee)
        if function is None:
            if _looks_like_allocator(call):
                self.assumed_allocators.add(call.name)
                return True
            return False
        returned = [
            s.value
            for s in walk_statements(function.body)
            if isinstance(s, Return) and s.value is not None
        ]
        return bool(returned) and all(self._returns_fresh(r) for r in returned)

    def _returns_fresh(self, value: Expr) -> bool:
        roots, pointers = self._of_expression(value)
        found = set(roots)
        for pointer in pointers:
            if pointer.is_global or pointer.kind is SymbolKind.PARAMETER:
                return False
            for source in self._sources.get(pointer, []):
                more, nested = self._of_expression(source)
                if nested:
                    return False
                found |= more
        return all(r.kind is RootKind.FRESH for r in found) and bool(found)

    # -- disjointness ----------------------------------------------------------------------------

    def disjoint(
        self, first: MemoryObject, second: MemoryObject, types: tuple[CType, CType] | None = None
    ) -> bool:
        """Whether two objects are proved never to overlap."""
        if first.symbol is second.symbol:
            return _paths_disjoint(first.path, second.path)
        for holder, other in ((first, second), (second, first)):
            if holder.leads_elsewhere and self.may_reach(holder.symbol, other.symbol):
                return False
        if not first.is_pointee and not second.is_pointee:
            return True
        if types is not None and self._strict and not may_alias_by_type(*types):
            return True
        if self._assume_noalias:
            return True
        for mine in (first, second):
            if not mine.is_pointee and not self._can_be_pointed_at(mine.symbol):
                return True
        for holder, other in ((first, second), (second, first)):
            if holder.is_behind_stored_pointer:
                reach = self.may_reach(holder.symbol, other.symbol)
                return not other.is_behind_stored_pointer and not reach
        swapped = self._swap_class.get(first.symbol, frozenset())
        if second.symbol in swapped:
            return self._always_apart(swapped)
        if self._restrict_apart(first, second):
            return True
        return self._roots_disjoint(self._object_roots(first), self._object_roots(second), set())

    @cached_property
    def _escaped(self) -> EscapedMemory:
        return EscapedMemory(self._program, self)

    def owner(self, symbol: Symbol) -> Function | None:
        """Return the function that a parameter or local variable belongs to."""
        return self._owner.get(symbol)

    def escapes(self, symbol: Symbol) -> bool:
        """Whether the memory that a variable names may be reached through a stored pointer."""
        return self._escaped.contains(symbol)

    def may_reach(self, holder: Symbol, symbol: Symbol) -> bool:
        """Whether pointers stored behind (or in) ``holder`` may lead to what ``symbol`` names."""
        return self._escaped.may_reach(holder, symbol)

    def swap_class(self, symbol: Symbol) -> frozenset[Symbol]:
        """Return the pointers among which a pointer's value is exchanged, itself included."""
        return self._swap_class.get(symbol, frozenset({symbol}))

    def is_swap(self, expression: Expr) -> bool:
        """Whether an assignment is part of an exchange of pointers."""
        return expression in self._swap_assignments

    def _always_apart(self, pointers: frozenset[Symbol]) -> bool:
        """Whether pointers that are only exchanged among themselves start out disjoint."""
        members = sorted(pointers, key=lambda p: p.sort_key)
        for i, first in enumerate(members):
            for second in members[i + 1 :]:
                one, two = MemoryObject(first, ("*",)), MemoryObject(second, ("*",))
                roots = self._closure([first]), self._closure([second])
                if self._restricted(one, roots[1]) or self._restricted(two, roots[0]):
                    continue
                if not self._roots_disjoint(*roots, set()):
                    return False
        return True

    def _can_be_pointed_at(self, symbol: Symbol) -> bool:
        """Whether a pointer could hold the address of (a part of) a variable."""
        return symbol.type.is_array or symbol in self._address_taken

    def _object_roots(self, thing: MemoryObject) -> frozenset[Root]:
        if thing.is_pointee:
            return self.roots(thing.symbol)
        return frozenset({Root(RootKind.OBJECT, thing.symbol)})

    def _restrict_apart(self, first: MemoryObject, second: MemoryObject) -> bool:
        for mine, other in ((first, second), (second, first)):
            symbol = mine.symbol
            if symbol.type.restrict and mine.is_pointee:
                return self._restricted(mine, self._object_roots(other))
        return False

    def _restricted(self, mine: MemoryObject, others: frozenset[Root]) -> bool:
        """Whether a ``restrict`` pointer keeps its memory apart from what has other roots."""
        symbol = mine.symbol
        own = Root(RootKind.PARAMETER, symbol)
        derived = symbol.kind is SymbolKind.PARAMETER and own in others
        return symbol.type.restrict and mine.is_pointee and not derived

    def _roots_disjoint(
        self, first: frozenset[Root], second: frozenset[Root], visited: set[tuple[Root, Root]]
    ) -> bool:
        return all(self._pair_disjoint(a, b, visited) for a in first for b in second)

    def _pair_disjoint(self, a: Root, b: Root, visited: set[tuple[Root, Root]]) -> bool:
        if a == b or RootKind.UNKNOWN in (a.kind, b.kind):
            return False
        kinds = {a.kind, b.kind}
        if RootKind.PARAMETER not in kinds:
            return True
        if (a, b) in visited:
            return True
        visited = visited | {(a, b)}
        owners = {
            self._owner.get(r.identity)
            for r in (a, b)
            if r.kind is RootKind.PARAMETER and isinstance(r.identity, Symbol)
        }
        if len(owners) != 1:
            return False
        function = next(iter(owners))
        if function is None:
            return False
        for root in (a, b):
            if root.kind is RootKind.FRESH and self._in_function(root, function):
                return True
            if (
                root.kind is RootKind.OBJECT
                and isinstance(root.identity, Symbol)
                and (
                    root.identity.kind is SymbolKind.LOCAL
                    and self._owner.get(root.identity) is function
                )
            ):
                return True
        return self._disjoint_at_calls(function, a, b, visited)

    def _in_function(self, root: Root, function: Function) -> bool:
        call = root.identity
        return isinstance(call, Call) and function.span.contains(call.span)

    def _disjoint_at_calls(
        self, function: Function, a: Root, b: Root, visited: set[tuple[Root, Root]]
    ) -> bool:
        if not self.all_calls_known(function):
            return False
        for _caller, call in self.calls_of(function):
            first = self._at_call(function, call, a)
            second = self._at_call(function, call, b)
            if self._roots_disjoint(first, second, visited):
                continue
            if not self._exchanged_at_call(function, call, a, b):
                return False
        return True

    def _exchanged_at_call(self, function: Function, call: Call, a: Root, b: Root) -> bool:
        """Whether parameters are bound to two pointers that only exchange what is disjoint."""
        arguments = self._argument(function, call, a), self._argument(function, call, b)
        one, two = (None if x is None else storage_of(x) for x in arguments)
        if one is None or two is None or one is two:
            return False
        group = self.swap_class(one)
        return two in group and self._always_apart(group)

    def _at_call(self, function: Function, call: Call, root: Root) -> frozenset[Root]:
        """Return what a callee's parameter is bound to at a call."""
        if root.kind is not RootKind.PARAMETER:
            return frozenset({root})
        argument = self._argument(function, call, root)
        return frozenset({UNKNOWN}) if argument is None else self.roots_of(argument)

    @staticmethod
    def _argument(function: Function, call: Call, root: Root) -> Expr | None:
        """Return the argument that a parameter is bound to at a call."""
        for position, parameter in enumerate(function.parameters):
            if parameter.symbol is root.identity and position < len(call.arguments):
                return call.arguments[position]
        return None


def _paths_disjoint(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two parts of one object are different fields, not reached by further pointers."""
    for one, two in zip(first, second, strict=False):
        if one != two:
            at = first.index(one)
            return "*" not in first[at:] and "*" not in second[at:]
    return False


def may_alias_by_type(first: CType, second: CType) -> bool:
    """Whether C's effective-type rule allows two scalar accesses to overlap (C11 6.5p7)."""
    for one in (first, second):
        if not one.is_scalar or one.size in (-1, 1):
            return one.kind is not TypeKind.POINTER or second.kind is first.kind
    if first.kind is not second.kind:
        return False
    return first.size == second.size


def _looks_like_allocator(call: Call) -> bool:
    """Whether an external function is an allocator by its name and type.

    It returns a pointer, takes only integers and its name says so; every such belief is listed
    among the assumptions of the report.
    """
    return (
        "alloc" in call.name.lower()
        and call.type.is_pointer
        and bool(call.arguments)
        and all(a.type.is_integer for a in call.arguments)
    )


def _variable_below(expression: Expr) -> Symbol | None:
    """Return the variable whose own storage an lvalue is part of."""
    at = expression
    while True:
        match at:
            case Ref(symbol=symbol):
                return symbol
            case Member(base=base, arrow=False):
                at = base
            case Index(base=base) if base.type.is_array:
                at = base
            case _:
                return None
