# SPDX-License-Identifier: Apache-2.0
"""Lengths of allocations and declared arrays, as polynomials in elements.

A length is that of the whole object that a pointer points to the beginning of, for as long as the
pointer lives: the pointer has one source and does not move, and what the length is made of does
not change after the allocation. The parameters of functions whose calls are all known get their
lengths from the arguments, see :mod:`s2s.analysis.call_lengths`.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2s.analysis.call_lengths import length_at_calls
from s2s.analysis.facts import Effects, Facts, base_variable
from s2s.analysis.nest import Nest
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.expressions import without_casts
from s2s.ir.program import (
    Assign,
    Binary,
    Call,
    Compound,
    Conditional,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Function,
    Goto,
    If,
    Index,
    IntLiteral,
    Member,
    Stmt,
    Unary,
    While,
    all_expressions,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind
from s2s.source import Span

_SIZE_ARGUMENTS = {
    "malloc": (0,), "calloc": (0, 1), "aligned_alloc": (1,), "valloc": (0,), "operator new": (0, 1),
}  # fmt: skip


def allocation_length(function: Function, symbol: Symbol, facts: Facts) -> Polynomial | None:
    """Return the number of elements of what a pointer points to, None when it is not known.

    For a parameter it is the length in its declaration, or what all calls agree upon. The atoms
    are parameters of ``function``.
    """
    key = (function, symbol)
    if key not in facts.lengths:
        facts.lengths[key] = None  # while it is looked for: recursion finds nothing
        facts.lengths[key] = _length(function, symbol, facts)
    return facts.lengths[key]


def _length(function: Function, symbol: Symbol, facts: Facts) -> Polynomial | None:
    declared = _declared_length(function, symbol, facts)
    if declared is not None:
        return declared
    if symbol.kind is SymbolKind.PARAMETER:
        return length_at_calls(function, symbol, facts, allocation_length)
    group = facts.aliases.swap_class(symbol)
    lengths = {_allocated(function, member, facts) for member in group}
    return lengths.pop() if len(lengths) == 1 else None


def _allocated(function: Function, symbol: Symbol, facts: Facts) -> Polynomial | None:
    """Return the length of a pointer's only allocation.

    None when the size is not a multiple of the element size that can be read off the call.
    """
    source = _only_source(function, symbol, facts)
    if not isinstance(source, Call) or source.name not in _SIZE_ARGUMENTS:
        return None
    element = symbol.type.element
    if element is None or element.size <= 0:
        return None
    reader = ValueReader(Nest(function, function.body), Effects(), facts)
    total = Polynomial.constant_of(1)
    for position in _SIZE_ARGUMENTS[source.name]:
        if position >= len(source.arguments):
            return None
        value = _value(reader, source.arguments[position])
        if value is None:
            return None
        total = total * value
    if any(c % element.size for _, c in total.terms):
        return None
    if not all(_keeps_its_value(a, function, source.span, facts) for a in total.atoms):
        return None
    return Polynomial(tuple((m, c // element.size) for m, c in total.terms))


def _only_source(function: Function, symbol: Symbol, facts: Facts) -> Expr | None:
    """Return what a pointer has the value of, but for a null pointer that it starts with.

    Then the block that declares it must assign it, whatever happens: no one can follow it before.
    """
    sources = [without_casts(source) for source in facts.aliases.sources(symbol)]
    if len(sources) == 1:
        return sources[0]
    if len(sources) != 2 or not isinstance(sources[0], IntLiteral) or sources[0].value:
        return None
    for block in walk_statements(function.body):
        if isinstance(block, Compound) and any(_declares(s, symbol) for s in block.body):
            always = (e for s in block.body for e in _evaluated(s))
            if any(isinstance(e, Assign) and without_casts(e.value) is sources[1] for e in always):
                return sources[1]
    return None


def _declares(stmt: Stmt, symbol: Symbol) -> bool:
    return isinstance(stmt, DeclStmt) and any(
        v.symbol is symbol and v.initializer is not None for v in stmt.variables
    )


def _evaluated(stmt: Stmt) -> Iterator[Expr]:
    """Yield the expressions of a statement that is reached which are evaluated in any case."""
    if isinstance(stmt, (ExprStmt, If)):
        pending = list(stmt.expressions)
        while pending:
            at = pending.pop()
            yield at
            if isinstance(at, Conditional) or (isinstance(at, Binary) and at.op in ("&&", "||")):
                pending.append(at.operands[0])
            else:
                pending.extend(at.operands)


def _keeps_its_value(atom: str, function: Function, place: Span, facts: Facts) -> bool:
    """Whether nothing changes a parameter in a function after a place in it."""
    parameter = facts.parameters.get(atom)
    if parameter.value is not None:
        return True
    if not function.span.contains(place):
        return False  # names of another function
    if any(isinstance(e, Call) for e in walk_expression(parameter.expression)):
        return False
    in_memory = any(
        isinstance(e, Index) or (isinstance(e, Member) and e.arrow) or _is_dereference(e)
        for e in walk_expression(parameter.expression)
    )
    if in_memory or any(isinstance(s, Goto) for s in walk_statements(function.body)):
        return False
    for symbol in parameter.symbols:
        if _is_pointed_at(function, symbol, facts):
            return False
        changes = list(_changes(function.body, symbol, facts))
        around = [s.span for s in _loops(function.body) if s.span.contains(place)]
        if any(c.begin > place.begin or any(loop.contains(c) for loop in around) for c in changes):
            return False
        if symbol.is_global and any(
            next(_changes(f.body, symbol, facts), None) is not None
            for f in facts.program.functions
            if f is not function
        ):
            return False
    return True


def _is_pointed_at(function: Function, symbol: Symbol, facts: Facts) -> bool:
    """Whether a pointer to a variable may be kept: it is taken other than to be handed over.

    What a known function does with it is over when it returns, as far as integers go.
    """
    if not facts.aliases.address_taken(symbol):
        return False
    bodies = [f.body for f in facts.program.functions] if symbol.is_global else [function.body]
    for body in bodies:
        handed_over: set[Expr] = set()
        for expression in all_expressions(body):  # a call comes before its arguments
            match expression:
                case Call(arguments=arguments):
                    if not facts.summaries.of_call(expression).unknown:
                        handed_over.update(arguments)
                case Unary(op="&", operand=operand) if base_variable(operand) is symbol:
                    if expression not in handed_over:
                        return True
                case _:
                    pass
    return False


def _is_dereference(expression: Expr) -> bool:
    return isinstance(expression, Unary) and expression.op == "*"


def _loops(body: Stmt) -> list[Stmt]:
    return [s for s in walk_statements(body) if isinstance(s, (For, While))]


def _changes(body: Stmt, symbol: Symbol, facts: Facts) -> Iterator[Span]:
    """Yield the places where a variable, or a part of it, is assigned or its address is taken.

    The address may be given to a function that is known only to read what it points to.
    """
    for stmt in walk_statements(body):
        if isinstance(stmt, DeclStmt):
            for variable in stmt.variables:
                if variable.symbol is symbol and variable.initializer is not None:
                    yield stmt.span
    only_read: set[Expr] = set()
    for expression in all_expressions(body):  # a call comes before its arguments
        match expression:
            case Call(arguments=arguments):
                summary = facts.summaries.of_call(expression)
                if not summary.unknown:
                    kept = [a for i, a in enumerate(arguments) if i not in summary.writes]
                    only_read.update(kept)
            case Assign(target=target) if base_variable(target) is symbol:
                yield expression.span
            case Unary(operand=operand) if expression.is_step or expression.op == "&":
                if expression not in only_read and base_variable(operand) is symbol:
                    yield expression.span
            case _:
                pass


def _declared_length(function: Function, symbol: Symbol, facts: Facts) -> Polynomial | None:
    """Return the length that a parameter is declared with, as in ``double a[n]``."""
    for parameter in function.parameters:
        dimensions, element = 1, symbol.type.element
        while element is not None and element.is_array:
            dimensions, element = dimensions + 1, element.element
        if parameter.symbol is not symbol or len(parameter.shape) != dimensions:
            continue  # in double (*a)[m] only the inner dimension is declared
        if parameter.shape[0] is not None:
            reader = ValueReader(Nest(function, function.body), Effects(), facts)
            value = _value(reader, parameter.shape[0])
            if value is None or not all(_is_as_on_entry(a, function, facts) for a in value.atoms):
                return None
            return value
    return None


def _is_as_on_entry(atom: str, function: Function, facts: Facts) -> bool:
    """Whether a parameter of the nest has the same value throughout a function."""
    return not any(
        facts.assignment_count(function, s) or facts.aliases.address_taken(s)
        for s in facts.parameters.get(atom).symbols
    )


def _value(reader: ValueReader, expression: Expr) -> Polynomial | None:
    try:
        return reader.value(expression)
    except NotAffine:
        return None
