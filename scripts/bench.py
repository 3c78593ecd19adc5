# SPDX-License-Identifier: Apache-2.0
"""Measure how long ``s2s offload`` takes, as a ratio to what clang takes for the same file.

    bench.py [--runs N] [--polybench DIR] [--npb DIR] [--only TEXT] [--json FILE]

Seconds depend on the machine; ratios measured in one run do so much less. Each pair of commands is
run in turn, N times; medians are compared; the start-up of both is included.

    limit   measured against
    1.0     clang compiling and linking the result for the host device, -O2 (C files)
    3.0     clang++ -O2 -c of the same file (NPB bt, 3,273 lines)

PolyBench/C 4.2 and NPB-CPP are not part of this repository: they are cloned into build/suites
unless folders are given; without a network, what cannot be had is left out, visibly. Exits with 1
when a limit is exceeded or a command fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from s2s.errors import S2SError
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang

ROOT = Path(__file__).resolve().parent.parent
SUITES = ROOT / "build" / "suites"
WORK = ROOT / "build" / "bench"
POLYBENCH = ("https://github.com/Meinersbur/polybench", "polybench-code")
NPB = ("https://github.com/GMAP/NPB-CPP", "NPB-SER")


@dataclass(frozen=True, slots=True)
class Case:
    """One file, the arguments that make it compile, and what s2s is measured against.

    ``link`` holds what the compiler needs in addition to link the result; None asks for ``-c`` of
    the original instead.
    """

    name: str
    source: Path
    arguments: tuple[str, ...]
    link: tuple[str, ...] | None
    limit: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Medians in seconds of one case, the limit on their ratio, and the memory of s2s in MiB."""

    name: str
    s2s_seconds: float
    clang_seconds: float
    limit: float
    mebibytes: float

    @property
    def ratio(self) -> float:
        """How many times as long as clang s2s takes."""
        return self.s2s_seconds / self.clang_seconds

    @property
    def row(self) -> str:
        """The outcome as a line of the table."""
        times = f"{self.s2s_seconds:>7.3f} s {self.clang_seconds:>7.3f} s"
        mark = "" if self.ratio <= self.limit else "  over"
        return (
            f"{self.name:<16} {times} {self.ratio:>7.2f} {self.limit:>7.2f} "
            f"{self.mebibytes:>6.0f} MiB{mark}"
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Wall time in seconds and largest resident size in MiB of one command."""

    seconds: float
    mebibytes: float


class BenchError(Exception):
    """A command of the measurement failed."""


def own_cases() -> Iterator[Case]:
    """Yield the examples of this repository."""
    for folder in sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir()):
        yield Case(folder.name, folder / f"{folder.name}.c", (), ("-lm",), 1.0)


def polybench_cases(folder: Path) -> Iterator[Case]:
    """Yield the kernels of PolyBench/C, small data sets."""
    utilities = folder / "utilities"
    for header in sorted(folder.rglob("*.h")):
        source = header.with_suffix(".c")
        if header.parent == utilities or not source.exists():
            continue
        arguments = (f"-I{utilities}", f"-I{header.parent}", "-DSMALL_DATASET")
        yield Case(header.stem, source, arguments, (str(utilities / "polybench.c"), "-lm"), 1.0)


def npb_cases(folder: Path, clang: Clang) -> Iterator[Case]:
    """Yield bt of NPB-CPP, class S, prepared in a copy, as its parameters are generated."""
    copy = WORK / "npb"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    command(str(clang.cxx_path), "-w", "setparams.cpp", "-o", "setparams", cwd=copy / "sys")
    command("../sys/setparams", "bt", "S", cwd=copy / "BT")
    yield Case("NPB bt", copy / "BT" / "bt.cpp", (), None, 3.0)


def command(*words: str, cwd: Path | None = None) -> Run:
    """Run a command and return its time and memory. Raises BenchError when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode != 0:
        raise BenchError(f"{' '.join(words)}\n{output}".rstrip())
    return Run(seconds, usage.ru_maxrss / 1024)


def suite(given: Path | None, origin: tuple[str, str]) -> Path | None:
    """Return the folder of a suite: the given one, or a clone; None when there is no network."""
    address, inner = origin
    if given is not None:
        return given / inner if (given / inner).is_dir() else given
    clone = SUITES / address.rsplit("/", 1)[1]
    if not clone.is_dir():
        SUITES.mkdir(parents=True, exist_ok=True)
        try:
            command("git", "clone", "--quiet", "--depth=1", address, str(clone))
        except BenchError as error:
            print(f"left out, cannot be cloned: {address}\n{error}", file=sys.stderr)
            return None
    return clone / inner


def measure(case: Case, clang: Clang, runs: int) -> Outcome:
    """Run s2s and clang in turn and return the medians."""
    result = WORK / f"{case.source.stem}{case.source.suffix}"
    binary = str(WORK / case.source.stem)
    s2s = (str(Path(sys.executable).with_name("s2s")), "offload", str(case.source))
    translate = (*s2s, "-o", str(result), "--", *case.arguments)
    # The result stands in another folder: what its original includes from beside it must be found.
    include = f"-I{case.source.parent}"
    if case.link is None:
        compiler = (str(clang.cxx_path), "-O2", *case.arguments, "-c", str(case.source))
    else:
        offload = ("-O2", "-fopenmp", f"-fopenmp-targets={clang.host_triple}")
        compiler = (str(clang.path), *offload, *case.arguments, include, str(result), *case.link)
    pairs: list[tuple[Run, Run]] = []
    for _ in range(runs):
        result.unlink(missing_ok=True)
        pairs.append((command(*translate), command(*compiler, "-o", binary)))
    return Outcome(
        case.name,
        statistics.median(ours.seconds for ours, _ in pairs),
        statistics.median(theirs.seconds for _, theirs in pairs),
        case.limit,
        max(ours.mebibytes for ours, _ in pairs),
    )


def measure_help(runs: int) -> float:
    """Return the median seconds of ``s2s --help``, less those of starting Python alone."""
    s2s = str(Path(sys.executable).with_name("s2s"))
    full = statistics.median(command(s2s, "--help").seconds for _ in range(runs))
    bare = statistics.median(command(sys.executable, "-c", "pass").seconds for _ in range(runs))
    return full - bare


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description="Time s2s against clang; see the module's text.")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--polybench", type=Path, help="a copy of Meinersbur/polybench")
    parser.add_argument("--npb", type=Path, help="a copy of GMAP/NPB-CPP")
    parser.add_argument("--only", default="", help="cases whose name contains this text")
    parser.add_argument("--json", type=Path, help="also write the outcomes to this file")
    return parser.parse_args()


def cases(options: argparse.Namespace, clang: Clang) -> Iterator[Case]:
    """Yield all cases that can be had on this machine."""
    yield from own_cases()
    if folder := suite(options.polybench, POLYBENCH):
        yield from polybench_cases(folder)
    if folder := suite(options.npb, NPB):
        yield from npb_cases(folder, clang)


def measure_all(options: argparse.Namespace, clang: Clang) -> tuple[list[Outcome], int]:
    """Measure every case and print its row; return the outcomes and the number of failures."""
    outcomes: list[Outcome] = []
    failures = 0
    for case in (c for c in cases(options, clang) if options.only in c.name):
        try:
            outcomes.append(measure(case, clang, options.runs))
            print(outcomes[-1].row, flush=True)
        except BenchError as error:
            print(f"{case.name:<16} failed: {error}", flush=True)
            failures += 1
    return outcomes, failures


def main() -> int:
    """Measure, print the table and return the exit status."""
    options = arguments()
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        print("bench: no clang with host offload; see `s2s doctor`", file=sys.stderr)
        return 1
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"clang {clang.version}, {os.cpu_count()} processors, medians of {options.runs} runs\n")
    print(f"{'case':<16} {'s2s':>9} {'clang':>9} {'ratio':>7} {'limit':>7} {'memory':>10}")
    outcomes, failures = measure_all(options, clang)
    over = sum(outcome.ratio > outcome.limit for outcome in outcomes)
    print(f"\n`s2s --help` over starting Python: {measure_help(options.runs):.3f} s (limit 0.150)")
    print(f"{len(outcomes)} measured, {over} over their limit, {failures} failed")
    if options.json:
        options.json.write_text(json.dumps([asdict(o) for o in outcomes], indent=2) + "\n")
    return 1 if over or failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (S2SError, BenchError) as error:
        sys.exit(f"bench: {error}")
