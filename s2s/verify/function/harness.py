# SPDX-License-Identifier: Apache-2.0
"""Verify a single function with inputs that are made up: no main, no input files.

From the analysis of the original comes what the function is given (:mod:`signature`), which cases
are tried (:mod:`generated_cases`) and a driver in C (:mod:`driver_text`), which follows the text of
the file so that static functions can be called and places stay what they are. Cases that the
original itself is not defined for are left out (:mod:`screening`). What remains are two programs
with a main, which are verified like any other.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from s2s.analysis.manager import Analyses
from s2s.errors import UsageError
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import Comparison, VerificationReport
from s2s.verify.compare import Format, Tolerance
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit, is_object
from s2s.verify.evidence import Evidence
from s2s.verify.function.driver_text import RENAMED_MAIN, driver_text, outputs_of
from s2s.verify.function.generated_cases import Case, cases_for, more_cases_for
from s2s.verify.function.roles import loop_depth
from s2s.verify.function.screening import PLAN, Screened, Screening
from s2s.verify.function.signature import NoDriver, Signature, signature_of
from s2s.verify.instrument import RUNTIME, missing_for_measuring, missing_for_screening
from s2s.verify.offload import verify_offload
from s2s.verify.request import OutputFile, VerificationRequest
from s2s.verify.sandbox import Confinement
from s2s.verify.session import confinement_of
from s2s.verify.tiers import Tier

SCREENING_SECONDS = 10.0
"""How long the original may take for one case."""
ENOUGH_CASES = 8
_SINGLE = Tolerance(absolute=1e-5)
_DOUBLE = Tolerance(absolute=1e-10)
"""Inputs are about 1, so that this much of a difference of sums is rounding."""


def verify_function(
    request: VerificationRequest, analyses: Analyses, name: str
) -> VerificationReport:
    """Verify one function of the original against the result's function of that name.

    ``analyses`` are those of the original. The request's command and output files do not matter.
    The verdict is NOT_RUN where no inputs can be made, with the parameter and what is missing.
    Raises UsageError when there is no such function, and what ``verify_offload`` raises.
    """
    started = time.perf_counter()
    function = analyses.program.function(name)
    if function is None:
        known = ", ".join(f.name for f in analyses.program.functions)
        raise UsageError(
            f"{request.original} defines no function '{name}'", hint=f"it defines {known}"
        )
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        return verify_offload(replace(request, run=None))
    try:
        if analyses.program.language != "c":
            raise NoDriver("drivers are made for C only")
        signature = signature_of(function, analyses)
    except NoDriver as reason:
        return _not_run(request, f"no inputs can be made for '{name}': {reason}")
    depth = loop_depth(function, analyses.facts)
    with _scratch(request.scratch_dir) as scratch:
        report = _Verification(request, signature, clang, scratch, depth).verify()
    return replace(report, original=request.original, seconds=time.perf_counter() - started)


@contextmanager
def _scratch(directory: Path | None) -> Iterator[Path]:
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="s2s-function-", dir=directory))
        return
    with tempfile.TemporaryDirectory(prefix="s2s-function-") as name:
        yield Path(name)


def _not_run(request: VerificationRequest, reason: str) -> VerificationReport:
    return Evidence(request.original).not_run(Tier.NONE, reason)


@dataclass(frozen=True, slots=True)
class _Verification:
    """The verification of one function under way."""

    request: VerificationRequest
    signature: Signature
    clang: Clang
    scratch: Path
    depth: int

    def verify(self) -> VerificationReport:
        """Screen the cases, and verify with those that are left."""
        driver = driver_text(self.signature)
        original = self.scratch / "original" / self.request.original.name
        original.parent.mkdir()
        original.write_bytes(_followed(self.request.original.read_bytes(), driver))
        builds = self._screening_builds(original)
        if any(build.binary is None for build in builds):
            messages = "\n".join(b.messages for b in builds if b.binary is None)
            reason = f"the original and its driver do not compile: {messages[:2000]}"
            return _not_run(self.request, reason)
        screened = self._screened(builds)
        kept = tuple(s.case for s in screened if not s.problem)
        notes = (*self._notes(screened), *self.signature.notes)
        if not kept:
            reason = f"'{self.signature.function.name}' is not defined for any case that was made"
            return replace(_not_run(self.request, reason), notes=notes)
        report = verify_offload(self._with_driver(original, driver, kept))
        return replace(
            report,
            comparisons=_condensed(report.comparisons, len(kept)),
            notes=(*notes, *report.notes),
        )

    def _screened(self, builds: tuple[Build, ...]) -> tuple[Screened, ...]:
        """Return the usual cases, and others where few of those are defined."""
        measuring, *screening = (build.binary for build in builds)
        assert measuring is not None
        timeout = min(SCREENING_SECONDS, self.request.timeout_s)
        asked = Screening(
            self.signature,
            self.clang,
            measuring,
            screening[0] if screening else None,
            self.scratch / "cases",
            timeout,
            self._confinement(protecting=True),
        )
        screened = asked.screen(cases_for(self.signature, self.depth))
        if sum(not s.problem for s in screened) < ENOUGH_CASES:
            screened += asked.screen(more_cases_for(self.signature, self.depth))
        return screened

    def _screening_builds(self, original: Path) -> tuple[Build, ...]:
        """Build the original with its driver for measuring and, if possible, for screening."""
        modes = [Mode.MEASURE]
        if not missing_for_screening(self.clang):
            modes.append(Mode.SCREEN)
        compiler = Compiler(
            self.clang, self._arguments(), self._build_dir, confinement=self._confinement()
        )
        extra = self._extra()
        programs = []
        for mode in modes:
            units = [Unit(original, self.request.original, mode)]
            units += [Unit(path, path, mode) for path in extra if not is_object(path)]
            objects = tuple(path for path in extra if is_object(path))
            programs.append(Program(mode.value, tuple(units), objects))
        with ThreadPoolExecutor(max_workers=2) as pool:
            return compiler.build(programs, pool)

    @property
    def _build_dir(self) -> Path:
        return self.scratch / "build"

    def _confinement(self, *, protecting: bool = False) -> Confinement | None:
        """Return what compilers, or (``protecting`` what is built) programs are confined to."""
        if not self.request.untrusted:
            return None
        confinement = confinement_of(self.request, self.clang, self.scratch)
        return confinement.protecting(self._build_dir) if protecting else confinement

    def _arguments(self) -> tuple[str, ...]:
        header = str(RUNTIME / "harness.h")
        neighbours = f"-iquote{self.request.original.absolute().parent}"
        return (*self.request.clang_args, RENAMED_MAIN, "-include", header, neighbours)

    def _extra(self) -> tuple[Path, ...]:
        return (*self.request.extra_sources, RUNTIME / "harness.c")

    def _with_driver(
        self, original: Path, driver: bytes, cases: Sequence[Case]
    ) -> VerificationRequest:
        """Return the request to verify the two programs."""
        work_dir = self.scratch / "work"
        work_dir.mkdir()
        work_dir.joinpath(PLAN).write_text("".join(case.text for case in cases))
        request, device = self.request, self.request.device_text
        files = [
            OutputFile(PurePath(case.label) / name, Format(kind))
            for case in cases
            for name, kind in _outputs(case, self.signature)
        ]
        single = any(i.element.kind == "f32" for i in self.signature.inputs)
        return replace(
            request,
            original=original,
            result=request.result or request.original,
            result_text=_followed(request.result_text, driver),
            device_text=None if device is None else _followed(device, driver),
            against_itself=False,
            clang_args=self._arguments(),
            extra_sources=self._extra(),
            run=("./a.out", PLAN),
            output_files=tuple(files),
            work_dir=work_dir,
            tolerance=_SINGLE if single else _DOUBLE,
        )

    def _notes(self, screened: Sequence[Screened]) -> Iterator[str]:
        """Say how many cases there are, and what became of the others."""
        name = self.signature.function.name
        kept = sum(not s.problem for s in screened)
        yield f"'{name}' was run with {kept} of {len(screened)} generated cases"
        problems = Counter(s.problem for s in screened if s.problem)
        for problem, count in problems.items():
            first = next(s.case.label for s in screened if s.problem == problem)
            yield f"{count} discarded, where the original is not defined: {problem} ({first})"
        missing = (*missing_for_measuring(self.clang), *missing_for_screening(self.clang))
        if missing:
            yield f"cases were not looked at for all undefined behaviour: no {', '.join(missing)}"


def _outputs(case: Case, signature: Signature) -> tuple[tuple[str, str], ...]:
    """Return name and kind of what is written; of two that overlap, the first stands for both."""
    owners = {
        b.symbol.name: signature.inputs[case.buffers[n].alias].symbol.name
        for n, b in signature.buffers
        if case.buffers[n].alias >= 0
    }
    written = ((owners.get(name, name), kind) for name, kind in outputs_of(signature))
    return tuple(dict.fromkeys(written))


def _followed(text: bytes, driver: bytes) -> bytes:
    return text + (b"" if text.endswith(b"\n") else b"\n") + driver


def _condensed(comparisons: Sequence[Comparison], cases: int) -> tuple[Comparison, ...]:
    """Return comparisons with those of equal buffers put together, one for each run."""
    out: list[Comparison] = []
    together: dict[str, list[Comparison]] = {}
    for comparison in comparisons:
        if comparison.equal and "/" in comparison.stream:
            together.setdefault(comparison.run, []).append(comparison)
        else:
            out.append(comparison)
    for run, equal in together.items():
        stream = f"{len(equal)} results of {cases} cases"
        numbers, inexact = sum(c.numbers for c in equal), sum(c.inexact for c in equal)
        out.append(Comparison(run, stream, numbers, inexact, max(c.worst for c in equal)))
    return tuple(out)
