# SPDX-License-Identifier: Apache-2.0
"""``--verify``: a result is written only when it does what the original does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s2s.cli.verification import original_lines
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import (
    Step,
    StepStatus,
    VerificationReport,
    VerificationVerdict,
)
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier
from tests.cli.conftest import Invoke

PROGRAM = b"""\
#include <stdio.h>
#include <stdlib.h>
static double a[1000];
int main(int argc, char **argv)
{
    int n = atoi(argv[1]);
    for (int i = 0; i < n; i++)
        a[i] = 0.5 * i * argc;
    printf("%g\\n", a[n - 1]);
    FILE *out = fopen("out.dat", "w");
    fprintf(out, "%g\\n", a[n / 2]);
    fclose(out);
    return 0;
}
"""


def clang_or_skip() -> None:
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        pytest.skip("no clang with host offload")


@pytest.fixture
def program(work_dir: Path) -> Path:
    (work_dir / "program.c").write_bytes(PROGRAM)
    return Path("program.c")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[VerificationRequest]:
    """Let every verification fail; return the list of requests it was asked."""
    asked: list[VerificationRequest] = []

    def verify_offload(request: VerificationRequest) -> VerificationReport:
        asked.append(request)
        return VerificationReport(
            request.original,
            VerificationVerdict.FAILED,
            Tier.HOST_DEVICE,
            "stdout differs",
            (Step("run result", StepStatus.FAILED, "exit code 1"),),
        )

    monkeypatch.setattr("s2s.cli.verification.verify_offload", verify_offload)
    return asked


@pytest.mark.toolchain
def test_verified_result_is_written_and_its_transfers_are_shown(s2s: Invoke, program: Path) -> None:
    clang_or_skip()
    done = s2s(
        "offload", program, "-o", "out.c", "--report", "r.json",
        "--verify", "--run", "./program 900", "--files", "out.dat",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "verification of program.c: PASSED (T3, " in done.stderr
    equal = next(line for line in done.stderr.splitlines() if line.startswith("  equal: exit"))
    assert "out.dat (1 numbers) in result; device; device, 3x2; " in equal
    rows = [line for line in done.stderr.splitlines() if "for (int i = 0;" in line]
    assert {row.split()[0] for row in rows} == {"7"}
    assert "7,200" in rows[-1]
    assert Path("out.c").exists()
    (file,) = json.loads(Path("r.json").read_text())["files"]
    assert file["written"] is True
    assert file["verification"]["verdict"] == "passed"


@pytest.mark.toolchain
def test_verification_without_a_run_is_not_passed(s2s: Invoke, program: Path) -> None:
    clang_or_skip()
    done = s2s("offload", program, "-o", "out.c", "--verify")
    assert done.exit_code == 3
    assert "NOT RUN" in done.stderr
    assert "no run command was given" in done.stderr
    assert "program.c: the result was not written" in done.stderr
    assert not Path("out.c").exists()


def test_failed_verification_writes_nothing(
    s2s: Invoke, program: Path, failing: list[VerificationRequest]
) -> None:
    Path("out.c").write_text("before\n")
    for arguments in (("-o", "out.c"), ("--in-place",), ()):
        done = s2s("offload", program, *arguments, "--verify", "--run", "./p 9")
        assert done.exit_code == 3
        assert done.stdout == ""
        assert "verification of program.c: FAILED (T1, 0.0 s)\n  stdout differs\n" in done.stderr
        assert "run result: failed\n    exit code 1" in done.stderr
    assert Path("out.c").read_text() == "before\n"
    assert program.read_bytes() == PROGRAM


def test_verification_is_asked_for_the_result_and_for_one_without_thresholds(
    s2s: Invoke, work_dir: Path, failing: list[VerificationRequest]
) -> None:
    text = b"void f(int n, double *a) { for (int i = 0; i < n; i++) a[i] = N * i; }\n"
    Path("f.c").write_bytes(text)
    s2s("offload", "f.c", "--verify", "--run", "./a.out < in", "--files", "a.dat,b.bin:f64",
        "--link-with", "main.c", "--timeout", "5", "--untrusted", "-DN=2", "--", "-lm")  # fmt: skip
    (request,) = failing
    assert b"if(target: n >" in request.result_text
    assert request.device_text is not None
    assert b"if(target" not in request.device_text
    assert b"#pragma omp target" in request.device_text
    assert request.clang_args == ("-DN=2", "-lm")
    assert request.run == "./a.out < in"
    assert [str(output.name) for output in request.output_files] == ["a.dat", "b.bin"]
    assert request.extra_sources == (Path("main.c"),)
    assert request.timeout_s == 5
    assert request.untrusted


def test_regions_are_compared_when_asked_for(
    s2s: Invoke, program: Path, failing: list[VerificationRequest]
) -> None:
    s2s("offload", program, "--verify", "--run", "./p 9", "--compare")
    s2s("offload", program, "--verify", "--run", "./p 9")
    assert [request.compare for request in failing] == [True, False]
    done = s2s("offload", program, "--compare")
    assert (done.exit_code, "--compare is for --verify" in done.stderr) == (2, True)


def test_output_file_elsewhere_is_a_usage_error(s2s: Invoke, program: Path) -> None:
    arguments = ("--verify", "--run", "./p 9", "--files", "/etc/passwd")
    assert s2s("offload", program, *arguments).exit_code == 2


def test_lines_of_a_result_belong_to_lines_of_the_original() -> None:
    original = b"int x;\nfor\n  a;\n"
    result = b"#pragma one\nint x;\n#pragma two \\\n  three\nfor\n  a;\n"
    assert original_lines(result, original) == (1, 1, 2, 2, 2, 3)


@pytest.mark.toolchain
def test_program_in_another_encoding_is_checked(s2s: Invoke, work_dir: Path) -> None:
    clang_or_skip()
    text = '/* © Müller */\n#include <stdio.h>\nint main(void) { puts("ß"); return 0; }\n'
    Path("latin.c").write_bytes(text.encode("latin-1"))
    done = s2s("check", "latin.c", "--tier", "1", "--report", "r.html", "--report", "r.json")
    assert done.exit_code == 0, done.stderr
    assert "PASSED" in done.stderr and Path("r.html").exists()
    assert s2s("offload", "latin.c", "--dry-run").exit_code == 1
