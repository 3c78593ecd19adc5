# SPDX-License-Identifier: Apache-2.0
"""A program's own verdict is found in what it prints, and not where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationVerdict
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.self_check import own_complaint, own_verdict

CLANG = discover_clang()
TIMED = b"""\
#include <stdio.h>
#include <time.h>
int main(void) {
    int a[4] = {0, 1, 2, 3};
    struct timespec now;
PRAGMA
    for (int i = 0; i < 4; i++) a[i] *= 2;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%ld ns\\n", now.tv_nsec);
    LAST
    return 0;
}
"""


@pytest.mark.parametrize(
    ("output", "verdict"),
    [
        (b"Average kernel time 0.3 s\nPASS\n", "PASS"),
        (b"Verification: SUCCESSFUL", "SUCCESSFUL"),
        (b"0 failed, 3 passed", "passed"),
        (b"failed: 0, ok", "ok"),
        (b"Average kernel time 0.3 s\n", ""),
        (b"passenger lists, okay-ish", ""),
        (b"PASS\nsecond test: FAIL", ""),
        (b"UNSUCCESSFUL", ""),
        (b"not verified", ""),
    ],
)
def test_own_verdict(output: bytes, verdict: str) -> None:
    assert own_verdict(output) == verdict


@pytest.mark.parametrize(
    ("output", "complaint"),
    [(b"FAIL", "FAIL"), (b"result not ok", "not ok"), (b"no failure", ""), (b"max error 1e-9", "")],
)
def test_own_complaint(output: bytes, complaint: str) -> None:
    assert own_complaint(output) == complaint


@pytest.mark.toolchain
@pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)
@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        (b'puts(a[3] == 6 ? "PASS" : "FAIL");', VerificationVerdict.PASSED),
        (b'puts("that was quick");', VerificationVerdict.NOT_RUN),
    ],
)
def test_program_that_prints_times_is_judged_by_its_own_check(
    tmp_path: Path, last: bytes, verdict: VerificationVerdict
) -> None:
    original = tmp_path / "timed.c"
    original.write_bytes(TIMED.replace(b"LAST", last).replace(b"PRAGMA", b""))
    result = TIMED.replace(b"LAST", last).replace(b"PRAGMA", b"#pragma omp target map(tofrom: a)")
    work = tmp_path / "work"
    work.mkdir()
    request = VerificationRequest(original, result, run="./a.out", work_dir=work)
    assert verify_offload(request).verdict is verdict
