# SPDX-License-Identifier: Apache-2.0
"""What a verification under way has found out; it grows with every tier and ends as a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from s2s.profile.gpu_times import GpuTimes
from s2s.profile.redundancy import RedundantTransfer
from s2s.profile.roofline import KernelWork
from s2s.profile.transfers import TransferProfile
from s2s.verify.base import (
    Comparison,
    Step,
    StepStatus,
    VerificationReport,
    VerificationVerdict,
)
from s2s.verify.findings import Finding
from s2s.verify.regions.report import RegionComparison
from s2s.verify.static.kernels import KernelFacts
from s2s.verify.tiers import Tier


@dataclass(slots=True)
class Evidence:
    """The fields of a :class:`~s2s.verify.base.VerificationReport`, while they are collected.

    ``stopped`` is the name of a run of T1 that did not end in time, ``peak_bytes`` and
    ``slowest`` the most memory, and the most seconds, that one on the device took.
    """

    original: Path
    steps: list[Step] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    transfers: TransferProfile | None = None
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    kernels: list[KernelFacts] = field(default_factory=list)
    redundant: tuple[RedundantTransfer, ...] = ()
    work: tuple[KernelWork, ...] = ()
    times: GpuTimes | None = None
    regions: list[RegionComparison] = field(default_factory=list)
    stopped: str = ""
    peak_bytes: int = 0
    slowest: float = 0.0

    @property
    def failed_step(self) -> Step | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.status is StepStatus.FAILED), None)

    @property
    def unequal(self) -> Comparison | None:
        """The first comparison that is not equal."""
        return next((c for c in self.comparisons if not c.equal), None)

    def step(self, name: str, passed: bool, detail: str = "", seconds: float = 0.0) -> None:
        """Note a step that was carried out."""
        status = StepStatus.PASSED if passed else StepStatus.FAILED
        self.steps.append(Step(name, status, detail, seconds))

    def passed(self, tier: Tier) -> VerificationReport:
        """Return the report that all is well as far as ``tier``."""
        return self._report(VerificationVerdict.PASSED, tier, "")

    def failed(self, tier: Tier, reason: str) -> VerificationReport:
        """Return the report of a fault that ``tier`` found."""
        return self._report(VerificationVerdict.FAILED, tier, reason)

    def not_run(self, tier: Tier, reason: str) -> VerificationReport:
        """Return the report that nothing can be said, after ``tier`` was reached."""
        return self._report(VerificationVerdict.NOT_RUN, tier, reason)

    def again(self, report: VerificationReport) -> VerificationReport:
        """Return a report with what has been found out since."""
        return self._report(report.verdict, report.tier, report.reason)

    def _report(self, verdict: VerificationVerdict, tier: Tier, reason: str) -> VerificationReport:
        return VerificationReport(
            original=self.original,
            verdict=verdict,
            tier=tier,
            reason=reason,
            steps=tuple(self.steps),
            comparisons=tuple(self.comparisons),
            transfers=self.transfers,
            notes=tuple(self.notes),
            findings=tuple(self.findings),
            kernels=tuple(self.kernels),
            redundant=self.redundant,
            work=self.work,
            times=self.times,
            regions=tuple(self.regions),
        )
