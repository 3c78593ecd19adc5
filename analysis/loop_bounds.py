# SPDX-License-Identifier: Apache-2.0
"""Iterators, bounds and steps of canonical loops."""

from __future__ import annotations

from s2s.analysis.facts import effects_of
from s2s.analysis.loop_header import bound_variables, comparison, increment, initialisation
from s2s.analysis.nest import NestLoop
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.program import (
    Break,
    DeclStmt,
    Expr,
    For,
    Goto,
    Return,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import Symbol


class BoundsReader:
    """Describes loops in terms of the values around them."""

    def __init__(self, values: ValueReader) -> None:
        self._values = values

    def describe(self, stmt: For, loop: NestLoop) -> None:
        """Fill iterator, bounds and step.

        Raises:
            NotAffine: the loop is not canonical or a bound is not affine.
        """
        symbol, initial = initialisation(stmt)
        if not symbol.type.is_integer:
            raise NotAffine(f"'{symbol.name}' is not an integer")
        step, stride = self._step(stmt, symbol)
        op, bound = comparison(stmt, symbol)
        if (op in ("<", "<=") and step < 0) or (op in (">", ">=") and step > 0):
            raise NotAffine("the condition and the increment point in different directions")
        if op == "!=" and (stride is not None or abs(step) != 1):
            raise NotAffine("'!=' with a step other than 1 may run past the bound")
        body = effects_of(stmt.body, self._values.facts)
        if body.writes(symbol):
            raise NotAffine(f"'{symbol.name}' is changed in the loop body")
        for name in bound_variables(bound):
            if body.writes(name):
                raise NotAffine(f"the bound '{name.name}' is changed in the loop body")
        loop.symbol = symbol
        loop.declares_iterator = isinstance(stmt.init, DeclStmt)
        if loop.declares_iterator:
            for outer in self._values.loops[:-1]:
                outer.local_symbols.add(symbol)
        loop.step, loop.stride = step, stride
        self._values.loops.pop()
        try:
            lower, low = self._bound(initial)
            upper, high = self._bound(bound)
        finally:
            self._values.loops.append(loop)
        strict = op in ("<", ">", "!=")
        one = Polynomial.constant_of(1 if step > 0 else -1)
        loop.lower = lower
        loop.upper = upper - one if strict and upper is not None else upper
        loop.domain = self._domain(loop, low, f"{high} {'-' if step > 0 else '+'} {int(strict)}")

    def _bound(self, expression: Expr) -> tuple[Polynomial | None, str]:
        """Return a bound as polynomial, or None and isl text; raises NotAffine."""
        try:
            return self._values.value(expression), ""
        except NotAffine as reason:
            try:
                return None, self._values.quasi_affine(expression)
            except NotAffine:
                raise reason from None

    def _domain(self, loop: NestLoop, low: str, high: str) -> str:
        """Return the isl text of the iterator's range; the arguments stand in for polynomials."""
        iterators = frozenset(x.atom for x in self._values.loops)
        try:
            if loop.lower is not None:
                low = loop.lower.to_isl(iterators)
            if loop.upper is not None:
                high = loop.upper.to_isl(iterators)
        except ValueError as error:
            raise NotAffine("a bound is a product of a loop variable") from error
        first, last = (">=", "<=") if loop.step > 0 else ("<=", ">=")
        text = f"{loop.atom} {first} {low} and {loop.atom} {last} {high}"
        if abs(loop.step) != 1:
            text += f" and exists (q{loop.atom}: {loop.atom} = {low} + {loop.step}*q{loop.atom})"
        return text

    def _step(self, stmt: For, symbol: Symbol) -> tuple[int, Polynomial | None]:
        """Return step and None, or direction and size of a step that is no constant."""
        sign, amount = increment(stmt, symbol)
        if amount is None:
            return sign, None
        size = self._values.value(amount)
        known = self._with_constants(size)
        if known.is_constant and known.constant:
            return sign * known.constant, None
        wide = amount.type.size <= symbol.type.size and symbol.type.size >= 4
        exact = all(p.type.signed for p in walk_expression(amount)) and symbol.type.signed
        if known.is_constant or not wide or not exact:
            raise NotAffine("the step is not a constant")
        if any(isinstance(s, (Break, Return, Goto)) for s in walk_statements(stmt.body)):
            raise NotAffine("the step is not a constant, and the loop may be left early")
        return sign, size

    def constant_step(self, stmt: For, symbol: Symbol) -> int:
        """Return the step of a loop.

        Raises:
            NotAffine: it is not known, or no constant.
        """
        step, stride = self._step(stmt, symbol)
        if stride is not None:
            raise NotAffine("the step is not a constant")
        return step

    def _with_constants(self, value: Polynomial) -> Polynomial:
        """Return a value with macro constants replaced by what they stand for."""
        parameters = {a: self._values.nest.parameters.get(a) for a in value.atoms}
        return value.substitute(
            {
                a: Polynomial.constant_of(p.value)
                for a, p in parameters.items() if p is not None and p.value is not None
            }
        )  # fmt: skip
