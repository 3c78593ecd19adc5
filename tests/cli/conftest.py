# SPDX-License-Identifier: Apache-2.0
"""Running the command: in this process through click's runner, or as a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from s2s.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent

SCALE = b"""\
void scale(int n, double a[n], double factor)
{
    for (int i = 0; i < n; i++)
        a[i] *= factor;
}
"""

RECURRENCE = b"""\
void smooth(int n, double a[n])
{
    for (int i = 1; i < n; i++)
        a[i] = 0.5 * (a[i - 1] + a[i]);
}
"""

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def work_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run every test in an empty directory, without colours or widths of the caller's."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "S2S_DEBUG", "S2S_CLANG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def s2s() -> Invoke:
    """Return a function that runs ``s2s`` with its arguments in this process."""

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def scale(work_dir: Path) -> Path:
    """Write a file with one parallel loop."""
    (work_dir / "scale.c").write_bytes(SCALE)
    return Path("scale.c")


def run_process(
    arguments: Sequence[object], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ``s2s`` as a process of its own in the current directory."""
    command = [sys.executable, "-m", "s2s", *map(str, arguments)]
    return subprocess.run(
        command, env=process_environment(environment), capture_output=True, check=False
    )


def process_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which a process finds this tree's s2s."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **(more or {})}
