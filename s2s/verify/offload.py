# SPDX-License-Identifier: Apache-2.0
"""Verification: compile (T0), run on the host device and compare (T1), guard (T2), races (T3).

Under the host device target regions run on this machine's own processor, but in a data environment
of their own: a missing ``map(from: …)`` or ``target update`` shows as a wrong result, as on a GPU.
What T1 cannot see (accesses to unmapped memory that happen to work, races) is what the
instrumented builds of T2 and T3 are for; their runs are compared as well.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from s2s.errors import UsageError
from s2s.profile.transfers import TransferProfile
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import INSTALL_OFFLOAD, discover_clang
from s2s.verify.base import (
    Comparison,
    Step,
    StepStatus,
    VerificationReport,
    VerificationVerdict,
)
from s2s.verify.compare import (
    Format,
    Rules,
    compare_exit_codes,
    compare_file,
    compare_text,
    missing_file,
    resolve_format,
    unstable_places,
)
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit, is_object
from s2s.verify.findings import Finding
from s2s.verify.instrument import guard_instrumentation
from s2s.verify.instrumented import InstrumentedProgram, InstrumentedRuns
from s2s.verify.kernels import GpuBuild, KernelFacts
from s2s.verify.request import VerificationRequest
from s2s.verify.run import (
    Execution,
    RunCommand,
    parse_run_command,
    run_on_device,
    run_on_host,
)
from s2s.verify.scratch import mirror_directory
from s2s.verify.tiers import Tier

ORIGINAL = "original"
RESULT = "result"
DEVICE = "device"

ON_ONE_HOST_THREAD = (
    ("OMP_TARGET_OFFLOAD", "DISABLED"),
    ("OMP_NUM_THREADS", "1"),
    ("OMP_NUM_TEAMS", "1"),
)
"""Environment in which an offload program runs its regions serially, in the host's memory."""

_TARGET = re.compile(rb"(?:#\s*pragma|_Pragma\s*\(\s*\")\s*omp\b(?:\\\r?\n|[^\n])*?\btarget\b")


def verify_offload(request: VerificationRequest) -> VerificationReport:
    """Build the original and the result, run both, compare what they write.

    The verdict is NOT_RUN whenever nothing can be said: no clang with host offload, an original
    that does not compile, does not end or writes something else each time, no run command, no
    target region reached. Raises UsageError for a request that makes no sense, VerificationError
    when a program cannot be started, ToolchainError when ``S2S_CLANG`` is no clang.
    """
    started = time.perf_counter()
    command = parse_run_command(request.run) if request.run is not None else None
    rules = Rules(request.tolerance, ignore=_ignored(request.ignore))
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        report = _not_installed(request, clang)
    else:
        with _scratch(request.scratch_dir) as scratch:
            report = _Verification(request, clang, scratch, command, rules).verify()
    return replace(report, seconds=time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a run left: how it ended and the named files that it wrote."""

    execution: Execution
    files: dict[PurePath, bytes]

    def streams(self, with_stderr: bool) -> dict[str, bytes]:
        """Return the texts that the program wrote, by name."""
        streams = {"stdout": self.execution.stdout}
        if with_stderr:
            streams["stderr"] = self.execution.stderr
        return streams


class _Verification:
    """One verification under way: what was found out so far."""

    def __init__(
        self,
        request: VerificationRequest,
        clang: Clang,
        scratch: Path,
        command: RunCommand | None,
        rules: Rules,
    ) -> None:
        self.request = request
        self.clang = clang
        self.scratch = scratch
        self.command = command
        self.rules = rules
        self.steps: list[Step] = []
        self.comparisons: list[Comparison] = []
        self.notes: list[str] = []
        self.transfers: TransferProfile | None = None
        self.findings: list[Finding] = []
        self.kernels: list[KernelFacts] = []
        self.on_host = False
        self.compiler = Compiler(clang, request.clang_args, scratch / "build")

    def verify(self) -> VerificationReport:
        """Go through the tiers until one of them has the verdict."""
        builds = self._build()
        original = builds.pop(ORIGINAL)
        if original.binary is None:
            return self._not_run(Tier.NONE, "the original does not compile; see the messages")
        binaries = {name: build.binary for name, build in builds.items() if build.binary}
        if len(binaries) < len(builds):
            return self._failed(Tier.COMPILE, "the result does not compile; see the messages")
        if any(step.status is StepStatus.FAILED for step in self.steps):
            return self._failed(Tier.COMPILE, "the result does not compile for a GPU")
        if self.command is None:
            return self._not_run(Tier.COMPILE, "compiled only: no run command was given")
        reference = self._run_original(self.command, original.binary)
        obstacle = self._obstacle(reference)
        if obstacle:
            return self._not_run(Tier.COMPILE, obstacle)
        for name, binary in binaries.items():
            outcome = self._run_variant(self.command, name, binary)
            self._compare(name, reference, outcome, self.command, original.binary)
            if outcome.execution.timed_out:
                break
        deeper = self.request.tier.includes(Tier.GUARD) and self._has_regions()
        report = self._conclude(reference, deeper=deeper and self._can_guard())
        if report.verdict is VerificationVerdict.NOT_RUN and report.tier is not Tier.HOST_DEVICE:
            return report
        if not deeper:
            return report
        return self._instrumented(report, reference, self.command, original.binary)

    def _instrumented(
        self,
        report: VerificationReport,
        reference: _Outcome,
        command: RunCommand,
        original: Path,
    ) -> VerificationReport:
        """Go on with the guard and the race detector (T2, T3).

        After a failure of T1 they are asked all the same: they know where it comes from.
        """
        name = DEVICE if self._device_text() != self.request.result_text else RESULT
        source = self.scratch / name / self.request.original.name
        main = self._program(name, source, self._stands_for(), Mode.OFFLOAD)
        texts = {unit.stands_for: unit.source.read_bytes() for unit in main.units}
        program = InstrumentedProgram(
            main.units, main.objects, {str(k.absolute()): v for k, v in texts.items()}
        )
        timeout = self.request.timeout_s
        runs = InstrumentedRuns(self.clang, self.compiler, command, timeout, self._directory)
        result = runs.run(program, self.request.tier)
        self.steps += result.steps
        self.notes += result.notes
        self.findings += result.findings
        if report.verdict is VerificationVerdict.FAILED:
            return self._failed(report.tier, report.reason)
        if report.verdict is VerificationVerdict.NOT_RUN and not result.findings:
            return self._not_run(report.tier, report.reason)
        if result.findings:
            first = result.findings[0]
            return self._failed(first.tier, str(first))
        if result.guarded is not None:
            outcome = self._collected(*result.guarded)
            self._compare("guard", reference, outcome, command, original)
        unequal = next((c for c in self.comparisons if not c.equal), None)
        if unequal is not None:
            return self._failed(Tier.GUARD, str(unequal))
        return self._report(VerificationVerdict.PASSED, result.reached, "")

    def _device_text(self) -> bytes:
        request = self.request
        return request.result_text if request.device_text is None else request.device_text

    def _can_guard(self) -> bool:
        return not guard_instrumentation(self.clang).missing

    def _has_regions(self) -> bool:
        return _TARGET.search(self._device_text()) is not None

    def _build(self) -> dict[str, Build]:
        """Build the original and the variants side by side (tier T0).

        A program without an original is compared with itself without OpenMP, as a serial program,
        or, where it needs OpenMP's functions, with its run on one thread of the host.
        """
        request = self.request
        texts = {RESULT: request.result_text}
        if request.device_text is not None and request.device_text != request.result_text:
            texts[DEVICE] = request.device_text
        original = request.original
        programs = [self._program(ORIGINAL, original, original, Mode.SERIAL)]
        for name, text in texts.items():
            source = self.scratch / name / request.original.name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_bytes(text)
            programs.append(self._program(name, source, self._stands_for(), Mode.OFFLOAD))
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            gpu = [
                pool.submit(self.compiler.compile_for_gpu, programs[1].units[0], arch)
                for arch in request.gpu_architectures
            ]
            builds = self.compiler.build(programs, pool)
            if request.against_itself and (builds[0].binary is None or b"_OPENMP" in texts[RESULT]):
                self.on_host = True
                programs[0] = self._program(ORIGINAL, original, original, Mode.OFFLOAD)
                builds = (*self.compiler.build(programs[:1], pool), *builds[1:])
        for build in builds:
            status = StepStatus.PASSED if build.binary else StepStatus.FAILED
            self.steps.append(Step(f"compile {build.name}", status, build.messages, build.seconds))
        for future in gpu:
            self._note_gpu_build(future.result())
        return {build.name: build for build in builds}

    def _note_gpu_build(self, build: GpuBuild) -> None:
        status = StepStatus.PASSED if build.ok else StepStatus.FAILED
        self.steps.append(Step(f"compile for {build.arch}", status, build.messages, build.seconds))
        self.kernels += build.kernels

    def _stands_for(self) -> Path:
        """Return the file whose name the result bears."""
        return self.request.result or self.request.original

    def _program(self, name: str, source: Path, stands_for: Path, mode: Mode) -> Program:
        extra = self.request.extra_sources
        units = [Unit(source, stands_for, mode)]
        units += [Unit(path, path, mode) for path in extra if not is_object(path)]
        return Program(name, tuple(units), tuple(path for path in extra if is_object(path)))

    def _run_original(self, command: RunCommand, binary: Path, again: str = "") -> _Outcome:
        directory = self._directory(ORIGINAL + again)
        timeout = self.request.timeout_s
        if self.on_host:
            command = replace(command, environment=(*command.environment, *ON_ONE_HOST_THREAD))
        execution = run_on_host(binary, command, directory, self.clang, timeout)
        return self._outcome(f"run {ORIGINAL}{again}", execution, directory)

    def _run_variant(self, command: RunCommand, name: str, binary: Path) -> _Outcome:
        directory = self._directory(name)
        timeout = self.request.timeout_s
        execution = run_on_device(binary, command, directory, self.clang, timeout)
        self.transfers = execution.transfers
        return self._outcome(f"run {name}", execution, directory)

    def _directory(self, name: str) -> Path:
        """Return a fresh working directory for a run."""
        directory = self.scratch / f"run-{name.replace(' ', '-')}"
        outputs = [output.name for output in self.request.output_files]
        mirror_directory(self.request.work_dir or Path.cwd(), directory, outputs)
        return directory

    def _outcome(self, step: str, execution: Execution, directory: Path) -> _Outcome:
        """Note a run that is over and take in its files."""
        ended = execution.exit_code is not None and execution.exit_code >= 0
        status = StepStatus.PASSED if ended else StepStatus.FAILED
        self.steps.append(Step(step, status, execution.describe(), execution.seconds))
        return self._collected(execution, directory)

    def _collected(self, execution: Execution, directory: Path) -> _Outcome:
        """Take in the files of a run that is over."""
        paths = {out.name: directory / out.name for out in self.request.output_files}
        files = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
        return _Outcome(execution, files)

    def _obstacle(self, reference: _Outcome) -> str:
        """Return why the original is nothing to compare with, empty if it is."""
        code = reference.execution.exit_code
        if code is None:
            return f"the original did not end within {self.request.timeout_s:g} s"
        if code < 0:
            return f"the original itself fails: {reference.execution.describe()}"
        missing = [o.name for o in self.request.output_files if o.name not in reference.files]
        if missing:
            return f"the original did not write {', '.join(map(str, missing))}"
        return ""

    def _compare(
        self, name: str, reference: _Outcome, outcome: _Outcome, command: RunCommand, binary: Path
    ) -> None:
        """Compare a run with the original's; where they differ, ask how stable the original is."""
        comparisons = self._comparisons(name, reference, outcome, {})
        if not all(comparison.equal for comparison in comparisons):
            again = self._run_original(command, binary, f" again for {name}")
            unstable = self._unstable(reference, again)
            if any(unstable.values()):
                comparisons = self._comparisons(name, reference, outcome, unstable)
        self.comparisons += comparisons

    def _comparisons(
        self,
        name: str,
        reference: _Outcome,
        outcome: _Outcome,
        unstable: dict[str, frozenset[tuple[int, int]]],
    ) -> list[Comparison]:
        expected, actual = reference.execution, outcome.execution
        out = [compare_exit_codes(expected.exit_code, actual.exit_code, name)]
        written = outcome.streams(self.request.compare_stderr)
        for stream, text in reference.streams(self.request.compare_stderr).items():
            rules = replace(self.rules, unstable=unstable.get(stream, frozenset()))
            out.append(compare_text(text, written[stream], rules, name, stream))
        for output in self.request.output_files:
            stream = str(output.name)
            content = outcome.files.get(output.name)
            rules = replace(self.rules, unstable=unstable.get(stream, frozenset()))
            mine = reference.files[output.name]
            if content is None:
                out.append(missing_file(mine, name, stream))
            else:
                out.append(compare_file(mine, content, output.format, rules, name, stream))
        return out

    def _unstable(self, one: _Outcome, two: _Outcome) -> dict[str, frozenset[tuple[int, int]]]:
        """Return, by stream, the values that differ between two runs of the original."""
        again = two.streams(self.request.compare_stderr)
        places = {
            stream: unstable_places(text, again[stream])
            for stream, text in one.streams(self.request.compare_stderr).items()
        }
        for output in self.request.output_files:
            mine, theirs = one.files[output.name], two.files.get(output.name, b"")
            if resolve_format(output.format, mine) is Format.TEXT:
                places[str(output.name)] = unstable_places(mine, theirs)
        return places

    def _conclude(self, reference: _Outcome, *, deeper: bool) -> VerificationReport:
        """Return the verdict on runs that took place (tier T1).

        A pointer with nothing mapped at it may be a pointer of the device, or never be followed;
        ``deeper`` leaves that question to the guard.
        """
        unequal = next((c for c in self.comparisons if not c.equal), None)
        if unequal is not None:
            return self._failed(Tier.HOST_DEVICE, str(unequal))
        transfers = self.transfers or TransferProfile()
        if transfers.unmapped and not deeper:
            names = ", ".join(f"{u.name} (line {u.line})" for u in transfers.unmapped)
            reason = f"pointers are used in target regions with nothing mapped there: {names}"
            self.steps.append(Step("check mapped pointers", StepStatus.FAILED, reason))
            return self._failed(Tier.HOST_DEVICE, reason)
        self._note_weak_evidence(reference)
        if not self._has_regions():
            self.notes.append("the result has no target region: it was compared as it is")
        elif transfers.launches == 0:
            return self._not_run(
                Tier.HOST_DEVICE, "no target region was reached: give a run that reaches one"
            )
        if self._nothing_stable():
            return self._not_run(
                Tier.HOST_DEVICE, "every value differs from one run of the original to the next"
            )
        return self._report(VerificationVerdict.PASSED, Tier.HOST_DEVICE, "")

    def _note_weak_evidence(self, reference: _Outcome) -> None:
        """Say for people what the comparison did not cover."""
        unstable = sum(c.unstable for c in self.comparisons)
        if unstable:
            self.notes.append(
                f"{unstable} values that differ between two runs of the original were not compared"
            )
        written = reference.streams(self.request.compare_stderr).values()
        if not any(written) and not self.request.output_files:
            self.notes.append("the program writes nothing: only its exit code was compared")

    def _nothing_stable(self) -> bool:
        """Tell whether numbers were left out as unstable and none remained."""
        values = [c for c in self.comparisons if c.stream != "exit code"]
        return any(c.unstable for c in values) and not any(c.numbers for c in values)

    def _failed(self, tier: Tier, reason: str) -> VerificationReport:
        return self._report(VerificationVerdict.FAILED, tier, reason)

    def _not_run(self, tier: Tier, reason: str) -> VerificationReport:
        return self._report(VerificationVerdict.NOT_RUN, tier, reason)

    def _report(self, verdict: VerificationVerdict, tier: Tier, reason: str) -> VerificationReport:
        return VerificationReport(
            self.request.original,
            verdict,
            tier,
            reason,
            tuple(self.steps),
            tuple(self.comparisons),
            self.transfers,
            tuple(self.notes),
            tuple(self.findings),
            tuple(self.kernels),
        )


def _ignored(patterns: tuple[str, ...]) -> re.Pattern[bytes] | None:
    if not patterns:
        return None
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns).encode())
    except re.error as error:
        raise UsageError(f"a pattern of lines to ignore cannot be read: {error}") from error


@contextmanager
def _scratch(directory: Path | None) -> Iterator[Path]:
    """Give a scratch directory: a temporary one, or a fresh one below ``directory`` to keep."""
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="s2s-verify-", dir=directory))
        return
    with tempfile.TemporaryDirectory(prefix="s2s-verify-") as name:
        yield Path(name)


def _not_installed(request: VerificationRequest, clang: Clang | None) -> VerificationReport:
    if clang is None:
        what = "there is no clang"
    else:
        what = f"{clang.path} cannot build for the host device: no {', '.join(clang.missing)}"
    reason = f"{what}; install it: {INSTALL_OFFLOAD}"
    step = Step("find a compiler", StepStatus.SKIPPED, reason)
    return VerificationReport(
        request.original, VerificationVerdict.NOT_RUN, Tier.NONE, reason, (step,)
    )
