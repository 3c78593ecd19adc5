# SPDX-License-Identifier: Apache-2.0
"""The judge: which program it runs where, what it makes of that, and what it writes.

The programs are shell scripts, and so is the GPU's probe; the driver is a library made here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from s2s.errors import InputError
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationVerdict
from s2s.verify.bundle.contents import RUN_SH, judge_command
from s2s.verify.bundle.libraries import stand_in
from s2s.verify.bundle.plan import Plan, PlannedOutput, PlannedProgram
from s2s.verify.bundle.result import read_result
from s2s.verify.compare import Format, Tolerance
from s2s.verify.run import RunCommand
from s2s.verify.tiers import Tier

CLANG = discover_clang()
pytestmark = [pytest.mark.toolchain, pytest.mark.skipif(CLANG is None, reason="no clang")]

PLAN = Plan(
    name='a "name"\\?',
    made_by="the tests",
    cxx_version="",
    command=RunCommand("./a.out", ("7", "it's \\"), "in.txt", (("SIZE", "a=b"),)),
    timeout_s=2.0,
    exit_code=0,
    tolerance=Tolerance(),
    outputs=(
        PlannedOutput("stdout", "expected/stdout", True, Format.TEXT),
        PlannedOutput("out/data.bin", "expected/file-0", False, Format.BYTES),
    ),
    original=PlannedProgram("original", "none", "bin/original"),
    results=(
        PlannedProgram("result", "nvidia", "bin/result-nvidia", "bin/probe-nvidia"),
        PlannedProgram("result", "host", "bin/result-host", "bin/probe-host"),
    ),
)
GOOD = 'echo "$1 $2 $SIZE $(cat) 1.0000001"; printf "\\001\\002" > out/data.bin'

DRIVER = """\
#include <string.h>
int cuInit(unsigned flags) { return flags; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGet(int *device, int number) { *device = number; return 0; }
int cuDeviceGetName(char *name, int size, int device) {
  strncpy(name, "Test \\"GPU\\"", size);
  return device;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 9 : 0;
  return device;
}
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the judge and a driver of a GPU."""
    assert CLANG is not None
    directory = tmp_path_factory.mktemp("tools")
    table = directory / "plan.c"
    table.write_text(PLAN.to_c())
    subprocess.run(judge_command(CLANG, table, directory / "judge"), check=True)
    source = directory / "driver.c"
    source.write_text(DRIVER)
    shared = [str(CLANG.path), "-shared", "-fPIC", str(source)]
    subprocess.run([*shared, "-o", str(directory / "libcuda.so.1")], check=True)
    return directory


@dataclass(frozen=True)
class Bundle:
    """An unpacked bundle whose programs can be replaced."""

    path: Path

    def program(self, name: str, text: str) -> None:
        path = self.path / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, **environment: str) -> tuple[int, dict[str, Any]]:
        """Run it elsewhere, and return the exit code and the answer."""
        answer = self.path.parent / "answer.json"
        variables = {**os.environ, **environment}
        command = ["sh", str(self.path / "run.sh"), str(answer)]
        done = subprocess.run(command, env=variables, capture_output=True, check=False, timeout=60)
        assert answer.is_file(), done
        return done.returncode, json.loads(answer.read_text())


@pytest.fixture
def bundle(tools: Path, tmp_path: Path) -> Bundle:
    path = tmp_path / "it's a bundle"
    for folder in ("bin", "work/out", "expected", "lib"):
        path.joinpath(folder).mkdir(parents=True)
    shutil.copy2(tools / "judge", path / "judge")
    path.joinpath("run.sh").write_text(RUN_SH)
    path.joinpath("work", "in.txt").write_text("input")
    path.joinpath("expected", "stdout").write_bytes(b"7 it's \\ a=b input 1.0000000\n")
    path.joinpath("expected", "file-0").write_bytes(b"\1\2")
    made = Bundle(path)
    for name in ("original", "result-host", "result-nvidia"):
        made.program(name, GOOD)
    for name in ("probe-host", "probe-nvidia"):
        made.program(name, "exit 0")
    return made


def test_without_a_gpu_the_host_device_runs_and_that_is_said(bundle: Bundle) -> None:
    bundle.program("result-host", f'[ "$OMP_TARGET_OFFLOAD" = MANDATORY ] || exit 9\n{GOOD}')
    code, answer = bundle.run()
    assert (code, answer["verdict"], answer["tier"]) == (0, "passed", "T1")
    assert answer["notes"] == ["there is no GPU here: the result ran on the host device"]
    assert answer["bundle"] == PLAN.name
    assert [run["device"] for run in answer["runs"]] == ["none", "host"]
    assert answer["runs"][1]["stdout"]["text"] == "7 it's \\ a=b input 1.0000001\n"
    texts = [(c["run"], c["stream"], c["inexact"]) for c in answer["comparisons"]]
    assert texts[3:] == [
        ("result", "exit code", 0),
        ("result", "stdout", 1),
        ("result", "out/data.bin", 0),
    ]
    assert sorted(p.name for p in bundle.path.joinpath("work").iterdir()) == ["in.txt", "out"]
    assert not list(bundle.path.joinpath("work", "out").iterdir()), "it ran in a copy"


def test_gpu_runs_where_there_is_one(bundle: Bundle, tools: Path) -> None:
    code, answer = bundle.run(LD_LIBRARY_PATH=str(tools))
    assert (code, answer["verdict"], answer["tier"], answer["notes"]) == (0, "passed", "T4", [])
    assert answer["gpus"] == [{"maker": "nvidia", "arch": "sm_90", "name": 'Test "GPU"'}]
    assert answer["runs"][1]["device"] == "nvidia"


def test_gpu_that_runs_no_region_is_passed_over_and_that_is_said(
    bundle: Bundle, tools: Path
) -> None:
    bundle.program("probe-nvidia", 'echo "no image for \\"it\\"" >&2; kill -SEGV $$')
    code, answer = bundle.run(LD_LIBRARY_PATH=str(tools))
    assert (code, answer["verdict"], answer["tier"]) == (0, "passed", "T1")
    assert answer["notes"] == [
        "a small target region does not run on the device 'nvidia' (exit code -11): "
        'no image for "it"'
    ]


def test_nothing_is_said_where_no_device_works(bundle: Bundle) -> None:
    bundle.program("probe-host", "exit 1")
    code, answer = bundle.run()
    assert (code, answer["verdict"], answer["tier"]) == (2, "not-run", "none")
    assert [run["name"] for run in answer["runs"]] == ["original"]


@pytest.mark.parametrize(
    ("text", "stream", "actual"),
    [
        (GOOD.replace("1.0000001", "1.1"), "stdout", "1.1"),
        (f"{GOOD}; exit 3", "exit code", "3"),
        (f"{GOOD}; kill -SEGV $$", "exit code", "-11"),
        (f"{GOOD}; sleep 60", "exit code", "none: it was stopped"),
        (GOOD.replace("002", "003"), "out/data.bin", "0x03"),
        (f"{GOOD}; rm out/data.bin", "out/data.bin", "no file"),
    ],
)
def test_wrong_results_fail(bundle: Bundle, text: str, stream: str, actual: str) -> None:
    bundle.program("result-host", text)
    code, answer = bundle.run()
    assert (code, answer["verdict"], answer["tier"]) == (1, "failed", "T1")
    unequal = [c for c in answer["comparisons"] if c["differences"]]
    assert [(c["run"], c["stream"], c["first"]["actual"]) for c in unequal] == [
        ("result", stream, actual)
    ]
    assert answer["reason"].startswith(f"result: {stream} differs: expected ")


def test_original_that_differs_there_is_no_verdict(bundle: Bundle) -> None:
    bundle.program("original", GOOD.replace("1.0000001", "2.0"))
    code, answer = bundle.run()
    assert (code, answer["verdict"]) == (2, "not-run")
    assert answer["reason"].startswith("the original itself does something else on this machine")


def test_bytes_that_are_no_text_make_valid_json(bundle: Bundle) -> None:
    bundle.program("result-host", f"{GOOD}; printf '\\303\\251 \\377 \\355\\240\\200\\001\"' >&2")
    _, answer = bundle.run()
    assert answer["runs"][1]["stderr"]["text"] == 'é ÿ í\xa0\x80\x01"'


def test_profile_of_the_offload_runtime_is_taken_along(bundle: Bundle) -> None:
    bundle.program("result-host", f"{GOOD}; echo '{{\"traceEvents\":[]}}' > $LIBOMPTARGET_PROFILE")
    _, answer = bundle.run()
    assert [run["profile"] for run in answer["runs"]] == [None, {"traceEvents": []}]


def test_answer_becomes_a_report(bundle: Bundle, tools: Path) -> None:
    bundle.program("result-nvidia", GOOD.replace("1.0000001", "1.1"))
    bundle.run(LD_LIBRARY_PATH=str(tools))
    report = read_result(bundle.path.parent / "answer.json")
    assert (report.verdict, report.tier) == (VerificationVerdict.FAILED, Tier.GPU)
    assert [step.name for step in report.steps] == ["run original on none", "run result on nvidia"]
    (unequal,) = (c for c in report.comparisons if not c.equal)
    assert str(unequal).startswith("result: stdout differs: line 1, column 20: expected 1.0000000")
    assert 'Test "GPU" (sm_90)' in report.notes[0]
    assert report.notes[-1].startswith("wall times: original on none ")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "s2s-bundle-result", "version": 2}', '{"format": 1']
)
def test_anything_else_is_no_answer(tmp_path: Path, text: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is no result of a bundle"):
        read_result(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_result(tmp_path / "nowhere.json")


def test_stand_in_leads_to_the_driver_that_is_there(tools: Path, tmp_path: Path) -> None:
    """The offload runtime loads ``libcuda.so``; drivers come as ``libcuda.so.1``."""
    assert CLANG is not None
    made = stand_in(CLANG, "nvidia", tmp_path)
    asked = f"import ctypes; print(ctypes.CDLL({made.name!r}).cuInit(5))"
    command = [sys.executable, "-c", asked]
    paths = f"{made.parent}:{tools}"
    done = subprocess.run(
        command, env={**os.environ, "LD_LIBRARY_PATH": paths}, capture_output=True, check=False
    )
    assert done.stdout == b"5\n", done.stderr
