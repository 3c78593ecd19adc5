# SPDX-License-Identifier: Apache-2.0
"""Removal of CPU worksharing directives that target directives shall replace.

``#pragma omp parallel for`` directly before a loop is the user's statement that the loop is
parallel; with ``--convert-omp`` it makes room for a target construct, if the analysis agrees.
Directives with clauses that change the meaning of the loop (``ordered``, ``lastprivate``,
``firstprivate``, ``copyin``, ``linear``) are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from s2s.ir.program import Pragma
from s2s.rewrite.edits import Edit, is_first_on_line, line_start
from s2s.source import SourceFile

_KEPT = frozenset({"ordered", "copyin", "linear", "target", "task", "sections", "single"})
_FORMS = (("omp", "parallel", "for"), ("omp", "simd"))


def worksharing_removals(source: SourceFile, pragmas: Iterable[Pragma]) -> tuple[Edit, ...]:
    """Return edits that delete whole directive lines."""
    out: list[Edit] = []
    content = source.content
    for pragma in pragmas:
        if not any(pragma.words[: len(f)] == f for f in _FORMS) or _KEPT & set(pragma.words):
            continue
        begin, end = line_start(content, pragma.span.begin), pragma.span.end
        if not is_first_on_line(content, pragma.span.begin) or not _before_loop(content, end):
            continue
        newline = content.find(b"\n", end)
        out.append(Edit(begin, len(content) if newline < 0 else newline + 1, b""))
    return tuple(out)


def _before_loop(content: bytes, end: int) -> bool:
    return content[end:].lstrip().startswith(b"for")
