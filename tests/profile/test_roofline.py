# SPDX-License-Identifier: Apache-2.0
"""What kernels do is counted exactly, and the model says what a GPU could do with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from s2s.errors import UsageError
from s2s.profile.device_flops import Flops, flops_of_guards
from s2s.profile.gpu_times import GpuTimes, SiteTime
from s2s.profile.roofline import DataSheet, KernelWork, known_gpus, read_data_sheet
from s2s.reports.roofline import ASSUMPTION, BOUND, check_picture, roofline_picture
from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.run import RunCommand
from s2s.verify.work import CountedWork, count_work

CLANG = discover_clang()
needs_offload = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)
SHEET = DataSheet("a GPU", "a test", 1000.0, 2000.0, 100.0)

PROGRAM = """\
#include <math.h>
#include <stdlib.h>
int main(void) {
    int n = 20;
    double *a = calloc(n * n, 8), *b = calloc(n * n, 8), *c = calloc(n * n, 8);
    float *f = calloc(n, 4);
    #pragma omp target teams distribute parallel for collapse(2) \\
        map(to: a[0:n*n], b[0:n*n]) map(from: c[0:n*n])
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double s = 0;
            for (int k = 0; k < n; k++) s += a[i*n+k] * b[k*n+j];
            c[i*n+j] = s;
        }
    for (int t = 0; t < 3; t++) {
        #pragma omp target teams distribute parallel for map(tofrom: f[0:n])
        for (int i = 0; i < n; i++)
            if (i % 2) f[i] = sqrtf(f[i]) + 1.0f;
    }
    #pragma omp target map(tofrom: a[0:1])
    a[0] = b != 0;
    return 0;
}
"""


def count(directory: Path, sources: dict[str, str]) -> CountedWork:
    assert CLANG is not None
    units = []
    for name, text in sources.items():
        (directory / name).write_text(text)
        units.append(Unit(directory / name, directory / name, Mode.OFFLOAD))
    run, build = directory / "run", directory / "build"
    run.mkdir()
    build.mkdir()
    program = Program("result", tuple(units))
    with ThreadPoolExecutor(max_workers=2) as pool:
        return count_work(Compiler(CLANG, (), build), program, RunCommand(), run, 10, pool)


@needs_offload
@pytest.mark.toolchain
def test_operations_and_bytes_are_those_of_the_loops(tmp_path: Path) -> None:
    other = "void twice(double *x) {\n#pragma omp target map(tofrom: x[0:1])\nx[0] *= 2;\n}\n"
    main = PROGRAM.replace("return 0;", "void twice(double *); twice(a); return 0;")
    counted = count(tmp_path, {"main.c": main, "other.c": other})
    assert counted.obstacle == ""
    found = {(Path(w.file).name, w.line): w for w in counted.kernels}
    matrix = found["main.c", 7]
    assert (matrix.launches, matrix.fp64, matrix.other) == (1, 2 * 20**3, 0)
    assert (matrix.read, matrix.written) == (2 * 400 * 8, 400 * 8)
    roots = found["main.c", 16]
    assert (roots.launches, roots.fp64, roots.other) == (3, 0, 3 * 10 * 2)
    assert (roots.read, roots.written) == (3 * 10 * 4, 3 * 10 * 4)
    assert found["main.c", 20].flops == 0
    assert (found["other.c", 2].fp64, found["other.c", 2].read) == (1, 8)


@needs_offload
@pytest.mark.toolchain
def test_program_that_does_not_build_has_no_work(tmp_path: Path) -> None:
    counted = count(tmp_path, {"main.c": "int main(void) { return nobody; }\n"})
    assert (counted.kernels, counted.obstacle) == ((), "the build for counting failed")


IR = """\
@__sancov_gen_ = private global [2 x i32] zeroinitializer, section "__sancov_guards", align 4
@__sancov_gen_.7 = private global [1 x i32] zeroinitializer, section "__sancov_guards", align 4
define void @f(double %x) {
  call void @__sanitizer_cov_trace_pc_guard(ptr @__sancov_gen_) #1
  %1 = fmul fast double %x, %x
  %2 = call double @llvm.fmuladd.f64(double %1, double %x, double %x)
  %3 = call double @llvm.fabs.f64(double %2)
  br label %4

4:
  call void @__sanitizer_cov_trace_pc_guard(ptr inttoptr (i64 add (i64 ptrtoint (ptr @__sancov_gen_ to i64), i64 4) to ptr)) #1
  %5 = fadd <4 x float> %a, %b
  %6 = atomicrmw fadd ptr %p, double %x monotonic, align 8
  %7 = fcmp olt double %x, 0.000000e+00
  %8 = tail call double @sqrt(double noundef %x)
  ret void

9:
  %10 = fadd double %x, %x
  ret void
}
define void @g(float %x) {
  call void @__sanitizer_cov_trace_pc_guard(ptr @__sancov_gen_.7) #1
  %1 = fsub float %x, 1.0
  ret void
}
"""  # noqa: E501


def test_operations_of_blocks_are_read_from_ir() -> None:
    assert flops_of_guards(IR) == (Flops(3, 0), Flops(2, 4), Flops(0, 1))
    assert flops_of_guards("") == ()


def work(line: int, fp64: int, other: int, size: int) -> KernelWork:
    return KernelWork("a.c", line, 1, fp64, other, size, 0)


def test_roof_is_bandwidth_up_to_the_peak_of_the_precision() -> None:
    assert SHEET.attainable(work(1, 100, 0, 100)) == 100.0
    assert SHEET.is_memory_bound(work(1, 100, 0, 100))
    assert SHEET.attainable(work(1, 10**6, 0, 100)) == 1000.0
    assert SHEET.attainable(work(1, 0, 10**6, 100)) == 2000.0
    assert not SHEET.is_memory_bound(work(1, 10**6, 0, 100))
    assert work(1, 5, 0, 0).intensity == 0.0


def test_every_data_sheet_says_where_its_numbers_are_from() -> None:
    assert set(known_gpus()) >= {"a100", "h100", "h200", "mi250x"}
    for name in known_gpus():
        sheet = read_data_sheet(name)
        assert sheet.source and sheet.peak_fp32_gflops >= sheet.peak_fp64_gflops > 1000
        assert 1000 < sheet.bandwidth_gb_s < 20000


def test_data_sheet_of_ones_own_is_read_and_checked(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    good = "peak_fp64_gflops = 1\npeak_fp32_gflops = 2.5\nbandwidth_gb_s = 3\n"
    mine.write_text(good)
    assert read_data_sheet(str(mine)) == DataSheet("mine", str(mine), 1.0, 2.5, 3.0)
    for bad in (good.replace("2.5", "-1"), good.replace("= 3", "= true"), "x = ", ""):
        mine.write_text(bad)
        with pytest.raises(UsageError, match=r"data sheet"):
            read_data_sheet(str(mine))
    with pytest.raises(UsageError, match="known: a100, h100"):
        read_data_sheet("b9000")


def test_picture_says_that_it_is_a_model(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    kernels = [work(3, 100, 0, 100), work(5, 0, 10**6, 10), work(7, 0, 0, 10)]
    picture = roofline_picture(Path("r.svg"), SHEET, kernels)
    assert picture == roofline_picture(Path("r.svg"), SHEET, kernels)
    text = " ".join("".join(ET.fromstring(picture).itertext()).split())
    for expected in (*ASSUMPTION.splitlines(), BOUND, "line 3", "line 5", "upper bound"):
        assert expected in text
    assert "line 7" not in text and "measured on" not in text
    times = GpuTimes("NVIDIA X", "nsys", (SiteTime("", 3, "f", 1, 1e-6),))
    assert b"measured on NVIDIA X (nsys)" in roofline_picture(Path("r.svg"), SHEET, kernels, times)
    assert roofline_picture(Path("r.PNG"), SHEET, ()).startswith(b"\x89PNG")


def test_picture_without_matplotlib_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2s.reports.roofline.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 's2s\[plots\]'"):
        check_picture(Path("r.svg"))
    with pytest.raises(UsageError, match=r"known: \.svg, \.png"):
        check_picture(Path("r.jpg"))
