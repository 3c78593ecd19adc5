# SPDX-License-Identifier: Apache-2.0
"""Measure what a verification costs.

``python -m benchmarks.verification --repeat 3`` translates programs that take about half a second
in serial, builds them as the tiers do, and runs each build: T2 (guard) and T3 (both leagues of the
race detector) as multiples of the plain run on the host device (T1), and the wall time of T0 to T3
in one verification. Ratios are of processor time, which other work on the machine disturbs least;
wall time is that of the machine as it is. Exit code 1 when a limit is not met.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmarks.processes import ROOT
from s2s.driver import OffloadOptions, offload
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.guard import run_guarded
from s2s.verify.instrument import guard_instrumentation, race_instrumentation
from s2s.verify.offload import verify_offload
from s2s.verify.race_text import arranged_for_races
from s2s.verify.races import run_for_races
from s2s.verify.request import VerificationRequest
from s2s.verify.run import Execution, RunCommand, run_on_device, run_on_host
from s2s.verify.tiers import Tier
from s2s.verify.watched import Watching

GUARD_LIMIT = 3.0
RACE_LIMIT = 15.0
TOTAL_LIMIT_SECONDS = 15.0
SERIAL_LIMIT_SECONDS = 1.0
"""The limit on the total is for programs that take no longer than this in serial."""
TIMEOUT_SECONDS = 120.0

PROGRAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("examples/heat2d/heat2d.c", ("768", "700")),
    ("examples/nbody/nbody.c", ("3000", "8")),
    ("examples/spmv_cg/spmv_cg.c", ("300",)),
    ("tests/programs/gemm_styles.c", ("620",)),
    ("tests/programs/lattice_d2q9.c", ("300", "200", "250")),
    ("tests/programs/lu_factor.c", ("1100",)),
    ("tests/programs/heat3d_vla.c", ("120", "60")),
    ("tests/programs/cg_csr.c", ("400", "400")),
    ("tests/programs/shortest_paths.c", ("1100",)),
    ("tests/programs/reaction_diffusion.c", ("800", "150")),
    ("tests/programs/histogram_atomic.c", ("6000001",)),
    ("tests/programs/escape_times.c", ("2500", "2000")),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of the runs (medians), wall seconds of a whole verification."""

    name: str
    serial: float
    device: float
    guard: float
    races: float
    total_wall: float
    verdict: str
    tier: str

    @property
    def guard_ratio(self) -> float:
        """How many times as long as the plain run the guard takes."""
        return self.guard / self.device

    @property
    def race_ratio(self) -> float:
        """The same for the race detector."""
        return self.races / self.device

    @property
    def in_time(self) -> bool:
        """Whether the verification ended soon enough, or the program is too long for the limit."""
        return self.total_wall <= TOTAL_LIMIT_SECONDS or self.serial > SERIAL_LIMIT_SECONDS


def processor_seconds(work: Callable[[], Execution]) -> float:
    """Return the processor time of the processes that some work starts and waits for.

    Raises ClickException when the program does not end well.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    execution = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if execution.exit_code != 0:
        raise click.ClickException(execution.describe()[:500])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name: str, arguments: tuple[str, ...], clang: Clang, repeat: int) -> Cost:
    """Measure one program."""
    source = ROOT / name
    text = offload(source, OffloadOptions(thresholds=False)).text
    request = VerificationRequest(
        source,
        text,
        run=("./a.out", *arguments),
        work_dir=source.parent,
        tier=Tier.RACES,
        timeout_s=TIMEOUT_SECONDS,
    )
    started = time.perf_counter()
    report = verify_offload(request)
    total = time.perf_counter() - started
    with tempfile.TemporaryDirectory(prefix="s2s-cost-") as scratch:
        runs = _Runs(source, text, arguments, clang, Path(scratch)).all()
        times = {
            label: statistics.median(processor_seconds(work) for _ in range(repeat))
            for label, work in runs.items()
        }
    return Cost(source.stem, **times, total_wall=total, verdict=report.verdict, tier=report.tier)


class _Runs:
    """The builds of a program and how each is run."""

    def __init__(
        self, source: Path, text: bytes, arguments: tuple[str, ...], clang: Clang, scratch: Path
    ) -> None:
        self.source = source
        self.clang = clang
        self.scratch = scratch
        self.command = RunCommand("./a.out", arguments)
        self.result = self._written("result", text)
        self.arranged = self._written("arranged", arranged_for_races(text))

    def all(self) -> dict[str, Callable[[], Execution]]:
        """Build the program for every tier and return its runs."""
        where = self.scratch, self.clang, TIMEOUT_SECONDS
        serial = self._built("serial", self.source, Mode.SERIAL)
        device = self._built("device", self.result, Mode.OFFLOAD)
        guard = self._built("guard", self.result, Mode.GUARD)
        races = self._built("races", self.arranged, Mode.RACES)
        every = Watching(every_launch=True)
        return {
            "serial": lambda: run_on_host(serial, self.command, *where),
            "device": lambda: run_on_device(device, self.command, *where),
            "guard": lambda: run_guarded(guard, self.command, *where, {}).execution,
            "races": lambda: run_for_races(races, self.command, *where, {}, every).execution,
        }

    def _written(self, name: str, text: bytes) -> Path:
        path = self.scratch / name / self.source.name
        path.parent.mkdir()
        path.write_bytes(text)
        return path

    def _built(self, name: str, text: Path, mode: Mode) -> Path:
        runtime = {
            Mode.GUARD: guard_instrumentation(self.clang).runtime,
            Mode.RACES: race_instrumentation(self.clang).runtime,
        }.get(mode, ())
        units = [Unit(text, self.source, mode)]
        units += [Unit(path, path, Mode.RUNTIME) for path in runtime]
        compiler = Compiler(self.clang, ("-w",), self.scratch / f"build-{name}")
        with ThreadPoolExecutor(1) as pool:
            (build,) = compiler.build([Program(name, tuple(units))], pool)
        if build.binary is None:
            raise click.ClickException(f"{self.source.name}: {build.messages[:500]}")
        return build.binary


def table(costs: Sequence[Cost]) -> str:
    """Return the measurements as Markdown; times are processor seconds unless they say wall."""
    rows = [
        "| program | serial | T1 | T2 | T2/T1 | T3 | T3/T1 | wall s | verdict |",
        "|" + "---|" * 9,
    ]
    for c in costs:
        rows.append(
            f"| {c.name} | {c.serial:.2f} | {c.device:.2f} | {c.guard:.2f} | {c.guard_ratio:.1f} "
            f"| {c.races:.2f} | {c.race_ratio:.1f} | {c.total_wall:.1f} "
            f"| {c.verdict} {c.tier} |"
        )
    guard, race = medians(costs)
    rows.append(f"| median | | | | {guard:.2f} | | {race:.2f} | | |")
    return "\n".join(rows)


def medians(costs: Sequence[Cost]) -> tuple[float, float]:
    """Return the medians of the ratios of T2 and T3."""
    return (
        statistics.median(c.guard_ratio for c in costs),
        statistics.median(c.race_ratio for c in costs),
    )


@click.command()
@click.option("--repeat", default=3, show_default=True, help="Runs of each build; medians count.")
@click.option("--only", multiple=True, help="The name of a program; others are left out.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write results here.")
def main(repeat: int, only: tuple[str, ...], json_path: Path | None) -> None:
    """Measure the cost of verifications; exit code 1 when a limit is not met."""
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        raise click.ClickException("no clang with host offload")
    missing = [
        name
        for made in (guard_instrumentation(clang), race_instrumentation(clang))
        for name in made.missing
    ]
    if missing:
        raise click.ClickException(f"this clang has no {', '.join(missing)}")
    costs = [
        measure(name, arguments, clang, repeat)
        for name, arguments in PROGRAMS
        if not only or Path(name).stem in only
    ]
    click.echo(table(costs))
    if json_path is not None:
        rows = [asdict(c) | {"T2/T1": c.guard_ratio, "T3/T1": c.race_ratio} for c in costs]
        json_path.write_text(json.dumps(rows, indent=2) + "\n")
    guard, race = medians(costs)
    in_time = all(c.in_time for c in costs)
    sys.exit(not (guard <= GUARD_LIMIT and race <= RACE_LIMIT and in_time))


if __name__ == "__main__":
    main()
