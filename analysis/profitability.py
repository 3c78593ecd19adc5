# SPDX-License-Identifier: Apache-2.0
"""Whether offloading a loop can pay: a static estimate of work and of what a launch costs.

The numbers are orders of magnitude for a node with a discrete GPU, not a model of one machine:
an arithmetic operation or memory access costs about half a nanosecond on one CPU core, a kernel
launch with its mappings about 20 microseconds. Unknown trip counts count as large.
"""

from __future__ import annotations

from dataclasses import dataclass

from s2s.analysis.extents import Renderer
from s2s.analysis.facts import ParameterNames
from s2s.analysis.nest import Nest, NestLoop, trip_count
from s2s.analysis.polynomial import Polynomial

_UNKNOWN_TRIPS = 1000.0
_NANOSECONDS_PER_OPERATION = 0.5
_LAUNCH_NANOSECONDS = 20_000.0
#: Less work than this in a whole region never pays.
MINIMUM_OPERATIONS = 2000.0


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one execution of a loop.

    ``operations`` counts arithmetic and memory operations with unknown trip counts taken as 1000;
    ``symbolic_depth`` is the number of nested loops with unknown trip counts.
    """

    operations: float
    per_iteration: float
    symbolic_depth: int
    literal: bool


def _trips(loop: NestLoop) -> float:
    count = trip_count(loop)
    if count is not None and count.is_constant:
        return float(count.constant)
    return _UNKNOWN_TRIPS


def _is_symbolic(loop: NestLoop) -> bool:
    count = trip_count(loop)
    return count is None or not count.is_constant


def work_of(nest: Nest, loop: NestLoop) -> Work:
    """Return the work of one execution of ``loop``."""
    operations, per_iteration, depth = 0.0, 0.0, 0
    trips = {x: _trips(x) for x in nest.loops}
    symbolic = {x for x in nest.loops if _is_symbolic(x)}
    for statement in nest.inside(loop):
        inner = statement.loops[statement.loops.index(loop) :]
        cost = statement.operations + len(statement.accesses)
        total = cost
        for one in inner:
            total *= trips[one]
        operations += total
        per_iteration += total / max(1.0, trips[loop])
        if statement.accesses:
            depth = max(depth, sum(x in symbolic for x in inner))
    return Work(operations, per_iteration, depth, loop not in symbolic)


def threshold(nest: Nest, loop: NestLoop, collapse: int, names: ParameterNames) -> str:
    """Return the condition for which the loop is worth a launch, empty when it always is.

    Only trip counts that are plain products of run-time parameters give a condition; macro
    constants are for the compiler to judge.
    """
    work = work_of(nest, loop)
    at: NestLoop | None = loop
    counts: list[Polynomial] = []
    remaining = work.per_iteration
    while at is not None and len(counts) < 3:
        count = trip_count(at)
        if count is None or count.atoms & nest.iterators:
            return ""
        if count.is_constant or all(names.get(a).value is not None for a in count.atoms):
            return ""
        counts.append(count)
        inner = [x for x in nest.loops if x.parent is at and _is_symbolic(x)]
        if len(inner) > 1:
            return ""
        if inner:
            remaining /= _UNKNOWN_TRIPS
        at = inner[0] if inner else None
    least = _LAUNCH_NANOSECONDS / max(1.0, remaining * _NANOSECONDS_PER_OPERATION)
    if least < 2 or not counts:
        return ""
    renderer = Renderer(names)
    if len(counts) == 1:
        return _larger_than(counts[0], _round(least), renderer)
    factors = [renderer.text(c, wide=True) for c in counts]
    factors = [f if " " not in f or len(factors) == 1 else f"({f})" for f in factors]
    if len(factors) > 1 and not factors[0].startswith(renderer.widening):
        factors[0] = f"{renderer.widening}{factors[0]}"
    return f"{' * '.join(factors)} > {_round(least)}"


def _larger_than(count: Polynomial, size: int, renderer: Renderer) -> str:
    """Return ``count > size`` without a subtraction, which could wrap in an unsigned type."""
    positive = Polynomial(tuple((m, c) for m, c in count.terms if c > 0))
    negative = Polynomial(tuple((m, -c) for m, c in count.terms if c < 0))
    right = negative + Polynomial.constant_of(size)
    return f"{renderer.text(positive, wide=True)} > {renderer.text(right, wide=True)}"


def _round(value: float) -> int:
    """Round to one significant digit, as a person would write a threshold."""
    digits: int = 10 ** (len(str(int(value))) - 1)
    return max(1, round(value / digits) * digits)
