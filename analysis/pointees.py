# SPDX-License-Identifier: Apache-2.0
"""Variables that a function may also read under another name, through pointers."""

from __future__ import annotations

from functools import cached_property

from s2s.analysis.facts import Facts, base_variable
from s2s.analysis.roots import RootKind
from s2s.ir.program import Call, Function, Ref, Unary, all_expressions
from s2s.ir.types import Symbol


class Pointees:
    """Answers for one function; symbols stand for variables and for the elements of arrays."""

    def __init__(self, function: Function, facts: Facts) -> None:
        self._function = function
        self._facts = facts
        self._parameters = {v.symbol for v in function.parameters}

    def of(self, pointer: Symbol) -> frozenset[Symbol]:
        """Return the named variables that may lie behind a pointer (none for other variables)."""
        if not pointer.type.is_pointer:
            return frozenset()
        out: set[Symbol] = set()
        for root in self._facts.aliases.roots(pointer):
            if root.kind is RootKind.OBJECT and isinstance(root.identity, Symbol):
                out.add(root.identity)
            elif root.kind is RootKind.PARAMETER and root.identity in self._parameters:
                out |= self._shared  # this call's own variables did not exist yet
            elif root.kind is not RootKind.FRESH:
                return self.anything
        return frozenset(out)

    @cached_property
    def anything(self) -> frozenset[Symbol]:
        """The variables to which some pointer may lead."""
        out: set[Symbol] = set(self._shared)
        for expression in all_expressions(self._function.body):
            match expression:
                case Unary(op="&", operand=operand):
                    out |= {s for s in (base_variable(operand),) if s is not None}
                case Ref(symbol=symbol) if symbol.type.is_pointer:
                    roots = self._facts.aliases.roots(symbol)
                    out |= {r.identity for r in roots if isinstance(r.identity, Symbol)}
                case Call() if self._facts.summaries.of_call(expression).unknown:
                    passed = (base_variable(a) for a in expression.arguments)
                    out |= {s for s in passed if s is not None and s.type.is_array}
                case _:
                    pass
        return frozenset(out)

    @cached_property
    def _shared(self) -> frozenset[Symbol]:
        """The variables of static storage duration to which callers may have pointers."""
        refs = (e for e in all_expressions(self._function.body) if isinstance(e, Ref))
        taken = self._facts.aliases.address_taken
        return frozenset(r.symbol for r in refs if r.symbol.is_global and taken(r.symbol))
