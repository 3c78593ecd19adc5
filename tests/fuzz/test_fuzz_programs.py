# SPDX-License-Identifier: Apache-2.0
"""A few random programs in the ordinary suite; ``make fuzz`` runs hundreds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from tests.fuzz import run_csmith, run_fuzz
from tests.fuzz.host_device import Status, first_difference, summary
from tests.fuzz.program_generator import generate

CLANG = discover_clang()
pytestmark = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with host offload"
)


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_translated_program_prints_what_the_original_prints(seed: int, tmp_path: Path) -> None:
    trial = run_fuzz.try_seed(seed, tmp_path)
    assert trial.status is Status.EQUAL, summary([trial])


@pytest.mark.skipif(run_csmith.csmith_command() is None, reason="no csmith")
@pytest.mark.parametrize("seed", range(1, 6))
def test_translated_csmith_program_has_the_same_checksum(seed: int, tmp_path: Path) -> None:
    trial = run_csmith.try_seed(seed, tmp_path)
    assert trial.status is Status.EQUAL, summary([trial])


@pytest.mark.parametrize("seed", range(1000, 1003))
def test_generated_program_is_free_of_undefined_behaviour(seed: int, tmp_path: Path) -> None:
    source, binary = tmp_path / "program.c", tmp_path / "program"
    source.write_text(generate(seed))
    flags = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = [str(CLANG and CLANG.path), *flags, str(source), "-lm", "-o", str(binary)]
    subprocess.run(command, check=True, capture_output=True)
    done = subprocess.run([binary], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "nan" not in done.stdout


def test_same_seed_gives_the_same_program() -> None:
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a 1.0000000001\n", "a 1.0000000002\n", True),
        ("a 1.0001\n", "a 1.0002\n", False),
        ("a 12\n", "a 13\n", False),
        ("a nan\n", "a nan 1\n", False),
        ("a 1.5\n", "a nan\n", False),
        ("a 1.5\n", "b 1.5\n", False),
        ("a 1.5\n", "a 1.5\nb\n", False),
    ],
)
def test_comparison_sees_more_than_rounding(expected: str, actual: str, same: bool) -> None:
    assert (first_difference(expected, actual) == "") is same
