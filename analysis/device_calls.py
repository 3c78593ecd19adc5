# SPDX-License-Identifier: Apache-2.0
"""The statements of a function whose calls use arrays on the device only.

For the data environment around it such a statement is a host statement, as far as its own
expressions go, and a kernel that uses all of the arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from s2s.analysis.call_lengths import in_callers_terms
from s2s.analysis.coverage import inner_types
from s2s.analysis.device_functions import DeviceObjects, DeviceUse
from s2s.analysis.environment import KernelSite
from s2s.analysis.extents import Section, known_length
from s2s.analysis.facts import Facts, apart, base_variable
from s2s.analysis.kernel import ArrayUse, RegionUses, whole_of
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.scopes import sees_throughout
from s2s.analysis.whole_arrays import whole_pointee
from s2s.ir.expressions import storage_of, without_casts
from s2s.ir.program import (
    Binary,
    Call,
    Conditional,
    DeclStmt,
    Expr,
    ExprStmt,
    For,
    Function,
    If,
    Index,
    Member,
    Ref,
    Return,
    Stmt,
    Unary,
    While,
    all_expressions,
    walk_expression,
)
from s2s.ir.types import Symbol

#: Of each variable what the calls do with it, and how many elements each surely writes.
Uses = dict[Symbol, list[tuple[DeviceUse, Polynomial | None]]]


@dataclass(frozen=True, slots=True)
class DeviceCalls:
    """The calls of one function, of functions of which it is ``known`` what they leave.

    ``returns`` are the sites in what the function returns: an environment ends before them.
    """

    function: Function
    known: Mapping[Symbol, DeviceObjects]
    facts: Facts
    sites: dict[Stmt, KernelSite] = field(default_factory=dict)
    returns: dict[Stmt, KernelSite] = field(default_factory=dict)
    callees: dict[Stmt, frozenset[Symbol]] = field(default_factory=dict)
    _of_call: dict[Call, frozenset[Symbol]] = field(default_factory=dict)

    def find(
        self, kernels: Mapping[Stmt, KernelSite], as_statement: Callable[[Expr], Stmt | None]
    ) -> None:
        """Find the statements outside of kernels.

        ``as_statement`` makes statements of the conditions of loops and branches.
        """
        if not self.known:
            return
        pending: list[Stmt] = [self.function.body]
        while pending:
            stmt = pending.pop()
            if stmt in kernels:
                continue
            pending.extend(stmt.children)
            if isinstance(stmt, (ExprStmt, DeclStmt)):
                self._look_at(stmt, self.sites)
            elif isinstance(stmt, Return):
                self._look_at(stmt, self.returns)
            elif isinstance(stmt, (If, For, While)):
                for expression in stmt.expressions:
                    made = as_statement(expression)
                    if made is not None:
                        self._look_at(made, self.sites)

    def at(self, stmt: Stmt) -> KernelSite | None:
        """Return what a statement is a kernel for, None when it is none."""
        return self.sites.get(stmt) or self.returns.get(stmt)

    def uses(self, call: Call) -> frozenset[Symbol]:
        """Return the variables whose memory a call uses on the device only."""
        return self._of_call.get(call, frozenset())

    def _look_at(self, stmt: Stmt, sites: dict[Stmt, KernelSite]) -> None:
        calls = [e for e in all_expressions(stmt) if isinstance(e, Call)]
        device = [c for c in calls if c.callee is not None and c.callee in self.known]
        if not device or any(self.facts.summaries.of_call(c).unknown for c in calls):
            return
        uses: Uses = {}
        others = set(_touched_by_host(stmt))
        unsure = set(_on_condition(stmt))
        for call in calls:
            self._sort(call, uses, others, sure=call not in unsure)
        arrays = {}
        for symbol, of_symbol in uses.items():
            if any(not apart(symbol, other, self.facts) for other in others):
                continue
            if not (symbol.type.is_pointer or symbol.type.is_aggregate):
                continue
            section = None
            if symbol.type.is_pointer:
                section = whole_pointee(self.function, symbol, stmt, self.facts)
                if section is None:
                    continue  # it cannot be told what all of it is
            arrays[symbol] = self._array_use(symbol, of_symbol, section, stmt)
        if arrays:
            sites[stmt] = KernelSite(stmt, RegionUses(arrays))
            self.callees[stmt] = frozenset(c.callee for c in device if c.callee is not None)
            for call in calls:
                self._of_call[call] = frozenset(arrays)

    def _sort(self, call: Call, uses: Uses, others: set[Symbol], *, sure: bool) -> None:
        """Sort what a call touches into what it leaves to the device, and others.

        ``sure``: it is made whenever the statement is executed.
        """
        summary = self.facts.summaries.of_call(call)
        objects = self.known.get(call.callee, DeviceObjects()) if call.callee else DeviceObjects()
        for position in summary.reads | summary.writes:
            if position >= len(call.arguments):
                continue
            argument = call.arguments[position]
            root = storage_of(argument)
            use = objects.parameters.get(position)
            if use is None or root is None:
                others |= {x} if (x := root or base_variable(argument)) is not None else set()
                continue
            is_all = sure and self._is_all(argument, call, position)
            written = self._written(use, call) if is_all else None
            uses.setdefault(root, []).append((use, written))
        for symbol in summary.global_reads | summary.global_writes:
            use = objects.variables.get(symbol)
            if use is None or not sees_throughout(self.function, symbol):
                others.add(symbol)
            else:
                written = self._written(use, call) if sure else None
                uses.setdefault(symbol, []).append((use, written))

    def _is_all(self, argument: Expr, call: Call, position: int) -> bool:
        """Whether an argument is a variable, of which the callee counts the same elements."""
        function = self._called(call)
        plain = without_casts(argument)
        if function is None or not isinstance(plain, Ref):
            return False
        mine, theirs = plain.symbol, function.parameters[position].symbol
        sizes = [s.type.element.size if s.type.element else 0 for s in (mine, theirs)]
        if min(sizes) > 0:
            return sizes[0] == sizes[1]
        # of variable rows: compatible types have rows of the same length (C11 6.7.6.2p6)
        rows = [len(inner_types(s)) for s in (mine, theirs)]
        scalars = [s.type.scalar_element.size for s in (mine, theirs)]
        return plain is argument and rows[0] == rows[1] and scalars[0] == scalars[1]

    def _array_use(
        self,
        symbol: Symbol,
        uses: Sequence[tuple[DeviceUse, Polynomial | None]],
        section: Section | None,
        stmt: Stmt,
    ) -> ArrayUse:
        """Return what a statement does to an array; the order of its calls is not known."""
        whole = whole_of(symbol, section)
        return ArrayUse(
            symbol,
            reads=any(u.reads for u, _ in uses),
            writes=any(u.writes for u, _ in uses),
            exposed=any(u.exposed for u, _ in uses),
            covered=whole is not None and any(self._same(w, whole.length) for _, w in uses),
            section=section,
            span=stmt.span,
        )

    def _same(self, first: Polynomial | None, second: Polynomial) -> bool:
        """Whether two lengths are equal whatever the parameters are."""
        names = self.facts.parameters
        if first is None or first == second:
            return first is not None
        return known_length(names, first) == known_length(names, second) >= 0

    def _written(self, use: DeviceUse, call: Call) -> Polynomial | None:
        """Return how many elements a call surely writes, in terms of the caller."""
        function = self._called(call)
        if use.written is None or function is None:
            return None
        return in_callers_terms(use.written, function, self.function, call, self.facts)

    def _called(self, call: Call) -> Function | None:
        return self.facts.summaries.function(call.callee) if call.callee else None


def _touched_by_host(stmt: Stmt) -> Iterator[Symbol]:
    """Yield the variables whose memory the expressions of a statement reach, calls aside."""
    addresses = {e.operand for e in all_expressions(stmt) if isinstance(e, Unary) and e.op == "&"}
    for expression in all_expressions(stmt):
        reaches = isinstance(expression, (Index, Member)) or (
            isinstance(expression, Unary) and expression.op == "*"
        )
        if reaches and not expression.type.is_array and expression not in addresses:
            root = base_variable(expression)
            if root is not None:
                yield root


def _on_condition(stmt: Stmt) -> Iterator[Expr]:
    """Yield the expressions of a statement that are evaluated on a condition only."""
    for expression in all_expressions(stmt):
        match expression:
            case Binary(op="&&" | "||", right=right):
                yield from walk_expression(right)
            case Conditional(then=then, otherwise=otherwise):
                yield from walk_expression(then)
                yield from walk_expression(otherwise)
            case _:
                pass
