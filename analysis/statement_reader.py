# SPDX-License-Identifier: Apache-2.0
"""The statements of a nest one after the other: their places, and what stands behind calls."""

from __future__ import annotations

from s2s.analysis.access_reader import AccessReader
from s2s.analysis.addresses import UnknownAddress
from s2s.analysis.called_bodies import (
    MOST_STATEMENTS,
    CannotReadThrough,
    is_flattened,
    is_for_the_callee,
    leaves_early,
    readable_callee,
)
from s2s.analysis.facts import Facts
from s2s.analysis.nest import NestLoop, NestStatement
from s2s.ir.program import Call, Expr, Function, Stmt
from s2s.ir.types import Symbol
from s2s.source import Span


class StatementReader(AccessReader):
    """Adds statements to a nest, under the loops and conditions at hand.

    While the body of a callee is read, all of it belongs to the statement with the call.
    """

    def __init__(
        self, function: Function, root: Stmt, facts: Facts, fixed: frozenset[Symbol]
    ) -> None:
        super().__init__(function, root, facts, fixed)
        self._positions = [0]
        self._breakable: list[NestLoop | None] = []
        self._condition_count = 0

    def visit(self, stmt: Stmt) -> None:
        """Add a statement and everything below it."""
        raise NotImplementedError

    def forget(self) -> None:
        """From here on statements may or may not run."""
        self._push(None)

    def _push(self, condition: str | None) -> None:
        self._condition_count += 1
        self._values.condition_ids.append(self._condition_count)
        self._values.condition_texts.append(condition)

    def _pop_to(self, depth: int) -> None:
        del self._values.condition_ids[depth:]
        del self._values.condition_texts[depth:]

    def _new_statement(self, node: Stmt | None, span: Span) -> NestStatement:
        texts = self._values.condition_texts
        if self._site is not None:
            node, span = self._site.node, self._site.span
        statement = NestStatement(
            len(self.nest.statements),
            node,
            span,
            tuple(self._loops),
            tuple(self._positions),
            tuple(c for c in texts if c is not None),
            None not in texts and all(loop.is_exact for loop in self._loops),
            texts.count(None),
            tuple(self._values.condition_ids),
            None not in self._breakable,
        )
        self.nest.statements.append(statement)
        self._positions[-1] += 1
        return statement

    # -- calls -----------------------------------------------------------------------------------

    def _reads_through(self, call: Call) -> bool:
        function = readable_callee(call, self._facts)
        if function is None or not self._loops or is_for_the_callee(self._loops, function):
            return False
        if len(self.nest.statements) > MOST_STATEMENTS:
            return False
        nest, values = self.nest, self._values
        before = len(nest.statements), len(nest.loops), len(values.loops)
        accesses = len(nest.statements[-1].accesses)
        conditions, breakable = len(values.condition_ids), len(self._breakable)
        positions, guards = list(self._positions), list(self._guards)
        site, inside = self._site, self._in_callee
        self._site = site or nest.statements[-1]
        try:
            self._walk_callee(call, function)
        except CannotReadThrough:
            del nest.statements[before[0] :], nest.loops[before[1] :], values.loops[before[2] :]
            del nest.statements[-1].accesses[accesses:], self._breakable[breakable:]
            self._positions = positions
            return False
        finally:
            self._pop_to(conditions)
            self._guards = guards
            self._site, self._in_callee = site, inside
        last = nest.statements[before[0] - 1]
        self._new_statement(last.node, last.span)  # what the statement does after the call
        return True

    def _walk_callee(self, call: Call, function: Function) -> None:
        """Bind the parameters and visit the body, as what the statement at hand does."""
        summary = self._facts.summaries.of_call(call)
        for position, argument in enumerate(call.arguments):
            self._evaluate(argument)
            if position not in summary.reads | summary.writes:
                self._named_only(argument)
        self._push("1 = 1")  # what is learnt of parameters holds for this call only
        for guard in self._guards:
            self._push(guard)
        self._guards = []
        if leaves_early(function):
            self.forget()
        for parameter, argument in zip(function.parameters, call.arguments, strict=True):
            symbol = parameter.symbol
            if symbol.type.is_pointer:
                self._bind_pointer(symbol, argument)
            else:
                self._values.learn(symbol, argument)
        self._in_callee = True
        self.visit(function.body)

    def _bind_pointer(self, symbol: Symbol, argument: Expr) -> None:
        try:
            _, subscripts = self._addresses.pointer(argument)
        except UnknownAddress:
            return  # a body that follows it is not read through
        if is_flattened(argument, len(subscripts or ())):
            raise CannotReadThrough(f"'{symbol.name}' has other dimensions than its argument")
        self._addresses.learn(symbol, argument)
