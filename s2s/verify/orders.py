# SPDX-License-Identifier: Apache-2.0
"""Tier T3: run the loops of target regions in other orders, one iteration after the other.

Iterations that are independent give the same output in any order. The result is built with its
loops marked (``schedules``), and a runtime of ours (``runtime/iteration_order.c``) runs the marked
loops on one thread in reverse and in a shuffled order. That needs no sanitizer, and sees what
races only show by chance: it is a second opinion, not a part of the race detector.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from s2s.verify.base import Comparison
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit
from s2s.verify.findings import Finding, FindingKind, Place
from s2s.verify.guard import construct_place
from s2s.verify.instrument import RUNTIME
from s2s.verify.instrumented import InstrumentedProgram
from s2s.verify.outcomes import Outcome, Reference, collected, noted
from s2s.verify.run import PlainSink, device_environment, execute
from s2s.verify.schedules import LoopSite, with_marked_schedules
from s2s.verify.session import Session
from s2s.verify.tiers import Tier
from s2s.verify.watched import Watching

ORDER_SLOWDOWN = 40.0
"""How much longer than the original's run one in another order may take, beside the timeout."""
CHEAP_SECONDS = 1.0
"""Of programs that run longer, one order is tried: a shuffled one is most unlike their own."""
MOST_RUNS = 24
"""So many runs at most look for the loops that an output depends on."""

_RUNTIME = RUNTIME / "iteration_order.c"
_ONE_THREAD = {
    "OMP_NUM_TEAMS": "1",
    "OMP_TEAMS_THREAD_LIMIT": "1",
    "OMP_CANCELLATION": "false",
}
_SHOWN = 3


class Order(StrEnum):
    """An order of iterations, as ``runtime/iteration_order.c`` calls it."""

    FORWARD = "forward"
    REVERSE = "reverse"
    SHUFFLE = "shuffle"


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What the runs showed: ``same`` is whether they all ended and wrote what the original did.

    ``permuted`` of ``loops`` that were run in target regions ran in other orders.
    """

    same: bool
    permuted: int = 0
    loops: int = 0


@dataclass(frozen=True, slots=True)
class _Ran:
    """A run in some order: what it left, and the loops that it came by.

    ``sites`` are the numbers of the marked loops that had more than one iteration at some time,
    ``permuted`` counts all marked loops; ``fixed`` are the constructs of loops that are not marked.
    ``complete`` tells that the program ended by itself.
    """

    order: Order
    outcome: Outcome
    sites: tuple[int, ...] = ()
    permuted: int = 0
    fixed: tuple[Place | None, ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class _Marked:
    """A program whose loops are marked, and each loop's place, by its number."""

    units: tuple[Unit, ...]
    sites: tuple[tuple[str, LoopSite], ...]


def start_orders(
    session: Session, reference: Reference, program: InstrumentedProgram, pool: Executor
) -> OrderCheck:
    """Build the result and let it run in reverse and in a shuffled order, both in the pool.

    This may itself run in the pool: it does not wait for the runs.
    """
    build = None
    for widen in (True, False):
        marked = _mark(session, program, widen)
        if not marked.sites:
            continue
        build = _build(session, marked, program)
        if build.binary is not None:
            check = OrderCheck(session, reference, marked, build)
            check.start(pool)
            return check
    return OrderCheck(session, reference, _Marked((), ()), build)


def _mark(session: Session, program: InstrumentedProgram, widen: bool) -> _Marked:
    """Write copies of the units whose loops are marked."""
    sites: list[tuple[str, LoopSite]] = []

    def marked(unit: Unit, text: bytes) -> bytes:
        new, found = with_marked_schedules(text, len(sites), widen=widen)
        sites.extend((str(unit.stands_for.absolute()), site) for site in found)
        return new

    units = _compiler(session).rewritten(program.units, marked, f"orders-{widen:d}")
    return _Marked(units, tuple(sites))


def _build(session: Session, marked: _Marked, program: InstrumentedProgram) -> Build:
    runtime = Unit(_RUNTIME, _RUNTIME, Mode.RUNTIME)
    built = Program("iteration orders", (*marked.units, runtime), program.objects)
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        return _compiler(session).build([built], pool)[0]


def _compiler(session: Session) -> Compiler:
    """Return the compiler with a directory of its own: others build at the same time."""
    return replace(session.compiler, scratch=session.compiler.scratch / "orders")


@dataclass(slots=True)
class OrderCheck:
    """One check under way; ``build`` is None where there is no loop to permute."""

    session: Session
    reference: Reference
    marked: _Marked
    build: Build | None
    runs: int = 0
    started: list[tuple[Path, Future[_Ran]]] = field(default_factory=list)

    def start(self, pool: Executor) -> None:
        """Let the program run in both orders, or in one where an ordinary run takes long."""
        orders = [Order.SHUFFLE, Order.REVERSE]
        evidence = self.session.evidence
        if evidence.slowest > CHEAP_SECONDS and not self.session.request.every_launch:
            orders.remove(Order.REVERSE)
            evidence.notes.append(
                f"a run takes {evidence.slowest:.1f} s: not repeated in {Order.REVERSE} order"
            )
        for order in orders:
            directory = self.session.directory(f"order-{order}")
            self.started.append((directory, pool.submit(self._execute, order, directory)))

    def result(self) -> OrderResult:
        """Await the runs and add what depends on the order to the evidence.

        Where the output differs, the program is run again to find the loops. Raises
        VerificationError when it cannot be started.
        """
        evidence = self.session.evidence
        if self.build is None:
            evidence.notes.append("iteration order was not permuted: there is no loop to permute")
            return OrderResult(same=False)
        if self.build.binary is None:
            evidence.step(
                f"compile {self.build.name}", False, self.build.messages, self.build.seconds
            )
            evidence.notes.append("iteration order was not permuted: the build for it failed")
            return OrderResult(same=False)
        directories = [directory for directory, _ in self.started]
        done = [running.result() for _, running in self.started]
        for ran, directory in zip(done, directories, strict=True):
            noted(self.session, f"in {ran.order} order", ran.outcome.execution, directory)
        compared = [self._compared(ran) for ran in done]
        different = next(
            (ran for ran, c in zip(done, compared, strict=True) if not _equal(c)), None
        )
        if different is not None and different.outcome.execution.timed_out:
            return self._not_judged("the program did not end in another order in time")
        if different is not None and not _equal(self._compared(self._again(Order.FORWARD, ()))):
            return self._not_judged("on one thread the output differs in any order")
        for comparisons in compared:
            self.session.evidence.comparisons += comparisons
        if different is not None:
            self._blame(different)
        return self._result(done[0], same=different is None)

    def _result(self, ran: _Ran, *, same: bool) -> OrderResult:
        loops = ran.permuted + len(ran.fixed)
        if ran.complete and not ran.permuted:
            self.session.evidence.notes.append(
                "iteration order was not permuted: the run came by no loop to permute"
            )
            return OrderResult(same=False, loops=loops)
        if ran.fixed or not ran.complete:
            places = ", ".join(str(place) for place in ran.fixed[:_SHOWN] if place)
            where = f"; in their own order: {places}" if places else ""
            self.session.evidence.notes.append(
                f"{ran.permuted} of {loops} loops were run in other orders of iterations{where}"
                if ran.complete
                else "it is not known which loops were run in other orders of iterations"
            )
        return OrderResult(same and ran.complete, ran.permuted, loops)

    def _not_judged(self, why: str) -> OrderResult:
        self.session.evidence.notes.append(f"iteration order was not judged: {why}")
        return OrderResult(same=False)

    def _again(self, order: Order, sites: Sequence[int]) -> _Ran:
        """Run once more with only these loops in another order than their own."""
        self.runs += 1
        return self._execute(order, self.session.directory(f"order-{order}-{self.runs}"), sites)

    def _execute(self, order: Order, directory: Path, sites: Sequence[int] | None = None) -> _Ran:
        session, command = self.session, self.reference.command
        report = directory.with_name(f"{directory.name}.loops")
        environment = {
            **device_environment(session.clang, dict(command.environment)),
            **_ONE_THREAD,
            "S2S_ORDER": order.value,
            "S2S_ORDER_REPORT": str(report),
            **Watching(session.request.every_launch).environment,
        }
        environment.pop("LIBOMPTARGET_INFO", None)
        if sites is not None:
            environment["S2S_ORDER_SITES"] = f",{','.join(map(str, sites))},"
        serial = self.reference.outcome.execution.seconds
        limit = session.request.timeout_s + ORDER_SLOWDOWN * serial
        assert self.build is not None
        assert self.build.binary is not None
        done = execute(self.build.binary, command, directory, environment, limit, PlainSink())
        ran = _Ran(order, collected(session, done, directory))
        return _with_report(ran, report.read_text("utf-8", "replace") if report.is_file() else "")

    def _compared(self, ran: _Ran) -> list[Comparison]:
        """Compare a run with the original's, without noting it."""
        return self.reference.comparisons(f"{ran.order} order", ran.outcome)

    def _blame(self, ran: _Ran) -> None:
        """Find the loops whose order makes the difference."""
        every = ran.sites if ran.complete else tuple(range(len(self.marked.sites)))
        evidence = self.session.evidence
        raced = {self._around(f.place) for f in evidence.findings if f.kind is FindingKind.RACE}
        for group in self._culprits(ran.order, every):
            if raced.intersection(group):
                continue  # the race detector says more of it
            file, site = self.marked.sites[group[0]]
            finding = Finding(
                FindingKind.ORDER,
                Tier.RACES,
                place=Place(file, site.line, site.column),
                construct=Place(file, site.directive),
            )
            evidence.findings.append(finding)
            if len(group) > 1:
                lines = ", ".join(str(self.marked.sites[number][1].line) for number in group)
                evidence.notes.append(f"it may be one of several loops, at the lines {lines}")

    def _culprits(self, order: Order, sites: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the loops that change the output by themselves, or else the whole group.

        In the order ``order``, ``sites`` together change it.
        """
        if len(sites) < 2 or self.runs + 2 > MOST_RUNS:
            return [sites] if sites else []
        middle = len(sites) // 2
        found: list[tuple[int, ...]] = []
        for part in (sites[:middle], sites[middle:]):
            if not _equal(self._compared(self._again(order, part))):
                found += self._culprits(order, part)
        return found or [sites]

    def _around(self, place: Place | None) -> int | None:
        """Return the loop whose directive is the nearest one above a place."""
        if place is None:
            return None
        above = (
            number
            for number, (file, site) in enumerate(self.marked.sites)
            if file == place.file and site.directive <= place.line
        )
        return max(above, key=lambda n: self.marked.sites[n][1].directive, default=None)


def _equal(comparisons: Sequence[Comparison]) -> bool:
    return all(comparison.equal for comparison in comparisons)


def _with_report(ran: _Ran, text: str) -> _Ran:
    """Add what the runtime wrote of the loops."""
    rows = [line.split(" ", 1) for line in text.splitlines()]
    marked = [tuple(map(int, row[1].split())) for row in rows if row[0] == "site"]
    fixed = dict.fromkeys(construct_place(row[1]) for row in rows if row[0] == "fixed")
    return replace(
        ran,
        sites=tuple(number for number, most in marked if most > 1),
        permuted=len(marked),
        fixed=tuple(fixed),
        complete=["end"] in rows,
    )
