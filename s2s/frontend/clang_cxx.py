# SPDX-License-Identifier: Apache-2.0
"""What C++ writes as expressions of its own, in terms that the analyses know.

``new`` and ``delete`` of objects without constructors become calls of ``operator new`` and
``operator delete``; what the standard library does to measure time and to print becomes calls of
``std::chrono`` and ``std::ostream``. The effects of all of these are in
:mod:`s2s.analysis.library_table`. ``std::min``, ``std::max`` and ``std::swap`` become what they do.
What is not recognised stays opaque.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from clang.cindex import CursorKind as K

from s2s.frontend.clang_symbols import Symbols
from s2s.frontend.libclang import Node, RawCursor, Tree
from s2s.ir import program as ir
from s2s.ir.types import CType, Symbol, SymbolKind, TypeKind
from s2s.source import Span

NEW, DELETE = "operator new", "operator delete"
CHRONO, OSTREAM = "std::chrono", "std::ostream"

_NEW_ARRAY = re.compile(rb"new\s+[\w:\s]+[\w*\s]*\[")
_NEW_ONE = re.compile(rb"new\s+[\w:\s*]+(?:[({]|\Z)")
_FUNCTION = CType(TypeKind.FUNCTION, "")
_SIZE = CType(TypeKind.INTEGER, "unsigned long", 8, signed=False)
_BOOL = CType(TypeKind.BOOL, "bool", 1, signed=False)
_LESS = ("min", "max")
_FUNCTIONS = frozenset(
    k.value
    for k in (
        K.FUNCTION_DECL, K.CXX_METHOD, K.CONVERSION_FUNCTION, K.CONSTRUCTOR, K.FUNCTION_TEMPLATE,
        K.OVERLOADED_DECL_REF,
    )
)  # fmt: skip
_SCOPES = frozenset(k.value for k in (K.NAMESPACE, K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE))

Convert = Callable[[Node], ir.Expr]


class CxxExpressions:
    """Recognises expressions of C++; ``convert`` converts the parts of one."""

    def __init__(self, tree: Tree, symbols: Symbols, content: bytes, convert: Convert) -> None:
        self._library = tree.library
        self._symbols = symbols
        self._content = content
        self._convert = convert
        self._functions: dict[str, Symbol] = {}

    def new(self, node: Node, span: Span, operands: list[Node]) -> ir.Expr | None:
        """Convert ``new T[n]`` and ``new T``, for a ``T`` without a constructor."""
        ctype = self._symbols.type_of(node.cursor)
        element = ctype.element
        if node.macro or element is None or element.size <= 0 or not _is_plain(element):
            return None
        text = self._content[node.begin : node.end]
        size = ir.IntLiteral(span, _SIZE, element.size)
        if _NEW_ARRAY.match(text) and operands:
            count = self._convert(operands[0])
            return self._call(NEW, span, ctype, (count, size)) if count.type.is_integer else None
        if _NEW_ONE.match(text) and len(operands) < 2:
            one = ir.IntLiteral(span, _SIZE, 1)
            values = tuple(self._convert(operand) for operand in operands)
            return self._call(NEW, span, ctype, (one, size, *values))
        return None

    def delete(self, span: Span, operands: list[Node], ctype: CType) -> ir.Expr | None:
        """Convert ``delete[] p`` and ``delete p``, for objects without a destructor."""
        if len(operands) != 1:
            return None
        pointer = self._convert(operands[0])
        element = pointer.type.element
        if element is None or not _is_plain(element):
            return None
        return self._call(DELETE, span, ctype, (pointer,))

    def library_call(self, node: Node, span: Span, operands: list[Node]) -> ir.Expr | None:
        """Convert a call that measures time or prints."""
        target = self._library.referenced(node.cursor)
        if target.kind not in _FUNCTIONS:
            return None
        scopes = self._scopes(target)
        values = [o for o in operands if not self._is_of_library(o)]
        called = self._library.spelling(target)
        if scopes == ["std"] and called in _LESS:
            return self._smaller_or_larger(called, span, values)
        name = ""
        if scopes[:2] == ["std", "chrono"]:
            name = CHRONO
        elif scopes[:1] == ["std"] and self._prints(target):
            name = OSTREAM
        if not name:
            return None
        arguments = tuple(self._convert(self._object_of(value)) for value in values)
        return self._call(name, span, self._symbols.type_of(node.cursor), arguments)

    def _smaller_or_larger(self, name: str, span: Span, values: list[Node]) -> ir.Expr | None:
        """Convert ``std::min(a, b)``, which is ``b < a ? b : a``, and ``std::max(a, b)``."""
        types = [self._symbols.type_of(v.cursor) for v in values]
        if len(values) != 2 or not all(t.is_scalar for t in types):
            return None
        first, second = (self._convert(v) for v in values)
        sides = (first, second) if name == "max" else (second, first)
        test = ir.Binary(span, _BOOL, "<", *sides)
        again = [self._convert(v) for v in values]  # nodes of their own
        return ir.Conditional(span, replace(types[0], const=False), test, again[1], again[0])

    def swap(self, node: Node) -> tuple[ir.Stmt, ...]:
        """Convert ``std::swap(a, b);`` of two variables to what it does; else nothing."""
        if node.kind != K.CALL_EXPR.value or node.macro:
            return ()
        target = self._library.referenced(node.cursor)
        is_swap = target.kind in _FUNCTIONS and self._library.spelling(target) == "swap"
        if not is_swap or self._scopes(target) != ["std"]:
            return ()
        values = [c for c in node.children if not self._is_of_library(c)]
        pairs = [[self._convert(v) for v in values] for _ in range(2)]
        references = [x for pair in pairs for x in pair if isinstance(x, ir.Ref)]
        if len(values) != 2 or len(references) != 4:
            return ()
        (first, second), (first_again, second_again) = pairs
        ctype = references[0].symbol.type
        if not (ctype.is_pointer or ctype.is_scalar) or ctype.volatile:
            return ()
        span = Span(node.begin, node.end)
        kept = Symbol("std::swap", SymbolKind.LOCAL, ctype, span)
        keep = ir.DeclStmt(span, False, False, (ir.Variable(kept, first, ()),))
        take = ir.Assign(span, ctype, "", first_again, second)
        give = ir.Assign(span, ctype, "", second_again, ir.Ref(span, ctype, kept))
        return (
            keep,
            ir.ExprStmt(span, False, False, take),
            ir.ExprStmt(span, False, False, give),
        )

    def _prints(self, target: RawCursor) -> bool:
        """Whether a function of the library inserts something into a stream."""
        if self._library.spelling(target) != "operator<<":
            return False
        result = self._library.type_spelling(
            self._library.canonical_type(self._library.result_type(target))
        )
        return "basic_ostream" in result

    def _scopes(self, cursor: RawCursor) -> list[str]:
        """Return the namespaces and classes around a declaration of a system header."""
        lib = self._library
        if not lib.in_system_header(lib.location(cursor)):
            return []
        names: list[str] = []
        at = lib.semantic_parent(cursor)
        while at.kind in _SCOPES:
            names.append(lib.spelling(at))
            at = lib.semantic_parent(at)
        return names[::-1]

    def _is_of_library(self, node: Node) -> bool:
        """Whether an operand is the called function's name, a manipulator's or a stream's."""
        at = node
        while at.kind == K.UNEXPOSED_EXPR.value and len(at.children) == 1:
            at = at.children[0]
        if at.kind not in (K.DECL_REF_EXPR.value, K.OVERLOADED_DECL_REF.value):
            return False
        target = self._library.referenced(at.cursor)
        of_system = self._library.in_system_header(self._library.location(target))
        return target.kind in _FUNCTIONS or bool(of_system)

    @staticmethod
    def _object_of(node: Node) -> Node:
        """Return the object of the member function that an operand names."""
        is_member = node.kind == K.MEMBER_REF_EXPR.value and len(node.children) == 1
        return node.children[0] if is_member else node

    def _call(self, name: str, span: Span, ctype: CType, arguments: tuple[ir.Expr, ...]) -> ir.Expr:
        symbol = self._functions.get(name)
        if symbol is None:
            symbol = self._functions[name] = Symbol(
                name, SymbolKind.FUNCTION, _FUNCTION, Span(0, 0), False, True
            )
        return ir.Call(span, ctype, symbol, ir.Ref(span, _FUNCTION, symbol), arguments)


def _is_plain(element: CType) -> bool:
    """Whether an object has neither constructor nor destructor."""
    at = element
    while at.is_array and at.element is not None:
        at = at.element
    return at.is_scalar or at.is_pointer
