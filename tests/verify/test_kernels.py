# SPDX-License-Identifier: Apache-2.0
"""What compilers say of kernels is read right, and occupancy follows the rules of the device."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from s2s.cli.kernel_table import kernel_table, show_kernels
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.toolchain.gcc import Gcc
from s2s.verify.invocation import Invocation
from s2s.verify.static.gcc_offload import compile_with_gcc, first_error, gcc_devices, works
from s2s.verify.static.kernel_ir import IrKernel, Remark, generic_reason, ir_kernels, remarks_in
from s2s.verify.static.kernels import KernelFacts, compile_for_gpu, gpu_architectures, ptxas
from s2s.verify.static.occupancy import Occupancy, occupancy

CLANG = discover_clang()
NVIDIA = CLANG is not None and "sm_80" in gpu_architectures(CLANG) and ptxas() is not None

NO_CLANG = Clang(Path("clang"), Path("clang++"), "19", Path(), Path(), False, (), ())
"""Stands for the clang that checks of gcc do not call."""

PROGRAM = """\
#include <stdio.h>
void unknown(double *x);
void f(double *a, double *b, int n)
{
#pragma omp target teams distribute parallel for map(a[0:n])
    for (int i = 0; i < n; i++) a[i] += 1;
#pragma omp target teams distribute map(a[0:n], b[0:n])
    for (int i = 0; i < n; i++) {
        double s = 0;
        printf("%d\\n", i);
#pragma omp parallel for reduction(+: s)
        for (int j = 0; j < n; j++) s += a[j] * b[i];
        a[i] = s;
    }
}
"""


def call_of(source: Path, arguments: tuple[str, ...] = ()) -> Invocation:
    return Invocation(CLANG or NO_CLANG, source, arguments, False, source.parent)


@pytest.mark.parametrize(
    ("registers", "shared", "threads", "expected"),
    [
        # 32 registers: 1024 of a warp, 16 warps of each partition: all 64
        (32, 0, 128, Occupancy(1.0, "")),
        # 33 registers: 1056 of a warp, rounded to 1280; 16384 / 1280 = 12 warps of each partition
        (33, 0, 128, Occupancy(48 / 64, "registers")),
        # 128 registers: 4096 of a warp, 4 of each partition: 16 warps
        (128, 0, 128, Occupancy(16 / 64, "registers")),
        # 255 registers: 8160, rounded to 8192; 2 of each partition: 8 warps
        (255, 0, 256, Occupancy(8 / 64, "registers")),
        # 3 warps: 64 // 3 = 21 blocks by warps; 48 warps by 40 registers are 16 blocks
        (40, 0, 96, Occupancy(48 / 64, "registers")),
        (32, 0, 96, Occupancy(63 / 64, "threads")),
        # 5 warps: 12 blocks by warps; by 48 registers (1536) 10 of each partition: 8 blocks
        (48, 0, 160, Occupancy(40 / 64, "registers")),
        # 100 threads are 4 warps
        (32, 0, 100, Occupancy(1.0, "")),
        # one warp: 32 blocks at most
        (16, 0, 32, Occupancy(32 / 64, "threads")),
        # 48 KiB and 1 KiB of the system's: 3 of them in 164 KiB
        (32, 48 << 10, 128, Occupancy(12 / 64, "shared memory")),
        # 9.25 KiB and 1 KiB: 16 of them, but for the 1 KiB it would be 17
        (32, (9 << 10) + 256, 128, Occupancy(1.0, "")),
        (32, (9 << 10) + 257, 128, Occupancy(15 / 16, "shared memory")),
        # 1024 threads of 64 registers: 2048 of a warp, 8 of each partition: one block
        (64, 0, 1024, Occupancy(32 / 64, "registers")),
        # 1024 threads of 65 registers do not fit: 2304 * 32 > 65536
        (65, 0, 1024, Occupancy(0.0, "registers")),
        # more than there is
        (32, 164 << 10, 128, Occupancy(0.0, "shared memory")),
    ],
)
def test_occupancy_follows_the_rules(
    registers: int, shared: int, threads: int, expected: Occupancy
) -> None:
    assert occupancy("sm_80", registers, shared, threads) == expected


def test_occupancy_depends_on_the_architecture() -> None:
    h100 = occupancy("sm_90", 32, 48 << 10, 128)
    assert h100 == Occupancy(16 / 64, "shared memory")  # 49 KiB go 4 times into 228 KiB
    assert occupancy("sm_1000", 32, 0, 128) is None


@pytest.mark.toolchain
@pytest.mark.skipif(not NVIDIA, reason="no clang for NVIDIA GPUs or no ptxas")
def test_kernels_are_read_off_a_build_for_a_gpu(tmp_path: Path) -> None:
    assert CLANG is not None
    source = tmp_path / "two.c"
    source.write_text(PROGRAM)
    build = compile_for_gpu(call_of(source), "sm_80")
    assert (build.ok, build.messages) == (True, "")
    first, second = build.kernels
    assert (first.line, first.mode, first.reason) == (5, "SPMD", "")
    assert (second.line, second.mode) == (7, "generic")
    assert "Value has potential side effects preventing SPMD-mode execution" in second.reason
    assert second.reason.endswith("(OMP121)")
    for kernel in build.kernels:
        assert (kernel.arch, Path(kernel.file).name) == ("sm_80", "two.c")
        assert 8 <= kernel.registers <= 255
        assert kernel.spills == 0
        assert 0.0 < kernel.occupancy <= 1.0
    assert first.stack == 0
    assert first.shared < 100 and second.shared > 0


@pytest.mark.toolchain
@pytest.mark.skipif(not NVIDIA, reason="no clang for NVIDIA GPUs or no ptxas")
def test_what_a_gpu_cannot_have_is_a_failure_with_its_message(tmp_path: Path) -> None:
    assert CLANG is not None
    source = tmp_path / "bad.c"
    source.write_text(
        'void f(int *a) {\n#pragma omp target map(a[0:1])\n{ __asm__("nonsense"); a[0] = 1; }\n}\n'
    )
    build = compile_for_gpu(call_of(source), "sm_80")
    assert not build.ok
    assert "ptxas" in build.messages and "error" in build.messages


REMARKS = """\
two.c:16:12: remark: Value has potential side effects preventing SPMD-mode execution. [OMP121] \
[-Rpass-analysis=openmp-opt]
remark: Value has potential side effects preventing SPMD-mode execution. Add \
`[[omp::assume("ompx_spmd_amenable")]]` to the called function to override. [OMP121] \
[-Rpass-analysis=openmp-opt]
two.c:11:1: remark: Generic-mode kernel is executed with a customized state machine that requires \
a fallback. [OMP132] [-Rpass-analysis=openmp-opt]
two.c:16:12: remark: Value has potential side effects preventing SPMD-mode execution. [OMP121] \
[-Rpass-analysis=openmp-opt]
remark: Moving memory allocation from the heap to the stack. [-Rpass=openmp-opt]
"""
SIDE_EFFECTS = "Value has potential side effects preventing SPMD-mode execution. (OMP121)"


def test_remarks_are_read_once_each_without_advice() -> None:
    found = remarks_in(REMARKS)
    assert [(r.file, r.line, r.code) for r in found] == [
        ("two.c", 16, "OMP121"),
        ("", 0, "OMP121"),
        ("two.c", 11, "OMP132"),
    ]
    assert not any("assume" in r.text for r in found)


def test_remarks_on_ir_have_their_place_elsewhere() -> None:
    text = REMARKS.replace("two.c:16:12: remark: ", "remark: two.c:16:12: ").replace(
        "remark: Value has", "remark: <unknown>:0:0: Value has"
    )
    found = remarks_in(text)
    assert [(r.line, r.code) for r in found] == [(16, "OMP121"), (0, "OMP121"), (11, "OMP132")]


def test_reason_is_that_of_the_construct_before_the_place() -> None:
    def kernel(line: int, mode: str = "generic", file: str = "two.c") -> IrKernel:
        return IrKernel(line, file, mode, 128)

    remarks = remarks_in(REMARKS)
    kernels = {"a": kernel(5, "SPMD"), "b": kernel(11), "c": kernel(20), "d": kernel(14, file="h")}
    reasons = generic_reason(kernels, remarks)
    assert reasons == {"b": f"line 16: {SIDE_EFFECTS}", "c": "", "d": ""}
    alone = {"c": kernel(20)}
    assert generic_reason(alone, remarks) == {"c": SIDE_EFFECTS}
    machine = Remark("two.c", 11, "OMP131", "Rewriting generic-mode kernel with a state machine.")
    reasons = generic_reason({"b": kernel(11), "c": kernel(20)}, [machine])
    assert reasons["b"] == f"line 11: {machine.text} (OMP131)"
    twice = [*remarks, replace(remarks[0], line=18), remarks[0]]
    assert generic_reason(kernels, twice)["b"] == f"lines 16, 18: {SIDE_EFFECTS}"


def test_kernels_in_ir_have_mode_threads_and_file() -> None:
    environment = "_kernel_environment = weak_odr constant %struct.KernelEnvironmentTy { "
    environment += "%struct.ConfigurationEnvironmentTy { i8 0, i8 0, i8 "
    text = f"""\
@k_l9{environment}2, i32 1, i32 256, i32 0, i32 0, i32 0, i32 0 }}, ptr @1, ptr @k_l9_d }}
@k_l11_2{environment}1, i32 1, i32 -1, i32 -1, i32 0, i32 0, i32 0 }}, ptr @1, ptr @k_d }}
define weak_odr protected void @k_l9(ptr %0, ptr %1) #0 !dbg !5 {{
}}
!2 = !DIFile(filename: "src/two.c", directory: "/d")
!5 = distinct !DISubprogram(name: "k_l9", scope: !2, file: !2, line: 9)
"""
    assert ir_kernels(text) == {
        "k_l9": IrKernel(9, "src/two.c", "SPMD", 256),
        "k_l11_2": IrKernel(11, "", "generic", 0),
    }


def rendered(kernels: list[KernelFacts], path: Path, places: tuple[int, ...] = ()) -> list[str]:
    console = Console(width=140, record=True, file=StringIO())
    show_kernels(kernels, path, places, console)
    return [" ".join(line.split()) for line in console.export_text().splitlines() if line.strip()]


def test_table_shows_lines_of_the_original_with_their_text(tmp_path: Path) -> None:
    source = tmp_path / "two.c"
    source.write_text("int n;\nfor (int i = 0; i < n; i++)\n    a[i] = i;\n")
    reason = "line 4: Value prevents it. (OMP121); lines 2, 3, 4: A call does. (OMP133)"
    kernels = [
        KernelFacts(2, "sm_80", "generic", 40, 8, 1024, 0.75, 16, reason, "two.c", "registers"),
        KernelFacts(2, "gfx90a", "generic", file="two.c"),
        KernelFacts(7, "sm_80", "SPMD", 32, 0, 0, 1.0, 0, "", "other.h"),
    ]
    lines = rendered(kernels, source, (1, 2, 2, 3))
    assert lines[0].split()[:4] == ["line", "source", "GPU", "mode"]
    assert lines[2:] == [
        "7 sm_80 SPMD 32 0 0 0 100%".replace("7 ", "other.h:7 "),
        "2 for (int i = 0; i < n; i++) sm_80 generic 40 16 8 1,024 75% (registers)",
        "gfx90a generic - - - - -",
        "line 2 is generic: line 3: Value prevents it. (OMP121); lines 2, 3: A call does. (OMP133)",
    ]
    assert kernel_table(kernels, source, []).row_count == 3


def fake_gcc(directory: Path, script: str) -> Gcc:
    path = directory / "gcc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Gcc(path, path, "12", ("nvptx-none", "hsa"))


def test_only_known_devices_of_gcc_are_asked(tmp_path: Path) -> None:
    assert gcc_devices(None) == ()
    assert gcc_devices(fake_gcc(tmp_path, "")) == ("gcc:nvptx-none",)


def test_gcc_gets_the_arguments_that_it_knows(tmp_path: Path) -> None:
    gcc = fake_gcc(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/arguments')
    arguments = ("-DN=4", "-Xclang", "-disable-O0-optnone", "-gline-tables-only", "-mllvm", "-x")
    build = compile_with_gcc(gcc, call_of(tmp_path / "a.c", arguments), "gcc:nvptx-none")
    assert build.ok
    given = tmp_path.joinpath("arguments").read_text().splitlines()
    assert "-DN=4" in given and "-foffload=nvptx-none" in given
    assert not {"-Xclang", "-disable-O0-optnone", "-mllvm", "-x", "-gline-tables-only"} & {*given}


UNRESOLVED = """\
unresolved symbol other
collect2: error: ld returned 1 exit status
mkoffload: fatal error: accel-nvptx-none-gcc-12 returned 1 exit status
lto-wrapper: fatal error: mkoffload returned 1 exit status
/usr/bin/ld: error: lto-wrapper failed
"""


@pytest.mark.parametrize(
    ("messages", "ok", "first"),
    [
        (UNRESOLVED, True, "unresolved symbol other"),
        ("a.c:2:62: error: expected a clause before 'loop'\n" + UNRESOLVED, False,
         "expected a clause before 'loop'"),
        ("a.c:5:1: internal compiler error: Segmentation fault\n", False,
         "internal compiler error: Segmentation fault"),
        ("a.c:5:1: sorry, unimplemented: 'loop' is not there\n", False,
         "sorry, unimplemented: 'loop' is not there"),
    ],
)  # fmt: skip
def test_gcc_that_fails_says_why(tmp_path: Path, messages: str, ok: bool, first: str) -> None:
    tmp_path.joinpath("messages").write_text(messages)
    gcc = fake_gcc(tmp_path, f"cat {tmp_path}/messages >&2; exit 1")
    build = compile_with_gcc(gcc, call_of(tmp_path / "a.c"), "gcc:nvptx-none")
    assert build.ok is ok
    assert first_error(messages) == first
    assert not works(gcc, "gcc:nvptx-none", tmp_path)
