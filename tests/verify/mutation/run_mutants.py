# SPDX-License-Identifier: Apache-2.0
"""Verify damaged results: ``python -m tests.verify.mutation.run_mutants FILE…``.

Every file is translated, its result verified, and then verified again with one fault put in at a
time. A mutant that no tier catches is a survivor, to be explained or to be caught.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from s2s.driver import OffloadOptions, offload
from s2s.verify.base import VerificationVerdict
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier
from tests.verify.mutation.mutants import Mutant, mutants_of


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant; ``caught`` is a tier, or empty."""

    program: str
    kind: str
    line: int
    detail: str
    caught: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Task:
    source: Path
    mutant: Mutant
    arguments: tuple[str, ...]
    link_with: tuple[Path, ...]


def try_mutant(task: _Task) -> Trial:
    """Verify one mutant."""
    request = VerificationRequest(
        task.source,
        task.mutant.text,
        clang_args=task.arguments,
        run="./a.out",
        extra_sources=task.link_with,
        timeout_s=20.0,
        compare_stderr=bool(task.link_with),
        tier=Tier.RACES,
    )
    report = verify_offload(request)
    caught = report.tier.value if report.verdict is not VerificationVerdict.PASSED else ""
    mutant = task.mutant
    return Trial(task.source.name, mutant.kind, mutant.line, mutant.detail, caught, report.reason)


def _tasks(
    sources: tuple[Path, ...],
    most: int,
    seed: int,
    arguments: tuple[str, ...],
    link_with: tuple[Path, ...],
) -> Iterator[_Task]:
    for source in sources:
        path = source.absolute()
        own = (*arguments, f"-I{path.parent}")
        result = offload(path, OffloadOptions(thresholds=False, clang_args=own))
        mutants = list(mutants_of(result.text))
        chosen = random.Random(f"{seed} {path.name}").sample(mutants, min(most, len(mutants)))
        for mutant in sorted(chosen, key=lambda m: (m.line, m.kind, m.detail)):
            yield _Task(path, mutant, own, link_with)


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--most", default=10, show_default=True, help="Mutants of each file.")
@click.option("--seed", default=0, show_default=True, help="Which of them.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the trials here (JSON Lines).")
@click.option("--arg", "arguments", multiple=True, help="An argument for clang.")
@click.option(
    "--link-with", multiple=True, type=click.Path(path_type=Path), help="A further source."
)
def main(
    sources: tuple[Path, ...],
    most: int,
    seed: int,
    jobs: int,
    out: Path | None,
    arguments: tuple[str, ...],
    link_with: tuple[Path, ...],
) -> None:
    """Verify mutants of the translations of SOURCES and say which tier caught how many."""
    caught: Counter[str] = Counter()
    links = tuple(path.absolute() for path in link_with)
    with ProcessPoolExecutor(jobs) as pool:
        for trial in pool.map(try_mutant, _tasks(sources, most, seed, arguments, links)):
            caught[trial.caught or "survived"] += 1
            if not trial.caught:
                click.echo(f"{trial.program}:{trial.line}: {trial.kind}: {trial.detail}")
            if out is not None:
                with out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(asdict(trial)) + "\n")
    total = sum(caught.values())
    click.echo(f"{total} mutants: " + ", ".join(f"{n} {k}" for k, n in sorted(caught.items())))
    sys.exit(0)


if __name__ == "__main__":
    main()
