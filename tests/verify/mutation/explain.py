# SPDX-License-Identifier: Apache-2.0
"""Tell survivors that change nothing from those that a tier should have caught.

``python -m tests.verify.mutation.explain TRIALS --out FILE`` repeats each damage at run time that
no tier caught, without the tiers' help: first counting what is not copied because of it, then with
those bytes overwritten by nonsense of two kinds, on the device and on the host. A survivor is

``present``    if nothing is copied less: the item is there already when its directive is reached;
``redundant``  if what is not copied is the same on both sides already;
``dead``       if the bytes that it leaves old or uncertain, or out of the section, can be nonsense
               without any effect on the output: nobody reads them before they are written;
``open``       else. These are looked into by hand.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import click

from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Mode
from s2s.verify.run import run_on_device
from s2s.verify.tiers import Tier
from tests.verify.mutation.run_damages import built_objects
from tests.verify.mutation.run_mutants import DIRECTORY, read_trials, translated
from tests.verify.mutation.subjects import Subject, examples, own_programs, polybench_kernels
from tests.verify.mutation.trials import SECONDS, Builds, Trials

NONSENSE = ("d165", "d60", "h165", "h60")


def explained(trials: Trials, builds: Builds, damage: str) -> tuple[str, str]:
    """Return the class of a survivor, and the counts that it follows from."""
    difference, counts = _repeated(trials, builds, damage, "")
    if difference or counts is None:
        return "open", f"not the same again: {difference}"
    copies, differing, unknown = counts
    seen = f"{copies} copies, {differing} of them of differing bytes, {unknown} unknown"
    cuts = damage[-1] in "sl" and damage[0] not in "eu"  # else the device does not mind
    if not cuts and unknown == 0 and differing == 0:
        return ("redundant" if copies else "present"), seen
    for fill in NONSENSE:
        difference, counts = _repeated(trials, builds, damage, fill)
        if difference:
            return "open", f"{seen}; with {fill}: {difference}"[:400]
    return ("open" if unknown else "dead"), seen


def _repeated(
    trials: Trials, builds: Builds, damage: str, fill: str
) -> tuple[str, tuple[int, ...] | None]:
    """Run with a damage; return how the output differs, and what was counted."""
    binary = builds.binary("device", Mode.OFFLOAD, builds.text)
    assert binary is not None, "it was tried before"
    where = builds.directory("again")
    log = where / "damage.log"
    environment = [("S2S_DAMAGE", damage), ("S2S_DAMAGE_LOG", str(log))]
    environment += [("S2S_DAMAGE_FILL", fill)] if fill else []
    command = replace(trials.command, environment=tuple(environment))
    run = run_on_device(binary, command, where, trials.clang, SECONDS)
    counts = tuple(map(int, log.read_text().split())) if log.is_file() else None
    return trials.difference(run), counts


def survivors_of(
    subject: Subject, mine: list[dict[str, str]], clang: Clang, objects: tuple[Path, ...]
) -> Iterator[dict[str, str]]:
    """Yield the survivors of a program with what explains them."""
    with tempfile.TemporaryDirectory(prefix="s2s-explain-") as scratch:
        trials = Trials(subject, clang, Path(scratch), {}, objects)
        with trials.builds(translated(subject)) as builds:
            for trial in mine:
                kind, reason = explained(trials, builds, trial["number"])
                yield trial | {"class": kind, "reason": reason}


@click.command()
@click.argument("survivors", type=click.Path(path_type=Path, exists=True))
@click.option("--jobs", default=2, show_default=True, help="Programs at a time.")
@click.option("--polybench", type=DIRECTORY, help="A checkout of PolyBench/C 4.2.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSON Lines.")
def main(survivors: Path, jobs: int, polybench: Path | None, out: Path) -> None:
    """Explain the damages at run time in SURVIVORS that no tier caught."""
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        raise click.ClickException("no clang with host offload")
    subjects = [*own_programs(), *examples()]
    if polybench is not None:
        subjects += polybench_kernels(polybench)
    open_trials: dict[str, list[dict[str, str]]] = defaultdict(list)
    for trial in read_trials(survivors):
        if trial["caught"] == Tier.NONE and ":" in trial["number"]:
            open_trials[trial["program"]].append(trial)
    with (
        tempfile.TemporaryDirectory(prefix="s2s-explain-") as scratch,
        ThreadPoolExecutor(jobs) as pool,
    ):
        objects = built_objects(clang, Path(scratch) / "damage")

        def work(subject: Subject) -> None:
            for trial in survivors_of(subject, open_trials[subject.name], clang, objects):
                with out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(trial) + "\n")

        list(pool.map(work, [each for each in subjects if open_trials[each.name]]))


if __name__ == "__main__":
    main()
