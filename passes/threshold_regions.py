# SPDX-License-Identifier: Apache-2.0
"""Keep regions with too little work on the host, at run time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.manager import Analyses
from s2s.analysis.profitability import threshold
from s2s.ir.plan import OffloadPlan, TargetRegion

_CAST = re.compile(r"^\([a-z_ ]+\)")


@dataclass(frozen=True)
class ThresholdRegions:
    """Give a region that stands alone ``if(target: n > …)`` when its size is known at run time.

    Legality: the loop is parallel either way. A region inside a data environment gets none: with
    a false condition it would run on the host, whose copies may be out of date. Nor does one in a
    function that is called in such an environment.

    Refuses: regions in loops or data environments, and sizes that are not a product of trip
    counts.

    Example::

        #pragma omp target teams distribute parallel for if(target: n > 10000) …

    Source: OpenMP 5.2, section 3.4 (if clause).
    """

    name: ClassVar[str] = "threshold-regions"
    enabled: bool = True

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Set the thresholds."""
        if not self.enabled:
            return plan
        return replace(plan, regions=tuple(_one(r, plan, analyses) for r in plan.regions))


def _one(region: TargetRegion, plan: OffloadPlan, analyses: Analyses) -> TargetRegion:
    inside = any(
        d.function == region.function and d.span.contains(region.anchor) for d in plan.data
    )
    if inside or region.serial or region.function in plan.resident:
        return region
    function = analyses.function_named(region.function)
    nest = analyses.nest(function, analyses.loop_at(region.loop)).nest
    text = threshold(nest, nest.loops[0], region.collapse, analyses.facts.parameters)
    return replace(region, threshold=text, condition=_not_implied(region.condition, text))


def _not_implied(condition: str, threshold: str) -> str:
    """Drop tests ``a > b`` that a threshold ``a > b + size`` implies."""
    tests = condition.split(" && ") if condition else []
    return " && ".join(t for t in tests if not _implies(threshold, t))


def _implies(threshold: str, test: str) -> bool:
    left, _, right = threshold.partition(" > ")
    same, _, least = test.partition(" > ")
    if least == "0" and same in _CAST.sub("", left).split(" * "):
        return True
    if left != same:
        return False
    if right.isdigit() and least.isdigit():
        return int(right) >= int(least)
    return right.startswith(f"{least} + ")
