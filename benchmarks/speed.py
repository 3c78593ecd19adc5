# SPDX-License-Identifier: Apache-2.0
"""How long s2s takes, as ratios to clang measured in the same run (``make bench``).

- a PolyBench file: ``s2s offload``, start-up included, takes at most as long as clang takes to
  compile and link the result for the host device (-O2);
- NPB bt: at most 3 times ``clang++ -O2 -c`` of the same file;
- ``s2s --help``: at most 0.15 s more than an interpreter that does nothing;
- memory: under 500 MB.

Without checkouts (``--polybench``, ``--npb``) the project's own sources stand in.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.processes import ROOT, Comparison, compare, run_or_fail
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang

Command = list[str | Path]

S2S = (sys.executable, "-m", "s2s")
POLYBENCH_LIMIT = 1.0
LARGE_LIMIT = 3.0
HELP_LIMIT_SECONDS = 0.15
MEMORY_LIMIT_MB = 500.0
POLYBENCH_SAMPLE = ("gemm", "jacobi-2d", "correlation", "adi", "deriche", "nussinov", "lu")
STAND_INS = ("gemm_styles", "heat2d_swap", "lu_factor", "kmeans", "cg_csr")


def small_files(
    polybench: Path | None, everything: bool
) -> list[tuple[Path, list[str], Path | None]]:
    """Return sources with their compiler arguments and a support file to link, if any."""
    if polybench is None:
        return [(ROOT / "tests" / "programs" / f"{name}.c", [], None) for name in STAND_INS]
    utilities = polybench / "utilities"
    names = utilities.joinpath("benchmark_list").read_text().split()
    sources = [(polybench / name).resolve() for name in names]
    return [
        (
            source,
            [f"-I{utilities.resolve()}", f"-I{source.parent}", "-DSMALL_DATASET"],
            utilities / "polybench.c",
        )
        for source in sources
        if everything or source.stem in POLYBENCH_SAMPLE
    ]


def measure_small(
    source: Path,
    flags: Sequence[str],
    support: Path | None,
    clang: Clang,
    scratch: Path,
    repeat: int,
) -> Comparison:
    """Compare the translation of a file with the compilation of what comes out."""
    result = scratch / source.name
    translate: Command = [*S2S, "offload", source, "-o", result, "--", *flags]
    run_or_fail(translate)
    objects: list[Path] = []
    if support is not None:
        objects = [scratch / "support.o"]
        run_or_fail([clang.path, "-O2", "-c", support, *flags, "-o", objects[0]])
    build: Command = [clang.path, "-O2", "-w", "-fopenmp", f"-fopenmp-targets={clang.host_triple}"]
    build += [*flags, result, *objects, "-lm", "-o", scratch / "program"]
    return compare(source.stem, translate, build, POLYBENCH_LIMIT, repeat)


def large_file(npb: Path | None, scratch: Path) -> tuple[Path, list[str]]:
    """Return NPB bt with its generated header, or a C++ file of our own of about that size."""
    if npb is None:
        path = scratch / "large.cpp"
        path.write_text(large_text())
        return path, []
    tree = scratch / "NPB-SER"
    shutil.copytree(npb / "NPB-SER", tree)
    if not tree.joinpath("BT", "npbparams.hpp").is_file():
        tree.joinpath("bin").mkdir(exist_ok=True)
        run_or_fail(["make", "bt", "CLASS=S"], tree)
    return tree / "BT" / "bt.cpp", []


def large_text(functions: int = 120) -> str:
    """Return a C++ file of about 3,000 lines: stencils and line solvers over 4-D arrays."""
    text = ["#include <cmath>", "static double u[5][34][34][34], r[5][34][34][34];", ""]
    for number in range(functions):
        text += [
            f"void step{number}(int nx, int ny, int nz, double dt)",
            "{",
            "    int i, j, k, m;",
            "    double up, um, total = 0.0;",
            "    for (k = 1; k < nz - 1; k++) {",
            "        for (j = 1; j < ny - 1; j++) {",
            "            for (i = 1; i < nx - 1; i++) {",
            f"                up = u[0][k][j][i + 1] * {number}.5;",
            "                um = u[0][k][j][i - 1];",
            "                for (m = 0; m < 5; m++)",
            "                    r[m][k][j][i] += dt * (up - um + u[m][k + 1][j][i]);",
            "                total += fabs(up - um);",
            "            }",
            "        }",
            "    }",
            "    for (k = 1; k < nz - 1; k++)",
            "        for (j = 1; j < ny; j++)",
            "            for (i = 1; i < nx - 1; i++)",
            "                for (m = 0; m < 5; m++)",
            "                    u[m][k][j][i] -= 0.1 * u[m][k][j - 1][i] + r[m][k][j][i];",
            "    u[0][0][0][0] = total;",
            "}",
            "",
        ]
    return "\n".join(text)


def measure_large(source: Path, flags: Sequence[str], clang: Clang, repeat: int) -> Comparison:
    """Compare the translation of a large file with its plain compilation."""
    result = source.with_name("large_result.cpp")
    translate: Command = [*S2S, "offload", source, "-o", result, "--", *flags]
    build: Command = [clang.cxx_path, "-O2", "-w", "-c", source, *flags]
    build += ["-o", result.with_suffix(".o")]
    return compare(source.stem, translate, build, LARGE_LIMIT, repeat)


def help_seconds(repeat: int) -> float:
    """Return how much longer ``s2s --help`` takes than an interpreter that does nothing."""
    helps, nothings = [], []
    for _ in range(max(repeat, 5)):
        helps.append(run_or_fail([*S2S, "--help"]).seconds)
        nothings.append(run_or_fail([sys.executable, "-c", "pass"]).seconds)
    return statistics.median(helps) - statistics.median(nothings)


def table(comparisons: Sequence[Comparison], help_time: float) -> str:
    """Return the measurements as Markdown."""
    rows = ["| file | s2s, s | clang, s | ratio | limit | memory, MB | met |", "|" + "---|" * 7]
    for c in comparisons:
        met = "yes" if c.met and c.memory_mb < MEMORY_LIMIT_MB else "NO"
        rows.append(
            f"| {c.name} | {c.seconds:.2f} | {c.baseline_seconds:.2f} | {c.ratio:.2f} | "
            f"{c.limit:g} | {c.memory_mb:.0f} | {met} |"
        )
    met = "yes" if help_time <= HELP_LIMIT_SECONDS else "NO"
    rows.append(f"| `s2s --help` | {help_time:.3f} | | | {HELP_LIMIT_SECONDS} s | | {met} |")
    return "\n".join(rows)


DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--polybench", type=DIRECTORY, help="The polybench-code folder of a checkout.")
@click.option("--npb", type=DIRECTORY, help="A checkout of NPB-CPP.")
@click.option("--repeat", default=3, show_default=True, help="Runs per command; medians count.")
@click.option("--all", "everything", is_flag=True, help="All PolyBench files, not seven of them.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write results here.")
def main(
    polybench: Path | None,
    npb: Path | None,
    repeat: int,
    everything: bool,
    json_path: Path | None,
) -> None:
    """Measure the speed of s2s against clang; exit code 1 when a limit is not met."""
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        raise click.ClickException("no clang with host offload")
    with tempfile.TemporaryDirectory(prefix="s2s-speed-") as name:
        scratch = Path(name)
        comparisons = [
            measure_small(source, flags, support, clang, scratch, repeat)
            for source, flags, support in small_files(polybench, everything)
        ]
        comparisons.append(measure_large(*large_file(npb, scratch), clang, repeat))
    help_time = help_seconds(repeat)
    click.echo(table(comparisons, help_time))
    met = all(c.met and c.memory_mb < MEMORY_LIMIT_MB for c in comparisons)
    if json_path is not None:
        rows = [asdict(c) | {"ratio": c.ratio} for c in comparisons]
        json_path.write_text(json.dumps({"files": rows, "help": help_time}, indent=2) + "\n")
    sys.exit(not met or help_time > HELP_LIMIT_SECONDS)


if __name__ == "__main__":
    main()
