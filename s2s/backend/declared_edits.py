# SPDX-License-Identifier: Apache-2.0
"""Where a plan asks for more than directives.

The verification compares a result with its original: what differs elsewhere is a fault of ours.
This reads the plan, not the edits, so that an edit that the plan does not ask for is found out.
"""

from __future__ import annotations

from s2s.ir.plan import OffloadPlan


def declared_edits(plan: OffloadPlan) -> frozenset[str]:
    """Return the functions whose code the plan changes or adds, by name.

    Directives and the braces that they need are no change. Code comes from guards and conditions
    on loops, records of extrema, final values of loop variables, and loops that are interchanged
    or split.
    """
    names = {name for guard in plan.guards for name in (guard.function, *guard.needs)}
    names |= {swap.function for swap in plan.interchanges}
    names |= {split.function for split in plan.splits}
    for region in plan.regions:
        if region.requires or region.extrema or region.final_values:
            names.add(region.function)
    return frozenset(names)
