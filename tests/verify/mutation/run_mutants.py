# SPDX-License-Identifier: Apache-2.0
"""Verify damaged results: ``python -m tests.verify.mutation.run_mutants --count 600 --out FILE``.

Every program is translated and its result taken through all tiers, which must pass; then again
with one fault put in at a time. The mutants are drawn evenly from all kinds of damage, then from
all programs. A mutant that no tier catches is a survivor, to be explained or to be caught.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from s2s.driver import OffloadOptions, offload
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Mode
from s2s.verify.tiers import Tier
from tests.verify.mutation.mutants import Mutant, mutants_of
from tests.verify.mutation.subjects import Subject, examples, own_programs, polybench_kernels
from tests.verify.mutation.trials import BuildError, Trials, built_runtimes

ORIGINAL = "original"
Runtimes = Mapping[Mode, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant; ``caught`` is a tier, or ``none``.

    ``number`` is that among the mutants of its program, or the damage done at run time.
    """

    program: str
    number: str
    kind: str
    line: int
    detail: str
    caught: str
    reason: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A mutant and its number among those of its program."""

    subject: Subject
    number: int
    mutant: Mutant


def translated(subject: Subject) -> bytes:
    """Return the translation of a program, without thresholds."""
    options = OffloadOptions(thresholds=False, clang_args=subject.clang_args)
    return offload(subject.source, options).text


def chosen(mutants: Iterable[Damaged], count: int, seed: int) -> list[Damaged]:
    """Draw mutants from all kinds in turn; within a kind, from all programs in turn."""
    pools: dict[str, list[Damaged]] = defaultdict(list)
    for each in mutants:
        pools[each.mutant.kind].append(each)
    queues = {kind: _shuffled(pool, f"{seed} {kind}") for kind, pool in sorted(pools.items())}
    out: list[Damaged] = []
    while len(out) < count and any(queues.values()):
        for queue in queues.values():
            if queue and len(out) < count:
                out.append(queue.pop())
    return out


def _shuffled(pool: Sequence[Damaged], seed: str) -> list[Damaged]:
    """Order a pool so that its programs take turns from the end of the list."""
    generator = random.Random(seed)
    turns: Counter[str] = Counter()
    keyed = []
    for each in generator.sample(pool, len(pool)):
        turns[each.subject.name] += 1
        keyed.append((-turns[each.subject.name], generator.random(), each))
    return [each for _, _, each in sorted(keyed, key=lambda entry: entry[:2])]


def try_mutants(
    subject: Subject, mutants: Sequence[Damaged], clang: Clang, runtimes: Runtimes
) -> Iterator[Trial]:
    """Verify the translation of a program, then its mutants.

    The translation must pass all tiers that a mutant fails: else the tier says nothing. A tier is
    asked only when it caught something.
    """
    deepest = Tier.HOST_DEVICE
    with tempfile.TemporaryDirectory(prefix="s2s-mutants-") as scratch:
        try:
            trials = Trials(subject, clang, Path(scratch), runtimes)
            original = translated(subject)
            yield (first := judged(trials, original, Tier.HOST_DEVICE))
            if first.caught != Tier.NONE:
                return
            for each in mutants:
                with trials.builds(each.mutant.text) as builds:
                    found = trials.judge(builds)
                mutant, tier = each.mutant, found.tier
                yield Trial(
                    *(subject.name, str(each.number), mutant.kind, mutant.line, mutant.detail),
                    *(tier.value, found.reason),
                )
                if not deepest.includes(tier):
                    deepest = tier
                    yield judged(trials, original, deepest)
        except BuildError as error:
            yield Trial(subject.name, "", ORIGINAL, 0, "", Tier.COMPILE.value, str(error))


def judged(trials: Trials, text: bytes, deepest: Tier) -> Trial:
    """Take a translation that is not damaged through the tiers."""
    with trials.builds(text) as builds:
        verdict = trials.judge(builds, deepest)
    return Trial(trials.subject.name, "", ORIGINAL, 0, "", verdict.tier.value, verdict.reason)


def campaign(
    subjects: Sequence[Subject],
    kinds: Sequence[str],
    count: int,
    seed: int,
    jobs: int,
    out: Path,
    clang: Clang,
) -> None:
    """Try mutants of programs, ``jobs`` programs at a time, and write the trials to a file.

    Without ``kinds`` all kinds are tried. What the file has already is not tried again.
    """
    done = {(t["program"], str(t["number"])) for t in read_trials(out)}
    everything = [
        Damaged(subject, number, mutant)
        for subject in subjects
        for number, mutant in enumerate(mutants_of(translated(subject)))
        if not kinds or mutant.kind in kinds
    ]
    by_subject: dict[Subject, list[Damaged]] = defaultdict(list)
    for each in chosen(everything, count, seed):
        if (each.subject.name, str(each.number)) not in done:
            by_subject[each.subject].append(each)
    click.echo(f"{len(everything)} mutants, {sum(map(len, by_subject.values()))} to be tried")

    def work(entry: tuple[Subject, list[Damaged]]) -> None:
        for trial in try_mutants(*entry, clang, runtimes):
            with out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(trial)) + "\n")

    entries = list(by_subject.items())
    random.Random(seed).shuffle(entries)  # so that the first results are of all sorts
    with (
        tempfile.TemporaryDirectory(prefix="s2s-mutants-") as scratch,
        ThreadPoolExecutor(jobs) as pool,
    ):
        runtimes = built_runtimes(clang, Path(scratch))
        list(pool.map(work, entries))


def read_trials(path: Path) -> list[dict[str, str]]:
    """Return the trials in a file (JSON Lines); none when there is no file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def summary(trials: Iterable[dict[str, str]]) -> str:
    """Return the counts by kind and tier as a Markdown table, and the survivors."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    survivors = []
    for trial in trials:
        if trial["kind"] == ORIGINAL:
            if trial["caught"] != Tier.NONE:
                survivors.append(f"ORIGINAL {trial['program']}: {trial['reason'][:300]}")
            continue
        counts[trial["kind"]][trial["caught"]] += 1
        if trial["caught"] == Tier.NONE:
            survivors.append(
                f"{trial['program']}:{trial['line']} #{trial['number']} {trial['kind']}: "
                f"{trial['detail']}"
            )
    tiers = [Tier.COMPILE, Tier.HOST_DEVICE, Tier.GUARD, Tier.RACES, Tier.NONE]
    rows = ["| kind | tried | T0 | T1 | T2 | T3 | none |", "|" + "---|" * 7]
    for kind, by_tier in sorted(counts.items()):
        cells = [sum(by_tier.values()), *(by_tier[tier.value] for tier in tiers)]
        rows.append(f"| {kind} | " + " | ".join(map(str, cells)) + " |")
    total = sum(counts.values(), Counter[str]())
    cells = [sum(total.values()), *(total[tier.value] for tier in tiers)]
    rows.append("| all | " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*rows, "", *survivors])


DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--count", default=600, show_default=True, help="How many mutants.")
@click.option("--seed", default=0, show_default=True, help="Which of them.")
@click.option("--jobs", default=2, show_default=True, help="Programs at a time.")
@click.option("--only", multiple=True, help="The name of a program; others are left out.")
@click.option("--kind", "kinds", multiple=True, help="A kind of damage; others are left out.")
@click.option("--polybench", type=DIRECTORY, help="A checkout of PolyBench/C 4.2.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The trials (JSON Lines)."
)
def main(
    count: int,
    seed: int,
    jobs: int,
    only: tuple[str, ...],
    kinds: tuple[str, ...],
    polybench: Path | None,
    out: Path,
) -> None:
    """Verify mutants of translations and say which tier caught how many."""
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        raise click.ClickException("no clang with host offload")
    subjects = [*own_programs(), *examples()]
    if polybench is not None:
        subjects += polybench_kernels(polybench)
    wanted = [subject for subject in subjects if not only or subject.name in only]
    campaign(wanted, kinds, count, seed, jobs, out, clang)
    click.echo(summary(read_trials(out)))


if __name__ == "__main__":
    main()
