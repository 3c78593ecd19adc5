# SPDX-License-Identifier: Apache-2.0
"""Times are not compared, whatever they are printed as; results are."""

from __future__ import annotations

import pytest

from s2s.verify.compare import compare_text
from s2s.verify.timings import timings
from s2s.verify.tokens import tokens_of


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"host execution time: 25 ms", ["25"]),
        (b"Average kernel execution time 0.013 (s)", ["0.013"]),
        (b"n 5 elapsed: 12 seconds", ["12"]),
        (b"Total time(us): 12, sum 3", ["12"]),
        (b"took 3 milliseconds for 7 steps", ["3"]),
        (b"Throughput = 1.25 GB/s in 3 s", ["1.25", "3"]),
        (b"Bandwidth (GB/s): 17", ["17"]),
        (b"Performance: 12 GFLOPS", ["12"]),
        (b"kernel_time = 3 usec", ["3"]),
        (b"GPU Runtime: 0.037065s, 12ms", ["0.037065", "12"]),
        (b"size(GB):0.25, average time(sec):0.001, BW:inf", ["0.001", "inf"]),
        (b"Speedup: 3.5, n 4", ["3.5"]),
        (b"\tupdates per ns: 0.094991", ["0.094991"]),
        (b"sync: mean = 33.9 us, stddev = 0.4 us", ["33.9", "0.4"]),
        (b"mean = 33.9 us, max = 0.4 us", []),
        (b"moved 12 m per s: 12.5, per 3 ms 4", []),
        (b"time step 25", []),
        (b"sum 25 s", []),
        (b"times 3 2 1", []),
        (b"position after 3 s: 25", []),
    ],
)
def test_numbers_of_a_line_that_are_times(line: bytes, found: list[str]) -> None:
    tokens = tokens_of(line)
    assert [tokens[at].text for at in sorted(timings([line], 0, tokens))] == found


def test_times_that_happen_to_be_equal_in_two_runs_of_the_original_are_no_difference() -> None:
    expected = b"kernel execution time: 0 ms\nsum 25\n"
    compared = compare_text(expected, b"kernel execution time: 31 ms\nsum 25\n")
    assert (compared.equal, compared.unstable) == (True, 1)
    assert not compare_text(expected, b"kernel execution time: 0 ms\nsum 26\n").equal
    assert not compare_text(expected, b"kernel FAILED time: 31 ms\nsum 25\n").equal


def test_tables_of_times_stand_under_a_heading() -> None:
    expected = b"Time spent in stages:\n\n0.000000 s, 0.0 % : SETUP\n0.5 s, 9 % : RUN 1\n\n3 s 4\n"
    measured = b"Time spent in stages:\n\n0.000001 s, 0.5 % : SETUP\n0.6 s, 8 % : RUN 1\n\n3 s 4\n"
    compared = compare_text(expected, measured)
    assert (compared.equal, compared.unstable) == (True, 4)
    assert not compare_text(expected, measured.replace(b"RUN 1", b"RUN 2")).equal
    assert not compare_text(expected, measured.replace(b"3 s", b"4 s")).equal


def test_unit_of_the_heading_holds_for_the_table() -> None:
    expected = b"Timings (us):\n 0.100 shared 3 (0.006 GB/s, 0.003% peak)\n"
    measured = b"Timings (us):\n 0.900 shared 3 (0.004 GB/s, 0.002% peak)\n"
    assert compare_text(expected, measured).equal
    assert not compare_text(expected, measured.replace(b"shared 3", b"shared 4")).equal
