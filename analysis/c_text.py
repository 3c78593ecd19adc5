# SPDX-License-Identifier: Apache-2.0
"""Simple expressions written out again.

The source text of an expression will not do where a macro made it: the text is then the macro's
use, arguments and all.
"""

from __future__ import annotations

from s2s.ir.program import (
    Binary,
    Cast,
    Conditional,
    Expr,
    FloatLiteral,
    Index,
    IntLiteral,
    Member,
    Ref,
    Unary,
)


def c_text(expression: Expr) -> str:
    """Return C text for an expression without side effects.

    Raises:
        ValueError: the expression is none that can be written out.
    """
    match expression:
        case Ref(symbol=symbol):
            return symbol.name
        case IntLiteral(value=value, macro=macro):
            return macro or str(value)
        case FloatLiteral(text=text):
            return text
        case Index(base=base, index=index):
            return f"{_operand(base)}[{c_text(index)}]"
        case Member(base=base, field=field, arrow=arrow):
            return f"{_operand(base)}{'->' if arrow else '.'}{field}"
        case Unary(op=op, operand=operand) if not expression.is_step:
            return f"{op}{_operand(operand)}"
        case Binary(op=op, left=left, right=right):
            return f"{_operand(left)} {op} {_operand(right)}"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"{_operand(condition)} ? {_operand(then)} : {_operand(otherwise)}"
        case Cast(operand=operand):
            return f"({expression.type.spelling}){_operand(operand)}"
        case _:
            raise ValueError(type(expression).__name__)


def _operand(expression: Expr) -> str:
    text = c_text(expression)
    simple = isinstance(expression, (Ref, Index, Member)) or (
        isinstance(expression, (IntLiteral, FloatLiteral)) and not text.startswith("-")
    )
    return text if simple else f"({text})"
