# SPDX-License-Identifier: Apache-2.0
"""Translate csmith programs and compare checksums: ``python -m tests.fuzz.run_csmith``."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import click

from s2s.toolchain.discover import discover_clang
from tests.fuzz.host_device import Status, Trial, try_program
from tests.fuzz.run_fuzz import finish, keep_failure, run_all

FLAGS = (
    "--no-unions",
    "--no-argc",
    "--no-packed-struct",
    "--no-bitfields",
    "--max-funcs",
    "4",
    "--max-block-depth",
    "4",
    "--max-array-dim",
    "3",
    "--max-array-len-per-dim",
    "9",
)
"""Small programs with many arrays and loops; without what is undefined or not standard C."""


def csmith_command() -> str | None:
    """Return the csmith to use, or None."""
    return shutil.which("csmith")


def include_directory(command: str) -> Path | None:
    """Return the folder of ``csmith.h`` that belongs to a csmith."""
    prefix = Path(command).resolve().parent.parent
    found = [*prefix.glob("include/csmith.h"), *prefix.glob("include/csmith*/csmith.h")]
    return found[0].parent if found else None


def try_seed(seed: int, directory: Path, keep: Path | None = None) -> Trial:
    """Let csmith write the program of this seed and try it."""
    clang, csmith = discover_clang(), csmith_command()
    assert clang is not None
    assert csmith is not None
    include = include_directory(csmith)
    with tempfile.TemporaryDirectory(dir=directory) as name:
        source = Path(name) / f"csmith_{seed}.c"
        command = [csmith, "--seed", str(seed), *FLAGS, "-o", str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=name)
        if done.returncode or include is None:
            return Trial(source.name, Status.UNUSABLE, done.stderr or done.stdout or "no csmith.h")
        trial = try_program(source, clang, (f"-I{include}",))
        keep_failure(trial, source, keep)
    return trial


@click.command()
@click.option("--count", default=200, show_default=True, help="Number of programs.")
@click.option("--seed", default=1, show_default=True, help="First seed.")
@click.option("--jobs", default=2, show_default=True, help="Programs at a time.")
@click.option("--keep-failures", type=click.Path(path_type=Path), help="Copy failures here.")
def main(count: int, seed: int, jobs: int, keep_failures: Path | None) -> None:
    """Compare csmith programs with their translations on the host device."""
    if csmith_command() is None:
        raise click.ClickException("csmith is not installed (Debian: apt-get install csmith)")
    finish(run_all(try_seed, range(seed, seed + count), jobs, keep_failures))


if __name__ == "__main__":
    main()
