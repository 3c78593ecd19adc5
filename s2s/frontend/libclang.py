# SPDX-License-Identifier: Apache-2.0
"""The part of libclang's C interface that the fast walk needs, declared with ctypes.

``clang.cindex`` builds a Python object for every property it reads; walking a 45,000-node file
takes it more than a second. Here one recursive ``clang_visitChildren`` callback builds the tree,
and source ranges are read from the raw encodings (offset + base of the file, high bit = macro).
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_int,
    c_longlong,
    c_uint,
    c_void_p,
    py_object,
)
from pathlib import Path
from typing import Any

from clang import cindex

MACRO_BIT = 0x80000000
_TOKEN = re.compile(rb"[\w.]+|.", re.DOTALL)


class RawLocation(Structure):
    """CXSourceLocation."""

    _fields_ = [("p0", c_void_p), ("p1", c_void_p), ("raw", c_uint)]


class RawRange(Structure):
    """CXSourceRange."""

    _fields_ = [("p0", c_void_p), ("p1", c_void_p), ("begin", c_uint), ("end", c_uint)]


class RawCursor(Structure):
    """CXCursor."""

    _fields_ = [
        ("kind", c_int),
        ("x", c_int),
        ("d0", c_void_p),
        ("d1", c_void_p),
        ("d2", c_void_p),
    ]


class RawType(Structure):
    """CXType."""

    _fields_ = [("kind", c_int), ("d0", c_void_p), ("d1", c_void_p)]


class RawString(Structure):
    """CXString."""

    _fields_ = [("data", c_void_p), ("flags", c_uint)]


_VISITOR = CFUNCTYPE(c_int, RawCursor, RawCursor, py_object)
_FIELD_VISITOR = CFUNCTYPE(c_int, RawCursor, py_object)
_NEXT_FIELD = 1
_TYPEDEF = cindex.CursorKind.TYPEDEF_DECL.value
RECURSE = 2


class _Library:
    """The loaded library with the prototypes of the functions used here."""

    def __init__(self) -> None:
        handle = ctypes.CDLL(cindex.conf.lib._name)

        def declare(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
            function: Any = getattr(handle, name)
            function.argtypes = list(arguments)
            function.restype = result
            return function  # type: ignore[no-any-return]

        cursor, ctype, location = RawCursor, RawType, RawLocation
        self.visit = declare("clang_visitChildren", c_uint, cursor, _VISITOR, py_object)
        self.extent = declare("clang_getCursorExtent", RawRange, cursor)
        self.location = declare("clang_getCursorLocation", location, cursor)
        self.referenced = declare("clang_getCursorReferenced", cursor, cursor)
        self.canonical = declare("clang_getCanonicalCursor", cursor, cursor)
        self.initializer = declare("clang_Cursor_getVarDeclInitializer", cursor, cursor)
        self.storage = declare("clang_Cursor_getStorageClass", c_int, cursor)
        self.semantic_parent = declare("clang_getCursorSemanticParent", cursor, cursor)
        self.tls_kind = declare("clang_getCursorTLSKind", c_int, cursor)
        self.is_bit_field = declare("clang_Cursor_isBitField", c_uint, cursor)
        self.binary_operator = declare("clang_getCursorBinaryOperatorKind", c_int, cursor)
        self.unary_operator = declare("clang_getCursorUnaryOperatorKind", c_int, cursor)
        self.enum_value = declare("clang_getEnumConstantDeclValue", c_longlong, cursor)
        self.is_variadic = declare("clang_Cursor_isVariadic", c_uint, cursor)
        self.specialized_template = declare("clang_getSpecializedCursorTemplate", cursor, cursor)
        self.template_argument_count = declare(
            "clang_Cursor_getNumTemplateArguments", c_int, cursor
        )
        self.template_argument_kind = declare(
            "clang_Cursor_getTemplateArgumentKind", c_int, cursor, c_uint
        )
        self.template_argument_type = declare(
            "clang_Cursor_getTemplateArgumentType", ctype, cursor, c_uint
        )
        self.template_argument_value = declare(
            "clang_Cursor_getTemplateArgumentValue", c_longlong, cursor, c_uint
        )
        self.evaluate = declare("clang_Cursor_Evaluate", c_void_p, cursor)
        self.result_kind = declare("clang_EvalResult_getKind", c_int, c_void_p)
        self.result_integer = declare("clang_EvalResult_getAsLongLong", c_longlong, c_void_p)
        self.result_dispose = declare("clang_EvalResult_dispose", None, c_void_p)
        self.from_main_file = declare("clang_Location_isFromMainFile", c_int, location)
        self.in_system_header = declare("clang_Location_isInSystemHeader", c_int, location)
        self.range_start = declare("clang_getRangeStart", location, RawRange)
        self.range_end = declare("clang_getRangeEnd", location, RawRange)
        offsets = (POINTER(c_void_p), POINTER(c_uint), POINTER(c_uint), POINTER(c_uint))
        self.file_location = declare("clang_getFileLocation", None, location, *offsets)
        self.expansion_location = declare("clang_getExpansionLocation", None, location, *offsets)
        self.type = declare("clang_getCursorType", ctype, cursor)
        self.result_type = declare("clang_getCursorResultType", ctype, cursor)
        self.canonical_type = declare("clang_getCanonicalType", ctype, ctype)
        self.type_size = declare("clang_Type_getSizeOf", c_longlong, ctype)
        self.pointee = declare("clang_getPointeeType", ctype, ctype)
        self.array_element = declare("clang_getArrayElementType", ctype, ctype)
        self.array_size = declare("clang_getArraySize", c_longlong, ctype)
        self.is_const = declare("clang_isConstQualifiedType", c_uint, ctype)
        self.is_volatile = declare("clang_isVolatileQualifiedType", c_uint, ctype)
        self.is_restrict = declare("clang_isRestrictQualifiedType", c_uint, ctype)
        self.type_declaration = declare("clang_getTypeDeclaration", cursor, ctype)
        self._visit_fields = declare(
            "clang_Type_visitFields", c_uint, ctype, _FIELD_VISITOR, py_object
        )
        self.enum_integer_type = declare("clang_getEnumDeclIntegerType", ctype, cursor)
        self._spelling = declare("clang_getCursorSpelling", RawString, cursor)
        self._type_spelling = declare("clang_getTypeSpelling", RawString, ctype)
        self._text = declare("clang_getCString", ctypes.c_char_p, RawString)
        self._dispose = declare("clang_disposeString", None, RawString)

    def _take(self, value: RawString) -> str:
        text = self._text(value)
        self._dispose(value)
        return (text or b"").decode("utf-8", "replace")

    def spelling(self, cursor: RawCursor) -> str:
        """Return the spelling of a cursor."""
        return self._take(self._spelling(cursor))

    def type_spelling(self, ctype: RawType) -> str:
        """Return the spelling of a type."""
        return self._take(self._type_spelling(ctype))

    def field_types(self, record: RawType) -> list[RawType]:
        """Return the types of the fields of a structure, class or union."""
        found: list[RawType] = []

        def visit(field: RawCursor, _: object) -> int:
            found.append(self.type(field))
            return _NEXT_FIELD

        self._visit_fields(record, _FIELD_VISITOR(visit), None)
        return found

    def integer_value(self, cursor: RawCursor) -> int | None:
        """Return the value of a constant integer expression, or None."""
        result = self.evaluate(cursor)
        if not result:
            return None
        value = int(self.result_integer(result)) if self.result_kind(result) == 1 else None
        self.result_dispose(result)
        return value


_LIBRARY: list[_Library] = []


def library() -> _Library:
    """Return the library, loading it on first use."""
    if not _LIBRARY:
        _LIBRARY.append(_Library())
    return _LIBRARY[0]


class Node:
    """One cursor of the tree: kind, byte range in the main file, children.

    ``begin`` and ``end`` are where the text was written or, inside a macro's body, where the
    macro was expanded; ``macro`` tells that the first token was made by a macro.
    """

    __slots__ = ("begin", "children", "cursor", "end", "kind", "macro", "parent")

    def __init__(self, cursor: RawCursor, parent: Node | None) -> None:
        self.cursor = cursor
        self.kind: int = cursor.kind
        self.parent = parent
        self.children: list[Node] = []
        self.begin = self.end = 0
        self.macro = False

    @property
    def key(self) -> tuple[int, int, int]:
        """Identity of the cursor."""
        cursor = self.cursor
        return (cursor.kind, cursor.d0, cursor.d1)


class Tree:
    """Builds :class:`Node` trees for cursors of one translation unit."""

    def __init__(self, unit: cindex.TranslationUnit, path: Path, content: bytes) -> None:
        self.library = library()
        self.unit = unit
        self._content = content
        start = cindex.SourceLocation.from_offset(unit, unit.get_file(str(path)), 0)
        self._base: int = RawLocation.from_buffer_copy(start).raw
        self.has_size_type = False

    def top_level(self) -> list[RawCursor]:
        """Return the file-scope cursors that are written in the main file.

        Notes on the way whether the file can name ``size_t``.
        """
        out: list[RawCursor] = []
        lib = self.library

        def visit(cursor: RawCursor, _parent: RawCursor, _data: object) -> int:
            if lib.from_main_file(lib.location(cursor)):
                out.append(RawCursor.from_buffer_copy(cursor))
            if cursor.kind == _TYPEDEF and lib.spelling(cursor) == "size_t":
                self.has_size_type = True
            return 1

        lib.visit(RawCursor.from_buffer_copy(self.unit.cursor), _VISITOR(visit), None)
        return out

    def build(self, cursor: RawCursor) -> Node:
        """Return the tree below a cursor."""
        root = Node(RawCursor.from_buffer_copy(cursor), None)
        self._place(root)
        lib = self.library
        last = root

        def visit(at: RawCursor, parent: RawCursor, _data: object) -> int:
            nonlocal last
            above: Node | None = last
            kind, d0, d1 = parent.kind, parent.d0, parent.d1
            while above is not None:
                own = above.cursor
                if own.d0 == d0 and own.d1 == d1 and own.kind == kind:
                    break
                above = above.parent
            node = Node(at, above or root)
            self._place(node)
            (above or root).children.append(node)
            last = node
            return RECURSE

        lib.visit(root.cursor, _VISITOR(visit), None)
        return root

    def text(self, cursor: RawCursor) -> bytes:
        """Return the text of a cursor in the main file."""
        node = Node(cursor, None)
        self._place(node)
        return self._content[node.begin : node.end]

    def _place(self, node: Node) -> None:
        extent = self.library.extent(node.cursor)
        begin, end = extent.begin, extent.end
        if begin & MACRO_BIT:
            node.macro = True
            node.begin = self._written(self.library.range_start(extent))
        else:
            node.begin = begin - self._base
        if end & MACRO_BIT:
            node.end = self._written(self.library.range_end(extent))
            if node.end <= node.begin:  # a macro used as the argument of another macro
                token = _TOKEN.match(self._content, node.begin)
                node.end = token.end() if token else node.begin
        else:
            node.end = end - self._base

    def _written(self, location: RawLocation) -> int:
        """Return the byte offset where a macro-made location was written or expanded."""
        offset, line, column, file = c_uint(), c_uint(), c_uint(), c_void_p()
        self.library.file_location(location, byref(file), byref(line), byref(column), byref(offset))
        return offset.value
