# SPDX-License-Identifier: Apache-2.0
"""Tables for people: the loops of a file and what became of them, and the plan for the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from s2s.cli.documents import ON_DEVICE
from s2s.driver import OffloadResult
from s2s.ir.plan import LoopReport, MapItem, MapType, TargetRegion
from s2s.source import SourceFile, Span

_VERDICT_STYLES = {"parallel": "green", "reduction": "cyan", "serial": "yellow"}
_KEYWORD = re.compile(r"\w+")

Row = tuple[Span, str, str, str]
"""Place, function, construct and clauses of something in the plan."""


def loop_table(result: OffloadResult, *, costs: bool) -> Table:
    """Return the table of all loops; ``costs`` adds trip counts and work."""
    table = _table(str(result.source.path))
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("loop", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("runs", no_wrap=True)
    if costs:
        table.add_column("trips", overflow="fold", max_width=20)
        table.add_column("work", overflow="fold", max_width=16)
    table.add_column("why, or what it depends on", overflow="fold", ratio=1)
    function = None
    for loop in result.plan.loops:
        if loop.function != function:
            if function is not None:
                table.add_section()
            function = loop.function
            table.add_row("", Text(f"{function}()", "bold"))
        cells = [
            Text(str(loop.line)),
            Text("  " * loop.depth + loop_name(loop, result.source)),
            Text(loop.verdict.value, _VERDICT_STYLES.get(loop.verdict.value, "")),
            Text(loop.disposition, "bold green" if loop.disposition in ON_DEVICE else "dim"),
        ]
        if costs:
            cells += [Text(loop.trip_count), Text(loop.work)]
        condition = f"if {loop.condition}" if loop.condition else ""
        table.add_row(*cells, Text(loop.reason or loop.dependence or condition))
    return table


def loop_name(loop: LoopReport, source: SourceFile) -> str:
    """Return ``for i`` or ``while``: the word that the loop begins with, and its variable."""
    begin = loop.span.begin
    word = _KEYWORD.match(source.text(Span(begin, min(loop.span.end, begin + 40))))
    keyword = word[0] if word is not None else "for"
    return f"{keyword} {loop.induction_variable}".rstrip()


def plan_table(result: OffloadResult) -> Table:
    """Return the table of everything that the translation puts into the file."""
    table = _table("what is put into the file")
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("function", no_wrap=True)
    table.add_column("construct", overflow="fold")
    table.add_column("clauses", overflow="fold", ratio=1)
    source = result.source
    rows = sorted(_plan_rows(result), key=lambda row: (row[0].begin, -row[0].end))
    for span, function, construct, clauses in rows:
        table.add_row(lines_of(span, source), Text(function), Text(construct), Text(clauses))
    return table


def lines_of(span: Span, source: SourceFile) -> str:
    """Return ``12`` or ``12-20``, the lines of a span."""
    first, last = source.line(span.begin), source.line(max(span.begin, span.end - 1))
    return str(first) if first == last else f"{first}-{last}"


def maps_text(maps: Iterable[MapItem]) -> str:
    """Return map clauses, one for each map type in use."""
    items = tuple(maps)
    clauses = (
        f"map({kind.value}: {', '.join(m.item for m in items if m.map_type is kind)})"
        for kind in MapType
        if any(m.map_type is kind for m in items)
    )
    return " ".join(clauses)


def _plan_rows(result: OffloadResult) -> Iterator[Row]:
    plan = result.plan
    for region in plan.regions:
        yield region.anchor, region.function, _construct(region), _region_clauses(region)
    for data in plan.data:
        name = "target enter/exit data" if data.unstructured else "target data"
        condition = f"if(target: {data.condition}) " if data.condition else ""
        yield data.span, data.function, name, condition + maps_text(data.maps)
    for update in plan.updates:
        when = "after" if update.after else "before"
        clause = f"{update.direction.value}({', '.join(update.items)})"
        yield update.anchor, update.function, f"target update, {when}", clause
    for atomic in plan.atomics:
        yield atomic.anchor, atomic.function, "atomic update", ""
    for guard in plan.guards:
        yield guard.span, guard.function, "if … else as it was", " && ".join(guard.tests)
    for declared in plan.declare_targets:
        yield declared.span, declared.name, "declare target", ""
    for change in plan.interchanges:
        yield change.outer, change.function, "loops change places", ""
    for split in plan.splits:
        yield split.loop, split.function, "loop split in two", ""


def _construct(region: TargetRegion) -> str:
    if region.serial:
        return "target"
    collapse = f" collapse({region.collapse})" if region.collapse > 1 else ""
    return f"target teams distribute parallel for{collapse}"


def _region_clauses(region: TargetRegion) -> str:
    parts = [
        f"{name}({', '.join(variables)})"
        for name, variables in (
            ("private", region.private),
            ("firstprivate", region.firstprivate),
            ("lastprivate", region.lastprivate),
        )
        if variables
    ]
    for operator in dict.fromkeys(item.identifier for item in region.reductions):
        items = (item.item for item in region.reductions if item.identifier == operator)
        parts.append(f"reduction({operator}: {', '.join(items)})")
    parts += [f"reduction({e.record}: {e.variable})" for e in region.extrema]
    conditions = [text for text in (region.condition, region.threshold) if text]
    if conditions:
        parts.append(f"if(target: {' && '.join(conditions)})")
    return " ".join([*parts, maps_text(region.maps)]).strip()


def _table(title: str) -> Table:
    return Table(
        title=Text(title, "bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        expand=False,
    )
