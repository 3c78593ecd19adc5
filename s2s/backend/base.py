# SPDX-License-Identifier: Apache-2.0
"""What a backend is."""

from __future__ import annotations

from typing import Protocol

from s2s.ir.plan import OffloadPlan
from s2s.ir.program import Program
from s2s.rewrite.edits import Edit


class Backend(Protocol):
    """Turns a plan into edits of the program's source."""

    def edits(self, plan: OffloadPlan, program: Program) -> tuple[Edit, ...]:
        """Return the edits; they do not overlap."""
        ...
