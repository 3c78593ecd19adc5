# SPDX-License-Identifier: Apache-2.0
"""Which pointers are stored where assignments to variables do not show them.

The points-to analysis follows pointer variables by name. A pointer that is put into a structure,
an array, or memory behind another pointer, that is turned into an integer, or that is given to
code elsewhere may come back under any name: what it refers to *escapes*.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2s.analysis import library_table as library
from s2s.ir.program import (
    Assign,
    Call,
    Cast,
    DeclStmt,
    Expr,
    InitList,
    Program,
    Ref,
    StringLiteral,
    Unary,
    Variable,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol

#: Functions that keep no pointer they are given.
_KEEP_NOTHING = frozenset(
    {*library.MATH, *library.ALLOCATORS, *library.RELEASE, *library.MEMORY, *library.OUTPUT}
    | {*library.INPUT, *library.EXITS, "realloc"}
)


def stored_pointers(program: Program) -> Iterator[Expr]:
    """Yield every expression whose value, a pointer or array, is stored out of sight."""
    known = {f.symbol for f in program.functions}
    for variable in program.globals:
        yield from _of_variable(variable)
    for function in program.functions:
        for stmt in walk_statements(function.body):
            if isinstance(stmt, DeclStmt):
                for variable in stmt.variables:
                    yield from _of_variable(variable)
            for top in stmt.expressions:
                for expression in walk_expression(top):
                    yield from _of_expression(expression, known)


def _of_variable(variable: Variable) -> Iterator[Expr]:
    value = variable.initializer
    if value is None:
        return
    for part in walk_expression(value):
        yield from _of_items(part)
    if not variable.symbol.type.is_pointer and _is_address(value):
        yield value


def _of_expression(expression: Expr, known: set[Symbol]) -> Iterator[Expr]:
    yield from _of_items(expression)
    match expression:
        case Assign(op="", target=target, value=value) if _is_address(value):
            if not (isinstance(target, Ref) and target.symbol.type.is_pointer):
                yield value
        case Unary(op="&", operand=operand) if operand.type.is_pointer:
            yield operand  # who has its address can read and copy it
        case Cast(operand=operand) if _is_address(operand) and not _is_address(expression):
            yield operand
        case Call(callee=callee, arguments=arguments) if callee not in known:
            if expression.name not in _KEEP_NOTHING:
                yield from (a for a in arguments if _is_address(a))
        case _:
            pass


def _of_items(expression: Expr) -> Iterator[Expr]:
    """Yield the pointers among the items of ``{ … }``."""
    if isinstance(expression, InitList):
        yield from (item for item in expression.items if _is_address(item))


def _is_address(expression: Expr) -> bool:
    if isinstance(expression, (StringLiteral, InitList)):
        return False
    return expression.type.is_pointer or expression.type.is_array
