# SPDX-License-Identifier: Apache-2.0
"""Compare the verdicts of s2s with the truth, class by class, and shrink what disagrees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from s2s.driver import OffloadOptions, OffloadResult, analyze
from s2s.errors import S2SError
from s2s.ir.plan import LoopReport, Verdict
from s2s.passes import PIPELINES, RESTRUCTURING
from tests.properties.nest_generator import is_valid
from tests.properties.nest_ir import (
    PRELUDE,
    Assign,
    Form,
    If,
    Loop,
    Nest,
    Node,
    RenderedFunction,
    render,
    walk,
)
from tests.properties.nest_oracle import LoopTruth, Need, Truth, loop_truths

AS_WRITTEN = OffloadOptions(
    passes=tuple(name for name in PIPELINES["offload"] if name not in RESTRUCTURING)
)
"""Loops are judged as they stand, not as they are after they were split or interchanged."""

REFUSALS = ("S2S208", "S2S211", "S2S212")
"""Codes of the remarks on last values, private copies and reductions that are not carried out."""


class LoopClass(StrEnum):
    """What makes the answer for a loop hard, the hardest thing first."""

    BUDGET = "the analysis gave up after too many steps"
    INDIRECT = "indirect or non-linear subscript"
    LINEARIZED = "linearized subscript"
    DATA_BRANCH = "branch on data"
    LAST_VALUE = "value needed after the loop"
    PRIVATE_ARRAY = "array to privatize"
    ARRAY_REDUCTION = "reduction into array elements"
    MIXED = "several treatments of one variable"
    SCALAR = "scalar to privatize or reduce"
    AFFINE = "affine"


CLASS_OF_REASON = {"S2S208": LoopClass.LAST_VALUE, "S2S210": LoopClass.BUDGET}
"""Reasons that say themselves what was hard: a loop variable read later, the step limit."""


class Outcome(StrEnum):
    """How a verdict compares with the truth."""

    EXACT = "exact"
    UNSOUND = "unsound"
    IMPRECISE = "imprecise"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One loop: what s2s says and what is true."""

    nest: Nest
    loop: int
    loop_class: LoopClass
    outcome: Outcome
    verdict: str
    reason: str
    truth: LoopTruth

    def __str__(self) -> str:
        rendered = render(self.nest)
        line = rendered.lines[rendered.loop_lines[self.loop]].strip()
        return (
            f"{self.outcome} ({self.loop_class}): s2s says {self.verdict} {self.reason}\n"
            f"  of the loop '{line}'; executing it says {self.truth.truth.name.lower()}\n"
            f"  {self.truth.witness or 'no two iterations touch one location'}\n"
            f"{rendered.text}"
        )


def source_text(nests: Sequence[Nest]) -> tuple[str, list[RenderedFunction], list[int]]:
    """Return one C file for the nests, their functions, and each function's first line (from 1)."""
    rendered = [render(nest) for nest in nests]
    line = PRELUDE.count("\n") + 1
    starts = []
    for function in rendered:
        starts.append(line)
        line += len(function.lines)
    return PRELUDE + "".join(f.text for f in rendered), rendered, starts


def judge(nests: Sequence[Nest], path: Path) -> Iterator[Judgement]:
    """Write the nests into one file, analyze it, and judge every loop."""
    text, rendered, starts = source_text(nests)
    path.write_text(text)
    result = analyze(path, AS_WRITTEN)
    reports = {(report.function, report.line): report for report in result.plan.loops}
    for nest, function, start in zip(nests, rendered, starts, strict=True):
        truths = loop_truths(nest)
        for number, (loop, truth) in enumerate(zip(nest.loops(), truths, strict=True)):
            report = reports.get((nest.name, start + function.loop_lines[number]))
            yield _judge_loop(nest, number, loop, truth, report, result)


def _judge_loop(
    nest: Nest,
    number: int,
    loop: Loop,
    truth: LoopTruth,
    report: LoopReport | None,
    result: OffloadResult,
) -> Judgement:
    if report is None:
        return Judgement(nest, number, _class(loop, truth), Outcome.MISSING, "nothing", "", truth)
    if report.condition:
        truth = loop_truths(nest, condition=report.condition)[number]
    outcome = _outcome(report, truth, result)
    if outcome is Outcome.IMPRECISE:
        larger = loop_truths(nest, larger=True, condition=report.condition)[number]
        if larger.truth > truth.truth or (larger.truth == truth.truth and larger.needs):
            truth, outcome = larger, _outcome(report, larger, result)
    if outcome is Outcome.IMPRECISE and report.verdict is Verdict.REDUCTION and _updates(loop):
        outcome = Outcome.EXACT  # at most one iteration updates, for these sizes at least
    loop_class = _class(loop, truth)
    if outcome is Outcome.IMPRECISE:
        loop_class = CLASS_OF_REASON.get(report.reason[:6], loop_class)
    reason = f"({report.disposition}; {report.reason} {report.dependence})"
    return Judgement(nest, number, loop_class, outcome, report.verdict, reason, truth)


def _outcome(report: LoopReport, truth: LoopTruth, result: OffloadResult) -> Outcome:
    match truth.truth, report.verdict:
        case Truth.DEPENDENCE, Verdict.SERIAL:
            return Outcome.EXACT
        case Truth.DEPENDENCE, _:
            return Outcome.EXACT if _is_refused(report) else Outcome.UNSOUND
        case Truth.REDUCTION, Verdict.REDUCTION:
            return Outcome.EXACT
        case Truth.REDUCTION, Verdict.PARALLEL:
            atomics = [a for a in result.plan.atomics if report.span.contains(a.anchor)]
            return Outcome.EXACT if atomics or _is_refused(report) else Outcome.UNSOUND
        case Truth.PARALLEL, Verdict.PARALLEL:
            return Outcome.EXACT
    return Outcome.IMPRECISE


def _is_refused(report: LoopReport) -> bool:
    """Tell whether the loop is independent only with copies that s2s does not make.

    It is then called parallel, stays on the host, and its reason says which copies.
    """
    return report.disposition in ("host", "inside", "device") and report.reason.startswith(REFUSALS)


def _updates(loop: Loop) -> bool:
    return any(isinstance(n, Assign) and n.form is not Form.PLAIN for n in walk(loop))


def _class(loop: Loop, truth: LoopTruth) -> LoopClass:
    text = "\n".join(render(Nest("f", loop)).lines)
    if re.search(r"X\[|\) [/%] |(\b[ijk]) \* \1", text):
        return LoopClass.INDIRECT
    if "* n" in text or "* m" in text or "* (n" in text or re.search(r"m \* ", text):
        return LoopClass.LINEARIZED
    if any(isinstance(n, If) and n.data for n in walk(loop)):
        return LoopClass.DATA_BRANCH
    if any(len(needs) > 1 for needs in truth.treatments.values()):
        return LoopClass.MIXED
    for need, loop_class in (
        (Need.LAST_VALUE, LoopClass.LAST_VALUE),
        (Need.PRIVATE_ARRAY, LoopClass.PRIVATE_ARRAY),
        (Need.ARRAY_REDUCTION, LoopClass.ARRAY_REDUCTION),
        (Need.PRIVATE_SCALAR, LoopClass.SCALAR),
        (Need.SCALAR_REDUCTION, LoopClass.SCALAR),
    ):
        if need in truth.needs:
            return loop_class
    return LoopClass.AFFINE


# Shrinking


def shrink(judgement: Judgement, path: Path, budget: int = 80) -> Judgement:
    """Remove parts of the nest as long as some loop of it still has the same outcome."""
    best = judgement
    improved = True
    while improved and budget > 0:
        improved = False
        for smaller in _smaller_nests(best.nest):
            budget -= 1
            if budget < 0:
                break
            if not is_valid(smaller):
                continue
            same = _alike(judgement, smaller, path)
            if same is not None:
                best, improved = same, True
                break
    return best


def _alike(judgement: Judgement, nest: Nest, path: Path) -> Judgement | None:
    """Return what is wrong with a smaller nest in the same way, if anything."""
    try:
        found = [j for j in judge([nest], path) if j.outcome is judgement.outcome]
    except S2SError:  # it does not compile: the declaration of a scalar was removed
        return None
    if judgement.outcome is Outcome.IMPRECISE:
        found = [j for j in found if j.loop_class is judgement.loop_class]
    return found[0] if found else None


def _smaller_nests(nest: Nest) -> Iterator[Nest]:
    if nest.read_after:
        yield replace(nest, read_after=())
    for body in _shorter(nest.root.body):
        yield replace(nest, root=replace(nest.root, body=body))
    for inner in nest.root.body:
        if isinstance(inner, Loop) and not nest.read_after:
            yield replace(nest, root=inner)


def _shorter(body: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    """Yield bodies with one thing less."""
    for k, node in enumerate(body):
        before, after = body[:k], body[k + 1 :]
        if len(body) > 1:
            yield before + after
        for smaller in _smaller_nodes(node):
            yield before + smaller + after


def _smaller_nodes(node: Node) -> Iterator[tuple[Node, ...]]:
    match node:
        case Loop():
            yield from ((replace(node, body=body),) for body in _shorter(node.body))
        case If():
            yield node.then
            if node.other:
                yield (replace(node, other=()),)
            yield from ((replace(node, then=body),) for body in _shorter(node.then))
        case Assign():
            for k in range(len(node.operands)):
                yield (replace(node, operands=node.operands[:k] + node.operands[k + 1 :]),)
