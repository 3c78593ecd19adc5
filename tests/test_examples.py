# SPDX-License-Identifier: Apache-2.0
"""The examples do what their pages say."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from s2s.driver import OffloadOptions, offload
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationVerdict
from s2s.verify.compare import compare_text
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())


def shown_command(folder: Path) -> list[str]:
    """Return the words of the command in the first code block of an example's page."""
    page = (folder / "README.md").read_text(encoding="utf-8")
    return shlex.split(page.split("```sh\n", 1)[1].split("\n```", 1)[0])


def test_examples_are_found() -> None:
    assert {"heat2d", "nbody", "spmv_cg"} <= {folder.name for folder in EXAMPLES}


@pytest.mark.toolchain
@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_serial_example_prints_what_its_page_promises(folder: Path, tmp_path: Path) -> None:
    clang = discover_clang()
    if clang is None:
        pytest.skip("no clang")
    binary = tmp_path / folder.name
    source = folder / f"{folder.name}.c"
    command = [str(clang.path), "-O2", str(source), "-o", str(binary), "-lm"]
    subprocess.run(command, check=True)
    printed = subprocess.run([binary], capture_output=True, check=True).stdout
    comparison = compare_text((folder / "expected.txt").read_bytes(), printed)
    assert comparison.equal, comparison


@pytest.mark.toolchain
@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_command_of_the_page_offloads_and_verifies(folder: Path) -> None:
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        pytest.skip("no clang with host offload")
    words = shown_command(folder)
    clang_args = tuple(words[words.index("--") + 1 :]) if "--" in words else ()
    options = OffloadOptions(clang_args=clang_args)
    source = ROOT / words[2]
    result = offload(source, options)
    assert result.plan.regions
    forced = offload(source, replace(options, thresholds=False))
    request = VerificationRequest(
        source,
        result.text,
        device_text=forced.text,
        clang_args=clang_args,
        run=words[words.index("--run") + 1],
    )
    report = verify_offload(request)
    assert report.verdict is VerificationVerdict.PASSED, report.reason
