# SPDX-License-Identifier: Apache-2.0
"""Tier T1: run the result on the host device and compare what it writes with the original's.

Under the host device target regions run on this machine's own processor, but in a data environment
of their own: a missing ``map(from: …)`` or ``target update`` shows as a wrong result, as on a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from s2s.profile.transfers import TransferProfile
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.further_runs import run_with_inputs, run_with_shapes
from s2s.verify.outcomes import Reference, noted
from s2s.verify.run import run_on_device
from s2s.verify.self_check import own_complaint, own_verdict
from s2s.verify.session import Session
from s2s.verify.tiers import Tier


def run_on_host_device(
    session: Session, reference: Reference, variants: Mapping[str, Path], *, deeper: bool
) -> VerificationReport:
    """Run the variants, compare each with the original, and return the verdict of this tier.

    ``deeper`` says that the guard comes next, and decides about pointers with nothing mapped.
    """
    for name, binary in variants.items():
        directory = session.directory(name)
        execution = run_on_device(
            binary, reference.command, directory, session.clang, session.request.timeout_s
        )
        session.evidence.transfers = execution.transfers
        session.evidence.peak_bytes = max(session.evidence.peak_bytes, execution.peak_bytes)
        session.evidence.slowest = max(session.evidence.slowest, execution.seconds)
        reference.compare(name, noted(session, name, execution, directory))
        if execution.timed_out:
            session.evidence.stopped = name
            break
    else:
        run_with_inputs(session, reference, variants)
        shaped = session.has_regions and not session.deals_by_number
        if session.evidence.unequal is None and shaped:
            run_with_shapes(session, reference, name, binary, execution.seconds)
    return _conclude(session, reference, deeper)


def counts(report: VerificationReport) -> bool:
    """Tell whether a report of this tier leaves something for the next ones to look at."""
    return report.verdict is not VerificationVerdict.NOT_RUN or report.tier is Tier.HOST_DEVICE


def _conclude(session: Session, reference: Reference, deeper: bool) -> VerificationReport:
    """Return the verdict on runs that took place.

    A pointer with nothing mapped at it may be a pointer of the device, or never be followed;
    ``deeper`` leaves that question to the guard.
    """
    evidence = session.evidence
    if evidence.unequal is not None:
        return evidence.failed(Tier.HOST_DEVICE, str(evidence.unequal))
    transfers = evidence.transfers or TransferProfile()
    if transfers.unmapped and not deeper:
        names = ", ".join(f"{u.name} (line {u.line})" for u in transfers.unmapped)
        reason = f"pointers are used in target regions with nothing mapped there: {names}"
        evidence.step("check mapped pointers", passed=False, detail=reason)
        return evidence.failed(Tier.HOST_DEVICE, reason)
    _note_weak_evidence(session, reference)
    if not session.has_regions:
        evidence.notes.append("the result has no target region: it was compared as it is")
    elif transfers.launches == 0:
        return evidence.not_run(
            Tier.HOST_DEVICE, "no target region was reached: give a run that reaches one"
        )
    if _nothing_stable(session):
        verdict = own_verdict(reference.outcome.execution.stdout)
        if not verdict:
            return evidence.not_run(
                Tier.HOST_DEVICE, "every value differs from one run of the original to the next"
            )
        evidence.notes.append(f"all that was compared is the program's own verdict: {verdict!r}")
    return evidence.passed(Tier.HOST_DEVICE)


def _note_weak_evidence(session: Session, reference: Reference) -> None:
    """Say for people what the comparison did not cover."""
    request, notes = session.request, session.evidence.notes
    unstable: dict[str, int] = {}
    for comparison in session.evidence.comparisons:
        most = max(unstable.get(comparison.stream, 0), comparison.unstable)
        unstable[comparison.stream] = most  # the same ones in every run
    if any(unstable.values()):
        notes.append(
            f"{sum(unstable.values())} values that are times, or differ between two runs of the "
            "original, were not compared"
        )
    complaint = own_complaint(reference.outcome.execution.stdout)
    if complaint:
        notes.append(f"the original, too, says that its result is wrong: {complaint!r}")
    written = reference.outcome.streams(request.compare_stderr).values()
    if not any(written) and not request.output_files:
        notes.append("the program writes nothing: only its exit code was compared")


def _nothing_stable(session: Session) -> bool:
    """Tell whether numbers were left out as unstable and none remained."""
    values = [c for c in session.evidence.comparisons if c.stream != "exit code"]
    return any(c.unstable for c in values) and not any(c.numbers for c in values)
