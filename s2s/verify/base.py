# SPDX-License-Identifier: Apache-2.0
"""What a verification says: a verdict, the tier that was reached, every step, every comparison."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from s2s.profile.gpu_times import GpuTimes
from s2s.profile.redundancy import RedundantTransfer
from s2s.profile.roofline import KernelWork
from s2s.profile.transfers import TransferProfile
from s2s.verify.findings import Finding
from s2s.verify.regions.report import RegionComparison
from s2s.verify.static.kernels import KernelFacts
from s2s.verify.tiers import Tier


class VerificationVerdict(StrEnum):
    """Whether the result does what the original does.

    ``NOT_RUN`` is not a weak ``PASSED``: it says that nothing is known, and the report says why.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not-run"


class StepStatus(StrEnum):
    """What became of a step."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done, whether it went well, what there is to say, wall seconds.

    ``detail`` holds a compiler's messages (warnings of a build that went well too), a program's
    last words, or the reason for skipping.
    """

    name: str
    status: StepStatus
    detail: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        return {
            "name": self.name,
            "status": self.status.value,
            "detail": self.detail,
            "seconds": round(self.seconds, 4),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the two sides differ.

    ``line`` and ``column`` are 1-based and count in the result's stream (columns in bytes); for a
    binary file ``line`` is 0 and ``column`` is the 0-based index of the element or byte, and both
    are 0 and -1 for what has no place (an exit code, the size of a file).
    """

    line: int
    column: int
    expected: str
    actual: str
    reason: str

    def __str__(self) -> str:
        values = f"expected {self.expected}, got {self.actual}"
        if self.line:
            return f"line {self.line}, column {self.column}: {values} ({self.reason})"
        where = f"at index {self.column}: " if self.column >= 0 else ""
        return f"{where}{values} ({self.reason})"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of one stream (``stdout``, ``stderr``, ``exit code``, or a file's name).

    ``run`` names the run that was compared with the original. ``numbers`` were compared by value,
    of which ``inexact`` are equal within the tolerance only, ``worst`` being the largest relative
    difference among them. ``unstable`` values differ from run to run of the original and were not
    compared. ``differences`` counts all differences, of which ``first`` is the first.
    """

    run: str
    stream: str
    numbers: int = 0
    inexact: int = 0
    worst: float = 0.0
    unstable: int = 0
    differences: int = 0
    first: Difference | None = None

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return self.differences == 0

    def __str__(self) -> str:
        if self.first is not None:
            more = f" and {self.differences - 1} more" if self.differences > 1 else ""
            return f"{self.run}: {self.stream} differs: {self.first}{more}"
        inexact = f", {self.inexact} within tolerance" if self.inexact else ""
        return f"{self.run}: {self.stream} equal ({self.numbers} numbers{inexact})"

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "first": self.first.to_json() if self.first else None}


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """Everything that a verification found out.

    ``reason`` is one sentence on a verdict that is not ``PASSED``. ``transfers`` is the profile of
    the run in which every region ran on the device; ``notes`` qualify the verdict for people;
    ``findings`` are those of the guard and the race detector; ``kernels`` is what compilers for
    GPUs say of the regions; ``redundant`` are transfers that the run under the guard did not need,
    ``work`` is what kernels did, if that was asked; ``times`` are those of a run on a GPU;
    ``regions`` is what compare mode says of them, empty if it did not run.
    """

    original: Path
    verdict: VerificationVerdict
    tier: Tier
    reason: str = ""
    steps: tuple[Step, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    transfers: TransferProfile | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    kernels: tuple[KernelFacts, ...] = ()
    seconds: float = 0.0
    redundant: tuple[RedundantTransfer, ...] = ()
    work: tuple[KernelWork, ...] = ()
    times: GpuTimes | None = None
    regions: tuple[RegionComparison, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the result was run and does what the original does."""
        return self.verdict is VerificationVerdict.PASSED

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of the whole report."""
        return {
            "original": str(self.original),
            "verdict": self.verdict.value,
            "tier": self.tier.value,
            "reason": self.reason,
            "steps": [step.to_json() for step in self.steps],
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
            "transfers": self.transfers.to_json() if self.transfers is not None else None,
            "notes": list(self.notes),
            "findings": [finding.to_json() for finding in self.findings],
            "kernels": [kernel.to_json() for kernel in self.kernels],
            "regions": [region.to_json() for region in self.regions],
            "seconds": round(self.seconds, 4),
            "redundant": [transfer.to_json() for transfer in self.redundant],
            "work": [work.to_json() for work in self.work],
            "times": self.times.to_json() if self.times is not None else None,
        }
