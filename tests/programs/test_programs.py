# SPDX-License-Identifier: Apache-2.0
"""End to end: translate whole C programs, run them, compare with what the originals print.

Every program has a sidecar ``<name>.toml`` (see README.md of this folder). Each is translated in
two modes: ``forced`` (no thresholds, so every region runs on the device, however small the input)
and ``threshold`` (as a user gets it).
"""

from __future__ import annotations

import ast
import math
import operator
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from s2s.diagnostics import RemarkKind
from s2s.driver import OffloadOptions, OffloadResult, offload
from s2s.ir.plan import LoopReport

if TYPE_CHECKING:
    from tests.programs.conftest import Builder

HERE = Path(__file__).resolve().parent
NAMES = tuple(sorted(path.stem for path in HERE.glob("*.c")))
MODES = ("forced", "threshold")
OFFLOAD = ("-fopenmp", "-fopenmp-targets=x86_64-pc-linux-gnu")
TAG = re.compile(r"/\* L:(\w+)\b")
TAGGED = re.compile(r"/\* L:|^\s*} while")
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\binf\b|\bnan\b)")
COPY = re.compile(r"Copying data from (host to device|device to host),.*?Size=(\d+)")
RELATIVE = 1e-9

DISPOSITIONS = {
    "offload": {"offloaded"},
    "inside": {"collapsed", "inside"},
    "device": {"device"},
    "host": {"host"},
    "serial": {"host", "device", "inside"},
    "any": {"offloaded", "collapsed", "inside", "device", "host"},
}


@dataclass(frozen=True, slots=True)
class Expected:
    """The sidecar of one program; ``loops`` maps a loop tag to its accepted dispositions."""

    arguments: tuple[tuple[str, ...], ...]
    exercises: frozenset[str]
    loops: dict[str, str]
    one_offloaded: dict[str, list[str]]
    verdicts: dict[str, str]
    must_contain: tuple[str, ...]
    must_not_contain: tuple[str, ...]
    transfers: dict[str, dict[str, str]]
    text_check: bool
    unreported: frozenset[str]
    flags: tuple[str, ...]


@cache
def expected(name: str) -> Expected:
    """Read a sidecar; an unknown key is an error."""
    raw: dict[str, Any] = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    raw.pop("remarks", None)
    found = Expected(
        arguments=tuple(tuple(line) for line in raw.pop("args")),
        exercises=frozenset(raw.pop("exercises")),
        loops=raw.pop("loops"),
        one_offloaded=raw.pop("one_offloaded", {}),
        verdicts=raw.pop("verdicts", {}),
        must_contain=tuple(raw.pop("must_contain", ())),
        must_not_contain=tuple(raw.pop("must_not_contain", ())),
        transfers=raw.pop("transfers", {}),
        text_check=raw.pop("text_check", True),
        unreported=frozenset(raw.pop("unreported", ())),
        flags=tuple(raw.pop("clang_args", ("-std=c11",))),
    )
    assert not raw, f"{name}.toml: unknown keys {sorted(raw)}"
    return found


@cache
def translated(name: str, mode: str) -> OffloadResult:
    """Translate a program once for each mode."""
    options = OffloadOptions(clang_args=expected(name).flags, thresholds=mode == "threshold")
    return offload(HERE / f"{name}.c", options)


@cache
def tags(name: str) -> dict[int, str]:
    """Return the tag of each tagged line (1-based) of a program."""
    lines = (HERE / f"{name}.c").read_text(encoding="utf-8").splitlines()
    return {at: found[1] for at, line in enumerate(lines, 1) if (found := TAG.search(line))}


def tagged_loops(name: str, mode: str) -> dict[str, list[LoopReport]]:
    """Return the reports on each tagged loop; of several on one line, the outermost ones."""
    found: dict[str, list[LoopReport]] = {}
    for loop in translated(name, mode).plan.loops:
        if tag := tags(name).get(loop.line):
            found.setdefault(tag, []).append(loop)
    return {
        tag: [loop for loop in loops if loop.depth == min(each.depth for each in loops)]
        for tag, loops in found.items()
    }


def every(*arguments: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize over programs (and modes), keeping one program on one xdist worker."""
    modes: tuple[str, ...] = MODES if "mode" in arguments else ("",)
    cases = [
        pytest.param(
            *((name, mode) if mode else (name,)),
            id=f"{name}-{mode}" if mode else name,
            marks=pytest.mark.xdist_group(name),
        )
        for name in NAMES
        for mode in modes
    ]
    return pytest.mark.parametrize(arguments, cases)


def differences(want: str, got: str) -> list[str]:
    """Compare two outputs: text and integers exactly, numbers with a point within ``RELATIVE``.

    One unit of the last printed decimal is allowed; NaN equals NaN and no number.
    """
    wanted, received = want.splitlines(), got.splitlines()
    if len(wanted) != len(received):
        return [f"{len(wanted)} lines expected, {len(received)} printed:\n{want}---\n{got}"]
    return [
        f"line {at}:\n  expected {left}\n  printed  {right}"
        for at, (left, right) in enumerate(zip(wanted, received, strict=True), 1)
        if left != right and not _same_line(left, right)
    ]


def _same_line(want: str, got: str) -> bool:
    if NUMBER.split(want.replace("-nan", "nan")) != NUMBER.split(got.replace("-nan", "nan")):
        return False
    pairs = zip(NUMBER.findall(want), NUMBER.findall(got), strict=True)
    return all(_close(left, right) for left, right in pairs)


def _close(want: str, got: str) -> bool:
    left, right = float(want), float(got)
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    mantissa, _, exponent = want.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    unit = 1.001 * 10.0**-decimals
    return left == right or abs(left - right) <= unit + RELATIVE * abs(left)


def evaluate(expression: str) -> int:
    """Evaluate a bound of bytes written with integers, ``+``, ``-``, ``*`` and parentheses."""
    operators = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}

    def value(node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.BinOp(left=left, op=op, right=right):
                return int(operators[type(op)](value(left), value(right)))
            case _:
                raise ValueError(f"not a bound of bytes: {expression}")

    return value(ast.parse(expression, mode="eval").body)


def constructs_above(text: str, tag: str) -> list[str]:
    """Return, for each copy of a tagged loop in a text, the directives right above its line."""
    lines = text.splitlines()
    found = []
    for at, line in enumerate(lines):
        if not re.search(rf"/\* L:{tag}\b", line):
            continue
        above = at
        while above and (
            lines[above - 1].lstrip().startswith("#pragma")
            or (above > 1 and lines[above - 2].endswith("\\"))
        ):
            above -= 1
        found.append(" ".join(lines[above:at]))
    return found


# --- the programs themselves --------------------------------------------------------------------


@every("name")
def test_every_loop_is_tagged_and_every_tag_has_an_expectation(name: str) -> None:
    text = (HERE / f"{name}.c").read_text(encoding="utf-8")
    hidden = re.compile(r'//[^\n]*|/\*(?! L:).*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    bare = hidden.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    macro = False
    for at, line in enumerate(bare.splitlines(), 1):
        macro, inside = line.endswith("\\"), macro or line.lstrip().startswith("#")
        loop = re.search(r"\b(for|while)\b[^(]*\(|\bdo\b", line) and not inside
        assert not loop or TAGGED.search(line), f"{name}.c:{at}: no tag"
    names = list(tags(name).values())
    assert sorted(names) == sorted(set(names)), "a tag is used twice"
    assert set(names) == set(expected(name).loops)
    assert set(names) >= set(expected(name).verdicts)
    for accepted in expected(name).loops.values():
        assert set(accepted.split("|")) <= set(DISPOSITIONS)


def test_programs_together_exercise_every_feature() -> None:
    table = (HERE / "README.md").read_text(encoding="utf-8")
    features = set(re.findall(r"^\| `([\w-]+)` \| `", table, re.MULTILINE))
    exercised = set[str]().union(*(expected(name).exercises for name in NAMES))
    assert exercised == features
    assert not [name for name in NAMES if f"`{name}`" not in table]


# --- their translations -------------------------------------------------------------------------


@every("name", "mode")
def test_translation_prints_what_the_original_prints(
    builder: Builder, name: str, mode: str
) -> None:
    if not builder.offload:
        pytest.skip("this clang cannot offload to the host")
    result = translated(name, mode)
    flags = expected(name).flags
    original = builder.build(result.source.content, flags)
    translation = builder.build(result.text, (*flags, *OFFLOAD))
    problems = []
    for arguments in expected(name).arguments:
        want = builder.run(original, arguments)
        got = builder.run(translation, arguments)
        if got.status != want.status:
            problems.append(f"{arguments}: exit {got.status}, not {want.status}")
            problems.append(got.stderr[-800:])
        problems += [f"{arguments}: {each}" for each in differences(want.stdout, got.stdout)]
    assert not problems, "\n".join(problems)


@every("name", "mode")
def test_second_translation_changes_nothing(name: str, mode: str, tmp_path: Path) -> None:
    once = translated(name, mode)
    path = tmp_path / f"{name}.c"
    path.write_bytes(once.text)
    options = OffloadOptions(clang_args=expected(name).flags, thresholds=mode == "threshold")
    assert offload(path, options).text == once.text


@every("name", "mode")
def test_loops_end_up_where_they_should(name: str, mode: str) -> None:
    reports = {
        tag: {loop.disposition for loop in loops} for tag, loops in tagged_loops(name, mode).items()
    }
    problems = []
    for tag, accepted in expected(name).loops.items():
        allowed = set[str]().union(*(DISPOSITIONS[each] for each in accepted.split("|")))
        got = reports.get(tag, {"host"})
        if not got <= allowed:
            problems.append(f"{tag}: {', '.join(sorted(got))}, expected {accepted}")
    for group, members in expected(name).one_offloaded.items():
        if not any("offloaded" in reports.get(tag, set()) for tag in members):
            problems.append(f"{group}: none of {', '.join(members)} is offloaded")
    assert not problems, "\n".join(problems)


@every("name")
def test_verdicts_are_those_of_an_exact_analysis(name: str) -> None:
    wanted = {
        tag: {"parallel", "reduction"} if accepted == "offload" else {"serial"}
        for tag, accepted in expected(name).loops.items()
        if accepted in ("offload", "serial")
    }
    wanted |= {tag: set(each.split("|")) for tag, each in expected(name).verdicts.items()}
    problems = [
        f"{tag}: {loop.verdict.value}, expected {' or '.join(sorted(wanted[tag]))}"
        for tag, loops in tagged_loops(name, "forced").items()
        for loop in loops
        if tag in wanted and loop.verdict.value not in wanted[tag]
    ]
    assert not problems, "\n".join(problems)


@every("name", "mode")
def test_text_agrees_with_the_reported_dispositions(name: str, mode: str) -> None:
    if not expected(name).text_check:
        pytest.skip("loops move in this program, tags do not follow")
    text = translated(name, mode).text.decode()
    original = (HERE / f"{name}.c").read_text(encoding="utf-8")
    problems = []
    for tag, accepted in expected(name).loops.items():
        before = constructs_above(original, tag)
        added = [each for each in constructs_above(text, tag) if each not in before]
        shared = [each for each in added if re.search(r"\b(distribute|parallel|loop)\b", each)]
        if accepted in ("host", "serial") and shared:
            problems.append(f"{tag} must not be shared among threads: {shared[0].strip()}")
        if accepted == "offload" and not any("omp target" in each for each in shared):
            problems.append(f"{tag} carries no target construct")
    assert not problems, "\n".join(problems)


@every("name")
def test_every_loop_left_on_the_host_says_why(name: str) -> None:
    result = translated(name, "forced")
    spans = [remark.span for remark in result.plan.remarks if remark.kind is not RemarkKind.PASSED]
    silent = [
        f"{name}.c:{loop.line}: {tags(name).get(loop.line, '?')}"
        for loop in result.plan.loops
        if loop.disposition == "host"
        and not loop.reason
        and not any(loop.span.contains(span) for span in spans)
    ]
    seen = {loop.line for loop in result.plan.loops}
    lines = (HERE / f"{name}.c").read_text(encoding="utf-8").splitlines()
    missing = [
        f"{name}.c:{at}: {tag} is not in the report"
        for at, tag in tags(name).items()
        if re.match(r"\s*for\s*\(", lines[at - 1])
        and at not in seen
        and tag not in expected(name).unreported
    ]
    assert not silent + missing, "\n".join(silent + missing)


@every("name")
def test_text_contains_what_it_should(name: str) -> None:
    text = translated(name, "forced").text.decode()
    assert [each for each in expected(name).must_contain if not re.search(each, text)] == []
    assert [each for each in expected(name).must_not_contain if re.search(each, text)] == []


@every("name")
def test_transfers_stay_within_bounds(builder: Builder, name: str) -> None:
    if not builder.offload:
        pytest.skip("this clang cannot offload to the host")
    result = translated(name, "forced")
    problems: list[str] = []
    for line, bounds in expected(name).transfers.items():
        assert tuple(line.split()) in expected(name).arguments, f"{line} is not run"
        program = builder.build(result.text, (*expected(name).flags, *OFFLOAD))
        # 0x20: one line on standard error for each copy
        outcome = builder.run(program, tuple(line.split()), LIBOMPTARGET_INFO="32")
        moved = {"host to device": 0, "device to host": 0}
        for direction, size in COPY.findall(outcome.stderr):
            moved[direction] += int(size)
        limits = {"host to device": bounds["h2d"], "device to host": bounds["d2h"]}
        problems += [
            f"{line}: {moved[way]:,} bytes {way}, at most {evaluate(limit):,} are needed"
            for way, limit in limits.items()
            if moved[way] > evaluate(limit)
        ]
    assert not problems, "\n".join(problems)
