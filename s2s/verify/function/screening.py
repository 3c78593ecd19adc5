# SPDX-License-Identifier: Apache-2.0
"""Which generated cases a function is defined for, and how long its buffers are in each.

The original is run twice for each case, and never trusted. In buffers that are much too long, a
build that reports every access tells which elements are used; then a build with AddressSanitizer
and UndefinedBehaviorSanitizer must run to its end in buffers of exactly that length. Where there
are subscripts in memory, a first run with zeros tells how long the arrays are that they index.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.function.generated_cases import BufferPlan, Case
from s2s.verify.function.signature import BufferInput, Role, Signature
from s2s.verify.run import Execution, PlainSink, RunCommand, execute, host_environment
from s2s.verify.sandbox import Confinement

PLAN = "s2s_harness.plan"
MAX_TIMEOUTS = 3
_DEFAULT_RANGE = 4
_MAX_DECLARED = 1 << 24
_WORDS = re.compile(
    r"(?:ERROR: AddressSanitizer|WARNING: MemorySanitizer): (?P<sanitizer>[\w-]+)"
    r"|runtime error: (?P<undefined>[^\n]+)"
    r"|s2s harness: (?P<own>[^\n]+)"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The elements ``first`` … ``end`` - 1 of a buffer are used; ``declared`` is -1 if unknown."""

    first: int
    end: int
    declared: int


@dataclass(frozen=True, slots=True)
class Screened:
    """A case with the final length of its buffers, or why the original is not defined for it."""

    case: Case
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A case with what the original uses of each buffer, by number, or its problem."""

    case: Case
    problem: str = ""
    measured: Mapping[int, Measured] = field(default_factory=dict)

    @property
    def overlaps(self) -> bool:
        """Whether two buffers share memory."""
        return any(plan.alias >= 0 for plan in self.case.buffers.values())


@dataclass(slots=True)
class Screening:
    """Runs the builds for measuring and for undefined behaviour (None: not looked for)."""

    signature: Signature
    clang: Clang
    measuring: Path
    screening: Path | None
    scratch: Path
    timeout: float
    confinement: Confinement | None = None
    _timeouts: int = 0

    def screen(self, cases: Sequence[Case]) -> tuple[Screened, ...]:
        """Return every case with its buffers or its problem."""
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            tried = list(pool.map(self._tried, cases))
            windows = self._windows(tried)
            return tuple(pool.map(lambda one: self._screened(one, windows), tried))

    def _tried(self, case: Case) -> _Tried:
        """Find out which elements are used."""
        if self._timeouts >= MAX_TIMEOUTS:
            return _Tried(case, "not tried: others took too long")
        measured: Mapping[int, Measured] = {}
        if any(buffer.role is not Role.VALUES for _, buffer in self.signature.buffers):
            problem, measured = self._measure(case.with_ranges(self._zeros()))
            if problem:
                return _Tried(case, problem)
        case = case.with_ranges(self._ranges(case, measured))
        return _Tried(case, *self._measure(case))

    def _screened(self, tried: _Tried, windows: frozenset[int]) -> Screened:
        """Run a case in buffers of exactly the length that it uses."""
        case = tried.case
        problem = tried.problem or self._beyond(tried, windows)
        if problem:
            return Screened(case, problem)
        case = replace(case, buffers=self._lengths(case, tried.measured))
        if self.screening is None:
            return Screened(case)
        return Screened(case, self._problem(self._run(self.screening, case, "exact")))

    # -- lengths ---------------------------------------------------------------------------------

    def _zeros(self) -> dict[int, int]:
        """Return the ranges with which all subscripts in memory are zero."""
        return {n: 1 if b.role is Role.INDEX else 0 for n, b in self.signature.buffers}

    def _ranges(self, case: Case, measured: Mapping[int, Measured]) -> dict[int, int]:
        """Return how large the subscripts in each buffer may be."""
        sizes = [case.integers[n] for n, s in self.signature.scalars if s.is_size]
        usual = min((size for size in sizes if size > 0), default=_DEFAULT_RANGE)
        numbers = {b.symbol: (n, b) for n, b in self.signature.buffers}
        out = {}
        for number, buffer in self.signature.buffers:
            targets = [numbers[s] for s in buffer.indexed if s in numbers]
            declared = [self._declared(n, b, measured) for n, b in targets]
            known = [length for length in declared if length >= 0]
            if buffer.role is Role.MONOTONE:
                out[number] = min(known, default=-1)
                continue
            used = [measured[n].end for n, _ in targets if n in measured and measured[n].end > 1]
            out[number] = max(1, min(known or used, default=usual))
        return out

    @staticmethod
    def _declared(number: int, buffer: BufferInput, measured: Mapping[int, Measured]) -> int:
        if buffer.extent:
            return buffer.extent
        return measured[number].declared if number in measured else -1

    def _windows(self, tried: Sequence[_Tried]) -> frozenset[int]:
        """Return the pointers into the middle of an array: most cases use elements before them.

        Where only a few do, it is rather that ``a[n - 1]`` was not meant for an ``n`` of 0.
        """
        votes: dict[int, list[bool]] = {}
        for one in tried:
            for number, found in one.measured.items():
                if not one.overlaps and found.end > found.first:
                    votes.setdefault(number, []).append(found.first < 0)
        return frozenset(number for number, cast in votes.items() if 2 * sum(cast) > len(cast))

    def _beyond(self, tried: _Tried, windows: frozenset[int]) -> str:
        """Return which buffer the original uses outside of its length, empty if none.

        Where two overlap, what is used of one was counted as used of the other.
        """
        for number, buffer in self.signature.buffers:
            found = tried.measured.get(number)
            if found is None or found.end <= found.first or tried.overlaps:
                continue
            if found.first < 0 and (number not in windows or found.declared >= 0):
                return f"it uses '{buffer.symbol.name}' before its beginning"
            if 0 <= found.declared < found.end:
                return f"it uses '{buffer.symbol.name}' beyond its declared length"
        return ""

    def _lengths(self, case: Case, measured: Mapping[int, Measured]) -> dict[int, BufferPlan]:
        """Return the buffers as long as what is used of them and what is declared."""
        out = dict(case.buffers)
        for number, found in measured.items():
            if not 0 <= number < len(self.signature.inputs) or number not in out:
                continue
            used = found.end > found.first
            low, high = (min(0, found.first), max(0, found.end)) if used else (0, 0)
            if 0 <= found.declared <= _MAX_DECLARED:
                high = max(high, found.declared)
            out[number] = replace(out[number], low=low, high=high)
        for plan in list(out.values()):
            if plan.alias >= 0:
                shared = out[plan.alias]
                low, high = min(shared.low, plan.shift), max(shared.high, plan.high + plan.shift)
                out[plan.alias] = replace(shared, low=low, high=high)
        return out

    # -- runs ------------------------------------------------------------------------------------

    def _measure(self, case: Case) -> tuple[str, dict[int, Measured]]:
        """Return a problem, or what the original uses of each buffer."""
        path = self._directory(case) / "measured"
        path.unlink(missing_ok=True)
        problem = self._problem(self._run(self.measuring, case, "measure"))
        if problem or not path.is_file():
            return problem or "it does not return", {}
        rows = (line.split() for line in path.read_text().splitlines())
        return "", {int(n): Measured(int(a), int(b), int(d)) for n, a, b, d in rows}

    def _directory(self, case: Case) -> Path:
        directory = self.scratch / case.label
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _run(self, binary: Path, case: Case, how: str) -> Execution:
        directory = self._directory(case)
        directory.joinpath(PLAN).write_text(case.text)
        environment = host_environment(self.clang, {"ASAN_OPTIONS": "detect_leaks=0"})
        command = RunCommand("./a.out", (PLAN, how), confinement=self.confinement)
        return execute(binary, command, directory, environment, self.timeout, PlainSink())

    def _problem(self, execution: Execution) -> str:
        """Return why a run says that the original is not defined, empty if it does not."""
        if execution.exit_code is None:
            self._timeouts += 1
            return f"it did not end within {self.timeout:g} s"
        if execution.exit_code == 0:
            return ""
        match = _WORDS.search(execution.stderr.decode("utf-8", "replace"))
        if match is None:
            return execution.describe().splitlines()[0]
        return str(match[match.lastgroup or 0])
