# SPDX-License-Identifier: Apache-2.0
"""What a report is written of, and what every format asks of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePath

from s2s.diagnostics import Remark
from s2s.source import SourceFile
from s2s.verify.base import StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.tiers import Tier

TIER_NAMES = {
    Tier.COMPILE: "compile",
    Tier.HOST_DEVICE: "run and compare",
    Tier.GUARD: "guard",
    Tier.RACES: "races",
    Tier.GPU: "run on a GPU",
}
"""What each tier does, in a word or two."""

_STEPS_OF = {Tier.GUARD: "run under the guard", Tier.RACES: "run for races"}


_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return a text with what XML 1.0 and HTML cannot hold replaced: control characters."""
    return _CONTROL.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A verification to report on.

    ``path`` is the file that the report is for. Places of the report are lines of ``text``; where
    that is not the content of ``path`` (a translation that was not written), ``lines`` gives for
    each of its lines the 1-based line of ``path`` that it belongs to. ``asked`` is the tier asked
    for. ``remarks`` are those of the translation, with places in ``source``.
    """

    command: str
    path: Path
    report: VerificationReport
    text: bytes = b""
    lines: tuple[int, ...] = ()
    asked: Tier = Tier.RACES
    source: SourceFile | None = None
    remarks: tuple[Remark, ...] = ()
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    host: str = "localhost"

    def is_own(self, file: str) -> bool:
        """Tell whether a file that the report names is the one that ``text`` stands for."""
        names = (self.path.name, self.report.original.name)
        return PurePath(file).name in names

    def file_of(self, file: str) -> str:
        """Return the file that a file of the report stands for: it may be a scratch copy."""
        return str(self.path) if self.is_own(file) else file

    def line_in_file(self, file: str, line: int) -> int:
        """Return the line of ``path`` for a line of ``text``; those of other files stay."""
        if self.is_own(file) and 0 < line <= len(self.lines):
            return self.lines[line - 1]
        return line


class TierState(StrEnum):
    """What became of a tier."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class TierOutcome:
    """A tier, what became of it and why, if it did not pass."""

    tier: Tier
    state: TierState
    why: str = ""

    @property
    def name(self) -> str:
        """The tier's number and what it does."""
        return f"{self.tier.value} {TIER_NAMES.get(self.tier, self.tier.name.lower())}"


def tier_outcomes(report: VerificationReport, asked: Tier) -> tuple[TierOutcome, ...]:
    """Return what became of every tier; none is said to have passed that did not run."""
    return tuple(_outcome(tier, report, asked) for tier in Tier if tier is not Tier.NONE)


def _outcome(tier: Tier, report: VerificationReport, asked: Tier) -> TierOutcome:
    found = [finding for finding in report.findings if finding.tier is tier]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return TierOutcome(tier, TierState.FAILED, f"{found[0]}{more}")
    here = report.tier is tier
    if here and report.verdict is VerificationVerdict.FAILED:
        return TierOutcome(tier, TierState.FAILED, report.reason)
    if here and report.verdict is VerificationVerdict.NOT_RUN and tier is not Tier.COMPILE:
        return TierOutcome(tier, TierState.NOT_RUN, report.reason)
    if report.tier.includes(tier):
        return TierOutcome(tier, TierState.PASSED)
    unclaimed = (f"{tier.value} did not", f"{tier.value} is not claimed")
    notes = [note for note in report.notes if note.startswith(unclaimed)]
    failed_before = report.verdict is VerificationVerdict.FAILED
    if failed_before and not notes and _ran(tier, report):
        return TierOutcome(tier, TierState.PASSED)
    if notes:
        return TierOutcome(tier, TierState.NOT_RUN, "; ".join(notes))
    if not asked.includes(tier):
        return TierOutcome(tier, TierState.NOT_RUN, "not asked for")
    built = [note for note in report.notes if "its tier did not run" in note]
    reason = "; ".join(built) or report.reason or "the tier before it did not finish"
    return TierOutcome(tier, TierState.NOT_RUN, reason)


def _ran(tier: Tier, report: VerificationReport) -> bool:
    """Tell whether a tier's runs all ended, though an earlier tier had the verdict."""
    name = _STEPS_OF.get(tier)
    mine = [s for s in report.steps if name is not None and s.name.startswith(name)]
    return bool(mine) and all(step.status is StepStatus.PASSED for step in mine)
