# SPDX-License-Identifier: Apache-2.0
"""Give target regions the map clauses that no data environment provides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.data_movement import DataMovement
from s2s.analysis.environment import KernelSite
from s2s.analysis.extents import Section
from s2s.analysis.kernel import RegionUses
from s2s.analysis.manager import Analyses
from s2s.ir.plan import MapItem, MapType, OffloadPlan, TargetRegion
from s2s.ir.program import Function, Stmt
from s2s.ir.types import Symbol
from s2s.passes.items import length_condition, map_item


@dataclass(frozen=True)
class MapData:
    """Map what a region touches, exactly: section and direction.

    ``to`` when a value from before may be read (or part of a section that is copied back is not
    written), ``from`` when it is written and read later, ``alloc`` for neither.

    Legality: sections are hulls of the accesses, computed with isl from the subscripts.

    Refuses: nothing; regions whose arrays cannot be mapped are refused before.

    Example::

        map(to: x[0:n]) map(from: y[0:n])

    Source: OpenMP 5.2, section 5.8.3 (map clause).
    """

    name: ClassVar[str] = "map-data"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Set the map items of every region."""
        return replace(plan, regions=tuple(self._map(r, plan, analyses) for r in plan.regions))

    def _map(self, region: TargetRegion, plan: OffloadPlan, analyses: Analyses) -> TargetRegion:
        function = analyses.function_named(region.function)
        stmt = analyses.loop_at(region.loop)
        uses = (
            analyses.uses(function, stmt) if region.serial
            else analyses.kernel_uses(function, stmt)
        )  # fmt: skip
        present = {
            m.variable for d in plan.data
            if d.function == region.function and d.span.contains(region.anchor)
            for m in d.maps
        }  # fmt: skip
        names = analyses.facts.parameters
        live = analyses.control_flow(function).live_after(stmt)
        movement = DataMovement(function, {stmt: KernelSite(stmt, uses)}, frozenset(), analyses)
        reduced = {r.item.split("[")[0] for r in region.reductions}
        reduced |= {*region.private, *region.lastprivate}
        items = []
        sections: list[Section | None] = []
        for symbol in _ordered(uses):
            use = uses.arrays[symbol]
            if symbol.name in present or symbol.name in reduced:
                continue
            back = use.writes and movement.is_live(symbol, live)
            exposed = use.exposed or (region.serial and use.reads)
            to = exposed or (back and not use.covered)
            items.append(map_item(names, symbol, use.section, to=to, back=back))
            sections.append(use.section)
        items += _scalars(region, function, stmt, analyses)
        own = length_condition(names, sections)
        condition = " && ".join(dict.fromkeys(c for c in (region.condition, own) if c))
        return replace(region, maps=tuple(items), condition=condition)


def _scalars(
    region: TargetRegion, function: Function, stmt: Stmt, analyses: Analyses
) -> list[MapItem]:
    """Map scalars whose value must come back and that compilers do not map by themselves.

    ``lastprivate`` alone leaves the host's copy as it is; a reduction variable with static
    storage needs a mapping, or device code refers to the host's symbol.
    """
    nest = analyses.nest(function, stmt).nest if not region.serial else None
    shared = {
        o.symbol.name for o in analyses.nest(function, stmt).loops[0].reductions
        if o.symbol.is_global
    } if nest is not None else set()  # fmt: skip
    names = [*region.lastprivate, *(r.item for r in region.reductions if r.item in shared)]
    names += [e.variable for e in region.extrema]
    return [MapItem(MapType.TOFROM, name, name) for name in names]


def _ordered(uses: RegionUses) -> list[Symbol]:
    """Order list items by direction (to, tofrom, from), then by declaration."""
    return sorted(
        uses.arrays,
        key=lambda s: (uses.arrays[s].writes, not uses.arrays[s].reads, *s.sort_key),
    )
