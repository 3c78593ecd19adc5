# SPDX-License-Identifier: Apache-2.0
"""Tiers T2 and T3 of one program: instrumented builds, runs, findings.

Nothing is claimed for what could not be built or did not end: ``reached`` is the last tier whose
runs all took place, and a note says what kept the next one from it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from s2s.profile.redundancy import RedundantTransfer
from s2s.toolchain.clang import Clang
from s2s.verify.base import Step, StepStatus
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit
from s2s.verify.findings import Finding, FindingKind
from s2s.verify.guard import GuardedRun, run_guarded
from s2s.verify.instrument import (
    Instrumentation,
    guard_instrumentation,
    race_instrumentation,
)
from s2s.verify.leagues import (
    WHOLE_LEAGUES_SOURCE,
    has_whole_leagues,
    without_whole_leagues,
)
from s2s.verify.project.builder import ProjectCompiler, Variant
from s2s.verify.project.copies import Rewrite
from s2s.verify.race_text import arranged_for_races
from s2s.verify.races import RaceRun, run_for_races
from s2s.verify.run import Execution, RunCommand
from s2s.verify.tiers import Tier
from s2s.verify.unwatched_copies import with_unwatched_copies
from s2s.verify.watched import FIRST, Watching

GUARD_SLOWDOWN = 10.0
RACE_SLOWDOWN = 40.0
"""How much longer than an ordinary run an instrumented one may take before it is stopped."""


@dataclass(frozen=True, slots=True)
class InstrumentedProgram:
    """What is built: the offload program's units, and its texts by absolute path."""

    units: tuple[Unit, ...]
    objects: tuple[Path, ...]
    sources: dict[str, bytes]


@dataclass(slots=True)
class InstrumentedResult:
    """What the runs showed; ``guarded`` is to be compared with the original's run.

    ``ended`` is the one of them that came to its end, and how long it took, if any did.
    """

    reached: Tier = Tier.HOST_DEVICE
    findings: list[Finding] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guarded: tuple[Execution, Path] | None = None
    redundant: tuple[RedundantTransfer, ...] = ()
    ended: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class InstrumentedRuns:
    """Builds and runs a program for T2 and T3; ``directory`` makes a working directory by name.

    ``pool`` is where the runs take place, ``watching`` tells which launches the race detector looks
    at.
    """

    clang: Clang
    compiler: Compiler
    command: RunCommand
    timeout: float
    directory: Callable[[str], Path]
    pool: Executor
    watching: Watching = field(default_factory=Watching)

    def run(self, program: InstrumentedProgram, tier: Tier) -> InstrumentedResult:
        """Go as far as ``tier`` asks and the tools allow."""
        out = InstrumentedResult()
        plain = self._programs(program, tier, out)
        with_copies = [self._with_copies(one) for one in plain]
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            builds = {one.name: one for one in self.compiler.build(with_copies, pool)}
            again = [  # not every region can stand twice in a function
                old
                for old, new in zip(plain, with_copies, strict=True)
                if new is not old and builds[new.name].binary is None
            ]
            builds |= {one.name: one for one in self.compiler.build(again, pool)}
        closed = not program.objects and not self.compiler.links_libraries
        return self._run(tuple(builds.values()), program.sources, tier, out, closed=closed)

    def run_project(
        self, project: ProjectCompiler, variant: Variant, tier: Tier
    ) -> InstrumentedResult:
        """Go as far with a program that the user's own build makes."""
        out = InstrumentedResult()
        wanted: list[tuple[str, Mode, Rewrite | None]] = []
        if self._available(self._guard_instrumentation(), Tier.GUARD, out):
            wanted.append((Mode.GUARD, Mode.GUARD, None))
        race = race_instrumentation(self.clang)
        if tier.includes(Tier.RACES) and self._available(race, Tier.RACES, out):
            wanted.append((Mode.RACES, Mode.RACES, arranged_for_races))
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            futures = [
                pool.submit(project.build, replace(variant, name=name), mode, rewrite)
                for name, mode, rewrite in wanted
            ]
            made = [future.result() for future in futures]
        builds = [one.build for one in made if one is not None]
        sources = {str(path): text for path, text in variant.texts().items()}
        self._run(builds, sources, tier, out, closed=False)
        for name, _, _ in wanted:
            mine = replace(variant, name=name)
            out.findings = [project.at_home(finding, mine) for finding in out.findings]
        return out

    def _run(
        self,
        made: Sequence[Build],
        sources: Mapping[str, bytes],
        tier: Tier,
        out: InstrumentedResult,
        *,
        closed: bool,
    ) -> InstrumentedResult:
        """Run what was built; ``closed`` tells that all of the program is instrumented."""
        builds = {build.name: build for build in made}
        for build in made:
            self._note_build(build, out)
        guard = self._start_guard(builds.get(Mode.GUARD), sources, closed=closed)
        races = self._start_races(builds.get(Mode.RACES), sources)
        guarded = guard is not None and self._guard(*guard, out)
        raced = races is not None and self._races(races.result(), out)
        if guarded:
            out.reached = Tier.RACES if raced else Tier.GUARD
        return out

    def _programs(
        self, program: InstrumentedProgram, tier: Tier, out: InstrumentedResult
    ) -> list[Program]:
        programs = []
        guard = self._guard_instrumentation()
        if self._available(guard, Tier.GUARD, out):
            programs.append(_instrumented(Mode.GUARD, Mode.GUARD, program.units, program, guard))
        race = race_instrumentation(self.clang)
        if tier.includes(Tier.RACES) and self._available(race, Tier.RACES, out):
            units = self.compiler.rewritten(
                program.units, lambda _, text: arranged_for_races(text), "arranged"
            )
            programs.append(_instrumented(Mode.RACES, Mode.RACES, units, program, race))
        return programs

    def _with_copies(self, program: Program) -> Program:
        """Return a program for races whose unwatched launches cost nothing, others as they are."""
        if program.name != Mode.RACES or not self.watching.often:
            return program
        name = f"unwatched-{program.name}"
        units = with_unwatched_copies(self.compiler, program.units, self.watching.often, name)
        return replace(program, units=units)

    def _guard_instrumentation(self) -> Instrumentation:
        """Return what the guard needs, and what gives kernels the leagues that they ask for."""
        guard = guard_instrumentation(self.clang)
        if not has_whole_leagues(self.command):
            return guard
        return replace(guard, runtime=(*guard.runtime, WHOLE_LEAGUES_SOURCE))

    @staticmethod
    def _available(needed: Instrumentation, tier: Tier, out: InstrumentedResult) -> bool:
        if needed.missing:
            what = ", ".join(needed.missing)
            out.notes.append(f"{tier.value} did not run: this clang has no {what}")
        return not needed.missing

    @staticmethod
    def _note_build(build: Build, out: InstrumentedResult) -> None:
        if build.binary is None:
            step = Step(f"compile for {build.name}", StepStatus.FAILED, build.messages)
            out.steps.append(replace(step, seconds=build.seconds))
            out.notes.append(f"the build for '{build.name}' failed; its tier did not run")

    def _start_guard(
        self, build: Build | None, sources: Mapping[str, bytes], *, closed: bool
    ) -> tuple[Future[GuardedRun], Path] | None:
        """Let a program run under the guard (T2), in a directory of its own."""
        if build is None or build.binary is None:
            return None
        directory = self.directory("guard")
        run = self.pool.submit(
            run_guarded,
            build.binary,
            self.command,
            directory,
            self.clang,
            GUARD_SLOWDOWN * self.timeout,
            sources,
            watch_reads=closed,
        )
        return run, directory

    @staticmethod
    def _guard(running: Future[GuardedRun], directory: Path, out: InstrumentedResult) -> bool:
        """Note what the guard found and tell whether the run counts."""
        run = running.result()
        out.redundant = run.redundant
        out.steps.append(_step("run under the guard", run.execution))
        out.guarded = run.execution, directory
        if run.execution.exit_code == 0:
            out.ended = "under the guard", run.execution.seconds
        counts = _counts(run, out)
        for finding in run.findings:
            if finding.kind is FindingKind.HOST_ERROR:
                out.notes.append(str(finding))
            elif finding.kind is not FindingKind.UNMAPPED_ARGUMENT:
                out.findings.append(finding)
            elif not counts:  # else the guard saw that nothing follows the pointer
                out.notes.append(str(finding))
        return counts

    def _start_races(
        self, build: Build | None, sources: Mapping[str, bytes]
    ) -> Future[RaceRun] | None:
        """Let a program run under the race detector (T3); None when it was not built."""
        if build is None or build.binary is None:
            return None
        return self.pool.submit(
            run_for_races,
            build.binary,
            without_whole_leagues(self.command),  # a few threads are enough, and quick
            self.directory("races"),
            self.clang,
            RACE_SLOWDOWN * self.timeout,
            sources,
            self.watching,
        )

    @staticmethod
    def _races(run: RaceRun, out: InstrumentedResult) -> bool:
        """Note what the race detector found and tell whether the run counts."""
        out.steps.append(_step("run for races", run.execution))
        if run.execution.exit_code == 0 and out.ended is None:
            out.ended = "under the race detector", run.execution.seconds
        out.findings += run.findings
        if run.watched < run.launches:
            out.notes.append(
                f"T3 watched {run.watched} of {run.launches} launches: the first {FIRST} of each "
                "construct, and ever fewer of the others; --every-launch watches all"
            )
        if run.some_pages:
            out.notes.append(
                "T3 watched, of launches with the most accesses, one page of memory in eight after "
                "the first 4 million accesses of each thread; --every-launch watches all"
            )
        return run.execution.exit_code is not None


def _instrumented(
    name: str,
    mode: Mode,
    units: Sequence[Unit],
    program: InstrumentedProgram,
    instrumentation: Instrumentation,
) -> Program:
    mine = [replace(unit, mode=mode) for unit in units]
    mine += [Unit(source, source, Mode.RUNTIME) for source in instrumentation.runtime]
    return Program(name, tuple(mine), program.objects)


def _step(name: str, execution: Execution) -> Step:
    ended = execution.exit_code is not None and execution.exit_code >= 0
    status = StepStatus.PASSED if ended else StepStatus.FAILED
    return Step(name, status, execution.describe(), execution.seconds)


def _counts(run: GuardedRun, out: InstrumentedResult) -> bool:
    """Tell whether a run under the guard says something about every kernel; note why not."""
    if run.unguarded:
        out.notes.append(
            f"T2 did not watch {run.unguarded} of {run.kernels} kernels: other host threads were "
            "running"
        )
    if not run.complete and not run.findings:
        out.notes.append("T2 did not end: the program died or was stopped under the guard")
    return run.complete and run.unguarded == 0
