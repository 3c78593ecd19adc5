# SPDX-License-Identifier: Apache-2.0
"""Whole programs: built by their own build, or from a compilation database."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePath

import pytest
from click.testing import CliRunner

from s2s.cli import main
from s2s.cli.projects import in_result, units_of
from s2s.errors import UsageError
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import StepStatus, VerificationReport, VerificationVerdict
from s2s.verify.findings import FindingKind
from s2s.verify.offload import verify_offload
from s2s.verify.project.builder import UserBuild
from s2s.verify.project.copies import copy_project, link_surroundings, sources_of
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier

CLANG = discover_clang()
toolchain = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

MAIN = """\
#include <cstdio>
#include <vector>
#include "scale.h"
int main() {
    std::vector<double> a(1000, 1.5);
    scale(a.data(), 1000);
    double sum = 0;
    for (double x : a) sum += x;
    std::printf("%.1f\\n", sum);
}
"""
HEADER = 'extern "C" void scale(double *a, int n);\n'
SCALE = """\
void scale(double *a, int n) {
#pragma omp target teams distribute parallel for map(MAP)
    for (int i = 0; i < n; i++)
        a[i] = FACTOR * a[i];
}
"""
MAKEFILE = """\
CXX = nvc++
CXXFLAGS = -O3 -mp=gpu -gpu=cc80 -Minfo=mp -Wall -Werror
run/sum: main.o lib/libscale.a
\t@mkdir -p run
\t$(CXX) $(CXXFLAGS) $^ -o $@ -lm
main.o: main.cpp inc/scale.h
\t$(CXX) $(CXXFLAGS) -Iinc -c $< -o $@
lib/scale.o: lib/scale.c
\tgcc -std=c99 -fopenmp -foffload=nvptx-none -c $< -o $@
lib/libscale.a: lib/scale.o
\tar rcs $@ $^
"""


def project(directory: Path, section: str = "tofrom: a[0:n]", factor: str = "2") -> Path:
    """Write a program of two languages with a library and a Makefile for other compilers."""
    texts = {
        "main.cpp": MAIN,
        "inc/scale.h": HEADER,
        "lib/scale.c": SCALE.replace("MAP", section).replace("FACTOR", factor),
        "Makefile": MAKEFILE,
    }
    for name, text in texts.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def build(
    original: Path, result: Path | None = None, command: str = "make", tier: Tier = Tier.HOST_DEVICE
) -> VerificationReport:
    """Verify a directory against another one, or check it alone."""
    request = VerificationRequest(
        original,
        b"",
        result=result or original,
        against_itself=result is None,
        run="run/sum",
        timeout_s=20,
        tier=tier,
        build=UserBuild(command, original, result or original),
    )
    return verify_offload(request)


def files_below(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


class TestOwnBuild:
    """``--build``."""

    pytestmark = toolchain

    def test_fault_in_the_second_file_is_found_at_its_line(self, tmp_path: Path) -> None:
        program = project(tmp_path / "sum", section="tofrom: a[0:n-1]")
        before = files_below(program)
        report = build(program, tier=Tier.GUARD)
        assert report.verdict is VerificationVerdict.FAILED
        found = next(f for f in report.findings if f.kind is FindingKind.OUTSIDE_SECTION)
        assert (found.tier, found.variable) == (Tier.GUARD, "a")
        assert found.place is not None and found.construct is not None
        assert (found.place.file, found.place.line) == (str(program / "lib/scale.c"), 4)
        assert (found.construct.file, found.construct.line) == (found.place.file, 2)
        assert files_below(program) == before

    def test_wrong_result_directory_differs_from_the_original(self, tmp_path: Path) -> None:
        serial = project(tmp_path / "serial")
        report = build(serial, project(tmp_path / "result", factor="3"))
        assert report.verdict is VerificationVerdict.FAILED
        assert "expected 3000.0, got 4500.0" in report.reason

    def test_file_of_the_build_is_replaced_by_the_result(self, tmp_path: Path) -> None:
        program = project(tmp_path / "sum")
        text = (program / "lib/scale.c").read_bytes().replace(b"tofrom", b"to")
        result = tmp_path / "scale_gpu.c"
        result.write_bytes(text)
        request = VerificationRequest(
            program / "lib/scale.c",
            text,
            result=result,
            run="run/sum",
            timeout_s=20,
            build=UserBuild("make", program, program, PurePath("lib/scale.c")),
        )
        report = verify_offload(request)
        assert report.verdict is VerificationVerdict.FAILED
        assert "expected 3000.0, got 1500.0" in report.reason

    def test_build_that_calls_no_compiler_of_ours_is_no_verdict(self, tmp_path: Path) -> None:
        report = build(project(tmp_path / "sum"), command="mkdir run; cp /bin/true run/sum")
        assert report.verdict is VerificationVerdict.NOT_RUN
        assert report.reason.endswith("called no compiler of ours: does it use CC/CXX?")

    def test_build_that_makes_another_program_says_which(self, tmp_path: Path) -> None:
        command = "$CXX -Iinc main.cpp -xc lib/scale.c -o other"
        report = build(project(tmp_path / "sum"), command=command)
        assert report.verdict is VerificationVerdict.NOT_RUN
        assert report.reason == f"`{command}` made no sum; it linked other"

    def test_build_error_is_shown_with_the_command(self, tmp_path: Path) -> None:
        program = project(tmp_path / "sum", section="tofrom: nobody[0:n]")
        report = build(project(tmp_path / "serial"), program)
        assert report.verdict is not VerificationVerdict.PASSED
        failed = next(s for s in report.steps if s.name == "compile result")
        assert failed.status is StepStatus.FAILED
        assert f"{program}/lib/scale.c:2:62: error:" in failed.detail
        assert "cc -std=c99 -fopenmp -foffload=nvptx-none -c lib/scale.c -o lib/scale.o" in (
            failed.detail
        )
        assert "use of undeclared identifier 'nobody'" in failed.detail

    def test_build_cannot_write_outside_of_its_copy(self, tmp_path: Path) -> None:
        (tmp_path / "common").mkdir()
        command = "$CC -c lib/scale.c -o ../common/stolen.o"
        report = build(project(tmp_path / "sum"), command=command)
        assert report.verdict is VerificationVerdict.NOT_RUN
        assert not (tmp_path / "common" / "stolen.o").exists()
        assert any("outside of the directory" in step.detail for step in report.steps)

    @pytest.mark.slow
    def test_all_tiers_pass_a_right_program(self, tmp_path: Path) -> None:
        report = build(project(tmp_path / "sum"), tier=Tier.RACES)
        assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.RACES)

    @pytest.mark.slow
    def test_race_in_the_second_file_is_found(self, tmp_path: Path) -> None:
        program = project(tmp_path / "sum", factor="a[0] +")
        report = build(program, tier=Tier.RACES)
        races = [f for f in report.findings if f.kind is FindingKind.RACE]
        assert [f.place.line for f in races if f.place] == [4]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([".", "--run", "./sum"], "nothing says how its program is built"),
            ([".", "--build", "make"], None),
            ([".", "--build", " ", "--run", "./sum"], "the build command is empty"),
            ([".", "--build", "make", "--run", "/bin/true"], "not below the directory"),
            ([".", "--build", "make -C {here}", "--run", "./sum"], "absolute path"),
            ([".", "--build", "make", "--link-with", "a.o"], "--build stands alone"),
            ([], "no program was given"),
            (["a.c", "b.c"], "more than one program was given"),
            (["main.cpp", "--target", "x"], "--target chooses from a compilation database"),
        ],
    )
    def test_requests_that_make_no_sense(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        arguments: list[str],
        message: str | None,
    ) -> None:
        monkeypatch.chdir(project(tmp_path / "sum"))
        words = [word.replace("{here}", str(Path.cwd())) for word in arguments]
        if message is None:  # the default, ./a.out, is not what the build makes
            words += ["--tier", "0"]
            message = "a build makes a program that has to be named"
        done = CliRunner().invoke(main, ["check", *words])
        assert done.exit_code != 0
        text = done.output + str(done.exception)
        assert message in text


class TestCopies:
    """Private copies of a directory."""

    def test_copy_is_like_a_fresh_checkout(self, tmp_path: Path) -> None:
        source = tmp_path / "above" / "sum"
        for name in ("a.c", "a.o", "vendor.o", "a.d", ".git/HEAD", "b/CMakeCache.txt", "main"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(name)
        (source.parent / "common").mkdir()
        (source.parent / "common" / "c.h").write_text("c")
        copy = copy_project(source, tmp_path / "scratch", PurePath("main"))
        assert files_below(copy) == {"a.c", "vendor.o"}
        assert (copy / "../common/c.h").read_text() == "c"
        (copy / "a.c").write_text("changed")
        assert (source / "a.c").read_text() == "a.c"

    def test_directory_that_holds_the_scratch_directory_is_copied_once(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a.c").write_text("int a;")
        copy = copy_project(tmp_path, tmp_path / "scratch")
        assert files_below(copy) == {"a.c"}
        assert set(sources_of(copy)) == {PurePath("a.c")}

    def test_links_do_not_replace_what_is_there(self, tmp_path: Path) -> None:
        source, place = tmp_path / "x" / "p", tmp_path / "y" / "x" / "p"
        source.mkdir(parents=True)
        place.mkdir(parents=True)
        (source.parent / "q").write_text("theirs")
        (place.parent / "q").write_text("ours")
        link_surroundings(source, place)
        assert (place.parent / "q").read_text() == "ours"


def database(directory: Path, entries: dict[str, str], target: str = "") -> Path:
    """Write a compilation database with the arguments of each file."""
    made = f"CMakeFiles/{target}.dir/" if target else ""
    commands = [
        {
            "directory": str(directory),
            "file": name,
            "command": f"c++ {arguments} -c {name} -o {made}{name}.o",
        }
        for name, arguments in entries.items()
    ]
    path = directory / "compile_commands.json"
    old = json.loads(path.read_text()) if path.is_file() else []
    path.write_text(json.dumps(old + commands))
    return path


class TestDatabase:
    """``-p`` for whole programs."""

    def test_every_file_has_its_own_arguments(self, tmp_path: Path) -> None:
        program = project(tmp_path / "sum")
        path = database(program, {"main.cpp": "-Iinc -fopenmp", "lib/scale.c": "-std=c99"})
        units = units_of(path)
        assert [unit.source for unit in units] == [program / "main.cpp", program / "lib/scale.c"]
        assert f"-I{program / 'inc'}" in units[0].arguments
        assert "-std=c99" in units[1].arguments
        assert not {"main.cpp", "lib/scale.c"}.intersection(
            word for unit in units for word in unit.arguments
        )

    def test_result_takes_the_place_of_what_it_holds(self, tmp_path: Path) -> None:
        serial, result = project(tmp_path / "serial"), tmp_path / "result"
        (result / "inc").mkdir(parents=True)
        (result / "lib").mkdir()
        (result / "lib/scale.c").write_text("")
        path = database(serial, {"main.cpp": "-Iinc", "lib/scale.c": ""})
        main, scale = in_result(units_of(path), serial, result)
        assert (main.source, main.neighbours) == (serial / "main.cpp", (result, serial))
        assert (scale.source, scale.neighbours) == (result / "lib/scale.c", ())
        includes = [word for word in main.arguments if word.startswith("-I")]
        assert includes == [f"-I{result / 'inc'}", f"-I{serial / 'inc'}"]

    def test_several_programs_need_a_choice(self, tmp_path: Path) -> None:
        program = project(tmp_path / "sum")
        (program / "other.cpp").write_text("// int main() {\nint main(int, char **)\n{\n}\n")
        path = database(program, {"main.cpp": "", "lib/scale.c": ""}, "sum")
        database(program, {"other.cpp": ""}, "other")
        with pytest.raises(UsageError) as caught:
            units_of(path)
        text = str(caught.value)
        assert (
            f"{program / 'main.cpp'} (target sum), {program / 'other.cpp'} (target other)" in text
        )
        assert "--target sum" in text
        by_target = units_of(path, targets=["sum"])
        by_name = units_of(path, files=[program / "main.cpp", program / "lib/scale.c"])
        assert by_target == by_name
        with pytest.raises(UsageError, match="none of the sources defines main"):
            units_of(path, files=[program / "lib/scale.c"])
        with pytest.raises(UsageError, match="no target 'nothing'"):
            units_of(path, targets=["nothing"])

    @pytest.mark.toolchain
    @toolchain[1]
    def test_changed_header_and_file_are_those_of_the_result(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        serial, result = project(tmp_path / "serial"), tmp_path / "result"
        (result / "lib").mkdir(parents=True)
        (result / "inc").mkdir()
        (result / "inc/scale.h").write_text(HEADER + "#define scale scale_on_gpu\n" + HEADER)
        text = SCALE.replace("MAP", "to: a[0:n]").replace("FACTOR", "2")
        (result / "lib/scale.c").write_text(text.replace("scale(", "scale_on_gpu("))
        path = database(serial, {"main.cpp": "-Iinc", "lib/scale.c": "-std=c99 -fopenmp"})
        monkeypatch.chdir(tmp_path)
        words = ["verify", "serial", "result", "-p", str(path.parent), "--tier", "1"]
        done = CliRunner().invoke(main, [*words, "--report", "report.json", "--", "-lm"])
        assert done.exit_code == 3, done.output
        report = json.loads(Path("report.json").read_text())
        assert "expected 3000.0, got 1500.0" in report["reason"]
        assert report["transfers"]["sites"][0]["file"] == "scale.c"


def test_environment_of_a_make_around_us_is_not_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "n")
    request = VerificationRequest(
        tmp_path, b"", run="./x", build=UserBuild('test -z "$MAKEFLAGS"', tmp_path, tmp_path)
    )
    if CLANG is None or not CLANG.host_offload:
        pytest.skip("no clang with OpenMP host offload")
    report = verify_offload(request)
    assert "called no compiler of ours" in report.reason
    assert "MAKEFLAGS" in os.environ
