# SPDX-License-Identifier: Apache-2.0
"""Conversion of libclang trees to IR expressions and statements.

Implicit conversions and parentheses are stripped; a constant that is written as one macro keeps
the macro's text; anything not understood becomes an opaque node, which the analyses refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from clang.cindex import CursorKind as K

from s2s.frontend.clang_cxx import CxxExpressions
from s2s.frontend.clang_symbols import Symbols
from s2s.frontend.libclang import Node, Tree
from s2s.frontend.library_calls import as_statement, in_other_form
from s2s.frontend.macro_constants import MacroConstants
from s2s.ir import program as ir
from s2s.ir.types import CType, SymbolKind, TypeKind
from s2s.source import Span, blank_comments

_BINARY = (
    "", ".*", "->*", "*", "/", "%", "+", "-", "<<", ">>", "<=>", "<", ">", "<=", ">=", "==", "!=",
    "&", "^", "|", "&&", "||", "=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|=",
    ",",
)  # fmt: skip
_UNARY = (
    "", "post++", "post--", "pre++", "pre--", "&", "*", "+", "-", "~", "!", "real", "imag",
    "extension", "co_await",
)  # fmt: skip
_MACRO_USE = re.compile(rb"[A-Za-z_]\w*\Z")
_TRANSPARENT = frozenset(k.value for k in (K.UNEXPOSED_EXPR, K.PAREN_EXPR))
_CASTS = frozenset(
    k.value for k in (K.CSTYLE_CAST_EXPR, K.CXX_STATIC_CAST_EXPR, K.CXX_FUNCTIONAL_CAST_EXPR)
)
_FIRST_EXPR, _LAST_EXPR = 100, 199
_FIRST_STMT, _LAST_STMT = 200, 300


def is_expression(node: Node) -> bool:
    """Whether a cursor is an expression."""
    return _FIRST_EXPR <= node.kind <= _LAST_EXPR


def _is_statement(node: Node) -> bool:
    return _FIRST_STMT <= node.kind <= _LAST_STMT


class Converter:
    """Converts the nodes of one file."""

    def __init__(self, tree: Tree, symbols: Symbols, path: Path, content: bytes) -> None:
        self._tree = tree
        self._library = tree.library
        self._symbols = symbols
        self._content = content
        self._code = blank_comments(content, strings=True)
        self._cxx = CxxExpressions(tree, symbols, content, self.expression)
        self._constants = MacroConstants(path, content)
        self._expressions: dict[int, Callable[[Node, Span], ir.Expr]] = {
            K.DECL_REF_EXPR.value: self._reference,
            K.MEMBER_REF_EXPR.value: self._member,
            K.CALL_EXPR.value: self._call,
            K.INTEGER_LITERAL.value: self._integer,
            K.CHARACTER_LITERAL.value: self._integer,
            K.CXX_BOOL_LITERAL_EXPR.value: self._integer,
            K.CXX_UNARY_EXPR.value: self._integer,
            K.FLOATING_LITERAL.value: self._float,
            K.STRING_LITERAL.value: lambda n, s: ir.StringLiteral(s, self._type(n)),
            K.UNARY_OPERATOR.value: self._unary,
            K.ARRAY_SUBSCRIPT_EXPR.value: self._index,
            K.BINARY_OPERATOR.value: self._binary,
            K.COMPOUND_ASSIGNMENT_OPERATOR.value: self._binary,
            K.CONDITIONAL_OPERATOR.value: self._conditional,
            K.INIT_LIST_EXPR.value: self._init_list,
            K.CXX_NEW_EXPR.value: self._new,
            K.CXX_DELETE_EXPR.value: self._delete,
        }
        self._statements: dict[int, Callable[[Node, Span], ir.Stmt]] = {
            K.COMPOUND_STMT.value: self._compound,
            K.DECL_STMT.value: self._decl_stmt,
            K.IF_STMT.value: self._if,
            K.FOR_STMT.value: self._for,
            K.WHILE_STMT.value: self._while,
            K.DO_STMT.value: self._while,
            K.SWITCH_STMT.value: self._switch,
            K.CASE_STMT.value: self._case,
            K.DEFAULT_STMT.value: self._case,
            K.LABEL_STMT.value: self._label,
            K.GOTO_STMT.value: self._goto,
            K.INDIRECT_GOTO_STMT.value: lambda n, s: ir.Goto(s, n.macro, False, ""),
            K.BREAK_STMT.value: lambda n, s: ir.Break(self._whole(s), n.macro, False),
            K.CONTINUE_STMT.value: lambda n, s: ir.Continue(self._whole(s), n.macro, False),
            K.RETURN_STMT.value: self._return,
            K.NULL_STMT.value: lambda n, s: ir.Null(s, n.macro, False),
        }

    # -- expressions -----------------------------------------------------------------------------

    def expression(self, node: Node, outer: tuple[int, int] | None = None) -> ir.Expr:
        """Convert an expression; ``outer`` is the byte range of the macro use it is part of."""
        extent = (node.begin, node.end)
        if node.macro and extent != outer:
            literal = self._macro_constant(node)
            if literal is not None:
                return literal
        node = self._strip(node)
        convert = self._expressions.get(node.kind)
        span = Span(node.begin, node.end)
        if node.kind in _CASTS:
            operands = self._operands(node)  # array bounds in the type come first
            if operands:
                return ir.Cast(span, self._type(node), self._inner(operands[-1], node))
        if convert is None:
            return self._opaque(node, span)
        return convert(node, span)

    def _inner(self, child: Node, parent: Node) -> ir.Expr:
        return self.expression(child, (parent.begin, parent.end))

    def _type(self, node: Node) -> CType:
        return self._symbols.type_of(node.cursor)

    def _strip(self, node: Node) -> Node:
        while node.kind in _TRANSPARENT:
            inner = self._operands(node)
            if len(inner) != 1:
                break
            node = inner[0]
        return node

    def _macro_constant(self, node: Node) -> ir.Expr | None:
        """Return the literal for a constant that is written as the name of one macro."""
        text = self._content[node.begin : node.end]
        if not _MACRO_USE.match(text) or self._constants.is_undefined(text):
            return None
        ctype = self._type(node)
        if ctype.is_integer:
            value = self._library.integer_value(node.cursor)
            if value is not None:
                macro = text.decode("ascii", "replace")
                return ir.IntLiteral(Span(node.begin, node.end), ctype, value, macro)
        return None

    @staticmethod
    def _operands(node: Node) -> list[Node]:
        return [c for c in node.children if is_expression(c)]

    def _opaque(self, node: Node, span: Span) -> ir.Expr:
        what = K.from_id(node.kind).name.lower().replace("_", " ")
        parts = tuple(self._inner(c, node) for c in self._operands(node))
        return ir.OpaqueExpr(span, self._type(node), what, parts)

    def _reference(self, node: Node, span: Span) -> ir.Expr:
        target = self._library.referenced(node.cursor)
        value = self._symbols.enum_constant(target)
        if value is not None:
            name = self._library.spelling(target)
            return ir.IntLiteral(span, self._type(node), value, name)
        if not self._symbols.is_object_or_function(target):
            return ir.OpaqueExpr(span, self._type(node), "reference", ())
        if self._symbols.is_thread_local(target):
            return ir.OpaqueExpr(span, self._type(node), "thread-local variable", ())
        symbol = self._symbols.symbol(target)
        if symbol.kind is SymbolKind.PARAMETER and symbol.type.is_pointer:
            return ir.Ref(span, symbol.type, symbol)
        return ir.Ref(span, self._type(node), symbol)

    def _member(self, node: Node, span: Span) -> ir.Expr:
        operands = self._operands(node)
        if len(operands) != 1:
            return self._opaque(node, span)
        target = self._library.referenced(node.cursor)
        base = self._inner(operands[0], node)
        return ir.Member(
            span,
            self._type(node),
            base,
            self._library.spelling(node.cursor),
            base.type.is_pointer,
            bool(self._library.is_bit_field(target)),
        )

    def _call(self, node: Node, span: Span) -> ir.Expr:
        operands = self._operands(node)
        target = self._library.referenced(node.cursor)
        ctype = self._type(node)
        if not operands:
            return self._opaque(node, span)
        known = self._cxx.library_call(node, span, operands)
        if known is not None:
            return known
        function = self._inner(operands[0], node)
        arguments = tuple(self._inner(a, node) for a in operands[1:])
        callee = None
        if isinstance(function, ir.Ref) and function.symbol.type.kind is TypeKind.FUNCTION:
            callee = function.symbol
        elif self._symbols.is_object_or_function(target) and not isinstance(function, ir.Ref):
            return ir.OpaqueExpr(span, ctype, "member or operator call", (function, *arguments))
        return in_other_form(ir.Call(span, ctype, callee, function, arguments))

    def _new(self, node: Node, span: Span) -> ir.Expr:
        return self._cxx.new(node, span, self._operands(node)) or self._opaque(node, span)

    def _delete(self, node: Node, span: Span) -> ir.Expr:
        made = self._cxx.delete(span, self._operands(node), self._type(node))
        return made or self._opaque(node, span)

    def _integer(self, node: Node, span: Span) -> ir.Expr:
        value = self._library.integer_value(node.cursor)
        ctype = self._type(node)
        if value is None:
            return ir.OpaqueExpr(span, ctype, "sizeof of a variable-length type", ())
        macro = ""
        if node.kind == K.CXX_UNARY_EXPR.value:
            macro = self._content[node.begin : node.end].decode("utf-8", "replace")
        elif node.macro:
            macro = self._constants.name_of(value, node.begin)
        return ir.IntLiteral(span, ctype, value, macro)

    def _float(self, node: Node, span: Span) -> ir.Expr:
        text = self._content[node.begin : node.end].decode("utf-8", "replace")
        return ir.FloatLiteral(span, self._type(node), text)

    def _unary(self, node: Node, span: Span) -> ir.Expr:
        operands = self._operands(node)
        op = _UNARY[self._library.unary_operator(node.cursor)]
        if len(operands) != 1 or op in ("", "real", "imag", "co_await"):
            return self._opaque(node, span)
        operand = self._inner(operands[0], node)
        if op == "extension":
            return operand
        if op == "-" and isinstance(operand, ir.IntLiteral) and not operand.macro:
            return ir.IntLiteral(span, self._type(node), -operand.value)
        return ir.Unary(span, self._type(node), op, operand)

    def _index(self, node: Node, span: Span) -> ir.Expr:
        operands = self._operands(node)
        if len(operands) != 2:
            return self._opaque(node, span)
        base, index = (self._inner(o, node) for o in operands)
        if base.type.is_integer:
            base, index = index, base
        return ir.Index(span, self._type(node), base, index)

    def _binary(self, node: Node, span: Span) -> ir.Expr:
        operands = self._operands(node)
        op = _BINARY[self._library.binary_operator(node.cursor)]
        if len(operands) != 2 or not op:
            return self._opaque(node, span)
        left, right = (self._inner(o, node) for o in operands)
        if op == "=":
            return ir.Assign(span, self._type(node), "", left, right)
        if node.kind == K.COMPOUND_ASSIGNMENT_OPERATOR.value:
            return ir.Assign(span, self._type(node), op[:-1], left, right)
        return ir.Binary(span, self._type(node), op, left, right)

    def _conditional(self, node: Node, span: Span) -> ir.Expr:
        operands = self._operands(node)
        if len(operands) != 3:
            return self._opaque(node, span)
        condition, then, otherwise = (self._inner(o, node) for o in operands)
        return ir.Conditional(span, self._type(node), condition, then, otherwise)

    def _init_list(self, node: Node, span: Span) -> ir.Expr:
        items = tuple(self._inner(o, node) for o in self._operands(node))
        return ir.InitList(span, self._type(node), items)

    # -- statements ------------------------------------------------------------------------------

    def statement(self, node: Node) -> ir.Stmt:
        """Convert a statement (an expression in statement position included)."""
        span = Span(node.begin, node.end)
        if is_expression(node):
            expression = as_statement(self.expression(node))
            end = self._after_semicolon(node.end)
            return ir.ExprStmt(Span(node.begin, end), node.macro, False, expression)
        convert = self._statements.get(node.kind)
        return self._opaque_stmt(node, span) if convert is None else convert(node, span)

    def _opaque_stmt(self, node: Node, span: Span) -> ir.Stmt:
        what = K.from_id(node.kind).name.lower().replace("_", " ")
        parts = tuple(self.statement(c) for c in node.children if _is_statement(c))
        values = tuple(self.expression(c) for c in node.children if is_expression(c))
        return ir.OpaqueStmt(span, node.macro, False, what, parts, values)

    def _after_semicolon(self, end: int) -> int:
        """Return the offset after the semicolon that follows ``end``, or ``end``."""
        at = end
        while at < len(self._code) and self._code[at : at + 1].isspace():
            at += 1
        return at + 1 if self._code[at : at + 1] == b";" else end

    def _whole(self, span: Span) -> Span:
        return Span(span.begin, self._after_semicolon(span.end))

    def _compound(self, node: Node, span: Span) -> ir.Stmt:
        body: list[ir.Stmt] = []
        for child in node.children:
            body += self._cxx.swap(child) or (self.statement(child),)
        return ir.Compound(span, node.macro, False, tuple(body))

    def _decl_stmt(self, node: Node, span: Span) -> ir.Stmt:
        variables = []
        constants: list[str] = []
        for child in node.children:
            if child.kind == K.VAR_DECL.value:
                variables.append(self.variable(child))
            elif child.kind == K.ENUM_DECL.value:
                constants += [self._library.spelling(c.cursor) for c in child.children]
            elif _is_statement(child) or is_expression(child):
                return self._opaque_stmt(node, span)
        return ir.DeclStmt(span, node.macro, False, tuple(variables), frozenset(constants))

    def variable(self, node: Node) -> ir.Variable:
        """Convert the declaration of a variable or parameter."""
        symbol = self._symbols.symbol(node.cursor)
        initializer_cursor = self._library.initializer(node.cursor)
        initializer = None
        shape: list[ir.Expr | None] = []
        outer = (node.begin, node.end)
        for child in self._operands(node):
            if child.cursor.d1 == initializer_cursor.d1 and initializer_cursor.d1:
                initializer = self.expression(child, outer)
            else:
                shape.append(self.expression(child, outer))
        shape.reverse()
        return ir.Variable(symbol, initializer, tuple(shape))

    def _if(self, node: Node, span: Span) -> ir.Stmt:
        children = node.children
        if len(children) not in (2, 3) or not is_expression(children[0]):
            return self._opaque_stmt(node, span)
        then = self.statement(children[1])
        otherwise = self.statement(children[2]) if len(children) == 3 else None
        last = otherwise or then
        return ir.If(
            Span(span.begin, max(span.end, last.span.end)),
            node.macro,
            False,
            self.expression(children[0], (node.begin, node.end)),
            then,
            otherwise,
        )

    def _for(self, node: Node, span: Span) -> ir.Stmt:
        header = self._header(node)
        parts = self._for_parts(node, header)
        if parts is None:
            return self._opaque_stmt(node, span)
        init, condition, increment, body_node = parts
        body = self.statement(body_node)
        outer = (node.begin, header.end)
        return ir.For(
            Span(span.begin, max(span.end, body.span.end)),
            node.macro,
            self._is_whole_macro(node, body_node),
            None if init is None else self._for_init(init),
            None if condition is None else self.expression(condition, outer),
            None if increment is None else self.expression(increment, outer),
            body,
            header,
        )

    def _is_whole_macro(self, node: Node, body: Node) -> bool:
        """Whether a loop stands wholly in a macro's body, or in an argument of a macro."""
        if not node.macro:
            return False
        written = self._code[node.begin : node.begin + 3] == b"for"
        return written or (body.macro and body.begin == node.begin)

    def _for_init(self, node: Node) -> ir.Stmt:
        if is_expression(node):
            span = Span(node.begin, node.end)
            return ir.ExprStmt(span, node.macro, False, self.expression(node))
        return self.statement(node)

    def _header(self, node: Node) -> Span:
        """Return the span from the keyword (or macro name) to its closing parenthesis."""
        at = self._code.find(b"(", node.begin)
        depth = 0
        while 0 <= at < len(self._code):
            depth += (self._code[at] == 0x28) - (self._code[at] == 0x29)
            at += 1
            if depth == 0:
                return Span(node.begin, at)
        return Span(node.begin, node.end)

    def _for_parts(
        self, node: Node, header: Span
    ) -> tuple[Node | None, Node | None, Node | None, Node] | None:
        """Tell which of the four parts of a ``for`` the children are."""
        children = node.children
        if not children:
            return None
        if len(children) == 4:
            return (children[0], children[1], children[2], children[3])
        if node.macro or len(children) > 4:
            return None
        semicolons, depth = [], 0
        for at in range(header.begin, header.end):
            character = self._code[at]
            depth += (character in b"([{") - (character in b")]}")
            if character == 0x3B and depth == 1:
                semicolons.append(at)
        if len(semicolons) != 2:
            return None
        slots: list[Node | None] = [None, None, None]
        for child in children[:-1]:
            slots[sum(child.begin > s for s in semicolons)] = child
        return (slots[0], slots[1], slots[2], children[-1])

    def _while(self, node: Node, span: Span) -> ir.Stmt:
        is_do = node.kind == K.DO_STMT.value
        if len(node.children) != 2:
            return self._opaque_stmt(node, span)
        body_node, condition = node.children if is_do else reversed(node.children)
        if not is_expression(condition):
            return self._opaque_stmt(node, span)
        body = self.statement(body_node)
        end = self._after_semicolon(node.end) if is_do else max(node.end, body.span.end)
        return ir.While(
            Span(span.begin, end), node.macro, False, self.expression(condition), body, is_do
        )

    def _switch(self, node: Node, span: Span) -> ir.Stmt:
        if len(node.children) != 2 or not is_expression(node.children[0]):
            return self._opaque_stmt(node, span)
        condition, body = node.children
        return ir.Switch(span, node.macro, False, self.expression(condition), self.statement(body))

    def _case(self, node: Node, span: Span) -> ir.Stmt:
        if not node.children:
            return self._opaque_stmt(node, span)
        inner = self.statement(node.children[-1])
        return ir.Label(
            Span(span.begin, max(span.end, inner.span.end)), node.macro, False, "", inner, True
        )

    def _label(self, node: Node, span: Span) -> ir.Stmt:
        inner = self.statement(node.children[-1]) if node.children else None
        if inner is None:
            return self._opaque_stmt(node, span)
        name = self._library.spelling(node.cursor)
        end = max(span.end, inner.span.end)
        return ir.Label(Span(span.begin, end), node.macro, False, name, inner, False)

    def _goto(self, node: Node, span: Span) -> ir.Stmt:
        name = self._library.spelling(node.children[0].cursor) if node.children else ""
        return ir.Goto(Span(span.begin, self._after_semicolon(span.end)), node.macro, False, name)

    def _return(self, node: Node, span: Span) -> ir.Stmt:
        value = self.expression(node.children[0]) if node.children else None
        end = self._after_semicolon(span.end)
        return ir.Return(Span(span.begin, end), node.macro, False, value)
