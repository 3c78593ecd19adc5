# SPDX-License-Identifier: Apache-2.0
"""Extrema with their places come out exactly, whatever the teams and threads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from s2s.driver import OffloadOptions, offload
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.run import RunCommand, run_on_device
from tests.fuzz.program_extrema import KERNELS, generate

CLANG = discover_clang()
pytestmark = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with host offload"
)
TEAMS_AND_THREADS = (("1", "1"), ("1", "5"), ("3", "4"), ("7", "1"))


@pytest.mark.parametrize("seed", range(2000, 2006))
def test_extremum_and_place_are_those_of_the_serial_program(seed: int, tmp_path: Path) -> None:
    assert CLANG is not None
    source = tmp_path / "search.c"
    source.write_text(generate(seed))
    expected = subprocess.run(
        [_build(CLANG, source)], check=True, capture_output=True, timeout=60
    ).stdout
    result = offload(source, OffloadOptions(thresholds=False))
    assert sum(bool(r.extrema) for r in result.plan.regions) >= KERNELS - 3
    translated = tmp_path / "search_omp.c"
    translated.write_bytes(result.text)
    assert offload(translated).text == result.text
    binary = _build(CLANG, translated, "-fopenmp", f"-fopenmp-targets={CLANG.host_triple}")
    for teams, threads in TEAMS_AND_THREADS:
        environment = (
            ("OMP_NUM_TEAMS", teams),
            ("OMP_NUM_THREADS", threads),
            ("KMP_TEAMS_THREAD_LIMIT", "16"),
        )
        done = run_on_device(binary, RunCommand(environment=environment), tmp_path, CLANG, 60.0)
        assert done.exit_code == 0, done.describe()
        assert done.stdout.decode() == expected.decode(), f"{teams} teams of {threads} threads"


def _build(clang: Clang, source: Path, *flags: str) -> Path:
    binary = source.with_suffix("")
    command = [str(clang.path), "-O1", "-w", *flags, str(source), "-lm", "-o", str(binary)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[:4000]
    return binary
