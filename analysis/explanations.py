# SPDX-License-Identifier: Apache-2.0
"""One dependence that a loop carries, found for people to look at."""

from __future__ import annotations

from dataclasses import dataclass

import islpy as isl

from s2s.analysis.nest import MemoryObject, NestLoop
from s2s.analysis.relations import NestText, Reference, Relations, pairs
from s2s.source import Span


@dataclass(frozen=True, slots=True)
class Dependence:
    """A dependence that a loop carries, for people: what, between which two places, how far."""

    kind: str
    target: MemoryObject
    source: Span
    sink: Span
    distance: str


def explain(
    analysis: NestText,
    relations: Relations,
    target: MemoryObject,
    mine: list[Reference],
    loop: NestLoop,
) -> Dependence:
    """Find one carried dependence to show, flow before anti before output."""
    writes = [r for r in mine if r.access.is_write][:8]
    reads = [r for r in mine if not r.access.is_write][:8]
    for kind, sources, sinks in (
        ("flow", writes, reads),
        ("anti", reads, writes),
        ("output", writes, writes),
    ):
        for source in sources:
            for sink in sinks:
                distance = _distance(analysis, relations, source, sink, loop)
                if distance is not None:
                    return Dependence(kind, target, source.access.span, sink.access.span, distance)
    place = (writes or mine)[0].access.span
    return Dependence("flow", target, place, place, "unknown")


def _distance(
    analysis: NestText, relations: Relations, source: Reference, sink: Reference, loop: NestLoop
) -> str | None:
    """Return the distance of a carried dependence, ``unknown``, or None without one."""
    first = analysis.union_map([relations.text(source)])
    second = analysis.union_map([relations.text(sink)])
    meeting = pairs(first, second)
    a, b = source.statement, sink.statement
    names = ",".join(x.atom for x in a.loops), ",".join(x.atom + "_" for x in b.loops)
    equal = "".join(f"{x.atom} = {x.atom}_ and " for x in a.loops[: loop.depth])
    later = isl.UnionMap(
        f"{{ S{a.index}[{names[0]}] -> S{b.index}[{names[1]}] : "
        f"{equal}{loop.atom} {'<' if loop.step > 0 else '>'} {loop.atom}_ }}"
    )
    meeting = meeting.intersect(later)
    if meeting.is_empty():
        return None
    difference = isl.UnionMap(
        f"{{ [S{a.index}[{names[0]}] -> S{b.index}[{names[1]}]] -> [{loop.atom}_ - {loop.atom}] }}"
    )
    values = meeting.wrap().apply(difference)
    smallest = values.lexmin()
    if smallest.is_equal(values.lexmax()):
        point = smallest.sample_point()
        value = point.get_coordinate_val(isl.dim_type.set, 0)
        steps_apart = abs(int(str(value))) // abs(loop.step)
        return str(steps_apart)
    return "unknown"
