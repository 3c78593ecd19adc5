# SPDX-License-Identifier: Apache-2.0
"""Loops of target regions run in other orders, and what depends on the order is named."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.compare import Rules
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.evidence import Evidence
from s2s.verify.findings import Finding, FindingKind, Place
from s2s.verify.instrument import RUNTIME
from s2s.verify.instrumented import InstrumentedProgram
from s2s.verify.orders import OrderResult, start_orders
from s2s.verify.outcomes import run_original
from s2s.verify.request import VerificationRequest
from s2s.verify.run import PlainSink, RunCommand, device_environment, execute
from s2s.verify.schedules import with_marked_schedules
from s2s.verify.session import Session
from s2s.verify.tiers import Tier

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

KINDS = rb"""
#include <limits.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#define SAY(name) printf("\n%s", name)
int main(void) {
    int last = -1, end = -1, threads[4] = {0};
    long sum = 0;
    SAY("up");
#pragma omp target teams distribute parallel for num_teams(3) num_threads(2)
    for (int i = 3; i < 13; i++) printf(" %d", i);
    SAY("down");
#pragma omp target parallel for schedule(static)
    for (unsigned char i = 9; i > 1; i -= 2) printf(" %d", i);
    SAY("unsigned");
#pragma omp target parallel for
    for (unsigned i = UINT_MAX - 4; i < UINT_MAX; i++) printf(" %u", i);
    SAY("wide");
#pragma omp target parallel for
    for (int64_t i = INT64_MIN + 2; i <= INT64_MIN + 8; i += 3) printf(" %lld", (long long)i);
    SAY("huge");
#pragma omp target parallel for
    for (uint64_t i = UINT64_MAX - 3; i < UINT64_MAX; i++) printf(" %llu", (unsigned long long)i);
    SAY("pairs");
#pragma omp target teams distribute parallel for collapse(2)
    for (unsigned i = 0; i < 2; i++) for (int j = 2; j > -1; j--) printf(" %u/%d", i, j);
    SAY("none");
#pragma omp target parallel for
    for (int i = 5; i < 5; i++) printf(" %d", i);
    SAY("nested");
#pragma omp target teams distribute num_teams(2)
    for (int i = 0; i < 2; i++) {
#pragma omp parallel for
        for (int j = 0; j < 3; j++) printf(" %d/%d", i, j);
    }
    SAY("kept");
#pragma omp target parallel for schedule(dynamic, 2) num_threads(1)
    for (int i = 0; i < 4; i++) printf(" %d", i);
    SAY("last");
#pragma omp target teams distribute parallel for lastprivate(last) map(tofrom : last)
    for (int i = 0; i < 5; i++) { last = i; printf(" %d", i); }
    SAY("values");
#pragma omp target parallel for simd reduction(+ : sum) linear(end : 1) map(tofrom : sum, end)
    for (int i = 0; i < 9; i++) { sum += i * i; end++; }
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 4; i++) threads[i] = omp_get_thread_num();
    int visits[16451] = {0}, once = 0;
#pragma omp target teams distribute parallel for map(tofrom : visits)
    for (int i = 0; i < 16451; i++) visits[i]++;
    for (int i = 0; i < 16451; i++) once += visits[i] == 1;
    printf(" %d %d %ld %d ", once, last, sum, end);
    for (int i = 0; i < 4; i++) printf("%d", threads[i]);
    puts("");
    return 0;
}
"""


@dataclass(frozen=True, slots=True)
class Built:
    """The program above with marked loops, built."""

    binary: Path
    directory: Path

    def run(self, order: str, **more: str) -> dict[str, list[str]]:
        """Run it in an order; return what each loop printed."""
        assert CLANG is not None
        environment = {
            **device_environment(CLANG, {}),
            "LIBOMPTARGET_INFO": "0",
            "OMP_NUM_TEAMS": "1",
            "OMP_TEAMS_THREAD_LIMIT": "1",
            "S2S_ORDER": order,
            "S2S_ORDER_REPORT": str(self.directory / "report"),
            **more,
        }
        command = RunCommand("./a.out")
        done = execute(self.binary, command, self.directory, environment, 30, PlainSink())
        assert done.exit_code == 0, done.describe()
        rows = [line.split() for line in done.stdout.decode().splitlines() if line]
        return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    assert CLANG is not None
    directory = tmp_path_factory.mktemp("orders")
    source, runtime = directory / "kinds.c", RUNTIME / "iteration_order.c"
    source.write_bytes(with_marked_schedules(KINDS, 0, widen=True)[0])
    units = Unit(source, source, Mode.OFFLOAD), Unit(runtime, runtime, Mode.RUNTIME)
    with ThreadPoolExecutor(2) as pool:
        compiler = Compiler(CLANG, ("-w",), directory / "build")
        (build,) = compiler.build([Program("kinds", units)], pool)
    assert build.binary is not None, build.messages
    return Built(build.binary, directory)


FORWARD = {
    "up": "3 4 5 6 7 8 9 10 11 12",
    "down": "9 7 5 3",
    "unsigned": "4294967291 4294967292 4294967293 4294967294",
    "wide": "-9223372036854775806 -9223372036854775803 -9223372036854775800",
    "huge": "18446744073709551612 18446744073709551613 18446744073709551614",
    "pairs": "0/2 0/1 0/0 1/2 1/1 1/0",
    "none": "",
    "nested": "0/0 0/1 0/2 1/0 1/1 1/2",
    "kept": "0 1 2 3",
    "last": "0 1 2 3 4",
    "values": "16451 4 204 8 0011",
}


def test_every_kind_of_loop_runs_backwards(built: Built) -> None:
    forward = {name: text.split() for name, text in FORWARD.items()}
    assert built.run("forward") == forward
    reverse = {name: list(reversed(words)) for name, words in forward.items()}
    reverse["last"] = ["3", "2", "1", "0", "4"]
    for name in ("kept", "values"):
        reverse[name] = forward[name]
    assert built.run("reverse") == reverse
    report = built.directory.joinpath("report").read_text()
    assert re.findall(r"^site (\d+) (\d+)$", report, re.M) == [
        *(("0", "10"), ("1", "4"), ("2", "4"), ("3", "3"), ("4", "3"), ("5", "6")),
        *(("7", "2"), ("8", "3"), ("9", "5"), ("10", "9"), ("12", "16451")),
    ]
    assert len(re.findall(r"^fixed ;.*;main;\d+;\d+;;$", report, re.M)) == 1
    assert report.endswith("end\n")


def test_shuffle_comes_by_every_iteration_once(built: Built) -> None:
    orders = set()
    for seed in ("1", "2", "3"):
        said = built.run("shuffle", S2S_ORDER_SEED=seed)
        assert {n: sorted(w) for n, w in said.items() if n != "values"} == {
            n: sorted(text.split()) for n, text in FORWARD.items() if n != "values"
        }
        assert said["values"] == FORWARD["values"].split()
        assert said["last"][-1] == "4"
        orders.add(tuple(said["up"]))
    assert len(orders) > 1


def test_only_the_loops_asked_for_are_permuted(built: Built) -> None:
    said = built.run("reverse", S2S_ORDER_SITES=",1,")
    assert said["down"] == ["3", "5", "7", "9"]
    assert said["up"] == FORWARD["up"].split()


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check said of a program."""

    evidence: Evidence
    result: OrderResult

    @property
    def places(self) -> list[int]:
        """The lines of its findings."""
        findings = (f for f in self.evidence.findings if f.kind is FindingKind.ORDER)
        return [f.place.line for f in findings if f.place]


def checked(directory: Path, body: str, *findings: Finding) -> Checked:
    """Check a program that has ``body``, from its fifth line on, in main."""
    assert CLANG is not None
    text = "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { int n = 90, v[90], x = 0;\n"
    text += f"for (int i = 0; i < n; i++) v[i] = i % 7;\n{body}\nreturn 0; }}\n"
    source = directory / "case.c"
    source.write_text(text)
    work = directory / "work"
    work.mkdir()
    request = VerificationRequest(
        source, text.encode(), result=source, against_itself=True, run="./a.out", work_dir=work
    )
    compiler = Compiler(CLANG, ("-w",), directory / "build")
    evidence = Evidence(source)
    evidence.findings += findings
    session = Session(request, CLANG, directory, Rules(), compiler, evidence)
    unit = Unit(source, source, Mode.OFFLOAD)
    with ThreadPoolExecutor(2) as pool:
        serial = Program("original", (replace(unit, mode=Mode.SERIAL),))
        (build,) = compiler.build([serial], pool)
    assert build.binary is not None, build.messages
    reference = run_original(session, RunCommand(), build.binary, on_host=False)
    program = InstrumentedProgram((unit,), (), {str(source): text.encode()})
    with ThreadPoolExecutor(2) as pool:
        return Checked(evidence, start_orders(session, reference, program, pool).result())


def test_independent_loops_and_reductions_pass(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """double s = 0;
#pragma omp target teams distribute parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i] += i;
#pragma omp target teams distribute parallel for reduction(+: s) map(tofrom: s) map(to: v)
for (int i = 0; i < n; i++) s += 1.0 / (1 + v[i]);
printf("%d %.12f\\n", v[7], s);""",
    )
    assert done.result == OrderResult(same=True, permuted=2, loops=2)
    assert not done.evidence.findings and not done.evidence.notes
    assert {c.run for c in done.evidence.comparisons} == {"reverse order", "shuffle order"}


def test_loop_with_a_dependence_is_named_among_others(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """
#pragma omp target teams distribute parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i] *= 2;
#pragma omp target teams distribute map(tofrom: v)
for (int i = 1; i < n; i++) v[i] += v[i - 1];
#pragma omp target teams distribute parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i] -= 1;
printf("%d\\n", v[n - 1]);""",
    )
    assert done.places == [9]
    assert not done.result.same
    assert str(done.evidence.findings[0]) == (
        "case.c:9:1: the output depends on the order in which the iterations of this loop run "
        "(target construct at case.c:8)"
    )


def test_dependence_of_one_pair_of_iterations_is_found(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """
#pragma omp target parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i == 70 ? 20 : i] = v[i == 70 ? 20 : i] * 3 + i;
printf("%d\\n", v[20]);""",
    )
    assert done.places == [7]


def test_two_loops_that_matter_only_together_are_named_together(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """int y = 0;
#pragma omp target parallel for map(tofrom: x)
for (int i = 0; i < n; i++) x = i;
#pragma omp target parallel for map(tofrom: y)
for (int i = 0; i < n; i++) y = i;
printf("%d\\n", x != n - 1 && y != n - 1);""",
    )
    assert done.places == [7]
    assert "it may be one of several loops, at the lines 7, 9" in done.evidence.notes


def test_what_needs_several_threads_is_not_judged(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """int wrong = 1;
#pragma omp target teams num_teams(2) map(tofrom: x)
{
#ifdef _OPENMP
extern int omp_get_num_teams(void);
x = omp_get_num_teams() - 2;
#endif
}
#pragma omp target parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i]++;
printf("%d\\n", x);""",
    )
    assert not done.result.same and not done.evidence.findings and not done.evidence.comparisons
    assert done.evidence.notes == [
        "iteration order was not judged: on one thread the output differs in any order"
    ]


def test_loop_that_raced_is_not_reported_twice(tmp_path: Path) -> None:
    race = Finding(FindingKind.RACE, Tier.RACES, "v", Place(str(tmp_path / "case.c"), 8, 1))
    done = checked(
        tmp_path,
        """
#pragma omp target parallel for map(tofrom: v)
for (int i = 1; i < n; i++)
v[i] += v[i - 1];
printf("%d\\n", v[n - 1]);""",
        race,
    )
    assert done.evidence.findings == [race]
    assert any(not c.equal for c in done.evidence.comparisons)


def test_loops_that_keep_their_order_are_told(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """
#pragma omp target parallel for ordered map(tofrom: x)
for (int i = 0; i < n; i++) {
#pragma omp ordered
x = x * 3 % 101 + i;
}
#pragma omp target parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i]++;
printf("%d %d\\n", x, v[2]);""",
    )
    assert done.result == OrderResult(same=True, permuted=1, loops=2)
    (note,) = done.evidence.notes
    assert note == (
        "1 of 2 loops were run in other orders of iterations; in their own order: case.c:6:1"
    )


def test_loop_that_cannot_be_made_a_worksharing_loop_keeps_its_order(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """
#pragma omp target teams distribute map(tofrom: v)
for (int i = 0; i < n; i++) {
#pragma omp master
v[i]++;
}
#pragma omp target teams distribute parallel for map(tofrom: v)
for (int i = 0; i < n; i++) v[i]++;
printf("%d\\n", v[2]);""",
    )
    assert done.result == OrderResult(same=True, permuted=1, loops=2)


def test_run_that_comes_by_no_loop_claims_nothing(tmp_path: Path) -> None:
    done = checked(
        tmp_path,
        """
#pragma omp target parallel for map(tofrom: v) if(target: n > 1000)
for (int i = 0; i < n; i++) v[i]++;
printf("%d\\n", v[2]);""",
    )
    assert done.result == OrderResult(same=False)
    assert done.evidence.notes == [
        "iteration order was not permuted: the run came by no loop to permute"
    ]


def test_program_without_loops_says_so(tmp_path: Path) -> None:
    done = checked(tmp_path, '#pragma omp target map(tofrom: x)\nx++;\nprintf("%d\\n", x);')
    assert not done.result.same
    assert done.evidence.notes == ["iteration order was not permuted: there is no loop to permute"]
