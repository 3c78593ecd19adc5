# SPDX-License-Identifier: Apache-2.0
"""What a pass is."""

from __future__ import annotations

from typing import ClassVar, Protocol

from s2s.analysis.manager import Analyses
from s2s.ir.plan import OffloadPlan


class Pass(Protocol):
    """A frozen dataclass whose fields are its options; plan in, plan out."""

    name: ClassVar[str]

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Return the plan with this pass's decisions added."""
        ...
