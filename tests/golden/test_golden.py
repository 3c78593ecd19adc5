# SPDX-License-Identifier: Apache-2.0
"""Before and after: what a reviewer would see, byte for byte.

``pytest tests/golden --update-golden`` writes the after files anew; read the diff before you
commit it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from s2s.driver import offload
from s2s.passes import PASSES
from s2s.toolchain.discover import discover_clang

CLANG = discover_clang()
HERE = Path(__file__).parent
CASES = sorted(p.parent for p in HERE.glob("*/*/before.c*"))


def text_of(case: Path, name: str) -> Path:
    """Return the file of a case: before, or after."""
    return next(path for suffix in (".c", ".cpp") if (path := case / f"{name}{suffix}").exists())


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_translation_is_the_expected_text(case: Path, request: pytest.FixtureRequest) -> None:
    before = text_of(case, "before")
    result = offload(before)
    after = case / f"after{before.suffix}"
    if request.config.getoption("--update-golden"):
        after.write_bytes(result.text)
    assert result.text == after.read_bytes()
    if case.name.endswith("_unchanged"):
        assert result.text == result.source.content


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_second_run_changes_nothing(case: Path) -> None:
    after = text_of(case, "after")
    assert offload(after).text == after.read_bytes()


@pytest.mark.toolchain
@pytest.mark.skipif(CLANG is None, reason="there is no clang")
@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_expected_text_compiles(case: Path) -> None:
    assert CLANG is not None
    after = text_of(case, "after")
    standard = "-std=gnu11" if after.suffix == ".c" else "-std=c++17"
    command = [str(CLANG.path), standard, "-fsyntax-only", "-w", "-fopenmp", str(after)]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_every_pass_that_changes_text_has_a_case() -> None:
    covered = {case.parent.name for case in CASES}
    assert PASSES.keys() - {"report-loops"} <= covered
