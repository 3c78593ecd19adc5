# SPDX-License-Identifier: Apache-2.0
"""The values that loop variables have after their loops, as C statements.

The iteration variable of an associated loop is private in OpenMP, so an offloaded loop leaves the
program's variable as it was. What the serial loop leaves in it follows from the header alone: the
first value that fails the condition, or the initial value when there is no iteration.

Bounds may only consist of variables, literals and arithmetic: memory that the host would read here
may be out of date inside a data environment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from s2s.analysis.c_text import c_text
from s2s.analysis.extents import Renderer
from s2s.analysis.facts import ParameterNames
from s2s.analysis.loop_header import comparison, initialisation
from s2s.analysis.nest import MemoryObject, Nest, NestLoop
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import NotAffine
from s2s.ir.program import Binary, Cast, Expr, For, IntLiteral, Ref, Unary, walk_expression
from s2s.ir.types import Symbol, SymbolKind

_ARITHMETIC = ("+", "-", "*", "/", "%")


@dataclass(frozen=True, slots=True)
class _Header:
    """What decides the last value; ``past`` is the first value beyond the bound."""

    symbol: Symbol
    initial: Expr
    bound: Expr
    op: str
    step: int
    first: Polynomial
    past: Polynomial

    @property
    def is_plain(self) -> bool:
        """Whether the polynomials, written out, have C's value of the header's expressions."""
        widths = (self.bound.type.size >= self.symbol.type.size or self.past.is_constant
                  or self.op in ("<", ">", "!="))  # fmt: skip
        return (
            self.symbol.type.signed and widths and _is_plain(self.initial) and _is_plain(self.bound)
        )


def final_value(nest: Nest, loop: NestLoop, names: ParameterNames) -> str | None:
    """Return the statement that sets a loop's variable to its value after the whole nest.

    None when that value has no closed form that is exact in C's arithmetic.
    """
    header = _header(loop)
    if header is None or not _mentions_only_parameters(header, nest, loop):
        return None
    writer = _Writer(names)
    tests: list[str] = []
    if loop.parent is not None:
        around = _around(nest, loop)
        if not header.is_plain or not around or not _is_set_only_by(nest, loop):
            return None
        last = {
            outer.atom: header_of.past - _unit(header_of.step)
            for outer, header_of in around if abs(header_of.step) == 1
        }  # fmt: skip
        header = replace(
            header, first=header.first.substitute(last), past=header.past.substitute(last)
        )
        if (header.first.atoms | header.past.atoms) & nest.iterators:
            return None
        for _, header_of in around:
            test = writer.runs(header_of) if header_of.is_plain else None
            if test is None:
                return None
            tests += [test] if test else []
    value = writer.value(header, tests)
    if value is None:
        return None
    assignment = f"{header.symbol.name} = {value};"
    return f"if ({' && '.join(tests)})\n    {assignment}" if tests else assignment


def _header(loop: NestLoop) -> _Header | None:
    if not isinstance(loop.stmt, For) or not loop.is_exact:
        return None
    if loop.lower is None or loop.upper is None:
        return None
    try:
        symbol, initial = initialisation(loop.stmt)
        op, bound = comparison(loop.stmt, symbol)
    except NotAffine:
        return None
    if symbol.type.size < 4 or initial.type.size > symbol.type.size:
        return None
    past = loop.upper + _unit(loop.step)
    return _Header(symbol, initial, bound, op, loop.step, loop.lower, past)


def _unit(step: int) -> Polynomial:
    return Polynomial.constant_of(1 if step > 0 else -1)


def _mentions_only_parameters(header: _Header, nest: Nest, loop: NestLoop) -> bool:
    """Whether the header reads nothing but loop variables around it and what the nest leaves."""
    around = set()
    at = loop.parent
    while at is not None:
        around.add(at.symbol)
        at = at.parent
    fixed = {s for p in nest.parameters.values() for s in p.symbols}
    used = {
        e.symbol
        for side in (header.initial, header.bound)
        for e in walk_expression(side)
        if isinstance(e, Ref) and e.symbol.kind is not SymbolKind.CONSTANT
    }
    return used <= fixed | around and header.symbol not in used


def _around(nest: Nest, loop: NestLoop) -> list[tuple[NestLoop, _Header]] | None:
    """Return the loops around one, outermost first, if they alone decide whether it starts.

    None when it stands under a condition, or when they do not all run equally often.
    """
    out: list[tuple[NestLoop, _Header]] = []
    at = loop
    while at.parent is not None:
        starts = [s for s in nest.statements if s.node is at.stmt and at not in s.loops]
        if not starts or any(s.conditions or not s.exact for s in starts):
            return None
        at = at.parent
        header = _header(at)
        if header is None or not _mentions_only_parameters(header, nest, at):
            return None
        if (header.first.atoms | header.past.atoms) & nest.iterators:
            return None
        out.append((at, header))
    return out[::-1]


def _is_set_only_by(nest: Nest, loop: NestLoop) -> bool:
    """Whether nothing in the nest but a loop's header sets its variable."""
    assert isinstance(loop.stmt, For) and loop.symbol is not None
    own, header = MemoryObject(loop.symbol), loop.stmt.header
    return sum(x.symbol is loop.symbol for x in nest.loops) == 1 and all(
        header.contains(a.span)
        for s in nest.statements for a in s.accesses if a.is_write and a.target == own
    )  # fmt: skip


def _is_plain(expression: Expr) -> bool:
    """Whether an expression is signed arithmetic in one width on variables and literals."""
    parts = list(walk_expression(expression))
    leaves = [p for p in parts if isinstance(p, (Ref, IntLiteral))]
    widths = {max(4, p.type.size) for p in leaves}
    return (
        all(p.type.is_integer and p.type.signed for p in parts)
        and all(p in leaves or _is_arithmetic(p) for p in parts)
        and len(widths) == 1
    )


def _is_arithmetic(part: Expr) -> bool:
    return isinstance(part, (Binary, Unary)) and part.op in _ARITHMETIC


class _Writer:
    """Writes values and tests in C, exactly as C's arithmetic gives them."""

    def __init__(self, names: ParameterNames) -> None:
        self._renderer = Renderer(names)
        self._names = names

    def value(self, header: _Header, known: Iterable[str] = ()) -> str | None:
        """Return the value after the loop, None when it has no exact form.

        ``known`` are tests that hold where the value is asked for.
        """
        if not header.is_plain:
            return None if header.symbol.type.signed else self._unsigned(header)
        past = self._past(header)
        if past is None or header.op == "!=":
            return past
        runs = self.runs(header)
        first = self._renderer.text(header.first)
        if runs is None:
            return first
        return past if not runs or runs in known else f"{runs} ? {past} : {first}"

    def runs(self, header: _Header) -> str | None:
        """Return a test for at least one iteration: empty when it is true, None when false."""
        ascending = header.step > 0
        low, high = header.first, header.past
        if not ascending:
            low, high = high, low
        trips = self._known(high - low)
        if trips.is_constant:
            return "" if trips.constant > 0 else None
        text = self._renderer.text
        if low.is_constant and high.constant > 0 and header.op not in ("<=", ">="):
            return f"{text(high)} > {text(low)}"
        if low.is_constant:
            limit = Polynomial.constant_of(low.constant - high.constant)
            return f"{text(_variable_part(high))} > {text(limit)}"
        if high.is_constant:
            limit = Polynomial.constant_of(high.constant - low.constant)
            return f"{text(_variable_part(low))} < {text(limit)}"
        return f"{text(high)} > {text(low)}"

    def _past(self, header: _Header) -> str | None:
        """Return the value after at least one iteration."""
        text, size = self._renderer.text, abs(header.step)
        if size == 1:
            return text(header.past)
        if header.step > 0:
            rest = header.past - header.first - Polynomial.constant_of(1)
            start = header.first + Polynomial.constant_of(size)
            if not header.first.is_constant or header.first.constant < 0:
                return None
            if rest.is_constant:
                return str(start.constant + rest.constant // size * size)
            if header.bound.type.size < header.symbol.type.size:
                return None
            return f"{start.constant} + {_grouped(text(rest))} / {size} * {size}"
        last = header.past.constant + 1
        rest = header.first - Polynomial.constant_of(last)
        if not header.past.is_constant or last < 0:
            return None
        if rest.is_constant:
            return str(last - size + rest.constant % size)
        shift = last - size
        beyond = f" {'-' if shift < 0 else '+'} {abs(shift)}" if shift else ""
        return f"{_grouped(text(rest))} % {size}{beyond}"

    def _unsigned(self, header: _Header) -> str | None:
        """Return the value of an ascending unsigned variable, in the loop's own conversions."""
        bound, own, step = header.bound, header.symbol.type, header.step
        first = header.initial.value if isinstance(header.initial, IntLiteral) else -1
        if step < 0 or header.op not in ("<", "!=") or first < 0 or bound.type.size > own.size:
            return None
        parts = walk_expression(bound)
        if not all(isinstance(p, (Ref, IntLiteral, Binary, Cast)) for p in parts):
            return None
        if isinstance(bound, IntLiteral):
            trips = max(0, -(-(bound.value - first) // step))
            return str(first + trips * step)
        if header.op == "!=" or (first == 0 and step == 1):
            return c_text(bound)
        if bound.type.signed or bound.type.size < own.size:
            return None
        text = _grouped(c_text(bound))
        past = f"{first + step} + ({text} - {first + 1}) / {step} * {step}" if step > 1 else text
        return f"{text} > {first} ? {past} : {first}"

    def _known(self, value: Polynomial) -> Polynomial:
        """Return a value with macro constants replaced by what they stand for."""
        constants = {a: self._names.get(a).value for a in value.atoms}
        return value.substitute(
            {a: Polynomial.constant_of(v) for a, v in constants.items() if v is not None}
        )


def _variable_part(value: Polynomial) -> Polynomial:
    return value - Polynomial.constant_of(value.constant)


def _grouped(text: str) -> str:
    """Put parentheses around all but a name, a number and a cast of one."""
    name = text[text.find(")") + 1 :] if text.startswith("(") else text
    return text if name.replace("_", "a").isalnum() else f"({text})"
