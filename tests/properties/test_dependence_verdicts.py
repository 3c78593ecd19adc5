# SPDX-License-Identifier: Apache-2.0
"""The verdict on every loop of 500 random nests equals brute-force enumeration.

Never may a loop be called parallel (or a reduction) that is not. The other way round, a loop that
is independent must be found so, but for the classes below with their stated rates.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.properties.nest_generator import Flavour, nests
from tests.properties.nest_verdicts import Judgement, LoopClass, Outcome, judge, shrink

NESTS_PER_SEED = 50
LATTICES_PER_SEED = 30
SEEDS = range(10)
IMPRECISION = {
    LoopClass.AFFINE: 0.0,
    LoopClass.SCALAR: 0.0,
    LoopClass.ARRAY_REDUCTION: 0.1,
    LoopClass.PRIVATE_ARRAY: 0.02,
    LoopClass.LAST_VALUE: 0.3,
    LoopClass.MIXED: 0.1,
    LoopClass.DATA_BRANCH: 0.02,
    LoopClass.LINEARIZED: 0.2,
    LoopClass.INDIRECT: 0.5,
}
"""The share of independent loops of a class that may be called serial, and one more per seed."""
BUDGET = 0.01
"""The share of all loops that may be called serial because the analysis gives up."""


def explain(judgements: list[Judgement], path: Path) -> str:
    shown = [str(shrink(judgement, path)) for judgement in judgements[:3]]
    return f"{len(judgements)} loops:\n" + "\n".join(shown)


@pytest.mark.parametrize("seed", SEEDS)
def test_verdicts_equal_brute_force_enumeration(seed: int, tmp_path: Path) -> None:
    sample = list(nests(seed, NESTS_PER_SEED))
    half = NESTS_PER_SEED // 2
    judged = [
        *judge(sample[:half], tmp_path / "first.c"),
        *judge(sample[half:], tmp_path / "second.c"),
    ]
    for outcome in (Outcome.MISSING, Outcome.UNSOUND):
        wrong = [j for j in judged if j.outcome is outcome]
        assert not wrong, explain(wrong, tmp_path / "small.c")
    vague = [j for j in judged if j.outcome is Outcome.IMPRECISE]
    total = Counter(j.loop_class for j in judged)
    allowed = {c: rate * total[c] + (rate > 0) for c, rate in IMPRECISION.items()}
    allowed[LoopClass.BUDGET] = BUDGET * len(judged)
    for loop_class, limit in allowed.items():
        wrong = [j for j in vague if j.loop_class is loop_class]
        assert len(wrong) <= limit, explain(wrong, tmp_path / "small.c")


@pytest.mark.parametrize("seed", range(2))
def test_verdicts_on_lattices_equal_brute_force_enumeration(seed: int, tmp_path: Path) -> None:
    sample = list(nests(seed, LATTICES_PER_SEED, Flavour.LATTICE))
    judged = list(judge(sample, tmp_path / "nests.c"))
    wrong = [j for j in judged if j.outcome in (Outcome.MISSING, Outcome.UNSOUND)]
    assert not wrong, explain(wrong, tmp_path / "small.c")
    vague = [j for j in judged if j.outcome is Outcome.IMPRECISE]
    assert len(vague) <= 0.2 * len(judged), explain(vague, tmp_path / "small.c")
