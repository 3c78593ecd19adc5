# SPDX-License-Identifier: Apache-2.0
"""Translate, build and run random programs: ``python -m tests.fuzz.run_fuzz --count 200``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click

from s2s.toolchain.discover import discover_clang
from tests.fuzz.host_device import GOOD, Status, Trial, summary, try_program
from tests.fuzz.program_generator import generate


def try_seed(seed: int, directory: Path, keep: Path | None = None) -> Trial:
    """Generate program ``seed`` and try it; failures are copied to ``keep``."""
    clang = discover_clang()
    assert clang is not None
    with tempfile.TemporaryDirectory(dir=directory) as name:
        source = Path(name) / f"program_{seed}.c"
        source.write_text(generate(seed))
        trial = try_program(source, clang)
        keep_failure(trial, source, keep)
    return trial


def keep_failure(trial: Trial, source: Path, keep: Path | None) -> None:
    """Copy the source and the result of a failed trial."""
    if keep is None or trial.status in GOOD:
        return
    keep.mkdir(parents=True, exist_ok=True)
    for file in source.parent.glob("*.c"):
        shutil.copy(file, keep)
    (keep / f"{source.stem}.txt").write_text(f"{trial.status}: {trial.message}\n")


def run_all(
    attempt: Callable[..., Trial],
    seeds: range,
    jobs: int,
    keep: Path | None,
) -> list[Trial]:
    """Try all seeds in parallel and tell the progress on a terminal."""
    trials = []
    with tempfile.TemporaryDirectory(prefix="s2s-fuzz-") as name, ProcessPoolExecutor(jobs) as pool:
        work = partial(attempt, directory=Path(name), keep=keep)
        for trial in pool.map(work, seeds):
            trials.append(trial)
            if trial.status not in GOOD:
                click.echo(f"{trial.name}: {trial.status}: {trial.message.strip()[:300]}")
            elif sys.stderr.isatty():
                click.echo(f"\r{len(trials)}/{len(seeds)}", nl=False, err=True)
    return trials


def finish(trials: list[Trial]) -> None:
    """Print the summary; exit with 1 when a program failed or none could be tried."""
    click.echo(summary(trials))
    tried = [t for t in trials if t.status is not Status.UNUSABLE]
    sys.exit(not tried or any(t.status not in GOOD for t in trials))


@click.command()
@click.option("--count", default=200, show_default=True, help="Number of programs.")
@click.option("--seed", default=0, show_default=True, help="First seed; program k has seed + k.")
@click.option("--jobs", default=2, show_default=True, help="Programs at a time.")
@click.option("--keep-failures", type=click.Path(path_type=Path), help="Copy failures here.")
def main(count: int, seed: int, jobs: int, keep_failures: Path | None) -> None:
    """Compare random programs with their translations on the host device."""
    finish(run_all(try_seed, range(seed, seed + count), jobs, keep_failures))


if __name__ == "__main__":
    main()
