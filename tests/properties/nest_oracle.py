# SPDX-License-Identifier: Apache-2.0
"""What is true of every loop of a nest, found by executing it and comparing all accesses.

For one loop and one execution of it, a location that several iterations access, at least one of
them writing, is

- a *reduction* when all accesses are updates with one operator,
- *private* when every read follows a certain write in the same iteration, and the value is dead
  after the loop or certainly written by the last iteration,
- a *dependence* otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from tests.properties.nest_execution import (
    Context,
    Environment,
    Event,
    Location,
    Trace,
    compile_trace,
    index_arrays,
)
from tests.properties.nest_ir import ARRAYS, GLOBAL_SCALARS, Nest, nest_depth, render


class Truth(IntEnum):
    """The worst that was seen of a loop."""

    PARALLEL = 0
    REDUCTION = 1
    DEPENDENCE = 2


class Need(IntEnum):
    """What a parallel execution of the loop has to arrange."""

    PRIVATE_SCALAR = 0
    PRIVATE_ARRAY = 1
    LAST_VALUE = 2
    SCALAR_REDUCTION = 3
    ARRAY_REDUCTION = 4


@dataclass(frozen=True, slots=True)
class Witness:
    """Two iterations of a loop that conflict, and where."""

    environment: Environment
    location: Location
    outer: tuple[int, ...]
    first: int
    second: int
    why: str

    def __str__(self) -> str:
        name, *subscripts = self.location
        return (
            f"{self.environment}: iterations {self.first} and {self.second} of the loop "
            f"(in outer iteration {self.outer}): {name}{subscripts}: {self.why}"
        )


@dataclass(slots=True)
class LoopTruth:
    """What is known of one loop after the executions so far."""

    truth: Truth = Truth.PARALLEL
    needs: set[Need] = field(default_factory=set)
    witness: Witness | None = None
    treatments: dict[str, set[Need]] = field(default_factory=lambda: defaultdict(set))

    def meet(self, truth: Truth, need: Need, witness: Witness) -> None:
        """Add a finding about one location."""
        self.needs.add(need)
        self.treatments[witness.location[0]].add(need)
        if truth > self.truth or self.witness is None:
            self.truth, self.witness = max(truth, self.truth), witness


def environments(nest: Nest, sizes: Iterable[int], larger: bool = False) -> Iterator[Environment]:
    """Yield parameters for a nest: only those that it depends on vary."""
    text = render(nest).text.split("{", 1)[1]
    words = set("".join(c if c.isalnum() else " " for c in text).split())
    indices = index_arrays() if "X" in words else index_arrays()[:1]
    offsets: Iterable[int] = (0, 1, 2, 3)
    if larger:
        depth = nest_depth(nest)
        sizes = {1: range(1, 40), 2: (5, 7, 9, 10, 11, 12, 13, 16, 21, 26)}.get(
            depth, (5, 7, 9, 10)
        )
        offsets = range(-9, 24) if depth < 3 else (-4, -2, -1, 0, 1, 2, 3, 4)
    for n in sizes:
        for m in offsets if "m" in words else (1,):
            for index in indices:
                yield Environment(n, m, index)


SIZES = (1, 2, 3, 4, 6, 8)


def loop_truths(nest: Nest, larger: bool = False, condition: str = "") -> tuple[LoopTruth, ...]:
    """Execute a nest for several sizes and return what holds of each of its loops.

    Some distances need room, or a particular size: ``larger`` tries many more sizes and offsets,
    and takes the arrays as large enough. Only executions for which ``condition`` (C text over the
    parameters) holds count.
    Raises IndexError when the nest leaves an array, OverflowError when a loop does not end.
    """
    run = compile_trace(nest, bounded=not larger)
    truths = tuple(LoopTruth() for _ in nest.loops())
    for environment in environments(nest, SIZES, larger):
        if condition and not _holds(condition, environment):
            continue
        _judge(nest, environment, run(environment), truths)
    return truths


def _holds(condition: str, environment: Environment) -> bool:
    text = condition.replace("(long long)", "").replace("&&", "and")
    return bool(eval(text, {"n": environment.n, "m": environment.m}))


Accesses = dict[Location, list[int]]


def _judge(nest: Nest, at: Environment, trace: Trace, truths: tuple[LoopTruth, ...]) -> None:
    executions: dict[tuple[int, tuple[int, ...]], Accesses] = defaultdict(lambda: defaultdict(list))
    places: dict[Location, list[int]] = defaultdict(list)
    for number, event in enumerate(trace.events):
        places[event.location].append(number)
        for depth, loop in enumerate(event.loops):
            executions[loop, event.path[:depth]][event.location].append(number)
    for (loop, outer), accesses in executions.items():
        if truths[loop].truth is Truth.DEPENDENCE:
            continue
        execution = _Execution(nest, at, trace, places, loop, outer)
        for location, numbers in accesses.items():
            execution.judge(location, numbers, truths[loop])


@dataclass(frozen=True, slots=True)
class _Execution:
    """One execution of one loop."""

    nest: Nest
    environment: Environment
    trace: Trace
    places: dict[Location, list[int]]
    loop: int
    outer: tuple[int, ...]

    def judge(self, location: Location, numbers: list[int], truth: LoopTruth) -> None:
        depth = len(self.outer)
        events = [self.trace.events[k] for k in numbers]
        iterations = sorted({event.path[depth] for event in events})
        if len(iterations) == 1 or not any(event.write for event in events):
            return
        array = location[0] in ARRAYS or location[0] in self.nest.local_arrays
        tags = {event.tag for event in events}

        def found(verdict: Truth, need: Need, why: str, pair: tuple[int, int]) -> None:
            witness = Witness(self.environment, location, self.outer, *pair, why)
            truth.meet(verdict, need, witness)

        pair = _conflicting(events, depth)
        private = Need.PRIVATE_ARRAY if array else Need.PRIVATE_SCALAR
        if len(tags) == 1 and None not in tags:
            need = Need.ARRAY_REDUCTION if array else Need.SCALAR_REDUCTION
            found(Truth.REDUCTION, need, f"updates with {tags.pop()}", pair)
        elif (exposed := _exposed_read(events, depth)) is not None:
            found(Truth.DEPENDENCE, private, "reads a value from before the iteration", exposed)
        elif not self._live_after(location, numbers[-1]):
            found(Truth.PARALLEL, private, "private", pair)
        elif self._last_iteration_writes(events):
            found(Truth.PARALLEL, Need.LAST_VALUE, "private, last value used", pair)
        else:
            found(Truth.DEPENDENCE, private, "an earlier iteration may write last", pair)

    def _entry_context(self) -> int:
        """Return how many branch arms lead to the loop itself."""
        for event in self.trace.events:
            depth = len(self.outer)
            if event.loops[depth : depth + 1] == (self.loop,) and event.path[:depth] == self.outer:
                return sum(len(arm[0][1]) <= depth for arm in event.context)
        raise AssertionError("the loop has no access")

    def _last_iteration_writes(self, events: list[Event]) -> bool:
        depth = len(self.outer)
        last = self.trace.trips[self.loop, self.outer] - 1
        writes = {
            event.context[self._entry_context() :]
            for event in events
            if event.write and event.path[depth] == last
        }
        return covered((), writes)

    def _live_after(self, location: Location, last: int) -> bool:
        """Tell whether the value that the loop leaves may be read."""
        inside = self._entry_context()
        entry = self.trace.events[last].context[:inside]
        for number in self.places[location]:
            event = self.trace.events[number]
            if number <= last:
                continue
            if not event.write:
                return True
            if event.context == entry[: len(event.context)]:
                return False
        name = location[0]
        return name in GLOBAL_SCALARS or (name in ARRAYS and name not in self.nest.local_arrays)


def _conflicting(events: list[Event], depth: int) -> tuple[int, int]:
    """Return two iterations of which one writes."""
    write = next(event for event in events if event.write).path[depth]
    other = next(event for event in events if event.path[depth] != write).path[depth]
    return min(write, other), max(write, other)


def _exposed_read(events: list[Event], depth: int) -> tuple[int, int] | None:
    """Return an iteration that reads what it did not certainly write, and one that writes."""
    written: set[Context] = set()
    current = -1
    for event in events:
        if event.path[depth] != current:
            current, written = event.path[depth], set()
        if event.write:
            written.add(event.context)
        elif not covered(event.context, written):
            other = [e.path[depth] for e in events if e.write and e.path[depth] != current]
            if other:
                return min(current, other[0]), max(current, other[0])
    return None


def covered(context: Context, writes: set[Context]) -> bool:
    """Tell whether a write is certain at a place reached through the branch arms ``context``."""
    return any(_certain(context[:k], writes) for k in range(len(context) + 1))


def _certain(context: Context, writes: set[Context]) -> bool:
    """Tell whether a write happens whenever ``context`` does: there, or in both arms below."""
    if context in writes:
        return True
    depth = len(context)
    below = {w for w in writes if len(w) > depth and w[:depth] == context}
    branches = {w[depth][0] for w in below}
    return any(
        all(_certain((*context, (branch, arm)), below) for arm in (0, 1)) for branch in branches
    )
