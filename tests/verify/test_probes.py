# SPDX-License-Identifier: Apache-2.0
"""Another corpus, which is not ours to keep: ``S2S_VERIFY_PROBES`` names a folder with it.

``bugs/`` holds programs with a fault, ``ok/`` correct ones; a program in ``bugs`` whose name says
``ok``, and what has no ``main``, does not count. Every fault must be found, nothing else.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier

PROBES = Path(os.environ.get("S2S_VERIFY_PROBES", os.devnull))
CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.slow,
    pytest.mark.skipif(not PROBES.is_dir(), reason="S2S_VERIFY_PROBES names no folder"),
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]


def programs(*, faulty: bool) -> list[ParameterSet]:
    """Return the programs with a fault, or those without."""
    found: list[ParameterSet] = []
    for path in sorted((*PROBES.glob("bugs/*.c*"), *PROBES.glob("ok/*.c*"))):
        is_faulty = path.parent.name == "bugs" and not re.search(r"_ok\b", path.stem)
        text = path.read_text(encoding="utf-8")
        if is_faulty == faulty and re.search(r"\bmain\s*\(", text) and "#pragma omp" in text:
            found.append(pytest.param(path, id=path.name))
    return found


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


@pytest.mark.parametrize("path", programs(faulty=True))
def test_fault_of_another_corpus_is_found(path: Path, tmp_path: Path) -> None:
    report = check(path, tmp_path)
    assert report.verdict is VerificationVerdict.FAILED, (report.reason, report.notes)


@pytest.mark.parametrize("path", programs(faulty=False))
def test_correct_program_of_another_corpus_raises_no_alarm(path: Path, tmp_path: Path) -> None:
    report = check(path, tmp_path)
    assert report.verdict is not VerificationVerdict.FAILED, report.reason
    assert not report.findings, [str(finding) for finding in report.findings]
