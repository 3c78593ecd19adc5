# SPDX-License-Identifier: Apache-2.0
"""A damage at run time is judged as the same damage in the text is, under the guard as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Mode
from s2s.verify.tiers import Tier
from tests.verify.mutation.run_damages import built_objects
from tests.verify.mutation.subjects import Subject
from tests.verify.mutation.trials import Trials, built_runtimes

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

TEXT = """\
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    int n = 100;
    double *a = malloc(n * sizeof *a), sum = 0;
    for (int i = 0; i < n; i++)
        a[i] = i;
#pragma omp target enter data map(to: a[0:n])
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        a[i] += 1;
#pragma omp target update from(a[0:n])
    for (int i = 0; i < n; i++)
        sum += a[i];
    printf("%f\\n", sum);
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        a[i] += 1;
#pragma omp target exit data map(release: a[0:n])
    free(a);
    return 0;
}
"""
ENTER, UPDATE, EXIT = "enter data", "update", "exit data"
DIRECTIVES = {ENTER: "b", UPDATE: "u", EXIT: "e"}


@pytest.mark.parametrize(
    ("directive", "tier"),
    [(ENTER, Tier.GUARD), (UPDATE, Tier.HOST_DEVICE), (EXIT, Tier.NONE)],
)
def test_left_out_directives_are_judged_as_in_the_text(
    tmp_path: Path, directive: str, tier: Tier
) -> None:
    assert CLANG is not None
    source = tmp_path / "program.c"
    source.write_text(TEXT)
    runtimes = {Mode.GUARD: built_runtimes(CLANG, tmp_path / "runtimes")[Mode.GUARD]}
    lines = TEXT.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if f"target {directive}" in line)
    without = "".join((*lines[:at], "\n", *lines[at + 1 :]))

    plain = Trials(Subject(source), CLANG, tmp_path / "plain", runtimes)
    with plain.builds(without.encode()) as builds:
        in_the_text = plain.judge(builds, Tier.GUARD)

    objects = built_objects(CLANG, tmp_path / "damage")
    trials = Trials(Subject(source), CLANG, tmp_path / "damaged", runtimes, objects)
    damage = f"{DIRECTIVES[directive]}:{at + 1}:1:0:n"
    with trials.builds(TEXT.encode()) as builds:
        assert trials.judge(builds, Tier.GUARD).tier is Tier.NONE
        at_run_time = trials.judge(builds, Tier.GUARD, (("S2S_DAMAGE", damage),))

    assert (in_the_text.tier, at_run_time.tier) == (tier, tier), at_run_time.reason
    assert in_the_text.reason == at_run_time.reason
