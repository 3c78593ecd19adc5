# SPDX-License-Identifier: Apache-2.0
"""Counts of bytes, copies and launches are exactly those that the directives ask for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from s2s.profile.transfers import (
    ATTACHED,
    FIRSTPRIVATE,
    InfoStream,
    Traffic,
    TransferProfile,
    UnmappedPointer,
    parse_info,
    parse_trace,
)
from s2s.toolchain.discover import discover_clang
from s2s.verify.run import RunCommand, device_environment, run_on_device

CLANG = discover_clang()
needs_offload = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)


def build(directory: Path, source: str) -> Path:
    assert CLANG is not None
    file = directory / "program.c"
    file.write_text(source)
    binary = directory / "program"
    flags = ["-O1", "-gline-tables-only", "-fopenmp", f"-fopenmp-targets={CLANG.host_triple}"]
    subprocess.run([str(CLANG.path), *flags, str(file), "-o", str(binary)], check=True)
    return binary


def profile(directory: Path, source: str) -> TransferProfile:
    """Build and run a program on the host device."""
    assert CLANG is not None
    binary = build(directory, source)
    done = run_on_device(binary, RunCommand(), directory, CLANG, 60)
    assert done.exit_code == 0 and done.transfers is not None
    assert done.stderr == b""
    return done.transfers


TIME_LOOP = """\
#include <stdlib.h>
int main(void) {
    int n = 1000;
    double *a = calloc(n, 8), *b = calloc(n, 8), s = 0;
    #pragma omp target data map(to: a[0:n]) map(tofrom: b[0:n])
    for (int t = 0; t < 5; t++) {
        #pragma omp target teams distribute parallel for reduction(+: s)
        for (int i = 0; i < n; i++) s += b[i] += a[i];
        #pragma omp target update from(b[0:10])
        #pragma omp target update to(a[n - 1:1])
    }
    return s != 0;
}
"""


@pytest.mark.toolchain
@needs_offload
def test_data_region_around_a_time_loop(tmp_path: Path) -> None:
    got = profile(tmp_path, TIME_LOOP)
    by_line = {site.line: site for site in got.sites}
    assert set(by_line) == {5, 7, 9, 10}
    assert by_line[5].traffic == Traffic(16000, 8000, 2, 1)
    assert by_line[7].traffic == Traffic(5 * 8, 5 * 8, 5, 5)  # the scalar, once each way per launch
    assert (by_line[7].launches, by_line[7].function, by_line[7].file) == (5, "main", "program.c")
    assert by_line[9].traffic == Traffic(0, 5 * 80, 0, 5)
    assert by_line[10].traffic == Traffic(5 * 8, 0, 5, 0)
    assert got.total == Traffic(16080, 8440, 12, 11)
    assert got.launches == 5
    assert got.variable("b") == Traffic(8000, 8400, 1, 6)
    assert got.unmapped == ()


IMPLICIT = """\
struct pair { double x[4]; int k; };
double table[16];
int main(void) {
    struct pair p = {{1, 2, 3, 4}, 5};
    double local[6] = {0}, out[8];
    int n = 8;
    #pragma omp target teams distribute parallel for map(from: out) firstprivate(local)
    for (int i = 0; i < n; i++) out[i] = p.x[i % 4] + table[i] + local[i % 6];
    return out[0] != 1;
}
"""


@pytest.mark.toolchain
@needs_offload
def test_implicit_maps_and_firstprivate_aggregates(tmp_path: Path) -> None:
    (site,) = profile(tmp_path, IMPLICIT).sites
    moved = {item.name: item.traffic for item in site.variables}
    assert moved == {
        "p": Traffic(40, 40, 1, 1),
        "table": Traffic(128, 128, 1, 1),
        "out": Traffic(0, 64, 0, 1),
        FIRSTPRIVATE: Traffic(48, 0, 1, 0),
    }


PRESENT = """\
#include <stdlib.h>
void work(double *a, double *c, int n) {
    #pragma omp target teams distribute parallel for map(to: a[0:n]) map(tofrom: c[0:n])
    for (int i = 0; i < n; i++) c[i] = a[i];
}
int main(void) {
    int n = 100;
    double *a = calloc(n, 8), *c = calloc(n, 8);
    #pragma omp target enter data map(to: a[0:n]) map(alloc: c[0:n])
    work(a, c, n);
    work(a, c, n);
    #pragma omp target exit data map(from: c[0:n]) map(delete: a[0:n])
    work(a, c, n);
    return 0;
}
"""


@pytest.mark.toolchain
@needs_offload
def test_what_is_present_already_is_not_counted(tmp_path: Path) -> None:
    got = profile(tmp_path, PRESENT)
    by_line = {site.line: site for site in got.sites}
    assert by_line[9].traffic == Traffic(800, 0, 1, 0)
    assert by_line[12].traffic == Traffic(0, 800, 0, 1)
    assert by_line[3].traffic == Traffic(1600, 800, 2, 1)  # the third call finds nothing
    assert (by_line[3].launches, by_line[3].function) == (3, "work")


MEMBERS = """\
#include <stdlib.h>
struct grid { int n; double *x; };
int main(void) {
    struct grid grid = {100, calloc(100, 8)}, *g = &grid;
    #pragma omp target data map(to: g[0:1]) map(tofrom: g->x[0:g->n])
    {
        #pragma omp target teams distribute parallel for
        for (int i = 0; i < g->n; i++) g->x[i] += 1;
    }
    return g->x[99] != 1;
}
"""


@pytest.mark.toolchain
@needs_offload
def test_attached_pointers_are_told_apart(tmp_path: Path) -> None:
    first, second = profile(tmp_path, MEMBERS).sites
    moved = {item.name: item.traffic for item in first.variables}
    assert moved == {
        "g": Traffic(16, 0, 1, 0),
        "g->x[0:g->n]": Traffic(800, 800, 1, 1),
        ATTACHED: Traffic(8, 0, 1, 0),
    }
    assert (second.launches, second.traffic) == (1, Traffic())


UNMAPPED = """\
#include <stdlib.h>
int main(void) {
    double *a = calloc(10, 8), *b = calloc(10, 8);
    #pragma omp target teams distribute parallel for map(tofrom: b[0:10])
    for (int i = 0; i < 10; i++) b[i] += a[i];
    return 0;
}
"""


@pytest.mark.toolchain
@needs_offload
def test_pointer_with_nothing_mapped_is_reported_though_the_run_goes_well(tmp_path: Path) -> None:
    assert profile(tmp_path, UNMAPPED).unmapped == (UnmappedPointer("a", "program.c", 4),)


@pytest.mark.toolchain
@needs_offload
def test_region_whose_condition_is_false_launches_nothing(tmp_path: Path) -> None:
    source = """\
    int main(int argc, char **argv) {
        int a[10] = {0};
        #pragma omp target teams distribute parallel for if(target: argc > 1)
        for (int i = 0; i < 10; i++) a[i] = i;
        return a[9] != 9;
    }
    """
    got = profile(tmp_path, source)
    assert (got.launches, got.total) == (0, Traffic())


@pytest.mark.toolchain
@needs_offload
def test_trace_has_trip_counts(tmp_path: Path) -> None:
    assert CLANG is not None
    binary = build(tmp_path, TIME_LOOP)
    trace = tmp_path / "trace.json"
    settings = {"LIBOMPTARGET_PROFILE": str(trace), "LIBOMPTARGET_PROFILE_GRANULARITY": "0"}
    environment = {**device_environment(CLANG, {}), **settings, "LIBOMPTARGET_INFO": "0"}
    subprocess.run([str(binary)], env=environment, check=True)
    (site,) = parse_trace(trace.read_bytes()).sites
    assert (site.line, site.launches, site.trip_count, site.function) == (7, 5, 5000, "main")


INFO = b"""\
hello
omptarget device 0 info: Entering OpenMP kernel at x y.c:7:3 with 2 arguments:
omptarget device 0 info: use_address(b)[0] (implicit)
omptarget device 0 info: tofrom(s)[8] (implicit)
no end of lineomptarget device 0 info: Mapping exists (implicit) with HstPtr=0x1, Size=0, Name=b
 omptarget device 0 info: Copying data from host to device, HstPtr=0x1, TgtPtr=0x2, Size=8, Name=s
"PluginInterface" device 0 info: Launching kernel __omp_offloading_fe00_21_f_g_l7 with 1 blocks and
omptarget device 0 info: Copying data from device to host, TgtPtr=0x2, HstPtr=0x1, Size=8, Name=s
some info: of the program's own"""


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_text_may_come_in_pieces_and_the_program_s_own_is_kept(size: int) -> None:
    stream = InfoStream()
    for at in range(0, len(INFO), size):
        stream.feed(INFO[at : at + size])
    stream.close()
    assert stream.rest == b"hello\nno end of line some info: of the program's own"
    (site,) = stream.profile.sites
    assert (site.file, site.line, site.function) == ("x y.c", 7, "f_g")
    assert (site.launches, site.traffic) == (1, Traffic(8, 8, 1, 1))
    assert stream.profile.unmapped == ()


@pytest.mark.parametrize(
    ("kind", "size", "forgotten"),
    [("tofrom", 0, []), ("tofrom", 8, ["a"]), ("use_address", 0, [])],
)
def test_pointer_to_a_section_without_elements_was_not_forgotten(
    kind: str, size: int, forgotten: list[str]
) -> None:
    lines = f"""\
omptarget device 0 info: Entering OpenMP data region at x.c:6:3 with 1 arguments:
omptarget device 0 info: {kind}(a[0:n])[{size}]
omptarget device 0 info: Entering OpenMP kernel at x.c:7:3 with 1 arguments:
omptarget device 0 info: use_address(a)[0] (implicit)
"PluginInterface" device 0 info: Launching kernel __omp_offloading_fe00_21_f_l7 with 1 blocks
"""
    got = parse_info(lines.encode().splitlines(keepends=True))
    assert [pointer.name for pointer in got.unmapped] == forgotten


def test_copy_outside_every_construct_is_counted() -> None:
    line = b"omptarget device 0 info: Copying data from host to device, HstPtr=0x1, Size=80\n"
    got = parse_info([line])
    assert [(s.file, s.line, s.traffic.bytes_to_device) for s in got.sites] == [("", 0, 80)]


def test_report_is_json() -> None:
    data = parse_info(INFO.splitlines(keepends=True)).to_json()
    assert (data["launches"], data["bytes_to_device"]) == (1, 8)
    assert data["sites"][0]["variables"][0]["name"] == "s"


def test_file_that_is_no_trace_is_refused() -> None:
    with pytest.raises(ValueError, match="not a trace"):
        parse_trace(b"[]")
