# SPDX-License-Identifier: Apache-2.0
"""A region that computes something else than its serial text is named, others are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.c_text import masked
from s2s.verify.offload import verify_offload
from s2s.verify.regions.items import items_of
from s2s.verify.regions.report import RegionComparison
from s2s.verify.regions.scan import regions_of
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]


def verify(
    directory: Path, text: str, name: str = "own.c", *, compare: bool = True
) -> VerificationReport:
    """Verify an offload program against its own serial run."""
    path = directory / name
    path.write_text(text)
    return verify_offload(
        VerificationRequest(
            path,
            path.read_bytes(),
            result=path,
            against_itself=True,
            run=("./a.out",),
            clang_args=("-w",),
            work_dir=directory,
            tier=Tier.HOST_DEVICE,
            compare=compare,
            timeout_s=30,
        )
    )


def line_of(text: str, mark: str) -> int:
    """Return the 1-based line with a mark."""
    return text[: text.index(mark)].count("\n") + 1


#: One program with one region for each way to be right.
RIGHT = """\
#include <stdio.h>
#include <stdlib.h>

typedef struct { int n; double *x, *y; double shift; } body;
typedef struct { float v[3]; short kind; char mark; } cell;
#pragma omp declare target
int table[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static int twice(int x) { return 2 * x; }
#pragma omp end declare target

static double plane(int n, int m, double a[n][m]) {
    double sum = 0;
    #pragma omp target teams distribute parallel for collapse(2) map(tofrom: a[1:n-2]) // VLA
    for (int i = 1; i < n - 1; i++)
        for (int j = 0; j < m; j++)
            a[i][j] += i * j;
    #pragma omp target teams distribute parallel for map(to: a[0:n]) /* sum
       of all */ reduction(+: sum) // SUM
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            sum += a[i][j] / 3;
    return sum;
}

int main(void) {
    enum { N = 40, M = 9 };
    double grid[N][M], (*volatile keep)[M] = grid, total = 0;
    float *f = malloc(N * sizeof *f);
    int hits = 0, i, k, *ticket = calloc(N, sizeof *ticket), at = 0;
    body b = {N, malloc(N * sizeof(double)), malloc(N * sizeof(double)), 0.5};
    cell cells[N];
    int **rows = malloc(N * sizeof *rows);
    for (i = 0; i < N; i++) {
        rows[i] = malloc(M * sizeof **rows);
        b.x[i] = i, b.y[i] = -i, f[i] = 1.0f / (i + 1);
        cells[i] = (cell){{i, i, i}, i, 'x'};
        for (int j = 0; j < M; j++)
            grid[i][j] = i - j, rows[i][j] = i + j;
    }
    total = plane(N, M, grid);
    #pragma omp target enter data map(to: b)
    #pragma omp target enter data map(to: b.x[0:b.n], b.y[0:b.n])
    for (int step = 0; step < 5; step++) {
        #pragma omp target teams distribute parallel for // ATTACHED
        for (i = 0; i < b.n; i++)
            b.x[i] += b.y[i] * b.shift;
    }
    #pragma omp target exit data map(from: b.x[0:b.n]) map(delete: b.y[0:b.n])
    #pragma omp target exit data map(delete: b)
    #pragma omp target data map(to: rows[0:N])
    {
        for (i = 0; i < N; i++) {
            #pragma omp target enter data map(to: rows[i][0:M])
        }
        if (N > 4)
            #pragma omp target teams distribute parallel for private(k) // ROWS
            for (i = 0; i < N; i++) {
                for (k = 0; k < M; k++)
                    rows[i][k] = twice(rows[i][k]) + table[k % 8];
            }
        else
            hits = -1;
        for (i = 0; i < N; i++) {
            #pragma omp target exit data map(from: rows[i][0:M])
        }
    }
    #pragma omp target map(tofrom: cells, hits) map(to: f[0:N]) // NESTED
    {
        #pragma omp parallel for reduction(+: hits)
        for (int i = 0; i < N; i++) {
            cells[i].v[1] = f[i] * cells[i].v[0]; /* } */
            cells[i].kind++;
            if (f[i] > 0.1f) hits++;
            #pragma omp atomic
            table[i % 8] += i;
        }
    }
    #pragma omp target teams distribute parallel for map(tofrom: at) map(from: ticket[0:N]) // ORDER
    for (int i = 0; i < N; i++) {
        int mine;
        #pragma omp atomic capture
        mine = at++;
        ticket[mine] = i;
    }
    double *device;
    #pragma omp target data map(tofrom: f[0:N]) use_device_ptr(f)
    {
        #pragma omp target teams distribute parallel for is_device_ptr(f) // DEVICE
        for (int i = 0; i < N; i++)
            f[i] += 1;
    }
    printf("%.6f %.3f %d %d %.3f %d\\n", total, b.x[3], rows[3][4], hits, f[3] + cells[3].v[1], at);
    return 0;
}
"""


def test_right_regions_are_equal_and_the_rest_is_named(tmp_path: Path) -> None:
    report = verify(tmp_path, RIGHT)
    assert report.passed, (report.reason, report.steps)
    by_line = {region.place.line: region for region in report.regions}
    marks = ("VLA", "SUM", "ATTACHED", "ROWS", "NESTED", "DEVICE", "ORDER")
    assert set(by_line) == {line_of(RIGHT, f"// {mark}") - (mark == "SUM") for mark in marks}
    attached = by_line[line_of(RIGHT, "// ATTACHED")]
    assert (attached.launches, attached.obstacle) == (5, "")
    assert by_line[line_of(RIGHT, "// VLA")].elements == 38 * 9
    left = by_line[line_of(RIGHT, "// ORDER")]
    assert (left.launches, left.obstacle) == (
        0,
        "what it writes depends on the order of its threads",
    )
    assert report.notes == (
        "6 of 7 target regions were compared with their serial text; "
        f"not: line {left.place.line} ({left.obstacle})",
    )
    data = json.loads(json.dumps(report.to_json()))
    assert [region["launches"] for region in data["regions"]] == [1, 1, 5, 1, 1, 0, 1]


#: Regions with one fault each. What a thread keeps for itself (firstprivate, private) makes faults
#: that do not depend on who comes first: a mean scheduler would make the same of a race.
WRONG = """\
#include <stdio.h>
#include <stdlib.h>
typedef struct { int id; double mass; float pos[3]; } particle;
typedef struct { int n; int *values; } list;
#define N 64
#define M 5
static double a[N][M];
static void fill(int n, int m, float v[n][m]) {
    float carry = 0;
    #pragma omp target map(from: v[0:n])
    #pragma omp parallel for firstprivate(carry) num_threads(4) schedule(static) // VLA
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            v[i][j] = carry += 1;
}
int main(void) {
    double low = 1e9, last = 0, carry = 0, *p = malloc(N * sizeof *p), *q = calloc(N, sizeof *q);
    particle *parts = calloc(N, sizeof *parts);
    list l = {N, calloc(N, sizeof(int))};
    unsigned char bytes[N];
    int count = 0;
    for (int i = 0; i < N; i++)
        p[i] = i + 1;
    #pragma omp target teams distribute parallel for reduction(max: low) map(to: p[0:N]) // OPERATOR
    for (int i = 0; i < N; i++)
        low = p[i] < low ? p[i] : low;
    #pragma omp target map(tofrom: q[0:N]) map(to: p[0:N])
    #pragma omp parallel for firstprivate(carry) num_threads(4) schedule(static) // DEPENDENCE
    for (int i = 0; i < N; i++)
        q[i] = carry = carry + p[i];
    #pragma omp target map(tofrom: last) map(to: p[0:N]) // LASTPRIVATE
    {
        last = -1;
        #pragma omp parallel for private(last)
        for (int i = 0; i < N; i++)
            last = p[i] / 2;
    }
    #pragma omp target map(tofrom: a)
    #pragma omp parallel for firstprivate(count) num_threads(4) schedule(static) // TWO-D
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            a[i][j] += j == 3 ? count++ : i;
    #pragma omp target map(tofrom: parts[0:N], bytes)
    #pragma omp parallel for firstprivate(count) num_threads(4) schedule(static) // STRUCT
    for (int i = 0; i < N; i++) {
        bytes[i] = i;
        parts[i].mass = i;
        parts[i].pos[2] = count++;
    }
    #pragma omp target enter data map(to: l) map(to: l.values[0:N])
    #pragma omp target
    #pragma omp parallel for firstprivate(count) num_threads(4) schedule(static) // ATTACHED
    for (int i = 0; i < l.n; i++)
        l.values[i] = count--;
    #pragma omp target exit data map(from: l.values[0:N]) map(delete: l)
    for (int step = 1; step < 5; step++) {
        #pragma omp target map(tofrom: q[10:N-10])
        #pragma omp parallel for firstprivate(carry) num_threads(4) schedule(static) // STEPS
        for (int i = 10; i < N; i++)
            q[i] = step < 3 ? q[i] : (carry = carry + 1);
    }
    fill(N, M, malloc(N * M * sizeof(float)));
    printf("%g %g %g\\n", low, last, q[N - 1] + a[N - 1][3]);
    return 0;
}
"""

EXPECTED = {
    "OPERATOR": ("low", (), "1.0", "1000000000.0", 1, 1),
    "DEPENDENCE": ("q[16]", (16,), "153.0", "17.0", 48, 1),
    "LASTPRIVATE": ("last", (), "32.0", "-1.0", 1, 1),
    "TWO-D": ("a[16][3]", (16, 3), "16.0", "0.0", 48, 1),
    "STRUCT": ("parts[16].pos[2]", (16, 2), "16", "0", 48, 1),
    "ATTACHED": ("l.values[16]", (16,), "-16", "0", 48, 1),
    "STEPS": ("q[24]", (24,), "15.0", "1.0", 40, 3),
    "VLA": ("v[16][0]", (16, 0), "81", "1", 240, 1),
}


def told(region: RegionComparison) -> tuple[object, ...]:
    """Return what a region's difference says."""
    first = region.first
    assert first is not None, region
    return (
        first.variable,
        first.indices,
        first.serial,
        first.device,
        first.elements,
        first.launch,
    )


def test_wrong_regions_are_named_with_element_and_values(tmp_path: Path) -> None:
    report = verify(tmp_path, WRONG, compare=False)  # the outputs differ: it runs by itself
    by_line = {region.place.line: region for region in report.regions}
    found = {}
    for mark in EXPECTED:
        at = line_of(WRONG, f"// {mark}\n")
        found[mark] = told(by_line.get(at) or by_line[at - 1])
    assert found == EXPECTED
    assert report.verdict is VerificationVerdict.FAILED
    line = line_of(WRONG, "// OPERATOR")
    assert report.reason.startswith("result: stdout differs")
    assert report.reason.endswith(
        f"; first differs after the region at line {line}: "
        "low is 1000000000.0 on the device, 1.0 serially"
    )


#: What is wrong here are transfers: each region is right about what it was given.
TRANSFERS = """\
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    enum { N = 100000 };
    float sum = 0, *f = malloc(N * sizeof *f);
    int *fresh = malloc(N * sizeof *fresh);
    for (int i = 0; i < N; i++)
        f[i] = 1.0f / (1 + i % 7), fresh[i] = i;
    #pragma omp target data map(to: f[0:N])
    {
        f[1] = 1e6f; // never updated
        #pragma omp target teams distribute parallel for reduction(+: sum) num_teams(4)
        for (int i = 0; i < N; i++)
            sum += f[i] - 0.25f;
    }
    #pragma omp target teams distribute parallel for map(from: fresh[0:N])
    for (int i = 0; i < N; i++)
        if (i % 2) fresh[i] = 2 * i;
    printf("%.1f %d\\n", sum, fresh[2]);
    return 0;
}
"""


def test_wrong_transfers_are_no_differences_and_sums_have_a_tolerance(tmp_path: Path) -> None:
    report = verify(tmp_path, TRANSFERS)
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason.startswith("result: stdout differs")
    assert "first differs" not in report.reason
    assert [(region.launches, region.first) for region in report.regions] == [(1, None), (1, None)]
    summed, plain = report.regions
    assert summed.terms == 100000
    assert summed.tolerance == pytest.approx(4 * 100000**0.5 * 2**-53)
    assert summed.inexact + summed.sensitive == 1, "the serial sum is rounded another way"
    assert "a reduction of 100000 terms" in str(summed) or "rounding moves them" in str(summed)
    assert (plain.terms, plain.tolerance, plain.inexact) == (0, 2**-49, 0)


CXX = """\
#include <cstdio>
#include <vector>
template <typename T> struct field {
    T *data;
    int n;
    void scale(T by) {
        T *mine = data;
        #pragma omp target teams distribute parallel for map(tofrom: mine[0:n]) // SCALE
        for (int i = 0; i < n; i++)
            mine[i] *= by;
    }
    void run_up(T carry) {
        #pragma omp target map(tofrom: data[0:n])
        #pragma omp parallel for firstprivate(carry) num_threads(4) schedule(static) // RUN UP
        for (int i = 0; i < n; i++)
            data[i] = carry = carry + data[i];
    }
};
int main() {
    std::vector<double> v(64, 1.5);
    std::vector<int> w(64, 1);
    field<double> f{v.data(), 64};
    field<int> g{w.data(), 64};
    auto twice = [](double x) { return 2 * x; };
    f.scale(2);
    g.run_up(0);
    double *x = v.data();
    #pragma omp target teams distribute parallel for map(tofrom: x[0:64]) // LAMBDA
    for (int i = 0; i < 64; i++)
        x[i] = twice(x[i]);
    std::printf("%g %d\\\\n", v[3], w[63]);
}
"""


def test_templates_members_and_vectors_are_compared(tmp_path: Path) -> None:
    report = verify(tmp_path, CXX, "own.cpp")
    by_line = {region.place.line: region for region in report.regions}
    wrong = by_line[line_of(CXX, "// RUN UP") - 1]
    assert told(wrong)[1:] == ((16,), "17", "1", 48, 1)
    assert told(wrong)[0] in ("data[16]", "this->data[16]")
    for mark in ("// SCALE", "// LAMBDA"):
        region = by_line[line_of(CXX, mark)]
        assert (region.launches, region.elements, region.first) == (1, 64, None)


def obstacles(text: str) -> list[str]:
    """Return the obstacles of a text's regions."""
    return [region.obstacle for region in regions_of(masked(text.encode()))]


@pytest.mark.parametrize(
    ("statement", "obstacle"),
    [
        ("for (;;) a[i] = omp_get_team_num();", "it asks OpenMP who is running it"),
        ("for (;;) a[i] = helper(i);", "it is random"),
        ("{ again: a[i]++; goto again; }", "it has jumps"),
        ("{ static int calls; calls++; }", "it declares static variables"),
        ("#if X\nfor (;;) a[i] = 1;\n#endif", "the preprocessor decides which statement follows"),
        ("for (;;) {\n#pragma omp critical\n a[i] = 1; }", "what it writes depends on the order"),
        ("EACH(i, n) do_it();", ""),
        ("EACH(i, n) { a[i] = '}'; /* } */ }", ""),
        ("if (x) { a[0] = 1; } else a[1] = 2;", ""),
        ("do { a[0]++; } while (a[0] < 4);", ""),
    ],
)
def test_region_that_cannot_run_twice_says_why(statement: str, obstacle: str) -> None:
    helper = "int helper(int i) { return deeper(i); }\nint deeper(int i) { return rand() + i; }\n"
    text = f"{helper}void f(void) {{\n#pragma omp target\n{statement}\n}}\n"
    (found,) = obstacles(text)
    assert found.startswith(obstacle) and bool(found) == bool(obstacle)


def test_combining_outside_of_worksharing_is_not_serial() -> None:
    text = (
        "void f(void) {\n#pragma omp target teams reduction(+: s)\n{\n"
        "#pragma omp distribute parallel for reduction(+: s)\nfor (;;) s++;\n}\n}\n"
    )
    assert obstacles(text) == [
        "its threads combine values outside of a loop that is divided among them"
    ]
    assert obstacles(text.replace("teams reduction(+: s)", "map(s)")) == [""]


def test_static_variables_of_the_device_cannot_be_set() -> None:
    """Their copies on the device have no name outside of its image."""
    text = (
        "#pragma omp begin declare target\nstatic double scale[2] = {1, 2};\n"
        "static const int sizes[] = {1};\nstatic int get(void) { return sizes[0] + PLUS; }\n"
        "#pragma omp end declare target\n"
        "static int count, plain;\n#pragma omp declare target to(count)\n"
        "void f(void) {\n#pragma omp target\nfor (;;) a[i] = get() * plain;\n}\n"
    )
    assert obstacles(text) == [""]
    for used in ("scale[0]", "count"):
        assert obstacles(text.replace("PLUS", used)) == ["it uses static variables of the device"]


def test_directives_that_are_no_kernels_are_no_regions() -> None:
    text = (
        "#pragma omp declare target\n#pragma omp end declare target\n"
        "#pragma omp target data map(a) \\\n  map(b)\n{ }\n#pragma omp target enter data map(a)\n"
        "// #pragma omp target\n#pragma omp target update to(a)\n"
    )
    assert obstacles(text) == []


def test_items_are_what_exists_outside_of_the_region() -> None:
    text = (
        b"for (int i = 0; i < n; i++) { double *r = a + i, x[4]; std::pair<int, int> z{1, 2};\n"
        b"x[0] = s->v[i].w[idx[i] + 1] + r[2] * b[i][j]; c.d = f(g[0]); *q = h.at(3)[1]; }"
    )
    items = items_of(text, b"target map(tofrom: sum, t[0:n]) reduction(max: m) private(k)")
    assert [item.name for item in items] == [
        *(b"sum", b"t[]", b"m", b"s->v[].w[]", b"idx[]", b"b[][]", b"c.d", b"g[]", b"*q"),
    ]
    assert items[3].element == b"s->v[0].w[0]"
