# SPDX-License-Identifier: Apache-2.0
"""The program: expressions, statements, functions, each with its byte span.

Nodes are immutable and compared by identity. Parentheses and implicit conversions do not appear;
explicit casts do. An expression that is a constant written as one macro (``N``, ``(NI + 0)``) is
an :class:`IntLiteral` that keeps the macro's text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s2s.diagnostics import Remark
from s2s.ir.expressions import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    FloatLiteral,
    Index,
    InitList,
    IntLiteral,
    Member,
    OpaqueExpr,
    Ref,
    StringLiteral,
    Unary,
    walk_expression,
)
from s2s.ir.types import CType, Symbol
from s2s.source import SourceFile, Span

__all__ = [
    "Assign",
    "Binary",
    "Break",
    "Call",
    "Cast",
    "Compound",
    "Conditional",
    "Continue",
    "DeclStmt",
    "Expr",
    "ExprStmt",
    "FloatLiteral",
    "For",
    "Function",
    "Goto",
    "If",
    "Index",
    "InitList",
    "IntLiteral",
    "Label",
    "Member",
    "Null",
    "OpaqueExpr",
    "OpaqueStmt",
    "Pragma",
    "Program",
    "Ref",
    "Return",
    "Stmt",
    "StringLiteral",
    "Switch",
    "Unary",
    "Variable",
    "While",
    "all_expressions",
    "walk_expression",
    "walk_statements",
]

# -- statements ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Stmt:
    """Base of all statements.

    The span of a statement ends after its semicolon or closing brace. ``from_macro`` tells that
    its first token is made by a macro, ``whole_macro`` that all of its tokens are.
    """

    span: Span
    from_macro: bool
    whole_macro: bool

    @property
    def children(self) -> tuple[Stmt, ...]:
        """Directly nested statements."""
        return ()

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Expressions evaluated by this statement itself (not by nested statements)."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Compound(Stmt):
    """``{ … }``."""

    body: tuple[Stmt, ...]

    @property
    def children(self) -> tuple[Stmt, ...]:
        """The statements of the block."""
        return self.body


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One declared variable: its symbol, initializer and the expressions of its array bounds.

    ``shape`` holds one expression for each array dimension, outermost first, None where it is
    left out; it is empty for variables that are no arrays. A parameter declared as an array keeps
    its written shape although its type is a pointer.
    """

    symbol: Symbol
    initializer: Expr | None
    shape: tuple[Expr | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DeclStmt(Stmt):
    """A declaration of variables inside a function, or of enumeration ``constants`` by name."""

    variables: tuple[Variable, ...]
    constants: frozenset[str] = frozenset()

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Array bounds and initializers."""
        out: list[Expr] = []
        for variable in self.variables:
            out.extend(e for e in variable.shape if e is not None)
            if variable.initializer is not None:
                out.append(variable.initializer)
        return tuple(out)


@dataclass(frozen=True, slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression followed by a semicolon."""

    expression: Expr

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """The expression."""
        return (self.expression,)


@dataclass(frozen=True, slots=True, eq=False)
class If(Stmt):
    """``if``; ``constant`` holds no meaning beyond the condition's own value."""

    condition: Expr
    then: Stmt
    otherwise: Stmt | None

    @property
    def children(self) -> tuple[Stmt, ...]:
        """The branches."""
        return (self.then,) if self.otherwise is None else (self.then, self.otherwise)

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """The condition."""
        return (self.condition,)


@dataclass(frozen=True, slots=True, eq=False)
class For(Stmt):
    """``for``; ``header`` spans from the keyword to the closing parenthesis."""

    init: Stmt | None
    condition: Expr | None
    increment: Expr | None
    body: Stmt
    header: Span

    @property
    def children(self) -> tuple[Stmt, ...]:
        """The init statement and the body."""
        return (self.body,) if self.init is None else (self.init, self.body)

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Condition and increment."""
        return tuple(e for e in (self.condition, self.increment) if e is not None)


@dataclass(frozen=True, slots=True, eq=False)
class While(Stmt):
    """``while`` and ``do … while``."""

    condition: Expr
    body: Stmt
    is_do: bool

    @property
    def children(self) -> tuple[Stmt, ...]:
        """The body."""
        return (self.body,)

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """The condition."""
        return (self.condition,)


@dataclass(frozen=True, slots=True, eq=False)
class Return(Stmt):
    """``return``."""

    value: Expr | None

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """The value."""
        return () if self.value is None else (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class Break(Stmt):
    """``break``."""


@dataclass(frozen=True, slots=True, eq=False)
class Continue(Stmt):
    """``continue``."""


@dataclass(frozen=True, slots=True, eq=False)
class Goto(Stmt):
    """``goto``; jumps to computed labels have an empty label."""

    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Label(Stmt):
    """``label: statement``, and ``case``/``default`` labels (``is_case``)."""

    name: str
    statement: Stmt
    is_case: bool

    @property
    def children(self) -> tuple[Stmt, ...]:
        """The labelled statement."""
        return (self.statement,)


@dataclass(frozen=True, slots=True, eq=False)
class Switch(Stmt):
    """``switch``."""

    condition: Expr
    body: Stmt

    @property
    def children(self) -> tuple[Stmt, ...]:
        """The body."""
        return (self.body,)

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """The condition."""
        return (self.condition,)


@dataclass(frozen=True, slots=True, eq=False)
class Null(Stmt):
    """A lone semicolon."""


@dataclass(frozen=True, slots=True, eq=False)
class OpaqueStmt(Stmt):
    """A statement that the front end does not model (assembly, try, range-for …)."""

    what: str
    parts: tuple[Stmt, ...]
    values: tuple[Expr, ...]

    @property
    def children(self) -> tuple[Stmt, ...]:
        """What could be recognised inside."""
        return self.parts

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """What could be recognised inside."""
        return self.values


# -- functions and the file ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function definition; ``is_internal`` when nothing outside the file can call it by name."""

    symbol: Symbol
    parameters: tuple[Variable, ...]
    body: Compound
    span: Span
    is_internal: bool
    is_variadic: bool
    has_errors: bool
    returns: CType

    @property
    def name(self) -> str:
        """The function's name."""
        return self.symbol.name


@dataclass(frozen=True, slots=True)
class Pragma:
    """An existing ``#pragma`` line (continuation lines included); ``words`` follow ``pragma``."""

    span: Span
    words: tuple[str, ...]

    @property
    def is_openmp(self) -> bool:
        """Whether it is an OpenMP directive."""
        return bool(self.words) and self.words[0] == "omp"

    @property
    def is_device(self) -> bool:
        """Whether it is an OpenMP directive that concerns a device."""
        return self.is_openmp and ("target" in self.words[1:4])


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """One parsed file; ``size_type`` is how the type of sizes can be named in it."""

    source: SourceFile
    functions: tuple[Function, ...]
    globals: tuple[Variable, ...]
    pragmas: tuple[Pragma, ...]
    remarks: tuple[Remark, ...]
    language: str
    size_type: str = "size_t"

    def function(self, name: str) -> Function | None:
        """Return the definition of a function in this file."""
        return next((f for f in self.functions if f.name == name), None)


def walk_statements(statement: Stmt) -> Iterator[Stmt]:
    """Yield a statement and all nested statements, in source order."""
    stack = [statement]
    while stack:
        at = stack.pop()
        yield at
        stack.extend(reversed(at.children))


def all_expressions(statement: Stmt) -> Iterator[Expr]:
    """Yield every expression evaluated anywhere inside a statement."""
    for nested in walk_statements(statement):
        for expression in nested.expressions:
            yield from walk_expression(expression)
