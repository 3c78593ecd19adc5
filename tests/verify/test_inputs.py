# SPDX-License-Identifier: Apache-2.0
"""Further inputs: what a case is, and that results which are wrong for one of them only fail."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from s2s.errors import UsageError
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.inputs import InputCase, lay_over, read_cases
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.run import RunCommand

CLANG = discover_clang()
needs_clang = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)

USUAL = RunCommand("./sum", ("100",), "usual.txt", (("A", "1"),))


def cases_in(directory: Path, files: dict[str, str]) -> tuple[InputCase, ...]:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_cases(directory, USUAL)


def test_arguments_replace_those_of_the_usual_command(tmp_path: Path) -> None:
    (case,) = cases_in(tmp_path, {"odd.args": "101 'two words'\n"})
    expected = RunCommand("./sum", ("101", "two words"), "usual.txt", (("A", "1"),))
    assert case == InputCase("odd", expected)


def test_command_replaces_the_usual_command(tmp_path: Path) -> None:
    (case,) = cases_in(tmp_path, {"odd.cmd": "B=2 ./sum 101 < other.txt"})
    assert case.command == RunCommand("./sum", ("101",), "other.txt", (("B", "2"),))


def test_standard_input_goes_with_the_arguments_of_its_name(tmp_path: Path) -> None:
    first, second = cases_in(tmp_path, {"a.args": "1", "a.in": "x", "b.in": "y"})
    assert (first.command.arguments, first.command.stdin) == (("1",), str(tmp_path / "a.in"))
    assert (second.command.arguments, second.command.stdin) == (("100",), str(tmp_path / "b.in"))


def test_directory_is_laid_over_the_working_directory(tmp_path: Path) -> None:
    (case,) = cases_in(tmp_path, {"big/n.txt": "7", "big/args": "3", "big/in": "", ".git/x": ""})
    assert case.overlay == tmp_path / "big"
    assert (case.command.arguments, case.command.stdin) == (("3",), str(tmp_path / "big" / "in"))


def test_overlay_replaces_links_instead_of_following_them(tmp_path: Path) -> None:
    users, scratch, overlay = (tmp_path / name for name in ("users", "scratch", "overlay"))
    for directory in (users / "data", scratch, overlay / "data"):
        directory.mkdir(parents=True)
    (users / "n.txt").write_text("the user's")
    (users / "data" / "m.txt").write_text("the user's")
    (users / "data" / "k.txt").write_text("the user's")
    (scratch / "n.txt").symlink_to(users / "n.txt")
    (scratch / "data").symlink_to(users / "data")
    (overlay / "n.txt").write_text("the case's")
    (overlay / "data" / "m.txt").write_text("the case's")
    lay_over(overlay, scratch)
    assert (scratch / "n.txt").read_text() == "the case's"
    assert (scratch / "data" / "m.txt").read_text() == "the case's"
    assert (scratch / "data" / "k.txt").read_text() == "the user's"
    assert {p.read_text() for p in users.rglob("*.txt")} == {"the user's"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no cases"),
        ({"notes.md": "x"}, "notes.md is no case"),
        ({"a.args": "1\n2\n"}, "more than one line"),
        ({"a.args": "1 | 2"}, "uses the shell's"),
        ({"a.args": "1", "a.cmd": "./sum"}, "both arguments and a command"),
    ],
)
def test_what_is_no_case_is_a_usage_error(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        cases_in(tmp_path, files)


def test_what_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_cases(tmp_path / "none", USUAL)
    (tmp_path / "a.args").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="no text file"):
        read_cases(tmp_path, USUAL)
    if os.geteuid() != 0:
        (tmp_path / "a.args").chmod(0)
        with pytest.raises(UsageError, match="Permission denied"):
            read_cases(tmp_path, USUAL)


SERIAL = b"""\
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 4;
    FILE *in = fopen("n.txt", "r");
    if (in && fscanf(in, "%d", &n) != 1) abort();
    double *a = malloc((n + 1) * sizeof *a), s = 0;
    for (int i = 0; i < n; i++) a[i] = i;
    #pragma omp target teams distribute parallel for map(tofrom: a[0:n])
    for (int i = 0; i < n; i++) a[i] = 2 * a[i];
    for (int i = 0; i < n; i++) s += a[i];
    printf("sum %g\\n", s);
    return 0;
}
"""
WRONG_FOR_ODD = SERIAL.replace(b"i < n; i++) a[i] = 2", b"i < n / 2 * 2; i++) a[i] = 2")


def verify(
    tmp_path: Path, result: bytes, files: dict[str, str], run: str | None = "./a.out 10"
) -> VerificationReport:
    original = tmp_path / "sum.c"
    original.write_bytes(SERIAL)
    inputs, work_dir = tmp_path / "inputs", tmp_path / "work"
    work_dir.mkdir()
    cases_in(inputs, files)
    request = VerificationRequest(original, result, run=run, work_dir=work_dir, timeout_s=20)
    return verify_offload(replace(request, inputs=inputs))


@pytest.mark.toolchain
@needs_clang
def test_result_that_is_wrong_for_another_input_fails(tmp_path: Path) -> None:
    files = {"even.args": "12", "odd.args": "13", "under/n.txt": "7"}
    report = verify(tmp_path, WRONG_FOR_ODD, files)
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason.startswith("result for odd: stdout differs: line 1, column 5")
    unequal = [c.run for c in report.comparisons if not c.equal]
    assert unequal == ["result for odd", "result for under"]


@pytest.mark.toolchain
@needs_clang
def test_first_case_is_the_run_where_none_is_given(tmp_path: Path) -> None:
    report = verify(tmp_path, WRONG_FOR_ODD, {"a/n.txt": "7", "b.args": "12"}, run=None)
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason.startswith("result: stdout differs: line 1, column 5: expected 42, got")


@pytest.mark.toolchain
@needs_clang
def test_case_that_the_original_fails_on_is_noted(tmp_path: Path) -> None:
    report = verify(tmp_path, SERIAL, {"bad/n.txt": "none", "odd.args": "13"})
    assert report.passed, report.reason
    assert "result for odd" in {c.run for c in report.comparisons}
    (note,) = (n for n in report.notes if n.startswith("case 'bad' says nothing"))
    assert "SIGABRT" in note
