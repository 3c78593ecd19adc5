# SPDX-License-Identifier: Apache-2.0
"""Take one text of a program through the tiers, cheapest first, until one of them finds fault.

The same builds, runs and comparisons as in a verification, but what all mutants of a program have
in common (the original's run, the runtime of the sanitizers, further sources) is made once, and
nothing is built for a tier that is not reached.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.compare import Rules, compare_exit_codes, compare_text
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.findings import FindingKind
from s2s.verify.guard import run_guarded
from s2s.verify.instrument import guard_instrumentation, race_instrumentation
from s2s.verify.race_text import arranged_for_races
from s2s.verify.races import run_for_races
from s2s.verify.run import Execution, RunCommand, run_on_device, run_on_host
from s2s.verify.tiers import Tier
from s2s.verify.watched import Watching
from tests.verify.mutation.subjects import Subject

Environment = tuple[tuple[str, str], ...]

SECONDS = 20.0
"""Limit of a plain run; instrumented ones get ten times as much."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The tier that found fault (NONE: none did), and what it said; ``COMPILE`` never ran."""

    tier: Tier
    reason: str = ""


class BuildError(Exception):
    """What is shared by all mutants of a program does not compile."""


RUNTIMES = {Mode.GUARD: guard_instrumentation, Mode.RACES: race_instrumentation}


def built_runtimes(clang: Clang, scratch: Path) -> dict[Mode, tuple[Path, ...]]:
    """Compile the runtimes that instrumented programs are linked with."""
    out = {}
    for mode, instrumentation in RUNTIMES.items():
        units = [Unit(path, path, Mode.RUNTIME) for path in instrumentation(clang).runtime]
        objects = Compiler(clang, (), scratch / mode.value).compile_objects(units)
        if objects is None:
            raise BuildError(f"the runtime for {mode.value} does not compile")
        out[mode] = objects
    return out


class Builds:
    """One text of a program, built for a tier when the tier is asked."""

    def __init__(self, trials: Trials, text: bytes, folder: Path) -> None:
        self.trials = trials
        self.text = text
        self.folder = folder
        self._binaries: dict[str, Path | None] = {}

    def binary(self, name: str, mode: Mode, text: bytes) -> Path | None:
        """Return a program, None when it does not compile."""
        if name not in self._binaries:
            folder = self.folder / name
            folder.mkdir(parents=True)
            source = folder / self.trials.subject.source.name
            source.write_bytes(text)
            unit = Unit(source, self.trials.subject.source, mode)
            self._binaries[name] = self.trials.built([unit], mode, folder)
        return self._binaries[name]

    def directory(self, name: str) -> Path:
        """Return a fresh working directory for a run."""
        directory = self.folder / f"run-{name}"
        shutil.rmtree(directory, ignore_errors=True)
        for log in self.folder.glob(f"run-{name}.*"):
            log.unlink()
        directory.mkdir()
        return directory


class Trials:
    """Trials of texts that stand for one program.

    ``runtimes`` are those of the sanitizers, ``objects`` what every program is linked with.
    """

    def __init__(
        self,
        subject: Subject,
        clang: Clang,
        scratch: Path,
        runtimes: Mapping[Mode, tuple[Path, ...]],
        objects: tuple[Path, ...] = (),
    ) -> None:
        self.subject = subject
        self.clang = clang
        self.scratch = scratch
        self.runtimes = runtimes
        self.objects = objects
        self.command = RunCommand("./a.out", subject.arguments)
        self._shared_objects: dict[Mode, tuple[Path, ...]] = {}
        self._count = 0
        scratch.mkdir(parents=True, exist_ok=True)
        source = subject.source
        binary = self.built([Unit(source, source, Mode.SERIAL)], Mode.SERIAL, scratch / "serial")
        if binary is None:
            raise BuildError(f"{source} does not compile")
        self.reference = run_on_host(binary, self.command, scratch, clang, SECONDS)

    @contextmanager
    def builds(self, text: bytes) -> Iterator[Builds]:
        """Give the builds of a text, and remove them in the end."""
        self._count += 1
        folder = self.scratch / f"{os.getpid()}-{self._count}"
        folder.mkdir()
        try:
            yield Builds(self, text, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def judge(
        self, builds: Builds, deepest: Tier = Tier.RACES, environment: Environment = ()
    ) -> Verdict:
        """Go through the tiers until one finds fault, in an environment besides."""
        command = replace(self.command, environment=environment)
        verdict = self._host_device(builds, command)
        if verdict is None and deepest.includes(Tier.GUARD):
            verdict = self._guard(builds, command)
        if verdict is None and deepest.includes(Tier.RACES):
            verdict = self._races(builds, command)
        return verdict or Verdict(Tier.NONE)

    def difference(self, run: Execution) -> str:
        """Return how a run differs from the original's, empty if it does not."""
        comparisons = [
            compare_exit_codes(self.reference.exit_code, run.exit_code, "run"),
            compare_text(self.reference.stdout, run.stdout, Rules()),
        ]
        if self.subject.writes_stderr:
            comparisons.append(
                compare_text(self.reference.stderr, run.stderr, Rules(), stream="stderr")
            )
        return next((str(c) for c in comparisons if not c.equal), "")

    def built(self, units: list[Unit], mode: Mode, scratch: Path) -> Path | None:
        """Build a program with all that it is linked with."""
        compiler = Compiler(self.clang, (*self.subject.clang_args, "-w"), scratch)
        objects = self._shared(mode)
        with ThreadPoolExecutor(1) as pool:
            (build,) = compiler.build([Program("program", tuple(units), objects)], pool)
        return build.binary

    def _host_device(self, builds: Builds, command: RunCommand) -> Verdict | None:
        binary = builds.binary("device", Mode.OFFLOAD, builds.text)
        if binary is None:
            return Verdict(Tier.COMPILE, "does not compile")
        run = run_on_device(binary, command, builds.directory("device"), self.clang, SECONDS)
        difference = self.difference(run)
        return Verdict(Tier.HOST_DEVICE, difference) if difference else None

    def _guard(self, builds: Builds, command: RunCommand) -> Verdict | None:
        binary = builds.binary("guard", Mode.GUARD, builds.text)
        if binary is None:
            return Verdict(Tier.COMPILE, "does not compile for the guard")
        sources = {str(self.subject.source): builds.text}
        where = builds.directory("guard")
        run = run_guarded(binary, command, where, self.clang, 10 * SECONDS, sources)
        ignored = (FindingKind.HOST_ERROR, FindingKind.UNMAPPED_ARGUMENT)
        for finding in run.findings:
            if finding.kind not in ignored:
                return Verdict(Tier.GUARD, str(finding))
        if not run.complete:
            return Verdict(Tier.GUARD, f"died under the guard: {run.execution.describe()}"[:500])
        difference = self.difference(run.execution)
        return Verdict(Tier.GUARD, difference) if difference else None

    def _races(self, builds: Builds, command: RunCommand) -> Verdict | None:
        sources = {str(self.subject.source): builds.text}
        binary = builds.binary("races", Mode.RACES, arranged_for_races(builds.text))
        if binary is None:
            return Verdict(Tier.COMPILE, "does not compile for the race detector")
        where = builds.directory("races")
        run = run_for_races(binary, command, where, self.clang, 10 * SECONDS, sources, Watching())
        if run.findings:
            return Verdict(Tier.RACES, str(run.findings[0]))
        return Verdict(Tier.RACES, "did not end") if run.execution.timed_out else None

    def _shared(self, mode: Mode) -> tuple[Path, ...]:
        """Return the objects that every program of a mode is linked with, made once."""
        if mode not in self._shared_objects:
            units = [Unit(path, path, mode) for path in self.subject.link_with]
            folder = self.scratch / f"shared-{mode.value}"
            compiler = Compiler(self.clang, (*self.subject.clang_args, "-w"), folder)
            objects = compiler.compile_objects(units)
            if objects is None:
                raise BuildError(f"what {self.subject.name} is linked with does not compile")
            more = self.objects if mode is not Mode.SERIAL else ()
            self._shared_objects[mode] = (*objects, *self.runtimes.get(mode, ()), *more)
        return self._shared_objects[mode]
