# SPDX-License-Identifier: Apache-2.0
"""Loop transformations as edits of the user's text."""

from __future__ import annotations

from s2s.ir.plan import OffloadPlan
from s2s.ir.program import Compound, Program, walk_statements
from s2s.rewrite.edits import Edit, after_statement, before_statement, is_first_on_line, line_start
from s2s.source import Span


def transform_edits(plan: OffloadPlan, program: Program) -> tuple[Edit, ...]:
    """Return the edits for interchanges and splits; transformations never overlap."""
    source = program.source
    content, eol = source.content, source.end_of_line
    out: list[Edit] = []
    for swap in plan.interchanges:
        outer, inner = _text(content, swap.outer), _text(content, swap.inner)
        out.append(Edit(swap.outer.begin, swap.outer.end, inner, origin=swap.inner.begin))
        out.append(Edit(swap.inner.begin, swap.inner.end, outer, origin=swap.outer.begin))
    lone = {
        child.span
        for function in program.functions
        for stmt in walk_statements(function.body)
        if not isinstance(stmt, Compound)
        for child in stmt.children
    }
    for split in plan.splits:
        if split.loop in lone:
            out.append(before_statement(source, split.loop.begin, "{", 0))
            out.append(after_statement(source, split.loop.end, "}", 0, like=split.loop.begin))
        header = _text(content, split.header)
        outer_indent = source.indentation(split.header.begin)
        opening = outer_indent + b"}" + eol + outer_indent
        if is_first_on_line(content, split.at):
            at, closing = line_start(content, split.at), b" {" + eol
        else:
            at, closing = split.at, b" {" + eol + source.indentation(split.at)
            opening = eol + opening
        out.append(Edit(at, at, opening, 1))
        out.append(Edit(at, at, header, 2, origin=split.header.begin))
        out.append(Edit(at, at, closing, 3))
    return tuple(out)


def _text(content: bytes, span: Span) -> bytes:
    return content[span.begin : span.end]
