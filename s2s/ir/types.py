# SPDX-License-Identifier: Apache-2.0
"""Types and symbols as the analyses need them: canonical kind, size, qualifiers, shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from s2s.source import Span


class TypeKind(StrEnum):
    """The kinds of canonical types that the analyses tell apart."""

    VOID = "void"
    BOOL = "bool"
    INTEGER = "integer"
    FLOATING = "floating"
    COMPLEX = "complex"
    POINTER = "pointer"
    ARRAY = "array"
    STRUCT = "struct"
    UNION = "union"
    FUNCTION = "function"
    REFERENCE = "reference"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CType:
    """A C type.

    ``size`` is in bytes (-1 when incomplete or variable); ``element`` is the pointee of a pointer
    and the element of an array; ``extent`` the constant number of elements of an array, None for
    variable-length and incomplete arrays. ``pointers_inside`` tells that a structure or union has
    pointers among its members, nested ones included (always, when it is incomplete).
    """

    kind: TypeKind
    spelling: str
    size: int = -1
    signed: bool = True
    const: bool = False
    volatile: bool = False
    restrict: bool = False
    element: CType | None = None
    extent: int | None = None
    pointers_inside: bool = False

    @property
    def leads_elsewhere(self) -> bool:
        """Whether a value of the type holds pointers, or refers to something that does.

        The memory that a plain pointer to numbers refers to does not count.
        """
        match self.kind:
            case TypeKind.POINTER | TypeKind.REFERENCE:
                pointee = self.element
                return pointee is None or pointee.kind is TypeKind.VOID or pointee._holds_pointers
            case _:
                return self._holds_pointers

    @property
    def _holds_pointers(self) -> bool:
        """Whether a value of the type holds pointers."""
        match self.kind:
            case TypeKind.POINTER | TypeKind.REFERENCE:
                return self.element is None or self.element.kind is not TypeKind.FUNCTION
            case TypeKind.ARRAY:
                return self.element is None or self.element._holds_pointers
            case TypeKind.STRUCT | TypeKind.UNION:
                return self.pointers_inside
            case _:
                return self.kind is TypeKind.OTHER

    @property
    def is_scalar(self) -> bool:
        """Whether values of the type are single numbers."""
        return self.kind in (TypeKind.BOOL, TypeKind.INTEGER, TypeKind.FLOATING, TypeKind.COMPLEX)

    @property
    def is_aggregate(self) -> bool:
        """Whether the type is an array or structure (C11 6.2.5p21)."""
        return self.kind in (TypeKind.ARRAY, TypeKind.STRUCT)

    @property
    def is_integer(self) -> bool:
        """Whether the type is an integer or boolean type (enumerations included)."""
        return self.kind in (TypeKind.INTEGER, TypeKind.BOOL)

    @property
    def is_pointer(self) -> bool:
        """Whether the type is a pointer."""
        return self.kind is TypeKind.POINTER

    @property
    def is_array(self) -> bool:
        """Whether the type is an array."""
        return self.kind is TypeKind.ARRAY

    @property
    def scalar_element(self) -> CType:
        """The innermost element type below pointers and arrays."""
        at = self
        while at.element is not None and at.kind in (TypeKind.POINTER, TypeKind.ARRAY):
            at = at.element
        return at

    @property
    def any_volatile(self) -> bool:
        """Whether the type or anything it is made of is volatile."""
        at: CType | None = self
        while at is not None:
            if at.volatile:
                return True
            at = at.element
        return False


class SymbolKind(StrEnum):
    """Where an object or function lives."""

    PARAMETER = "parameter"
    LOCAL = "local"
    STATIC_LOCAL = "static local"
    GLOBAL = "global"
    STATIC_GLOBAL = "static global"
    FUNCTION = "function"
    CONSTANT = "enumeration constant"


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A declared entity; two symbols are the same entity exactly when they are one object."""

    name: str
    kind: SymbolKind
    type: CType
    span: Span
    in_main_file: bool = True
    in_system_header: bool = False

    @property
    def sort_key(self) -> tuple[int, int, str]:
        """Order of declaration (two declarators of one declaration begin at one place)."""
        return (self.span.begin, self.span.end, self.name)

    @property
    def is_global(self) -> bool:
        """Whether the object has static storage duration."""
        return self.kind in (
            SymbolKind.GLOBAL,
            SymbolKind.STATIC_GLOBAL,
            SymbolKind.STATIC_LOCAL,
        )
