# SPDX-License-Identifier: Apache-2.0
"""What the passes that restructure loops share."""

from __future__ import annotations

from collections.abc import Iterator

from s2s.ir.program import For, Stmt


def outermost_loops(stmt: Stmt) -> Iterator[For]:
    """Yield the ``for`` loops directly below a statement (``while`` loops are looked into)."""
    pending = [stmt] if isinstance(stmt, For) else list(stmt.children)
    while pending:
        at = pending.pop(0)
        if isinstance(at, For):
            yield at
        else:
            pending = [*at.children, *pending]
