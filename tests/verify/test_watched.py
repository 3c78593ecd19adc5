# SPDX-License-Identifier: Apache-2.0
"""What is launched often is watched for races now and then, and its lines stay what they were."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from s2s.profile.transfers import SiteTraffic, Traffic, TransferProfile
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.compile import Compiler, Mode, Unit
from s2s.verify.findings import FindingKind
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier
from s2s.verify.unwatched_copies import with_unwatched_copies
from s2s.verify.watched import FIRST, OFTEN, Watching

CORPUS = Path(__file__).parent / "corpus"
CLANG = discover_clang()
needs_clang = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)

LAUNCHES = 8 * OFTEN
# Every launch adds one to all of `a`; the launch `bad` adds to one place from all iterations, a
# race that no output shows, and so does the one that comes once, at the end.
PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    int bad = atoi(argv[1]), last = atoi(argv[2]), sink[1] = {0};
    static double a[64];
    #pragma omp target data map(tofrom: a, sink)
    {
        for (int t = 0; t < LAUNCHES; t++) {
            #pragma omp target teams distribute parallel for // {
            for (int i = 0; i < 64; i++) {
                a[i] += 1.0;
                if (t == bad)
                    sink[0] = i;
            }
        }
        #pragma omp target teams distribute parallel for
        for (int i = 0; i < 64; i++)
            if (last)
                sink[0] = i;
    }
    printf("%g\\n", a[0] + a[63]);
    return 0;
}
""".replace("LAUNCHES", str(LAUNCHES))
IN_LOOP, AT_END = 14, 20
"""The lines of the two races."""


def verified(
    tmp_path: Path, arguments: str, *, every_launch: bool = False, program: str = PROGRAM
) -> VerificationReport:
    """Check the program for races."""
    source = tmp_path / "often.c"
    source.write_text(program)
    return verify_offload(
        VerificationRequest(
            source,
            source.read_bytes(),
            against_itself=True,
            run=f"./often {arguments}",
            work_dir=tmp_path,
            tier=Tier.RACES,
            every_launch=every_launch,
        )
    )


def note_of(report: VerificationReport) -> str:
    """Return the note on the launches that were watched."""
    return next((note for note in report.notes if note.startswith("T3 watched")), "")


@pytest.mark.toolchain
@needs_clang
@pytest.mark.parametrize(
    ("arguments", "line"), [("0 0", IN_LOOP), (f"{FIRST - 1} 0", IN_LOOP), ("-1 1", AT_END)]
)
def test_first_launches_and_rare_constructs_are_watched(
    tmp_path: Path, arguments: str, line: int
) -> None:
    report = verified(tmp_path, arguments)
    assert report.verdict is VerificationVerdict.FAILED
    race = next(f for f in report.findings if f.kind is FindingKind.RACE)
    assert race.place is not None
    assert race.place.line == line
    assert "sink" in race.variable
    assert re.match(rf"T3 watched \d\d of {LAUNCHES + 1} launches", note_of(report))


@pytest.mark.toolchain
@needs_clang
def test_every_launch_is_watched_on_request(tmp_path: Path) -> None:
    report = verified(tmp_path, f"{LAUNCHES - 1} 0", every_launch=True)
    assert [f.place.line for f in report.findings if f.place] == [IN_LOOP]
    assert not note_of(report)


@pytest.mark.toolchain
@needs_clang
def test_long_launches_are_watched_in_part_unless_all_is_asked_for(tmp_path: Path) -> None:
    program = (CORPUS / "faulty" / "race_after_many_accesses.c").read_text()
    for every_launch in (False, True):
        report = verified(tmp_path, "", every_launch=every_launch, program=program)
        assert {f.kind for f in report.findings} == {FindingKind.RACE}
        assert ("one page of memory in eight" in note_of(report)) is not every_launch


@pytest.mark.toolchain
@needs_clang
def test_a_program_without_races_passes(tmp_path: Path) -> None:
    report = verified(tmp_path, "-1 0")
    assert (report.verdict, report.tier) == (VerificationVerdict.PASSED, Tier.RACES)
    assert "--every-launch" in note_of(report)


@pytest.mark.toolchain
@needs_clang
def test_a_region_that_cannot_stand_twice_is_watched_without_a_copy(tmp_path: Path) -> None:
    labelled = PROGRAM.replace("a[i] += 1.0;", "if (i > 9) goto on; a[i] += 1.0; on:")
    assert labelled != PROGRAM
    report = verified(tmp_path, "0 0", program=labelled)
    assert IN_LOOP in [f.place.line for f in report.findings if f.place]
    assert note_of(report)


def copies_of(clang: Clang, tmp_path: Path, text: str, lines: set[int]) -> tuple[str, list[str]]:
    """Return the text with copies of the regions at some lines, and the copies."""
    source = tmp_path / "a.c"
    source.write_text(text)
    unit = Unit(source, source, Mode.RACES)
    compiler = Compiler(clang, (), tmp_path / "build")
    (made,) = with_unwatched_copies(compiler, [unit], lines, "copies")
    assert (made is unit) == (not made.flags)
    copies = sorted((tmp_path / "build" / "copies" / "s2s-unwatched").glob("*.inc"))
    return made.source.read_text(), [path.read_text() for path in copies]


@needs_clang
def test_copies_keep_the_lines(tmp_path: Path) -> None:
    text = (
        "void f(int *a) {\n"
        "  if (a) // {\n"
        "#pragma omp target teams \\\n"
        "    distribute\n"
        "  for (int i = 0; i < 3; i++) { a[i] = '{'; } a[0]--;\n"
        "}\n"
    )
    assert CLANG is not None
    made, copies = copies_of(CLANG, tmp_path, text, {3})
    assert copies == [
        "#pragma omp target teams \\\n    distribute\n"
        "  for (int i = 0; i < 3; i++) { a[i] = '{'; }\n"
    ]
    numbered: list[tuple[int, str]] = []
    line = 1
    for one in made.splitlines():
        match = re.fullmatch(r"#line (\d+)", one)
        numbered += [] if match else [(line, one)]
        line = int(match[1]) if match else line + 1
    assert set(enumerate(text.splitlines()[:4], start=1)) <= set(numbered)
    assert (5, " a[0]--;") in numbered
    assert (6, "}") in numbered


@needs_clang
@pytest.mark.parametrize(
    ("directive", "region"),
    [
        ("target teams distribute nowait", "for (;;) ;"),
        ("target data map(a)", "{ }"),
        ("target update to(a)", "f();"),
        ("parallel for", "for (;;) ;"),
        ("target", "{\n#if A\n}\n#else\n}\n#endif"),
        ("target", "{ for (;; )"),
    ],
)
def test_what_is_no_plain_launch_is_not_copied(tmp_path: Path, directive: str, region: str) -> None:
    assert CLANG is not None
    text = f"\n#pragma omp {directive}\n{region}\n"
    assert copies_of(CLANG, tmp_path, text, {2}) == (text, [])


def test_only_constructs_with_many_launches_are_copied() -> None:
    sites = [
        SiteTraffic("a.c", line, "f", launches, Traffic(), ())
        for line, launches in ((3, 1), (5, OFTEN), (7, OFTEN + 1))
    ]
    profile = TransferProfile(tuple(sites))
    assert Watching(False, profile).often == {7}
    assert Watching(True, profile).often == frozenset()
    assert Watching(False).often == frozenset()
