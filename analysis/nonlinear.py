# SPDX-License-Identifier: Apache-2.0
"""Subscripts that isl cannot take, such as ``i * (i + 1) / 2 + j``: may two iterations meet?

The question goes to z3 (L. de Moura and N. Bjørner, *Z3: An Efficient SMT Solver*, TACAS 2008)
where that is installed; only "no" counts as an answer. Safe because: iteration domains are at
most widened, a quotient counts only when its dividend is shown not to be negative (where C and
mathematics agree), and a nest that computes with unsigned numbers which may wrap is not asked
about. The effort is bounded in steps, not in seconds, so the answer is the same on any machine.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from itertools import product
from typing import Any

from s2s.analysis.nest import Nest, NestLoop, NestStatement
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.relations import Reference
from s2s.ir.program import Binary, Unary, all_expressions

#: Steps of z3 for one question, less than a second.
STEPS = 500_000
#: Questions for one object in one loop.
QUESTIONS = 24
_EQUALS = re.compile(r"(?<![<>!=])=(?!=)")


@cache
def is_available() -> bool:
    """Whether z3 is installed (``pip install s2s[z3]``)."""
    return find_spec("z3") is not None


class NonlinearTest:
    """Asks whether different iterations of a loop touch one element, by polynomial subscripts."""

    def __init__(self, nest: Nest, facts: Iterable[str]) -> None:
        self._nest = nest
        self._facts = tuple(facts)
        self._wraps = may_wrap(nest)

    def keeps_apart(self, references: list[Reference], loop: NestLoop) -> bool:
        """Whether no two iterations of ``loop`` touch one element, one of them writing.

        False when that is not known, or when every subscript is affine.
        """
        if all(r.access.nonlinear is None for r in references):
            return False
        if self._wraps or not is_available():
            return False
        known = {(_polynomial(r), r.statement, r.access.is_write) for r in references}
        if any(p is None for p, _, _ in known):
            return False
        pairs = [
            (first, second)
            for first, second in product(sorted(known, key=_order), repeat=2)
            if first[2] or second[2]
        ]
        if len(pairs) > QUESTIONS:
            return False
        return all(self._apart(a[0], a[1], b[0], b[1], loop) for a, b in pairs)

    def _apart(
        self,
        first: Polynomial | None,
        earlier: NestStatement,
        second: Polynomial | None,
        later: NestStatement,
        loop: NestLoop,
    ) -> bool:
        assert first is not None and second is not None
        question = _Question(self._nest, self._facts)
        subscripts = [
            question.instance(first, earlier, ""),
            question.instance(second, later, "'"),
        ]
        for outer in earlier.loops[: loop.depth]:
            question.require(question.atom(outer.atom, "") == question.atom(outer.atom, "'"))
        question.require(question.atom(loop.atom, "") < question.atom(loop.atom, "'"))
        if not question.quotients_are_exact():
            return False
        question.require(subscripts[0] == subscripts[1])
        return question.is_impossible()


def may_wrap(nest: Nest) -> bool:
    """Whether a nest computes with unsigned numbers of less than 64 bits.

    Their products come round to values that the polynomials do not have.
    """
    return any(
        isinstance(e, (Binary, Unary))
        and e.type.is_integer
        and not e.type.signed
        and e.type.size < 8
        and e.type.size > 1  # truth values
        for e in all_expressions(nest.root)
    )


def _polynomial(reference: Reference) -> Polynomial | None:
    """Return the only subscript of a reference, None when there are more or it is not known."""
    access = reference.access
    if access.subscripts is None or len(access.subscripts) != 1:
        return None
    return access.nonlinear if access.nonlinear is not None else access.subscripts[0]


def _order(known: tuple[Polynomial | None, NestStatement, bool]) -> tuple[int, bool, str]:
    return known[1].index, known[2], str(known[0])


class _Question:
    """One conjunction over the integers, in a context of its own: no answer depends on others."""

    def __init__(self, nest: Nest, facts: tuple[str, ...]) -> None:
        import z3

        self._z3: Any = z3
        self._nest = nest
        self._context = z3.Context()
        self._solver = z3.SolverFor("QF_NIA", ctx=self._context)
        self._solver.set("rlimit", STEPS)
        self._dividends: list[Any] = []
        self._seen: set[str] = set()
        for fact in facts:
            self._require_text(fact, "")

    def require(self, condition: Any) -> None:
        """Add a condition."""
        self._solver.add(condition)

    def is_impossible(self) -> bool:
        """Whether nothing satisfies all conditions."""
        return bool(self._solver.check() == self._z3.unsat)

    def quotients_are_exact(self) -> bool:
        """Whether no dividend can be negative, where C rounds the other way."""
        for dividend in self._dividends:
            self._solver.push()
            self.require(dividend < 0)
            impossible = self.is_impossible()
            self._solver.pop()
            if not impossible:
                return False
        return True

    def instance(self, subscript: Polynomial, statement: NestStatement, mark: str) -> Any:
        """Describe an instance of a statement, and return the value of a subscript in it."""
        for loop in statement.loops:
            self._require_domain(loop, mark)
        for condition in statement.conditions:
            self._require_text(condition, mark)
        return self._value(subscript, mark)

    def _require_domain(self, loop: NestLoop, mark: str) -> None:
        iterator = self.atom(loop.atom, mark)
        if loop.lower is None or loop.upper is None:
            return
        lower, upper = self._value(loop.lower, mark), self._value(loop.upper, mark)
        ascending = loop.step > 0
        self.require(iterator >= lower if ascending else iterator <= lower)
        self.require(iterator <= upper if ascending else iterator >= upper)
        if abs(loop.step) != 1:
            count = self._z3.Int(f"step {loop.atom}{mark}", ctx=self._context)
            self.require(iterator == lower + loop.step * count)

    def _value(self, polynomial: Polynomial, mark: str) -> Any:
        out = self._z3.IntVal(0, ctx=self._context)
        for monomial, coefficient in polynomial.terms:
            term = self._z3.IntVal(coefficient, ctx=self._context)
            for atom in monomial:
                term = term * self.atom(atom, mark)
            out = out + term
        return out

    def atom(self, name: str, mark: str) -> Any:
        """Return the variable of an iterator, a parameter or a quotient in one instance."""
        parameter = self._nest.parameters.get(name)
        key = name if parameter is not None else f"{name}{mark}"
        variable = self._z3.Int(key, ctx=self._context)
        if key in self._seen:
            return variable
        self._seen.add(key)
        if parameter is not None and parameter.value is not None:
            self.require(variable == parameter.value)
        elif parameter is not None and not parameter.type.signed:
            self.require(variable >= 0)
        quotient = self._nest.quotients.get(name)
        if quotient is not None:
            dividend = self._value(quotient.dividend, mark)
            self.require(quotient.divisor * variable <= dividend)
            self.require(dividend < quotient.divisor * (variable + 1))
            self._dividends.append(dividend)
        return variable

    def _require_text(self, text: str, mark: str) -> None:
        """Add a condition that is isl text, if it is simple; leaving it out is safe."""
        try:
            tree = ast.parse(_EQUALS.sub("==", text.strip()), mode="eval").body
            self.require(self._condition(tree, mark))
        except (SyntaxError, _NotSimple):
            return

    def _condition(self, tree: ast.expr, mark: str) -> Any:
        match tree:
            case ast.BoolOp(op=op, values=values):
                join = self._z3.And if isinstance(op, ast.And) else self._z3.Or
                return join(*[self._condition(v, mark) for v in values])
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                sides = [self._term(s, mark) for s in (left, *comparators)]
                parts = [
                    _compare(op, a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False)
                ]
                return self._z3.And(*parts)
            case _:
                raise _NotSimple

    def _term(self, tree: ast.expr, mark: str) -> Any:
        match tree:
            case ast.Constant(value=int(value)):
                return self._z3.IntVal(value, ctx=self._context)
            case ast.Name(id=name):
                out = self._z3.IntVal(1, ctx=self._context)
                for part in name.split("__"):  # isl's name of a product of parameters
                    if part not in self._nest.parameters and part not in self._nest.iterators:
                        raise _NotSimple
                    out = out * self.atom(part, mark)
                return out
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._term(operand, mark)
            case ast.BinOp(left=left, op=op, right=right):
                first, second = self._term(left, mark), self._term(right, mark)
                match op:
                    case ast.Add():
                        return first + second
                    case ast.Sub():
                        return first - second
                    case ast.Mult():
                        return first * second
        raise _NotSimple


class _NotSimple(Exception):
    """A condition that is not translated."""


def _compare(op: ast.cmpop, first: Any, second: Any) -> Any:
    match op:
        case ast.Lt():
            return first < second
        case ast.LtE():
            return first <= second
        case ast.Gt():
            return first > second
        case ast.GtE():
            return first >= second
        case ast.Eq():
            return first == second
        case ast.NotEq():
            return first != second
        case _:
            raise _NotSimple
