# SPDX-License-Identifier: Apache-2.0
"""Tier T4: run the result on a GPU, here or behind a launcher, and compare it with the original.

Before the program, a small target region that is known to be right runs in the same place. Where
that one does not run, the GPU, its driver or the runtime is not there, and nothing is said about
the program: without a GPU the offload runtime ends any program by a signal.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from s2s.errors import ToolchainError, UsageError
from s2s.profile.gpu_times import GpuTimes, trace_times
from s2s.toolchain.clang import Clang
from s2s.toolchain.gpus import gpus_here, nvidia_gpus
from s2s.verify.base import VerificationReport
from s2s.verify.builds import device_program
from s2s.verify.bundle.libraries import stand_in
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit
from s2s.verify.instrument import RUNTIME
from s2s.verify.launch import LAUNCH_SECONDS, Launch, Launched
from s2s.verify.outcomes import Reference, noted
from s2s.verify.session import Session
from s2s.verify.static.kernels import device_libraries_missing
from s2s.verify.tiers import Tier

PROBE = RUNTIME / "probe.c"

_ARCHITECTURE = re.compile(r"sm_\d{2,3}a?|gfx[0-9a-f]{3,5}")
_GPU = "gpu"
_TRACE = "times.json"
_SHOWN_LINES = 5


def run_on_gpu(
    session: Session, reference: Reference, report: VerificationReport
) -> VerificationReport:
    """Go on with T4 after the other tiers have passed.

    The tier is reached if those before it are. What keeps the program from running is a note, and
    the verdict stays as it was.
    """
    if not report.passed or not session.has_regions:
        return report
    try:
        directory = _shared_directory(session)
    except OSError as error:
        return _did_not_run(session, report, f"no directory to share: {error.strerror}")
    try:
        launched = _launched(session, reference, directory)
        if launched.execution is None:
            return _did_not_run(session, report, launched.obstacle)
        outcome = noted(session, _GPU, launched.execution, directory / f"run-{_GPU}")
        times = times_in(directory / _TRACE, ", ".join(_architectures(session)[0]))
    finally:
        if directory != session.scratch:
            shutil.rmtree(directory, ignore_errors=True)
    session.evidence.times = times
    if not reference.compare(_GPU, outcome):
        unequal = session.evidence.unequal
        return session.evidence.failed(Tier.GPU, str(unequal))
    if report.tier is Tier.RACES:
        return session.evidence.passed(Tier.GPU)
    session.evidence.notes.append(
        f"the run on the GPU (T4) is equal; the tier stays {report.tier.value}, as not all tiers "
        "before T4 were reached"
    )
    return session.evidence.passed(report.tier)


def maker_of(arch: str) -> str:
    """Return who makes GPUs of an architecture: ``nvidia`` or ``amd``.

    Raises UsageError for something that is no architecture.
    """
    if not _ARCHITECTURE.fullmatch(arch):
        raise UsageError(
            f"'{arch}' is no GPU architecture", hint="for instance sm_80, sm_90 or gfx90a"
        )
    return "nvidia" if arch.startswith("sm_") else "amd"


def check_architectures(architectures: Iterable[str]) -> None:
    """Check what one machine's GPUs are said to be. Raises UsageError."""
    makers = {maker_of(arch) for arch in architectures}
    if len(makers) > 1:
        raise UsageError(
            "the GPUs of one machine are of one maker", hint="give sm_… or gfx…, not both"
        )


def build_for_gpu(
    clang: Clang,
    arguments: tuple[str, ...],
    program: Program,
    architectures: tuple[str, ...],
    scratch: Path,
) -> tuple[Build, Build]:
    """Build a program for GPUs of one maker, and the probe; ``arguments`` are the user's."""
    compiler = Compiler(clang, arguments, scratch / "build", gpu_architectures=architectures)
    for_probe = replace(compiler, arguments=(), scratch=scratch / "probe")
    units = tuple(replace(unit, mode=Mode.GPU) for unit in program.units)
    probe = Program("probe", (Unit(PROBE, PROBE, Mode.GPU),))
    with ThreadPoolExecutor(max_workers=2) as pool:
        (built,) = compiler.build([replace(program, units=units)], pool)
        (built_probe,) = for_probe.build([probe], pool)
    return built, built_probe


def _launched(session: Session, reference: Reference, shared: Path) -> Launched:
    """Build for the GPU and run there; the directory ``shared`` is seen by both machines."""
    request, clang = session.request, session.clang
    if request.untrusted:
        return Launched(None, "what is not trusted cannot be confined on a GPU")
    architectures, obstacle = _architectures(session)
    if obstacle:
        return Launched(None, obstacle)
    made = device_program(session)
    program = Program(_GPU, made.units, made.objects)
    built, probe = build_for_gpu(clang, request.clang_args, program, architectures, shared / _GPU)
    if built.binary is None or probe.binary is None:
        messages = (built.messages or probe.messages).splitlines()[:_SHOWN_LINES]
        names = ", ".join(architectures)
        return Launched(None, "\n".join((f"it cannot be built for {names}:", *messages)))
    try:
        driver = stand_in(clang, maker_of(architectures[0]), shared / "drivers")
    except ToolchainError as error:
        return Launched(None, error.message)
    own = os.environ.get("LD_LIBRARY_PATH", "").split(":")  # launchers need not pass it on
    return Launch(
        request.launcher,
        built.binary,
        probe.binary,
        reference.command,
        replace(session, scratch=shared).directory(_GPU),
        {
            "OMP_TARGET_OFFLOAD": "MANDATORY",
            "LIBOMPTARGET_PROFILE": str(shared / _TRACE),
            "LIBOMPTARGET_PROFILE_GRANULARITY": "0",
        },
        (driver.parent, clang.library_dir, *(Path(entry) for entry in own if entry)),
        request.timeout_s,
        reference.outcome.execution.exit_code,
    ).run()


def times_in(trace: Path, device: str) -> GpuTimes | None:
    """Return the times in the runtime's trace of a run on ``device``, None where there are none."""
    try:
        times = trace_times(trace.read_bytes(), device)
    except (OSError, ValueError):
        return None
    return times if times.sites else None


def _architectures(session: Session) -> tuple[tuple[str, ...], str]:
    """Return what to build for, all of one maker, or why that is not known."""
    request = session.request
    wanted = request.run_architectures
    if not wanted and request.launcher:
        wanted = nvidia_gpus(request.launcher, LAUNCH_SECONDS)
        if not wanted:
            return (), (
                "nvidia-smi tells of no GPU through the launcher; name its architecture with "
                "--gpu-arch if there is one"
            )
    wanted = wanted or gpus_here()
    if not wanted:
        return (), "no GPU here"
    missing = device_libraries_missing(session.clang, wanted[0])
    if missing:
        return (), f"it cannot be built for {wanted[0]}: no {missing}"
    maker = maker_of(wanted[0])
    return tuple(arch for arch in wanted if maker_of(arch) == maker), ""


def _shared_directory(session: Session) -> Path:
    """Return a directory that another machine sees, too: below the current one, unless told."""
    if not session.request.launcher or session.request.scratch_dir is not None:
        return session.scratch
    return Path(tempfile.mkdtemp(prefix=".s2s-launch-", dir=Path.cwd()))


def _did_not_run(session: Session, report: VerificationReport, why: str) -> VerificationReport:
    session.evidence.notes.append(f"T4 did not run: {why}")
    return session.evidence.passed(report.tier)
