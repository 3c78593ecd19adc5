# SPDX-License-Identifier: Apache-2.0
"""Which updates can be atomic, and in which statements."""

from __future__ import annotations

from s2s.analysis.dependence import NestFacts
from s2s.analysis.nest import MemoryObject, NestLoop, NestStatement
from s2s.ir.program import Assign, Binary, ExprStmt, Unary
from s2s.passes.refusal import Refusal
from s2s.source import Span

ATOMIC_OPERATORS = frozenset("+*&|^") | {"-"}


def atomic_spans(
    nest: NestFacts, loop: NestLoop, objects: set[MemoryObject]
) -> tuple[Span, ...] | Refusal:
    """Return the statements that need ``atomic``; their form must be one that it allows."""
    spans: list[Span] = []
    for statement in nest.nest.inside(loop):
        for access in statement.accesses:
            if access.target not in objects or not access.is_write:
                continue
            if not _is_atomic_form(statement):
                return Refusal(
                    "S2S212",
                    f"the update of '{access.target.text}' does not have the form that 'atomic' "
                    "allows",
                    access.span,
                    "write it as 'x op= expression'",
                )
            spans.append(statement.span)
    return tuple(sorted(set(spans), key=lambda s: s.begin))


def _is_atomic_form(statement: NestStatement) -> bool:
    node = statement.node
    if not isinstance(node, ExprStmt) or node.from_macro or node.span != statement.span:
        return False
    match node.expression:
        case Unary() as step:
            return step.is_step
        case Assign(op=op):
            if op:
                return op in ATOMIC_OPERATORS
            value = node.expression.value
            return isinstance(value, Binary) and _is_two_sided(node.expression, value)
        case _:
            return False


def _is_two_sided(assignment: Assign, value: Binary) -> bool:
    from s2s.analysis.reductions import same

    if value.op not in ATOMIC_OPERATORS:
        return False
    return same(value.left, assignment.target) or (
        value.op != "-" and same(value.right, assignment.target)
    )
