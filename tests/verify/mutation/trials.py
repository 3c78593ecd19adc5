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
from dataclasses import dataclass
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.compare import Rules, compare_exit_codes, compare_text
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.findings import FindingKind
from s2s.verify.guard import run_guarded
from s2s.verify.instrument import guard_instrumentation, race_instrumentation
from s2s.verify.race_text import arranged_for_races
from s2s.verify.races import League, run_for_races
from s2s.verify.run import Execution, RunCommand, run_on_device, run_on_host
from s2s.verify.tiers import Tier
from tests.verify.mutation.subjects import Subject

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


class Trials:
    """Trials of texts that stand for one program; ``runtimes`` are those of the sanitizers."""

    def __init__(
        self,
        subject: Subject,
        clang: Clang,
        scratch: Path,
        runtimes: Mapping[Mode, tuple[Path, ...]],
    ) -> None:
        self.subject = subject
        self.clang = clang
        self.scratch = scratch
        self.runtimes = runtimes
        self.command = RunCommand("./a.out", subject.arguments)
        self._objects: dict[Mode, tuple[Path, ...]] = {}
        self._count = 0
        scratch.mkdir(parents=True, exist_ok=True)
        source = subject.source
        binary = self._built([Unit(source, source, Mode.SERIAL)], Mode.SERIAL, scratch / "serial")
        if binary is None:
            raise BuildError(f"{source} does not compile")
        self.reference = run_on_host(binary, self.command, scratch, clang, SECONDS)

    def judge(self, text: bytes, deepest: Tier = Tier.RACES) -> Verdict:
        """Go through the tiers until one finds fault with a text."""
        with self._folder() as folder:
            source = folder / self.subject.source.name
            source.write_bytes(text)
            verdict = self._host_device(source, folder)
            if verdict is None and deepest.includes(Tier.GUARD):
                verdict = self._guard(source, text, folder)
            if verdict is None and deepest.includes(Tier.RACES):
                verdict = self._races(source, text, folder)
            return verdict or Verdict(Tier.NONE)

    def device_build(self, text: bytes, folder: Path) -> Path | None:
        """Build a text as for T1."""
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / self.subject.source.name
        source.write_bytes(text)
        return self._built([self._unit(source, Mode.OFFLOAD)], Mode.OFFLOAD, folder / "device")

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

    def _host_device(self, source: Path, folder: Path) -> Verdict | None:
        unit = self._unit(source, Mode.OFFLOAD)
        binary = self._built([unit], Mode.OFFLOAD, folder / "device")
        if binary is None:
            return Verdict(Tier.COMPILE, "does not compile")
        run = run_on_device(binary, self.command, folder, self.clang, SECONDS)
        difference = self.difference(run)
        return Verdict(Tier.HOST_DEVICE, difference) if difference else None

    def _guard(self, source: Path, text: bytes, folder: Path) -> Verdict | None:
        binary = self._built([self._unit(source, Mode.GUARD)], Mode.GUARD, folder / "guard")
        if binary is None:
            return Verdict(Tier.COMPILE, "does not compile for the guard")
        sources = {str(self.subject.source): text}
        where = folder / "run"
        where.mkdir()
        run = run_guarded(binary, self.command, where, self.clang, 10 * SECONDS, sources)
        ignored = (FindingKind.HOST_ERROR, FindingKind.UNMAPPED_ARGUMENT)
        for finding in run.findings:
            if finding.kind not in ignored:
                return Verdict(Tier.GUARD, str(finding))
        if not run.complete:
            return Verdict(Tier.GUARD, f"died under the guard: {run.execution.describe()}"[:500])
        difference = self.difference(run.execution)
        return Verdict(Tier.GUARD, difference) if difference else None

    def _races(self, source: Path, text: bytes, folder: Path) -> Verdict | None:
        sources = {str(self.subject.source): text}
        changed = folder / "static" / source.name
        changed.parent.mkdir()
        changed.write_bytes(arranged_for_races(text))
        for path, league in ((changed, League.ONE_TEAM), (source, League.SQUARE)):
            name = league.name.lower()
            binary = self._built([self._unit(path, Mode.RACES)], Mode.RACES, folder / name)
            if binary is None:
                return Verdict(Tier.COMPILE, "does not compile for the race detector")
            where = folder / f"run-{name}"
            where.mkdir()
            run = run_for_races(
                binary, self.command, where, self.clang, 10 * SECONDS, league, sources
            )
            if run.findings:
                return Verdict(Tier.RACES, str(run.findings[0]))
            if run.execution.timed_out:
                return Verdict(Tier.RACES, "did not end")
        return None

    def _unit(self, source: Path, mode: Mode) -> Unit:
        return Unit(source, self.subject.source, mode)

    def _built(self, units: list[Unit], mode: Mode, scratch: Path) -> Path | None:
        compiler = Compiler(self.clang, (*self.subject.clang_args, "-w"), scratch)
        objects = self._shared(mode)
        with ThreadPoolExecutor(1) as pool:
            (build,) = compiler.build([Program("program", tuple(units), objects)], pool)
        return build.binary

    def _shared(self, mode: Mode) -> tuple[Path, ...]:
        """Return the objects that every program of a mode is linked with, made once."""
        if mode not in self._objects:
            units = [Unit(path, path, mode) for path in self.subject.link_with]
            folder = self.scratch / f"shared-{mode.value}"
            compiler = Compiler(self.clang, (*self.subject.clang_args, "-w"), folder)
            objects = compiler.compile_objects(units)
            if objects is None:
                raise BuildError(f"what {self.subject.name} is linked with does not compile")
            self._objects[mode] = (*objects, *self.runtimes.get(mode, ()))
        return self._objects[mode]

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        self._count += 1
        folder = self.scratch / f"{os.getpid()}-{self._count}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
