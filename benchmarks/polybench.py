# SPDX-License-Identifier: Apache-2.0
"""Translate, run and judge the 30 kernels of PolyBench/C 4.2.

``python -m benchmarks.polybench DIR --json out.json`` where DIR is the ``polybench-code`` folder
of a checkout. Every kernel is translated without thresholds, built serially and for the host
device, and run; the dumped arrays are compared as numbers (where the original itself prints other
numbers under -ffast-math, in one thread, which keeps the order of sums). Exit code 1 when a kernel
differs, its verdicts fall short of the known ones, or an array crosses more than once in a call.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import click

from benchmarks.processes import run_or_fail
from s2s.driver import OffloadOptions, OffloadResult, offload
from s2s.errors import S2SError
from s2s.ir.plan import Verdict
from s2s.profile.transfers import Traffic, TransferProfile, VariableTraffic
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.compare import compare_text
from s2s.verify.run import Execution, RunCommand, run_on_device, run_on_host

TIMEOUT_SECONDS = 120.0
SCALAR_BYTES = 8

EXPECTED: dict[str, tuple[int, int, int, int]] = {
    "2mm": (6, 4, 2, 0),
    "3mm": (9, 6, 3, 0),
    "adi": (7, 2, 0, 5),
    "atax": (4, 2, 2, 0),
    "bicg": (3, 1, 2, 0),
    "cholesky": (4, 0, 2, 2),
    "correlation": (9, 6, 3, 0),
    "covariance": (7, 5, 2, 0),
    "deriche": (12, 8, 0, 4),
    "doitgen": (5, 4, 1, 0),
    "durbin": (4, 2, 1, 1),
    "fdtd-2d": (8, 7, 0, 1),
    "floyd-warshall": (3, 0, 0, 3),
    "gemm": (4, 3, 1, 0),
    "gemver": (7, 5, 2, 0),
    "gesummv": (2, 1, 1, 0),
    "gramschmidt": (6, 3, 2, 1),
    "heat-3d": (7, 6, 0, 1),
    "jacobi-1d": (3, 2, 0, 1),
    "jacobi-2d": (5, 4, 0, 1),
    "lu": (5, 1, 2, 2),
    "ludcmp": (9, 1, 4, 4),
    "mvt": (4, 2, 2, 0),
    "nussinov": (3, 0, 1, 2),
    "seidel-2d": (3, 0, 0, 3),
    "symm": (3, 1, 1, 1),
    "syr2k": (5, 4, 1, 0),
    "syrk": (4, 3, 1, 0),
    "trisolv": (2, 0, 1, 1),
    "trmm": (3, 1, 1, 1),
}
"""Loops, parallel ones, reductions and serial ones of each kernel function, as measured with an
exact dependence test; verdicts may be better, not worse."""


@dataclass(slots=True)
class KernelResult:
    """One row of the table; bytes and copies are those of one kernel call."""

    kernel: str
    loops: int = 0
    parallel: int = 0
    reduction: int = 0
    serial: int = 0
    offloaded: int = 0
    regions: int = 0
    data_environments: int = 0
    updates: int = 0
    launches: int = 0
    bytes_to_device: int = 0
    bytes_from_device: int = 0
    copies: int = 0
    crossing_twice: list[str] = field(default_factory=list)
    equal: bool = False
    note: str = ""
    seconds: float = 0.0
    problem: str = ""

    @property
    def verdicts_met(self) -> bool:
        """Whether the verdicts are at least the expected ones."""
        loops, parallel, _, serial = EXPECTED[self.kernel]
        return self.loops == loops and self.parallel >= parallel and self.serial <= serial

    @property
    def offload_met(self) -> bool:
        """Whether something is offloaded when a loop is parallel."""
        return self.offloaded > 0 or self.parallel == 0

    @property
    def good(self) -> bool:
        """Whether all that is asked of a kernel holds."""
        return (
            self.equal
            and self.verdicts_met
            and self.offload_met
            and not self.crossing_twice
            and not self.problem
        )


@dataclass(frozen=True, slots=True)
class Suite:
    """A PolyBench checkout and the size of its data."""

    directory: Path
    dataset: str

    def sources(self) -> list[Path]:
        """Return the sources of the kernels.

        Raises ClickException when the folder is not ``polybench-code``.
        """
        names = self.directory / "utilities" / "benchmark_list"
        if not names.is_file():
            raise click.ClickException(f"{self.directory} has no utilities/benchmark_list")
        return sorted(self.directory / line for line in names.read_text().split())

    def flags(self, source: Path) -> tuple[str, ...]:
        """Return the compiler arguments for a kernel."""
        return (
            f"-I{self.directory / 'utilities'}",
            f"-I{source.parent}",
            f"-D{self.dataset}_DATASET",
            "-DPOLYBENCH_DUMP_ARRAYS",
        )


def measure_kernel(source: Path, suite: Suite, keep: Path | None) -> KernelResult:
    """Translate, build and run one kernel."""
    result = KernelResult(source.stem)
    options = OffloadOptions(clang_args=suite.flags(source), thresholds=False)
    try:
        translated = offload(source, options)
    except S2SError as error:
        result.problem = str(error)
        return result
    _count_plan(result, translated)
    if keep is not None:
        (keep / source.name).write_bytes(translated.text)
    clang = discover_clang()
    assert clang is not None
    with tempfile.TemporaryDirectory(prefix="s2s-polybench-") as name:
        try:
            Trial(suite, source, clang, Path(name)).judge(result, translated)
        except click.ClickException as error:
            result.problem = error.message
    return result


def _count_plan(result: KernelResult, translated: OffloadResult) -> None:
    plan = translated.plan
    loops = [loop for loop in plan.loops if loop.function.startswith("kernel_")]
    result.loops = len(loops)
    result.parallel = sum(loop.verdict is Verdict.PARALLEL for loop in loops)
    result.reduction = sum(loop.verdict is Verdict.REDUCTION for loop in loops)
    result.serial = sum(loop.verdict is Verdict.SERIAL for loop in loops)
    result.offloaded = sum(loop.disposition == "offloaded" for loop in loops)
    result.regions = sum(r.function.startswith("kernel_") for r in plan.regions)
    result.data_environments = sum(d.function.startswith("kernel_") for d in plan.data)
    result.updates = sum(u.function.startswith("kernel_") for u in plan.updates)
    result.seconds = translated.seconds


@dataclass(frozen=True, slots=True)
class Trial:
    """Builds and runs one kernel in a scratch folder.

    Raises ClickException when something does not compile or a run fails.
    """

    suite: Suite
    source: Path
    clang: Clang
    folder: Path

    def judge(self, result: KernelResult, translated: OffloadResult) -> None:
        """Compare the runs and count what the translation moves and launches."""
        text = self.folder / self.source.name
        text.write_bytes(translated.text)
        triple = self.clang.host_triple
        binary = self.build(text, "-fopenmp", f"-fopenmp-targets={triple}", "-gline-tables-only")
        expected = self.serial()
        device = self.checked(run_on_device(binary, *self.where(RunCommand())))
        assert device.transfers is not None
        _count_transfers(result, device.transfers, kernel_lines(translated.text.decode()))
        difference = compare_text(expected, device.stderr).first
        if difference is None:
            result.equal = len(expected) > 0
        elif self.is_ill_conditioned(expected, binary):
            result.equal = True
            result.note = "with one thread"
        else:
            result.problem = f"differs: {difference}"

    def is_ill_conditioned(self, expected: bytes, binary: Path) -> bool:
        """Tell whether only the order of sums makes the difference.

        The original itself must print something else when the compiler may reorder sums, and the
        translation must print the same as the original in one thread, which keeps the order.
        """
        if compare_text(expected, self.serial("-ffast-math")).differences == 0:
            return False
        in_order = RunCommand(environment=(("OMP_NUM_THREADS", "1"),))
        ordered = self.checked(run_on_device(binary, *self.where(in_order)))
        return compare_text(expected, ordered.stderr).differences == 0

    def serial(self, *flags: str) -> bytes:
        """Return what the original prints when it is built with some flags more."""
        binary = self.build(self.source, *flags)
        return self.checked(run_on_host(binary, *self.where(RunCommand()))).stderr

    def build(self, text: Path, *flags: str) -> Path:
        """Compile and link a text with PolyBench's support file."""
        binary = self.folder / f"{'-'.join([text.parent.name, *flags]).replace('/', '')}.exe"
        support = self.suite.directory / "utilities" / "polybench.c"
        common = ["-O2", "-w", *self.suite.flags(self.source), str(support), "-lm"]
        run_or_fail([self.clang.path, *flags, text, *common, "-o", binary])
        return binary

    def where(self, command: RunCommand) -> tuple[RunCommand, Path, Clang, float]:
        """Return the arguments of a run after the binary."""
        return command, self.folder, self.clang, TIMEOUT_SECONDS

    def checked(self, execution: Execution) -> Execution:
        """Return a run that ended well."""
        if execution.exit_code != 0:
            raise click.ClickException(execution.describe()[:500])
        return execution


def kernel_lines(text: str) -> range:
    """Return the 1-based lines of the function ``kernel_...`` in a translated file."""
    lines = text.splitlines()
    begin = next(
        k for k, line in enumerate(lines, 1) if re.match(r"\s*(static )?\w* ?kernel_", line)
    )
    end = next(k for k, line in enumerate(lines[begin:], begin + 1) if line.startswith("}"))
    return range(begin, end + 1)


def _count_transfers(result: KernelResult, profile: TransferProfile, lines: range) -> None:
    sites = [site for site in profile.sites if site.line in lines]
    total = sum((site.traffic for site in sites), Traffic())
    result.launches = sum(site.launches for site in sites)
    result.bytes_to_device = total.bytes_to_device
    result.bytes_from_device = total.bytes_from_device
    result.copies = total.copies_to_device + total.copies_from_device
    variables = [v for site in sites for v in site.variables if not v.name.startswith("(")]
    for name in sorted({v.name.split("[")[0] for v in variables}):
        mine = (v for v in variables if v.name.split("[")[0] == name)
        result.crossing_twice += _crossings(name, mine)


def _crossings(name: str, variables: Iterable[VariableTraffic]) -> list[str]:
    """Return a note when an array (not a scalar) is copied more than once in one direction."""
    traffic = sum((v.traffic for v in variables), Traffic())
    to_device, from_device = traffic.copies_to_device, traffic.copies_from_device
    notes = []
    if to_device > 1 and traffic.bytes_to_device > SCALAR_BYTES * to_device:
        notes.append(f"{name}: {to_device} times to the device")
    if from_device > 1 and traffic.bytes_from_device > SCALAR_BYTES * from_device:
        notes.append(f"{name}: {from_device} times from the device")
    return notes


def markdown(results: Iterable[KernelResult]) -> str:
    """Return the table as Markdown."""
    header = (
        "| kernel | loops | parallel/reduction/serial | verdicts | offloaded | regions | data | "
        "updates | launches | to device | from device | copies | once each way | equal | s |"
    )
    rows = [header, "|" + "---|" * header.count(" |")]
    for r in results:
        once = "yes" if not r.crossing_twice else "; ".join(r.crossing_twice)
        cells = [
            r.kernel,
            r.loops,
            f"{r.parallel}/{r.reduction}/{r.serial}",
            "ok" if r.verdicts_met else f"expected {'/'.join(map(str, EXPECTED[r.kernel][1:]))}",
            f"{r.offloaded}" + ("" if r.offload_met else " (none)"),
            r.regions,
            r.data_environments,
            r.updates,
            r.launches,
            r.bytes_to_device,
            r.bytes_from_device,
            r.copies,
            once,
            f"yes {r.note}".strip() if r.equal else f"NO {r.problem[:80]}".replace("\n", " "),
            f"{r.seconds:.2f}",
        ]
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write results here.")
@click.option("--dataset", default="SMALL", show_default=True)
@click.option("--only", multiple=True, help="Only these kernels.")
@click.option("--jobs", default=2, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Write the translations here.")
def main(
    directory: Path,
    json_path: Path | None,
    dataset: str,
    only: tuple[str, ...],
    jobs: int,
    keep: Path | None,
) -> None:
    """Judge the translations of the kernels of PolyBench in DIRECTORY."""
    suite = Suite(directory.resolve(), dataset)
    sources = [s for s in suite.sources() if not only or s.stem in only]
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(jobs) as pool:
        results = list(pool.map(partial(measure_kernel, suite=suite, keep=keep), sources))
    results.sort(key=lambda r: r.kernel)
    click.echo(markdown(results))
    good = sum(r.good for r in results)
    seconds = sum(r.seconds for r in results)
    loops = f"{sum(r.loops for r in results)} loops, {sum(r.parallel for r in results)} parallel, "
    loops += f"{sum(r.reduction for r in results)} reductions"
    click.echo(f"\n{good}/{len(results)} kernels hold all; {loops}; {seconds:.1f} s of s2s")
    for r in results:
        if r.problem:
            click.echo(f"\n{r.kernel}: {r.problem}")
    if json_path is not None:
        rows = [asdict(r) | {"good": r.good} for r in results]
        json_path.write_text(json.dumps(rows, indent=2) + "\n")
    sys.exit(good != len(results))


if __name__ == "__main__":
    main()
