# SPDX-License-Identifier: Apache-2.0
"""Types and symbols of libclang cursors, each converted once."""

from __future__ import annotations

import re
from dataclasses import replace

from clang.cindex import CursorKind, TypeKind as ClangKind

from s2s.frontend.libclang import RawCursor, RawType, Tree
from s2s.ir.types import CType, Symbol, SymbolKind, TypeKind
from s2s.source import Span

_UNSIGNED = frozenset(
    k.value
    for k in (
        ClangKind.CHAR_U, ClangKind.UCHAR, ClangKind.USHORT, ClangKind.UINT,
        ClangKind.ULONG, ClangKind.ULONGLONG, ClangKind.UINT128, ClangKind.CHAR16, ClangKind.CHAR32,
    )
)  # fmt: skip
_INTEGERS = _UNSIGNED | frozenset(
    k.value
    for k in (
        ClangKind.CHAR_S, ClangKind.SCHAR, ClangKind.SHORT, ClangKind.INT, ClangKind.LONG,
        ClangKind.LONGLONG, ClangKind.INT128, ClangKind.WCHAR,
    )
)  # fmt: skip
_KINDS: dict[int, TypeKind] = {
    ClangKind.VOID.value: TypeKind.VOID,
    ClangKind.BOOL.value: TypeKind.BOOL,
    ClangKind.FLOAT.value: TypeKind.FLOATING,
    ClangKind.DOUBLE.value: TypeKind.FLOATING,
    ClangKind.LONGDOUBLE.value: TypeKind.FLOATING,
    ClangKind.COMPLEX.value: TypeKind.COMPLEX,
    ClangKind.POINTER.value: TypeKind.POINTER,
    ClangKind.LVALUEREFERENCE.value: TypeKind.REFERENCE,
    ClangKind.RVALUEREFERENCE.value: TypeKind.REFERENCE,
    ClangKind.FUNCTIONPROTO.value: TypeKind.FUNCTION,
    ClangKind.FUNCTIONNOPROTO.value: TypeKind.FUNCTION,
    ClangKind.CONSTANTARRAY.value: TypeKind.ARRAY,
    ClangKind.VARIABLEARRAY.value: TypeKind.ARRAY,
    ClangKind.INCOMPLETEARRAY.value: TypeKind.ARRAY,
}
_ENUM = ClangKind.ENUM.value
_RECORD = ClangKind.RECORD.value
_CONSTANT_ARRAY = ClangKind.CONSTANTARRAY.value
_UNION_DECL = CursorKind.UNION_DECL.value
# libclang crashes when asked for the size of some other kinds (functions, dependent types)
_SIZED = frozenset(
    {_ENUM, _RECORD, _CONSTANT_ARRAY, *_INTEGERS}
    | {k for k, v in _KINDS.items() if v in (TypeKind.BOOL, TypeKind.FLOATING)}
    | {ClangKind.POINTER.value, ClangKind.COMPLEX.value}
)
_NUMBERS = frozenset(
    {_ENUM, *_INTEGERS, ClangKind.COMPLEX.value}
    | {k for k, v in _KINDS.items() if v in (TypeKind.BOOL, TypeKind.FLOATING)}
)
_ENUM_CONSTANT = CursorKind.ENUM_CONSTANT_DECL.value
_FUNCTIONS = (CursorKind.FUNCTION_DECL.value, CursorKind.CXX_METHOD.value)
_PARAMETER = CursorKind.PARM_DECL.value
_VARIABLE = CursorKind.VAR_DECL.value
_RESTRICT = re.compile(rb"\[\s*(?:static\s+)?(?:const\s+)?(?:__)?restrict(?:__)?\b")
_STATIC = 3
_EXTERN = 2


class Symbols:
    """Converts and remembers types and symbols of one translation unit."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._library = tree.library
        self._types: dict[int, CType] = {}
        self._symbols: dict[int, Symbol] = {}

    def type_of(self, cursor: RawCursor) -> CType:
        """Return the type of an expression or declaration."""
        return self.type(self._library.type(cursor))

    def type(self, raw: RawType) -> CType:
        """Convert a type; recursive record types are cut at their pointers."""
        found = self._types.get(raw.d0)
        if found is None:
            found = self._convert(raw, depth=0)
            self._types[raw.d0] = found
        return found

    def _convert(self, raw: RawType, depth: int) -> CType:
        lib = self._library
        canonical = lib.canonical_type(raw)
        kind_value = canonical.kind
        spelling = lib.type_spelling(raw)
        const = bool(lib.is_const(canonical))
        volatile = bool(lib.is_volatile(canonical))
        size = int(lib.type_size(canonical)) if kind_value in _SIZED else -1
        if kind_value == _ENUM:
            base = lib.canonical_type(lib.enum_integer_type(lib.type_declaration(canonical)))
            kind_value = base.kind
        if kind_value in _INTEGERS:
            signed = kind_value not in _UNSIGNED
            return CType(TypeKind.INTEGER, spelling, size, signed, const, volatile)
        if kind_value == _RECORD:
            declaration = lib.type_declaration(canonical)
            kind = TypeKind.UNION if declaration.kind == _UNION_DECL else TypeKind.STRUCT
            inside = size < 0 or self._has_pointers(canonical)
            if lib.in_system_header(lib.location(declaration)) and "::" not in spelling:
                inside = False  # FILE and the like: not to memory of the program
            return CType(kind, spelling, size, True, const, volatile, pointers_inside=inside)
        kind = _KINDS.get(kind_value, TypeKind.OTHER)
        element, extent = None, None
        if kind in (TypeKind.POINTER, TypeKind.REFERENCE) and depth < 8:
            element = self._convert(lib.pointee(canonical), depth + 1)
        elif kind is TypeKind.ARRAY:
            element = self._convert(lib.array_element(canonical), depth + 1)
            if kind_value == _CONSTANT_ARRAY:
                extent = int(lib.array_size(canonical))
        restrict = bool(lib.is_restrict(canonical))
        return CType(kind, spelling, size, True, const, volatile, restrict, element, extent)

    def _has_pointers(self, record: RawType) -> bool:
        """Whether a complete structure or union has pointers inside."""
        lib = self._library
        for field in lib.field_types(record):
            at = lib.canonical_type(field)
            while _KINDS.get(at.kind) is TypeKind.ARRAY:
                at = lib.canonical_type(lib.array_element(at))
            if at.kind == _RECORD:
                if self._has_pointers(at):
                    return True
            elif at.kind not in _NUMBERS:
                return True
        return False

    def enum_constant(self, cursor: RawCursor) -> int | None:
        """Return the value when the cursor declares an enumeration constant."""
        if cursor.kind != _ENUM_CONSTANT:
            return None
        return int(self._library.enum_value(cursor))

    def is_object_or_function(self, cursor: RawCursor) -> bool:
        """Whether the cursor declares a variable, parameter or function."""
        return cursor.kind in (_PARAMETER, _VARIABLE, *_FUNCTIONS)

    def is_thread_local(self, cursor: RawCursor) -> bool:
        """Whether the cursor declares a thread-local variable."""
        return cursor.kind == _VARIABLE and bool(self._library.tls_kind(cursor))

    def symbol(self, cursor: RawCursor, *, file_scope: bool | None = None) -> Symbol:
        """Return the one symbol of a declaration (all redeclarations share it)."""
        canonical = self._library.canonical(cursor)
        found = self._symbols.get(canonical.d0)
        if found is None:
            found = self._symbols.get(cursor.d0)
        if found is None:
            found = self._new_symbol(cursor, canonical)
            self._symbols[canonical.d0] = found
        self._symbols[cursor.d0] = found
        return found

    def _new_symbol(self, cursor: RawCursor, canonical: RawCursor) -> Symbol:
        lib = self._library
        location = lib.location(cursor)
        extent = lib.extent(cursor)
        begin = self._tree._written(lib.range_start(extent))
        end = self._tree._written(lib.range_end(extent))
        kind = self._kind(cursor, canonical)
        ctype = self.type_of(cursor)
        if kind is SymbolKind.PARAMETER and ctype.kind is TypeKind.ARRAY:
            # libclang gives the type as written; what the function has is a pointer
            written = self._tree.text(cursor)
            restrict = bool(_RESTRICT.search(written))
            ctype = replace(ctype, kind=TypeKind.POINTER, size=8, extent=None, restrict=restrict)
        return Symbol(
            lib.spelling(cursor),
            kind,
            ctype,
            Span(begin, max(begin, end)),
            bool(lib.from_main_file(location)),
            bool(lib.in_system_header(location)),
        )

    def _kind(self, cursor: RawCursor, canonical: RawCursor) -> SymbolKind:
        if cursor.kind in _FUNCTIONS:
            return SymbolKind.FUNCTION
        if cursor.kind == _PARAMETER:
            return SymbolKind.PARAMETER
        lib = self._library
        storage = lib.storage(canonical)
        if self.at_file_scope(canonical):
            return SymbolKind.STATIC_GLOBAL if storage == _STATIC else SymbolKind.GLOBAL
        if storage == _STATIC:
            return SymbolKind.STATIC_LOCAL
        return SymbolKind.GLOBAL if storage == _EXTERN else SymbolKind.LOCAL

    def at_file_scope(self, cursor: RawCursor) -> bool:
        """Whether a declaration stands at file (or namespace) scope."""
        parent = self._library.semantic_parent(cursor)
        return parent.kind in (
            CursorKind.TRANSLATION_UNIT.value,
            CursorKind.NAMESPACE.value,
            CursorKind.LINKAGE_SPEC.value,
        )

    def is_static_function(self, cursor: RawCursor) -> bool:
        """Whether a function has internal linkage."""
        return bool(self._library.storage(self._library.canonical(cursor)) == _STATIC)
