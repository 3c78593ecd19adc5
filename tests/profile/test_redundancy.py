# SPDX-License-Identifier: Apache-2.0
"""What is called redundant was so in that run, and what was needed is never called so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from s2s.profile.loops import enclosing_loops
from s2s.profile.redundancy import Redundancy, TransferCounts, redundant_transfers
from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.guard import GuardedRun, run_guarded
from s2s.verify.instrument import guard_instrumentation
from s2s.verify.run import RunCommand

CLANG = discover_clang()
needs_guard = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload or bool(guard_instrumentation(CLANG).missing),
    reason="no clang with host offload and AddressSanitizer",
)

HEAD = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static double *filled(int n, double with) {
    double *out = malloc(n * sizeof *out);
    for (int i = 0; i < n; i++) out[i] = with + i;
    return out;
}
int main(void) {
    int n = 100;
"""
TAIL = """
    return 0;
}
"""
FIRST_LINE = HEAD.count("\n") + 1
KERNEL = "#pragma omp target teams distribute parallel for"


def guarded(directory: Path, body: str, *watches: bool) -> list[GuardedRun]:
    """Build a program with the guard and run it, with reads watched or not.

    Lines of ``body`` count from FIRST_LINE.
    """
    assert CLANG is not None
    source = directory / "program.c"
    text = HEAD + body.replace("KERNEL", KERNEL) + TAIL
    source.write_text(text)
    units = [Unit(source, source, Mode.GUARD)]
    units += [Unit(p, p, Mode.RUNTIME) for p in guard_instrumentation(CLANG).runtime]
    with ThreadPoolExecutor(max_workers=2) as pool:
        compiler = Compiler(CLANG, (), directory / "build")
        (build,) = compiler.build([Program("guard", tuple(units))], pool)
    assert build.binary is not None, build.messages
    runs = []
    for watch in watches:
        work = directory / f"run-{watch}"
        work.mkdir()
        texts = {str(source): text.encode()}
        run = run_guarded(build.binary, RunCommand(), work, CLANG, 60, texts, watch_reads=watch)
        assert run.execution.exit_code == 0 and run.complete, run.execution
        assert run.findings == ()
        runs.append(run)
    return runs


def found(run: GuardedRun) -> set[tuple[int, str, str, int, int]]:
    return {
        (r.line - FIRST_LINE + 1, r.variable, r.kind.value, r.count, r.total) for r in run.redundant
    }


REDUNDANT = """\
    double *a = filled(n, 1), *b = filled(n, 2), *c = filled(n, 3), *d = filled(n, 4), s = 0;
    for (int t = 0; t < 5; t++) {
        KERNEL map(tofrom: a[0:n], b[0:n]) map(to: d[0:n])
        for (int i = 0; i < n; i++) b[i] += a[i];
    }
    #pragma omp target data map(tofrom: c[0:n])
    {
        #pragma omp target enter data map(to: a[0:n])
        for (int t = 0; t < 4; t++) {
            #pragma omp target update to(a[0:n])
            KERNEL
            for (int i = 0; i < n; i++) a[i] *= 1.5;
            #pragma omp target update from(a[0:n])
        }
        #pragma omp target exit data map(from: a[0:n])
    }
    #pragma omp target enter data map(to: b[0:n])
    for (int t = 0; t < 4; t++) {
        KERNEL
        for (int i = 0; i < n; i++) b[i] *= 1.5;
        #pragma omp target update from(b[0:n])
        printf("step %d\\n", t);
    }
    #pragma omp target exit data map(delete: b[0:n])
    printf("%g\\n", a[0] + b[9]);
    KERNEL map(from: d[0:n])
    for (int i = 0; i < n; i++) d[i] = i;
    free(d);"""


@needs_guard
@pytest.mark.toolchain
def test_every_kind_of_redundant_transfer_is_counted(tmp_path: Path) -> None:
    run, unwatched = guarded(tmp_path, REDUNDANT, True, False)
    assert found(run) == {
        (3, "a[0:n]", "sent-again", 4, 5),
        (3, "a[0:n]", "returned-unchanged", 5, 5),
        (3, "b[0:n]", "sent-again", 4, 5),
        (3, "d[0:n]", "mapped-unused", 5, 5),
        (6, "c[0:n]", "mapped-unused", 1, 1),
        (8, "a[0:n]", "sent-again", 1, 1),
        (10, "a[0:n]", "sent-unchanged", 4, 4),
        (15, "a[0:n]", "returned-unchanged", 1, 1),
        (17, "b[0:n]", "sent-again", 1, 1),
        (21, "b[0:n]", "returned-unread", 3, 4),
        (26, "d[0:n]", "returned-unread", 1, 1),
    }
    by_line = {(r.line - FIRST_LINE + 1, r.kind): r for r in run.redundant}
    again = by_line[3, Redundancy.SENT_AGAIN]
    loop = FIRST_LINE + 1
    assert again.bytes == 4 * 800
    assert again.hint.endswith(f"region around the loop at line {loop}")
    assert again.message.startswith("in this run '")
    unread = by_line[21, Redundancy.RETURNED_UNREAD]
    assert unread.hint == f"copy 'b[0:n]' back once, after the loop at line {FIRST_LINE + 17}"
    kinds = {r.kind for r in unwatched.redundant}
    assert kinds == set(Redundancy) - {Redundancy.RETURNED_UNREAD}


NEEDED = """\
    double *a = filled(n, 1), *b = filled(n, 2), *c = filled(n, 3), s = 0;
    struct { double *p; int n; } v = {filled(n, 4), n};
    struct { double x[4]; } small = {{1, 2, 3, 4}};
    #pragma omp target data map(to: a[0:n])
    for (int t = 0; t < 4; t++) {
        KERNEL
        for (int i = 0; i < n; i++) a[i] += t + 1;
        #pragma omp target update from(a[0:n])
        a[t % n] += 1;
        #pragma omp target update to(a[0:n])
    }
    s += a[7];
    #pragma omp target data map(tofrom: v) map(tofrom: v.p[0:n])
    {
        KERNEL
        for (int i = 0; i < v.n; i++) v.p[i] += 1;
    }
    s += v.p[3];
    for (int t = 0; t < 4; t++) {
        #pragma omp target map(tofrom: small)
        small.x[0] = 1;
    }
    #pragma omp target data map(tofrom: b[0:n]) use_device_ptr(b)
    {
        double *on_device = b;
        KERNEL is_device_ptr(on_device)
        for (int i = 0; i < n; i++) on_device[i] *= 2;
    }
    b = realloc(b, 2 * n * sizeof *b);
    fwrite(b, 8, 1, stderr);
    for (int t = 0; t < 4; t++) {
        double *fresh = filled(n, 7), *copy = malloc(n * sizeof *copy);
        KERNEL map(tofrom: fresh[0:n])
        for (int i = 0; i < n; i++) fresh[i] += 1;
        memcpy(copy, fresh, n * sizeof *copy);
        s += copy[0];
        free(fresh);
        free(copy);
    }
    KERNEL map(tofrom: c[0:n])
    for (int i = 0; i < n; i++) c[i] = 0;
    c[0] = 1;
    s += c[1] + small.x[0];
    printf("%g\\n", s);"""


@needs_guard
@pytest.mark.toolchain
def test_transfers_that_are_needed_are_not_called_redundant(tmp_path: Path) -> None:
    (run,) = guarded(tmp_path, NEEDED, True)
    assert found(run) == set()


COUNTS = TransferCounts("a.c", 3, "v[0:n]")


def test_what_is_never_used_needs_no_other_remark() -> None:
    counts = replace(COUNTS, mapped=2, unused=2, unused_bytes=160, sent=2, again=1, again_bytes=80)
    (one,) = redundant_transfers([counts], {})
    assert (one.kind, one.bytes) == (Redundancy.MAPPED_UNUSED, 160)
    assert str(one) == (
        "a.c:3: in this run 'v[0:n]' was mapped while no kernel that could use it was launched: "
        "2 of 2 times, 160 bytes"
    )


def test_nothing_is_said_where_most_transfers_are_needed() -> None:
    assert redundant_transfers([replace(COUNTS, sent=3, held=1, held_bytes=80)], {}) == ()
    assert len(redundant_transfers([replace(COUNTS, sent=3, held=2, held_bytes=160)], {})) == 1


def test_counts_of_one_line_are_added_and_the_largest_comes_first() -> None:
    one = replace(COUNTS, sent=1, held=1, held_bytes=80)
    other = replace(one, variable="w", held_bytes=100)
    found = redundant_transfers([one, other, one], {})
    assert [(r.variable, r.count, r.bytes) for r in found] == [("v[0:n]", 2, 160), ("w", 1, 100)]


def test_inner_loop_is_named_where_the_outer_one_needs_transfers() -> None:
    text = b"for (;;)\nfor (;;)\n{ here(); }\n"
    some = replace(COUNTS, mapped=9, sent=9, again=6, again_bytes=480)
    (one,) = redundant_transfers([some], {"/x/a.c": text})
    assert one.hint == "put a 'target data map(to: v[0:n])' region around the loop at line 2"
    (all_but_one,) = redundant_transfers([replace(some, again=8)], {"a.c": text})
    assert all_but_one.hint.endswith("around the loop at line 1")


LOOPS = b"""\
void f(int n) { /* for (;;) { */
    for (int t = 0; t < n; t++)
        if (t) {
            g("for (");
            while (n--)
                #pragma omp target \\
                    map(to: n)
                g(");");
            do
                g(1);
            while (n < 3);
        } else
            g(2);
    g(3);
}
"""


@pytest.mark.parametrize(
    ("line", "loops"),
    [(1, ()), (2, ()), (4, (2,)), (6, (2, 5)), (8, (2, 5)), (10, (2, 9)), (13, (2,)), (14, ())],
)
def test_loops_around_a_line_are_found_by_its_tokens(line: int, loops: tuple[int, ...]) -> None:
    assert enclosing_loops(LOOPS, line) == loops


def test_text_that_ends_early_or_is_no_text_has_no_loops() -> None:
    assert enclosing_loops(b"for (", 1) == ()
    assert enclosing_loops(b"", 3) == ()
