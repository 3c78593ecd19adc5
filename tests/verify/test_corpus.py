# SPDX-License-Identifier: Apache-2.0
"""Every fault of the corpus is found by the right tier at the right line; correct programs pass.

The first lines of a program in ``corpus/faulty`` are labels: ``// fault:`` says what is wrong,
``// tier:`` which tier must find it (T1 when the output of a plain run is wrong), ``// kind:`` what
the finding is called, ``output`` when only an output differs. ``// HERE`` marks the faulty access.
``// missed:`` says why a fault is beyond the tiers: should it be found, its test fails.

Programs in ``corpus/correct`` must pass all tiers without a finding; ``// tier:`` there tells that
no more than this tier can be claimed. All are compared with their own run on the host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.findings import Finding, FindingKind
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier

CORPUS = Path(__file__).parent / "corpus"
FAULTY = sorted(CORPUS.glob("faulty/*.c*"))
CORRECT = sorted(CORPUS.glob("correct/*.c*"))
OUTPUT = "output"

#: What the ordinary suite runs: every kind of finding once, and correct programs that are close
#: to them. The rest is for ``make test-slow``.
SAMPLE = frozenset(
    (
        "missing_map_pointer",
        "missing_map_this_member",
        "short_section_end",
        "missing_from",
        "from_partial_writes",
        "missing_update_from",
        "missing_update_to",
        "host_derefs_device_pointer",
        "firstprivate_scalar_lost",
        "uninitialised_device_memory",
        "dependence_distance_1",
        "struct_attach",
        "disjoint_halves",
        "reductions",
    )
)

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]


@dataclass(frozen=True, slots=True)
class Labels:
    """What the comments of a faulty program say; ``kind`` is None when only an output differs."""

    fault: str
    tier: Tier
    kind: FindingKind | None
    lines: frozenset[int]


def labels_of(text: str) -> Labels:
    """Read the labels of a faulty program."""
    fault, tier, kind = (
        re.search(rf"^// {name}: (.+)$", text, re.MULTILINE) for name in ("fault", "tier", "kind")
    )
    assert fault and tier and kind, "a label is missing"
    lines = (n for n, line in enumerate(text.splitlines(), 1) if line.endswith("// HERE"))
    value = None if kind[1] == OUTPUT else FindingKind(kind[1])
    return Labels(fault[1], Tier(tier[1]), value, frozenset(lines))


def programs(paths: list[Path]) -> list[object]:
    """Return the programs as parameters; those that are not in the sample are slow."""
    assert paths
    return [pytest.param(path, id=path.name, marks=marks_of(path)) for path in paths]


def marks_of(path: Path) -> list[pytest.MarkDecorator]:
    """Return the marks of the test of a program."""
    marks = [] if path.stem in SAMPLE else [pytest.mark.slow]
    missed = re.search(r"^// missed: (.+)$", path.read_text(), re.MULTILINE)
    if missed:
        marks.append(pytest.mark.xfail(reason=missed[1], strict=True))
    return marks


def check(path: Path, work_dir: Path) -> VerificationReport:
    """Verify an offload program against its own run on the host, through all tiers."""
    return verify_offload(
        VerificationRequest(
            path,
            path.read_bytes(),
            result=path,
            against_itself=True,
            run=("./a.out",),
            clang_args=("-w",),
            work_dir=work_dir,
            tier=Tier.RACES,
        )
    )


def is_at_mark(finding: Finding, labels: Labels, path: Path) -> bool:
    """Tell whether a finding names a marked line."""
    at = [place for place in (finding.place, finding.other) if place is not None]
    return any(place.file == str(path) and place.line in labels.lines for place in at)


def explained(report: VerificationReport) -> str:
    """Return a report as lines for a failed test."""
    lines = [f"{report.verdict} at {report.tier}: {report.reason}", *map(str, report.comparisons)]
    lines += [f"{f.tier} {f.kind}: {f} ({f.variable})" for f in report.findings]
    lines += [f"note: {note}" for note in report.notes]
    return "\n".join(lines)


def test_labels_are_complete() -> None:
    stems = [path.stem for path in (*FAULTY, *CORRECT)]
    assert len(stems) == len(set(stems)) and set(stems) >= SAMPLE
    found = {labels_of(path.read_text()).kind for path in FAULTY if path.stem in SAMPLE}
    assert found >= {
        None,
        FindingKind.UNMAPPED,
        FindingKind.OUTSIDE_SECTION,
        FindingKind.DEVICE_READS_STALE,
        FindingKind.HOST_READS_STALE,
        FindingKind.HOST_READS_LOST,
        FindingKind.HOST_READS_UNINITIALISED,
        FindingKind.HOST_READS_DEVICE_POINTER,
        FindingKind.RACE,
    }
    for path in FAULTY:
        labels = labels_of(path.read_text())
        assert labels.lines or labels.kind is None, path
    for path in CORRECT:
        assert "\n// correct: " in path.read_text(), path


@pytest.mark.parametrize("path", programs(FAULTY))
def test_fault_is_found(path: Path, tmp_path: Path) -> None:
    labels = labels_of(path.read_text())
    report = check(path, tmp_path)
    shown = f"{labels}\n{explained(report)}"
    assert report.verdict is VerificationVerdict.FAILED, shown
    differs = any(not c.equal for c in report.comparisons if c.run == "result")
    if labels.kind is not FindingKind.RACE:  # whose output is a matter of luck
        assert differs == (labels.tier is Tier.HOST_DEVICE), shown
        assert report.tier is labels.tier, shown
    if labels.kind is None:
        assert not report.findings, shown
        return
    of_kind = [f for f in report.findings if f.kind is labels.kind]
    assert any(is_at_mark(finding, labels, path) for finding in of_kind), shown
    if labels.tier is not Tier.HOST_DEVICE:
        assert of_kind[0].tier is labels.tier, shown
    elsewhere = [f for f in report.findings if not is_at_mark(f, labels, path)]
    assert not elsewhere, shown  # other kinds may follow from the fault, but not other lines


@pytest.mark.parametrize("path", programs(CORRECT))
def test_correct_program_passes(path: Path, tmp_path: Path) -> None:
    limit = re.search(r"^// tier: (.+)$", path.read_text(), re.MULTILINE)
    report = check(path, tmp_path)
    shown = explained(report)
    assert report.passed, shown
    assert report.tier is (Tier(limit[1]) if limit else Tier.RACES), shown
    assert not report.findings, shown
