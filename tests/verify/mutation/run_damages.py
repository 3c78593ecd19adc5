# SPDX-License-Identifier: Apache-2.0
"""Damage map clauses and updates at run time: ``python -m tests.verify.mutation.run_damages``.

Like ``run_mutants``, for the kinds of damage that need no other code, only other arguments of the
offload runtime (``damage.c``): one build of a program serves for all of them, so that many more can
be tried. A list item is damaged where a run of the program reaches its directive; what clang adds
of its own (implicit maps, members of structures, attached pointers) is left alone. At constructs
only maps of pointers are dropped: in the text, a scalar without its map would be handed over as a
copy and an array be mapped as a whole, which is other code.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from s2s.frontend.clang import ClangFrontend
from s2s.ir.program import DeclStmt, walk_statements
from s2s.ir.types import TypeKind
from s2s.source import SourceFile
from s2s.toolchain.clang import Clang
from s2s.toolchain.discover import discover_clang
from s2s.verify.compile import Mode
from s2s.verify.instrument import RUNTIME
from s2s.verify.run import run_on_device
from s2s.verify.tiers import Tier
from tests.verify.mutation.run_mutants import (
    DIRECTORY,
    ORIGINAL,
    Runtimes,
    Trial,
    read_trials,
    summary,
    translated,
)
from tests.verify.mutation.subjects import Subject, examples, own_programs, polybench_kernels
from tests.verify.mutation.trials import SECONDS, BuildError, Builds, Trials, built_runtimes

TO, FROM = 1, 2
NOT_WRITTEN = 0x10 | 0x100 | 0x200 | (0xFFFF << 48)
"""Bits of items that no clause names: attached pointers, literals, implicit ones, members."""

_WEAKER = {
    TO | FROM: (("t", "tofrom to to"), ("f", "tofrom to from"), ("a", "tofrom to alloc")),
    TO: (("a", "to to alloc"),),
    FROM: (("a", "from to alloc"),),
}
#: What a call that is left out is called, by the calls at its directive.
_LEFT_OUT = {
    "u": "drop update",
    "b": "drop enter data",
    "e": "drop exit data",
    "be": "drop target data",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A list item at a directive; ``calls`` are those of ``damage.c`` that it is an argument of."""

    calls: str
    line: int
    column: int
    index: int
    type: int
    size: int
    name: str

    def damages(self, items: int, pointers: Set[str]) -> Iterator[tuple[str, str]]:
        """Yield operation and kind of what can be done to it, one of so many items.

        ``pointers`` are the names of variables that are pointers wherever they are declared.
        """
        if self.index == 0 and self.calls in _LEFT_OUT:
            yield "n", _LEFT_OUT[self.calls]
        if self.type & NOT_WRITTEN or self.size == 0:
            return
        if self.calls == "u":
            yield "x", "update the other way"
        else:
            yield from _WEAKER.get(self.type & (TO | FROM), ())
        if self.name.split("[")[0] in pointers if self.calls == "k" else items > 1:
            yield "d", "drop update item" if self.calls == "u" else "drop map"
        if self.size > 8 and (self.type & (TO | FROM) or self.calls != "e"):
            yield from (("s", "shorten section"), ("l", "raise lower bound"))


def items_in(log: str) -> list[Item]:
    """Read the items that ``damage.c`` wrote; begin and end of one directive are put together."""
    found: dict[tuple[int, int, int], Item] = {}
    for line in log.splitlines():
        call, *numbers, name = line.split("\t", 6)
        place_line, column, index, kind, size = map(int, numbers)
        key = (place_line, column, index)
        calls = call if key not in found else "".join(sorted({*found[key].calls, call}))
        if not place_line or (key in found and len(calls) == 1):
            continue
        found[key] = Item(calls, *key, kind, size, name.split(";")[1] if ";" in name else name)
    return list(found.values())


def pointers_in(source: SourceFile, clang_args: tuple[str, ...]) -> frozenset[str]:
    """Return the names of a program's variables that are pointers wherever they are declared."""
    program = ClangFrontend().parse(source, clang_args)
    variables = list(program.globals)
    for function in program.functions:
        variables += function.parameters
        for statement in walk_statements(function.body):
            variables += statement.variables if isinstance(statement, DeclStmt) else ()
    others = {v.symbol.name for v in variables if v.symbol.type.kind is not TypeKind.POINTER}
    return frozenset(v.symbol.name for v in variables) - others


def try_damages(
    subject: Subject,
    clang: Clang,
    runtimes: Runtimes,
    objects: tuple[Path, ...],
    most: int,
    seed: int,
    done: set[str],
) -> Iterator[Trial]:
    """Verify the translation of a program, then with one damage at a time."""
    with tempfile.TemporaryDirectory(prefix="s2s-damages-") as scratch:
        try:
            trials = Trials(subject, clang, Path(scratch), runtimes, objects)
            with trials.builds(translated(subject)) as builds:
                yield from _try_damages(trials, builds, most, seed, done)
        except BuildError as error:
            yield Trial(subject.name, "", ORIGINAL, 0, "", Tier.COMPILE.value, str(error))


def _try_damages(
    trials: Trials, builds: Builds, most: int, seed: int, done: set[str]
) -> Iterator[Trial]:
    name = trials.subject.name
    deepest = Tier.NONE
    source = SourceFile(trials.subject.source, builds.text)
    pointers = pointers_in(source, trials.subject.clang_args)
    items = _items(trials, builds)
    for item, operation, kind in _chosen(items, pointers, most, f"{seed} {name}"):
        damage = f"{item.calls}:{item.line}:{item.column}:{item.index}:{operation}"
        if damage in done:
            continue
        found = trials.judge(builds, Tier.RACES, (("S2S_DAMAGE", damage),))
        yield Trial(name, damage, kind, item.line, item.name, found.tier.value, found.reason)
        if not deepest.includes(found.tier):
            deepest = found.tier
            own = trials.judge(builds, deepest)
            yield Trial(name, "", ORIGINAL, 0, "", own.tier.value, own.reason)
            if own.tier is not Tier.NONE:
                return


def _items(trials: Trials, builds: Builds) -> list[Item]:
    """Run the program once and return the items at the directives that it reached."""
    binary = builds.binary("device", Mode.OFFLOAD, builds.text)
    if binary is None:
        return []
    log = builds.folder / "sites"
    command = trials.command
    environment = (("S2S_DAMAGE_SITES", str(log)),)
    where = builds.directory("sites")
    listing = type(command)(command.program, command.arguments, None, environment)
    run_on_device(binary, listing, where, trials.clang, SECONDS)
    return items_in(log.read_text(encoding="utf-8")) if log.is_file() else []


def _chosen(
    items: Sequence[Item], pointers: Set[str], most: int, seed: str
) -> list[tuple[Item, str, str]]:
    """Draw damages from all kinds in turn."""
    beside = Counter((item.line, item.column) for item in items)
    pools: dict[str, list[tuple[Item, str, str]]] = defaultdict(list)
    for item in items:
        for operation, kind in item.damages(beside[item.line, item.column], pointers):
            pools[kind].append((item, operation, kind))
    generator = random.Random(seed)
    for pool in pools.values():
        generator.shuffle(pool)
    out: list[tuple[Item, str, str]] = []
    while len(out) < most and any(pools.values()):
        for kind in sorted(pools):
            if pools[kind] and len(out) < most:
                out.append(pools[kind].pop())
    return out


def built_objects(clang: Clang, scratch: Path) -> tuple[Path, ...]:
    """Compile ``damage.c`` and what lets it be loaded before AddressSanitizer."""
    scratch.mkdir(parents=True, exist_ok=True)
    options = scratch / "options.c"
    options.write_text(
        'const char *__asan_default_options(void) { return "verify_asan_link_order=0"; }\n'
    )
    source = Path(__file__).with_name("damage.c")
    library, defaults = scratch / "libdamage.so", scratch / "options.o"
    for arguments in (
        ["-shared", f"-I{RUNTIME}", source, "-ldl", f"-Wl,-rpath,{scratch}", "-o", library],
        ["-c", options, "-o", defaults],
    ):
        command = [str(word) for word in (clang.path, "-O2", "-g1", "-fPIC", *arguments)]
        subprocess.run(command, check=True, timeout=120)
    return library, defaults


@click.command()
@click.option("--most", default=20, show_default=True, help="Damages of each program.")
@click.option("--programs", default=1000, show_default=True, help="How many programs.")
@click.option("--seed", default=0, show_default=True, help="Which of them.")
@click.option("--jobs", default=2, show_default=True, help="Programs at a time.")
@click.option("--only", multiple=True, help="The name of a program; others are left out.")
@click.option("--polybench", type=DIRECTORY, help="A checkout of PolyBench/C 4.2.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The trials (JSON Lines)."
)
def main(
    most: int,
    programs: int,
    seed: int,
    jobs: int,
    only: tuple[str, ...],
    polybench: Path | None,
    out: Path,
) -> None:
    """Verify translations with one damage at run time each; say which tier caught how many."""
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        raise click.ClickException("no clang with host offload")
    subjects = [*own_programs(), *examples()]
    if polybench is not None:
        subjects += polybench_kernels(polybench)
    random.Random(seed).shuffle(subjects)
    wanted = [subject for subject in subjects if not only or subject.name in only][:programs]
    done: dict[str, set[str]] = defaultdict(set)
    for trial in read_trials(out):
        done[trial["program"]].add(trial["number"])
    with (
        tempfile.TemporaryDirectory(prefix="s2s-damages-") as scratch,
        ThreadPoolExecutor(jobs) as pool,
    ):
        runtimes = built_runtimes(clang, Path(scratch))
        objects = built_objects(clang, Path(scratch) / "damage")

        def work(subject: Subject) -> None:
            mine = done[subject.name]
            for trial in try_damages(subject, clang, runtimes, objects, most, seed, mine):
                with out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(asdict(trial)) + "\n")

        list(pool.map(work, wanted))
    click.echo(summary(read_trials(out)))


if __name__ == "__main__":
    main()
