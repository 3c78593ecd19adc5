# SPDX-License-Identifier: Apache-2.0
"""Verification: compile (T0), run on the host device (T1), guard (T2), races (T3), GPU (T4).

Each tier is a module of its own; here is the order in which they are asked, and what their answers
make of the verdict. What T1 cannot see (accesses to unmapped memory that happen to work, races) is
what the instrumented builds of T2 and T3 are for; their runs are compared as well.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from s2s.errors import UsageError
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import INSTALL_OFFLOAD, discover_clang
from s2s.verify.base import Step, StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.builds import build_programs, device_program
from s2s.verify.compare import Rules
from s2s.verify.compile import Compiler
from s2s.verify.evidence import Evidence
from s2s.verify.findings import FindingKind
from s2s.verify.gpu import run_on_gpu
from s2s.verify.host_device import counts, run_on_host_device
from s2s.verify.inputs import read_cases
from s2s.verify.instrument import guard_instrumentation
from s2s.verify.instrumented import InstrumentedResult, InstrumentedRuns
from s2s.verify.lanes import lanes
from s2s.verify.leagues import with_whole_leagues
from s2s.verify.orders import OrderResult, start_orders
from s2s.verify.outcomes import Reference, believable, collected, run_original
from s2s.verify.project.builder import ProjectCompiler, check_command, project_program
from s2s.verify.project.builds import build_projects, project_variants
from s2s.verify.regions.compare import compared_by_region
from s2s.verify.request import VerificationRequest
from s2s.verify.run import RunCommand, parse_run_command
from s2s.verify.session import Session, confinement_of
from s2s.verify.static.static_checks import INTERFACE_STEP, STRUCTURE_STEP
from s2s.verify.tiers import Tier
from s2s.verify.watched import Watching
from s2s.verify.work import note_work

_OF_KEPT_COPIES = (FindingKind.HOST_READS_LOST, FindingKind.HOST_READS_STALE)
"""What is no fault of a program that is right only if the host keeps its own values."""


def verify_offload(request: VerificationRequest) -> VerificationReport:
    """Build the original and the result, run both, compare what they write.

    The verdict is NOT_RUN whenever nothing can be said: no clang with host offload, an original
    that does not compile, does not end or writes something else each time, no run command, no
    target region reached. Raises UsageError for a request that makes no sense, VerificationError
    when a program cannot be started, ToolchainError when ``S2S_CLANG`` is no clang.
    """
    started = time.perf_counter()
    command = parse_run_command(request.run) if request.run is not None else None
    cases = read_cases(request.inputs, command) if request.inputs is not None else ()
    overlay = None
    if command is None and cases:
        command, overlay, cases = cases[0].command, cases[0].overlay, cases[1:]
    rules = Rules(request.tolerance, ignore=ignored_lines(request.ignore))
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        report = _not_installed(request, clang)
    else:
        with _scratch(request.scratch_dir) as scratch:
            compiler = Compiler(clang, request.clang_args, scratch / "build")
            evidence = Evidence(request.original)
            if request.untrusted:
                confinement = confinement_of(request, clang, scratch)
                evidence.notes.append(f"untrusted: confined by {confinement.describe()}")
                compiler = replace(compiler, confinement=confinement)
                confined = confinement.protecting(compiler.scratch)
                command = command and replace(command, confinement=confined)
                cases = tuple(
                    replace(case, command=replace(case.command, confinement=confined))
                    for case in cases
                )
            project = _project(request, compiler, command)
            session = Session(
                request, clang, scratch, rules, compiler, evidence, cases, overlay, project
            )
            report = _verify(session, command)
    return replace(report, seconds=time.perf_counter() - started)


def _verify(session: Session, command: RunCommand | None) -> VerificationReport:
    """Go through the tiers until one of them has the verdict."""
    evidence, request = session.evidence, session.request
    builds = build_programs(session) if session.project is None else build_projects(session)
    if builds.obstacle:
        return evidence.not_run(Tier.NONE, builds.obstacle)
    if builds.original is None:
        return evidence.not_run(Tier.NONE, "the original does not compile; see the messages")
    variants = {name: binary for name, binary in builds.variants.items() if binary}
    if len(variants) < len(builds.variants):
        return evidence.failed(Tier.COMPILE, "the result does not compile; see the messages")
    if evidence.failed_step is not None:
        return evidence.failed(Tier.COMPILE, _static_fault(evidence.failed_step))
    if command is None:
        return evidence.not_run(Tier.COMPILE, "compiled only: no run command was given")
    if session.deals_by_number:
        command = with_whole_leagues(command)
    reference = run_original(session, command, builds.original, builds.on_host)
    deeper = request.tier.includes(Tier.GUARD) and session.has_regions
    can_guard = not guard_instrumentation(session.clang).missing
    if reference.obstacle:
        if deeper and request.against_itself and reference.crashed:
            _looked_closer(session, reference, permute=False)
        return _found_or_not_run(session, reference.obstacle)
    if request.against_itself and session.has_regions:
        reference = believable(reference, next(reversed(variants.values())))
    if request.count_work and session.has_regions:
        note_work(session, command)
    report = run_on_host_device(session, reference, variants, deeper=deeper and can_guard)
    if counts(report) and not session.deals_by_number:
        report = compared_by_region(session, report, reference)
    if deeper and counts(report):
        report = _instrumented(session, report, reference)
    return run_on_gpu(session, reference, report) if request.tier.includes(Tier.GPU) else report


def _found_or_not_run(session: Session, obstacle: str) -> VerificationReport:
    """Return the report on a program whose own run on the host is nothing to compare with.

    What makes it crash there may be what the guard or the race detector found.
    """
    evidence = session.evidence
    if not evidence.findings:
        return evidence.not_run(Tier.COMPILE, obstacle)
    first = evidence.findings[0]
    return evidence.failed(first.tier, str(first))


def _static_fault(step: Step) -> str:
    """Return the fault that a step of T0 found, as one sentence."""
    if step.name in (STRUCTURE_STEP, INTERFACE_STEP):
        return f"{step.name}: {step.detail}"
    return "the result does not compile for a GPU"


def _instrumented(
    session: Session, report: VerificationReport, reference: Reference
) -> VerificationReport:
    """Go on with the guard (T2), the race detector and other orders of iterations (T3).

    After a failure of T1 they are asked all the same: they know where it comes from.
    """
    evidence = session.evidence
    result = _looked_closer(session, reference)
    if report.verdict is VerificationVerdict.FAILED:
        slow = _only_slow(session, reference, result)
        return (
            evidence.not_run(Tier.COMPILE, slow)
            if slow
            else evidence.failed(report.tier, report.reason)
        )
    if report.verdict is VerificationVerdict.NOT_RUN and not evidence.findings:
        return evidence.not_run(report.tier, report.reason)
    if evidence.findings:
        first = evidence.findings[0]
        return evidence.failed(first.tier, str(first))
    if result.guarded is not None:
        reference.compare("guard", collected(session, *result.guarded))
    if evidence.unequal is not None:
        return evidence.failed(Tier.GUARD, str(evidence.unequal))
    return evidence.passed(result.reached)


def _only_slow(session: Session, reference: Reference, result: InstrumentedResult) -> str:
    """Say so if a run was stopped that does end, and well, in the time that others are given."""
    evidence = session.evidence
    if not evidence.stopped or evidence.findings or result.ended is None:
        return ""
    if result.guarded is not None and result.guarded[0].exit_code is not None:
        outcome = collected(session, *result.guarded)
        if not all(comparison.equal for comparison in reference.comparisons("guard", outcome)):
            return ""
    how, seconds = result.ended
    return (
        f"the run '{evidence.stopped}' did not end within {session.request.timeout_s:g} s, but it "
        f"does: in {seconds:.0f} s {how}; allow more time, or give a smaller input"
    )


def _looked_closer(
    session: Session, reference: Reference, *, permute: bool = True
) -> InstrumentedResult:
    """Run what T2 and T3 ask for, and note what it showed."""
    evidence, tier = session.evidence, session.request.tier
    program = device_program(session) if session.project is None else None
    permute = permute and tier.includes(Tier.RACES)
    with lanes(evidence.peak_bytes) as pool:
        orders = None
        if permute and program is not None and not session.deals_by_number:
            orders = pool.submit(start_orders, session, reference, program, pool)
        runs = InstrumentedRuns(
            session.clang,
            session.compiler,
            reference.command,
            session.request.timeout_s,
            session.directory,
            pool,
            Watching(session.request.every_launch, evidence.transfers),
        )
        if program is not None:
            result = runs.run(program, tier)
        else:
            assert session.project is not None
            result = runs.run_project(session.project, project_variants(session)[-1], tier)
        _note_found(session, reference, result)
        if orders is not None:
            _note_orders(session, orders.result().result(), result.reached)
        elif permute:
            why = "the build is the user's own"
            if program is not None:
                why = "the work goes by the numbers of threads"
            evidence.notes.append(f"iteration order was not permuted: {why}")
    return result


def _note_found(session: Session, reference: Reference, result: InstrumentedResult) -> None:
    """Take over what T2 and T3 found."""
    evidence = session.evidence
    evidence.steps += result.steps
    evidence.notes += result.notes
    for finding in result.findings:
        if reference.keeps_copies and finding.kind in _OF_KEPT_COPIES:
            evidence.notes.append(f"{finding}, as the program expects")
        else:
            evidence.findings.append(finding)
    evidence.redundant = result.redundant


def _note_orders(session: Session, orders: OrderResult, reached: Tier) -> None:
    """Say what the runs in other orders are worth where the race detector did not run."""
    if orders.same and reached is not Tier.RACES:
        session.evidence.notes.append(
            "T3 is not claimed, but the output is the same when the iterations of "
            f"{orders.permuted} of {orders.loops} loops run in other orders"
        )


def _project(
    request: VerificationRequest, compiler: Compiler, command: RunCommand | None
) -> ProjectCompiler | None:
    """Return what runs the user's own build, if there is one. Raises UsageError."""
    build = request.build
    if build is None:
        return None
    if command is None:
        raise UsageError(
            "a build makes a program that has to be named",
            hint='name it relative to the directory of the build: --run "./main 100"',
        )
    for directory in (build.original, build.result):
        check_command(build.command, directory)
    program = project_program(command.program)
    scratch = compiler.scratch.parent
    return ProjectCompiler(compiler.clang, compiler, build.command, program, scratch)


def ignored_lines(patterns: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Return one pattern for all. Raises UsageError for one that cannot be read."""
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
