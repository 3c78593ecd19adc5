# SPDX-License-Identifier: Apache-2.0
"""Calls of the C library that are told to the analyses in another form."""

from __future__ import annotations

from s2s.ir import program as ir
from s2s.ir.expressions import without_casts
from s2s.ir.types import Symbol, SymbolKind

_BY_ADDRESS = "posix_memalign"


def in_other_form(call: ir.Call) -> ir.Expr:
    """Return ``p = aligned_alloc(a, n), status`` for ``posix_memalign(&p, a, n)`` (POSIX).

    The pointer keeps its old value where there is no memory, which programs do not rely on.
    """
    if call.name != _BY_ADDRESS or len(call.arguments) != 3 or call.callee is None:
        return call
    place, *sizes = call.arguments
    address = without_casts(place)
    if (
        not isinstance(address, ir.Unary)
        or address.op != "&"
        or not address.operand.type.is_pointer
    ):
        return call
    known = call.callee
    allocator = Symbol("aligned_alloc", SymbolKind.FUNCTION, known.type, known.span, False, True)
    function = ir.Ref(call.span, known.type, allocator)
    pointer = address.operand
    memory = ir.Call(call.span, pointer.type, allocator, function, tuple(sizes))
    assigned = ir.Assign(call.span, pointer.type, "", pointer, memory)
    status = ir.Call(call.span, call.type, known, call.function, tuple(sizes))
    return ir.Binary(call.span, call.type, ",", assigned, status)


def as_statement(expression: ir.Expr) -> ir.Expr:
    """Return an expression whose value is not used without the status of an allocation."""
    match without_casts(expression):
        case ir.Binary(op=",", left=ir.Assign() as assigned, right=ir.Call(callee=called)) if (
            called is not None and called.name == _BY_ADDRESS
        ):
            return assigned
    return expression
