# SPDX-License-Identifier: Apache-2.0
"""Place data environments around target regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from s2s.analysis.data_movement import DataMovement
from s2s.analysis.device_functions import DeviceObjects, device_objects
from s2s.analysis.environment import Environment, KernelSite
from s2s.analysis.extents import Renderer
from s2s.analysis.manager import Analyses
from s2s.ir.plan import DataBoundary, DataEnvironment, MapType, OffloadPlan, TargetRegion, Update
from s2s.ir.program import Function, Stmt
from s2s.ir.types import Symbol
from s2s.passes.items import length_condition, map_item
from s2s.source import Span


@dataclass(frozen=True)
class HoistTargetData:
    """Keep arrays on the device across target regions, as far out as it is legal.

    Legality: nothing jumps in, and every jump out (return, goto, break) gets an ``exit data`` of
    its own, with what is mapped there; mapped pointers keep their values (or exchange them among
    themselves), or are entered once they are set; sections mean the same throughout; host code
    in between is known, and gets ``target update`` or runs on the device where it touches mapped
    arrays. Calls count as kernels where they leave arrays to the device; all of such an array is
    mapped, so that the callee's own clauses find it present. An array is only copied back, not in,
    if kernels surely write all of its section before anything reads it and before every exit.

    Refuses: runs of statements with labels, with calls that may touch mapped arrays unseen, or on
    the host as well as on the device, that free what is mapped, and loops whose header reads what
    only the device knows.

    Example: a ``target data`` region around a time loop with a pointer exchange.

    Source: OpenMP 5.2, sections 5.8, 13.5 and 13.8.
    """

    name: ClassVar[str] = "hoist-target-data"

    def run(self, plan: OffloadPlan, analyses: Analyses) -> OffloadPlan:
        """Add data environments, updates and serial device regions."""
        groups: dict[str, list[TargetRegion]] = {}
        for region in plan.regions:
            groups.setdefault(region.function, []).append(region)
        device = [p.span for p in analyses.program.pragmas if p.is_device]
        offloading = frozenset(
            f.symbol for f in analyses.program.functions
            if f.name in groups or any(f.span.contains(span) for span in device)
        )  # fmt: skip
        data, updates, regions = list(plan.data), list(plan.updates), list[TargetRegion]()
        on_device: dict[Symbol, DeviceObjects] = {}
        resident: set[Symbol] = set()
        for function in analyses.facts.summaries.callees_first():
            mine = []
            if function.name in groups and analyses.function_named(function.name) is function:
                mine = groups[function.name]
            if not mine and analyses.facts.summaries.callees(function).isdisjoint(on_device):
                continue
            movement = _movement(mine, function, offloading, on_device, analyses)
            found = analyses.cached(("environments", function), movement.environments)
            placed = _place(mine, function, found, analyses)
            data += placed.data
            updates += placed.updates
            regions += placed.regions
            on_device[function.symbol] = device_objects(movement, found)
            resident |= _kept_for(movement, found, analyses)
        regions.sort(key=lambda r: r.anchor.begin)
        data.sort(key=lambda d: d.span.begin)
        updates.sort(key=lambda u: u.anchor.begin)
        return replace(
            plan,
            data=tuple(data),
            updates=tuple(updates),
            regions=tuple(regions),
            resident=tuple(sorted(s.name for s in resident)),
        )


def _movement(
    regions: list[TargetRegion],
    function: Function,
    offloading: frozenset[Symbol],
    on_device: Mapping[Symbol, DeviceObjects],
    analyses: Analyses,
) -> DataMovement:
    """Return the analysis of a function with these regions."""
    kernels: dict[Stmt, KernelSite] = {}
    for region in regions:
        if not region.serial:
            stmt = analyses.loop_at(region.loop)
            uses = analyses.kernel_uses(function, stmt)
            kernels[stmt] = KernelSite(stmt, uses, region.collapse, bool(region.requires))
    return DataMovement(function, kernels, offloading, analyses, on_device)


def _kept_for(
    movement: DataMovement, environments: list[Environment], analyses: Analyses
) -> set[Symbol]:
    """Return the functions for whose calls arrays are kept on the device."""
    out: set[Symbol] = set()
    for env in environments:
        for site in env.kernels:
            callees = movement.device_calls.callees.get(site.stmt, frozenset())
            if not env.arrays.keys().isdisjoint(site.uses.arrays):
                out = out.union(*(analyses.facts.summaries.reachable(c) for c in callees))
    return out


def _place(
    regions: list[TargetRegion],
    function: Function,
    found: list[Environment],
    analyses: Analyses,
) -> OffloadPlan:
    """Return the part of the plan that concerns one function."""
    data: list[DataEnvironment] = []
    updates: list[Update] = []
    names = analyses.facts.parameters
    renderer = Renderer(names)
    for env in found:
        condition = length_condition(names, (m.section for m in env.arrays.values()))
        span = Span(env.statements[0].span.begin, env.statements[-1].span.end)
        maps = tuple(
            map_item(names, s, m.section, to=m.to, back=m.back) for s, m in env.arrays.items()
        )
        single = len(env.statements) == 1
        data.append(
            DataEnvironment(
                function.name, span, maps, single, env.unstructured, condition,
                _entries(env), _exits(env),
            )
        )  # fmt: skip
        regions += (TargetRegion(function.name, s.span, s.span, serial=True) for s in env.on_device)
        updates += _updates(env, function, renderer)
        regions = [
            replace(r, condition=condition) if span.contains(r.anchor) else r for r in regions
        ]
    return OffloadPlan(tuple(regions), tuple(data), tuple(updates))


def _entries(env: Environment) -> tuple[DataBoundary, ...]:
    """Return where arrays are entered that the environment's own statements set."""
    places: dict[int, list[str]] = {}
    for symbol in env.arrays:
        if symbol in env.entered:
            places.setdefault(env.entered[symbol], []).append(symbol.name)
    return tuple(
        DataBoundary(env.statements[at].span, tuple(names)) for at, names in sorted(places.items())
    )


def _exits(env: Environment) -> tuple[DataBoundary, ...]:
    """Return the jumps out of the environment with what is mapped there."""
    out = []
    for jump in env.exits:
        names = tuple(
            s.name for s in env.arrays
            if s not in env.entered
            or env.statements[env.entered[s]].span.end <= jump.span.begin
        )  # fmt: skip
        if names:
            out.append(DataBoundary(jump.span, names))
    return tuple(out)


def _updates(env: Environment, function: Function, renderer: Renderer) -> list[Update]:
    """Merge the transfers at one place and in one direction into as few directives as possible."""
    groups: dict[tuple[Stmt, bool, int], list[str]] = {}
    times: dict[tuple[Stmt, bool, Symbol], int] = {}
    seen: set[tuple[Stmt, bool, str]] = set()
    for transfer in sorted(
        env.transfers, key=lambda t: (t.anchor.span.begin, t.to_device, t.symbol.sort_key)
    ):
        place = (transfer.anchor, transfer.to_device)
        item = renderer.item(transfer.symbol, transfer.section)
        if (*place, item) in seen:
            continue
        seen.add((*place, item))
        # one directive may name a variable only once
        nth = times[*place, transfer.symbol] = times.get((*place, transfer.symbol), -1) + 1
        groups.setdefault((*place, nth), []).append(item)
    return [
        Update(
            function.name,
            anchor.span,
            MapType.TO if to_device else MapType.FROM,
            tuple(items),
            after=to_device,
        )
        for (anchor, to_device, _), items in groups.items()
    ]
