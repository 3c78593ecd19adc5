# SPDX-License-Identifier: Apache-2.0
"""What the wrapper makes of the calls that builds for other compilers make."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.verify.project.compiler_wrapper import (
    Settings,
    cleaned,
    commands_for,
    expanded,
    refusal,
    take_apart,
)

SETTINGS = Settings("clang", "clang++", "/copy", ("-OUR",), ("-LINK",), ("first.so",), ("last.a",))


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("-fopenmp -fopenmp-targets=nvptx64 -Xopenmp-target -march=sm_80 -O3 a.c", "-O3 a.c"),
        ("-fopenmp --offload-arch=sm_90,gfx90a a.c", "a.c"),
        ("-fopenmp-targets=amdgcn-amd-amdhsa -Xopenmp-target=amdgcn-amd-amdhsa -march=gfx906", ""),
        ("-fopenmp -foffload=nvptx-none -foffload-options=-misa=sm_80 a.c", "a.c"),
        ("-mp=gpu -gpu=cc80 -Minfo=mp -fast -tp=host a.c", "a.c"),
        ("-fiopenmp -fopenmp-targets=spir64 -xHost a.c", "a.c"),
        ("-qopenmp -qsmp=omp -qoffload a.c", "a.c"),
        ("-Wall -Werror -Werror=vla -g -s -flto=thin a.c", "-Wall a.c"),
        ("-I inc -Dx=1 -MMD -MF a.d -o a.o -c a.c", "-I inc -Dx=1 -MMD -MF a.d -o a.o -c a.c"),
        ("a.o -L lib -lm -lgomp -Wl,-rpath,lib", "a.o -L lib -lm -Wl,-rpath,lib"),
        (
            "-march=native -mavx2 -mpopcnt -fno-math-errno",
            "-march=native -mavx2 -mpopcnt -fno-math-errno",
        ),
        ("-Ofast -ffast-math -ffp-contract=fast -O3 a.c", "-O3 a.c"),
    ],
)
def test_flags_of_offloading_are_taken_out(words: str, kept: str) -> None:
    assert cleaned(words.split()) == kept.split()


def test_optimization_of_instrumented_builds_is_ours() -> None:
    assert cleaned(["-O3", "-Ofast", "-Os", "a.c"], fixed_optimization=True) == ["a.c"]


def words(text: str) -> list[str]:
    return text.split()


def test_inputs_and_output_are_told_from_values_of_options() -> None:
    call = take_apart(
        [
            "-I",
            "inc",
            "-x",
            "c++",
            "-o",
            "main",
            "main.cpp",
            "util.o",
            "-lm",
            "-framework",
            "x",
            "lib.a",
        ]
    )
    assert (call.inputs, call.output, call.links) == (
        ("main.cpp", "util.o", "lib.a"),
        "main",
        True,
    )
    assert call.sources == ("main.cpp",)
    assert not take_apart(["-c", "a.c"]).links
    assert not take_apart(["--version"]).links


def test_compiling_and_linking_in_one_call_takes_two_steps() -> None:
    call = take_apart(words("-O2 main.cpp -x c b.c c.o -lm -o main"))
    first, second, linked = commands_for(call, True, SETTINGS, Path("/tmp/x"))
    assert first == words("clang++ -OUR -O2 -c main.cpp -o /tmp/x/0.o")
    assert second == words("clang++ -OUR -O2 -x c -c b.c -o /tmp/x/1.o")
    assert linked == words(
        "clang++ -LINK first.so -O2 /tmp/x/0.o /tmp/x/1.o c.o -lm -o main last.a"
    )


def test_compiling_alone_and_questions_are_one_step() -> None:
    compiled = commands_for(take_apart(["-c", "a.c"]), False, SETTINGS, Path("/x"))
    assert compiled == [["clang", "-OUR", "-c", "a.c"]]
    asked = commands_for(take_apart(["--version"]), False, SETTINGS, Path("/x"))
    assert asked == [["clang", "--version"]]


def test_shared_library_is_linked_without_our_runtime() -> None:
    (linked,) = commands_for(
        take_apart(["-shared", "a.o", "-o", "a.so"]), False, SETTINGS, Path("/x")
    )
    assert linked == ["clang", "-LINK", "-shared", "a.o", "-o", "a.so"]


def test_response_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("-DNAME='a b' x.c")
    assert expanded([f"@{tmp_path / 'list'}", "-c"]) == ["-DNAME=a b", "x.c", "-c"]


def test_output_outside_of_the_copy_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copy").mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    settings = Settings("clang", "clang++", str(tmp_path / "copy"), (), ())
    assert "outside of the directory" in refusal(take_apart(["-c", "a.c", "-o../a.o"]), settings)
    for output in ("a.o", "/dev/null", "-"):
        assert refusal(take_apart(["-c", "a.c", "-o", output]), settings) == ""
