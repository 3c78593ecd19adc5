# SPDX-License-Identifier: Apache-2.0
"""OpenMP 5 target directives for Clang, GCC, NVHPC and ROCm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from s2s.backend import extrema
from s2s.ir.plan import (
    DataEnvironment,
    DeclareTarget,
    ExtremumReduction,
    MapItem,
    MapType,
    OffloadPlan,
    RunTimeGuard,
    TargetRegion,
    Update,
)
from s2s.ir.program import (
    Compound,
    Function,
    Goto,
    Label,
    Program,
    Switch,
    walk_statements,
)
from s2s.rewrite.edits import (
    Edit,
    above_comment,
    after_statement,
    apply_within,
    before_statement,
    indent_block,
    indented,
    is_blank_or_comment,
    is_first_on_line,
    line_start,
)
from s2s.source import Span

_ORDER = (MapType.TO, MapType.TOFROM, MapType.FROM, MapType.ALLOC)
_DISJOINT = """\
/* Whether two ranges of memory have no byte in common. */
static int s2s_disjoint(const void *a, unsigned long long a_size,
                        const void *b, unsigned long long b_size)
{
    return (const char *)a + a_size <= (const char *)b
        || (const char *)b + b_size <= (const char *)a;
}
"""
(
    _RANK_HELPER, _RANK_DECLARE, _RANK_GUARD, _RANK_BRACE, _RANK_DATA, _RANK_UPDATE,
    _RANK_LEAVE, _RANK_REGION,
) = range(8)  # fmt: skip
_RANK_CLOSE = -1


def _after(anchor: Span) -> int:
    """Return the rank of what follows a statement: before what precedes the next, inner first."""
    return -2 * anchor.begin - 4


class OpenMPTarget:
    """Emits combined constructs, data regions, updates, guards and declare target blocks."""

    def edits(self, plan: OffloadPlan, program: Program) -> tuple[Edit, ...]:
        """Return the edits of a plan."""
        writer = _Writer(plan, program)
        return tuple(writer.all())


class _Writer:
    """Collects edits; those inside a guarded span go into the guarded copy instead."""

    def __init__(self, plan: OffloadPlan, program: Program) -> None:
        self._plan = plan
        self._program = program
        self._source = program.source
        self._braces: set[Span] = set()
        self._lone: dict[Span, bool] = {}
        self._parents: dict[Span, Span] = {}
        self._guarded = {g.span.begin for g in plan.guards}
        for function in program.functions:
            for stmt in walk_statements(function.body):
                for child in stmt.children:
                    self._lone[child.span] = not isinstance(stmt, Compound)
                    self._parents[child.span] = stmt.span

    def all(self) -> list[Edit]:
        """Return all edits."""
        inner = self._inner()
        guards = sorted(self._plan.guards, key=lambda g: g.span.begin)
        out: list[Edit] = []
        used: set[int] = set()
        for guard in guards:
            first = line_start(self._source.content, guard.span.begin)
            begin = (
                first
                if is_first_on_line(self._source.content, guard.span.begin)
                else (guard.span.begin)
            )
            mine = [
                i for i, (anchor, _) in enumerate(inner)
                if guard.span.contains(anchor) and i not in used
            ]  # fmt: skip
            used.update(mine)
            out += self._guard(guard, begin, [inner[i][1] for i in mine])
        out += [e for i, (_, e) in enumerate(inner) if i not in used]
        out += self._records()
        out += self._declare_targets(self._plan.declare_targets)
        out += self._helpers(guards)
        return out

    def _end_of(self, span: Span) -> int:
        """Return the end of a span including the rest of its last line, if that is blank."""
        content = self._source.content
        end = content.find(b"\n", span.end)
        end = len(content) if end < 0 else end + 1
        return end if is_blank_or_comment(content[span.end : end]) else span.end

    def _inner(self) -> list[tuple[Span, Edit]]:
        """Return the edits inside functions, each with the span of what it belongs to."""
        out: list[tuple[Span, Edit]] = []
        for data in self._plan.data:
            out += [(data.span, e) for e in self._data(data)]
        for update in self._plan.updates:
            out += [(update.anchor, e) for e in self._update(update)]
        for region in self._plan.regions:
            edits = [*self._region(region), *self._atomics(region)]
            edits = self._or_serial(region, edits) if region.requires else edits
            if region.final_values:
                edits += self._final_values(region)
            out += [(region.anchor, e) for e in edits]
        return out

    def _atomics(self, region: TargetRegion) -> list[Edit]:
        return [
            before_statement(self._source, a.anchor.begin, "#pragma omp atomic", _RANK_REGION)
            for a in self._plan.atomics if region.anchor.contains(a.anchor)
        ]  # fmt: skip

    def _or_serial(self, region: TargetRegion, edits: list[Edit]) -> list[Edit]:
        """Put a region under its condition; else the loop does nothing, or has no defined end."""
        span, content = region.anchor, self._source.content
        begin = line_start(content, span.begin)
        if not is_first_on_line(content, span.begin):
            begin = span.begin
        comment = "the step is not positive: no iteration"
        guard = RunTimeGuard(region.function, span, (region.requires,), comment, (), "")
        return [replace(e, rank=_RANK_REGION) for e in self._guard(guard, begin, edits)]

    # -- directives ------------------------------------------------------------------------------

    def _region(self, region: TargetRegion) -> list[Edit]:
        line = target_directive(region)
        source, begin, end = self._source, region.anchor.begin, region.anchor.end
        function = self._program.function(region.function)
        assert function is not None
        nested = not extrema.is_at_file_scope(source, function.span.begin)
        declared = dict.fromkeys(r for r in region.reductions if r.declared)
        if not region.extrema and not (nested and declared):
            return [before_statement(source, begin, line, _RANK_REGION)]
        before = [extrema.opening(e) for e in region.extrema]
        after = [text for e in region.extrema for text in extrema.closing(e)]
        if nested:
            before = [*(extrema.declaration(e) for e in _distinct([region])), *before]
            before = [*dict.fromkeys(extrema.declared_reduction(r) for r in declared), *before]
        if self._needs_block(region, function):
            before, after = ["{", *before], [*after, "}"]
        out = [before_statement(source, begin, "\n".join([*before, line]), _RANK_REGION)]
        out += [edit for e in region.extrema for edit in extrema.inner_edits(e, source)]
        if after:
            place = _after(region.anchor) - 1
            out.append(after_statement(source, end, "\n".join(after), place, like=begin))
        return out

    def _needs_block(self, region: TargetRegion, function: Function) -> bool:
        """Whether definitions before a region's statement must not stand in the block around it."""
        return (
            self._lone.get(region.anchor, False)
            or not extrema.is_at_file_scope(self._source, function.span.begin)
            or any(d.single and d.span == region.anchor for d in self._plan.data)
            or any(isinstance(s, (Goto, Label, Switch)) for s in walk_statements(function.body))
        )

    def _data(self, data: DataEnvironment) -> list[Edit]:
        clauses = _map_clauses(data.maps)
        condition = f" if({data.condition})" if data.condition else ""
        begin, end = data.span.begin, data.span.end
        if data.unstructured:
            return self._unstructured(data, condition)
        line = f"#pragma omp target data{condition}{clauses}"
        if data.single:
            return [before_statement(self._source, begin, line, _RANK_DATA)]
        return [
            before_statement(self._source, begin, f"{line}\n{{", _RANK_DATA),
            after_statement(self._source, end, "}", _after(data.span), like=begin),
        ]

    def _unstructured(self, data: DataEnvironment, condition: str) -> list[Edit]:
        """Write an ``enter data`` at each entry and an ``exit data`` at each exit."""
        late = {name for entry in data.entries for name in entry.variables}
        enter = f"#pragma omp target enter data{condition}"
        leave = f"#pragma omp target exit data{condition}"
        out: list[Edit] = []

        def entering(names: Iterable[str]) -> str:
            chosen = set(names)
            return _map_clauses(_entering([m for m in data.maps if m.variable in chosen]))

        def leaving(names: Iterable[str]) -> str:
            chosen = set(names)
            maps = _leaving([m for m in data.maps if m.variable in chosen])
            return _map_clauses(maps, exit_=True)

        span = data.span
        first = entering(m.variable for m in data.maps if m.variable not in late)
        if first:
            out += self._beside(span, enter + first, after=False, rank=_RANK_DATA)
        for entry in data.entries:
            line = enter + entering(entry.variables)
            out += self._beside(entry.anchor, line, after=True, rank=_RANK_DATA)
        for jump in data.exits:
            line = leave + leaving(jump.variables)
            out += self._beside(jump.anchor, line, after=False, rank=_RANK_LEAVE)
        line = leave + leaving(m.variable for m in data.maps)
        return [*out, *self._beside(span, line, after=True, rank=_RANK_CLOSE)]

    def _update(self, update: Update) -> list[Edit]:
        conditions = [
            d.condition for d in self._plan.data
            if d.span.contains(update.anchor) and d.condition
        ]  # fmt: skip
        condition = f" if({conditions[0]})" if conditions else ""
        line = (
            f"#pragma omp target update{condition} {update.direction.value}"
            f"({', '.join(update.items)})"
        )
        return self._beside(update.anchor, line, after=update.after, rank=_RANK_UPDATE)

    def _final_values(self, region: TargetRegion) -> list[Edit]:
        """Set loop variables after the loop, nearest to it of all that follows."""
        text = "\n".join(region.final_values)
        anchor = region.anchor
        if self._source.indentation(anchor.begin).startswith(b"\t"):
            text = text.replace("\n    ", "\n\t")
        if self._lone.get(anchor, False):
            return self._braced(anchor, text, after=True, rank=_RANK_UPDATE)
        place = _after(anchor) - 1
        return [after_statement(self._source, anchor.end, text, place, like=anchor.begin)]

    def _beside(self, anchor: Span, line: str, *, after: bool, rank: int) -> list[Edit]:
        """Put a stand-alone directive before or after a statement."""
        if self._lone.get(anchor, False):
            return self._braced(anchor, line, after=after, rank=rank)
        if after:
            place = _after(anchor)
            return [after_statement(self._source, anchor.end, line, place, like=anchor.begin)]
        return [before_statement(self._source, anchor.begin, line, rank, hints=False)]

    def _braced(self, anchor: Span, line: str, *, after: bool, rank: int) -> list[Edit]:
        """Put braces around a statement that is the whole branch of an ``if`` or loop."""
        source, eol = self._source, self._source.end_of_line
        begin, end = anchor.begin, anchor.end
        first = anchor not in self._braces
        self._braces.add(anchor)
        indent = source.indentation(begin)
        inline = not is_first_on_line(source.content, begin)
        deeper = indent + (b"\t" if indent.startswith(b"\t") else b"    ") if inline else indent
        out: list[Edit] = []
        at = begin if inline else line_start(source.content, begin)
        if first:
            header = self._end_of_header(anchor)
            if header is not None:
                outside = source.indentation(self._parents[anchor].begin)
                out.append(Edit(header, header, b" {", _RANK_BRACE))
            else:
                outside = indent
                opening = b"{" + eol if inline else indent + b"{" + eol
                out.append(Edit(at, at, opening, _RANK_BRACE))
            out.append(Edit(end, end, eol + outside + b"}", _after(anchor) + 1))
            if inline:
                out.append(Edit(at, at, deeper, _RANK_REGION + 1))
        text = indented(line, deeper, eol).removesuffix(eol)
        if after:
            out.append(Edit(end, end, eol + text, _after(anchor)))
        else:
            out.append(Edit(at, at, text + eol, rank))
        return out

    def _end_of_header(self, anchor: Span) -> int | None:
        """Return where ``if (...)`` or ``else`` ends on the line above a branch.

        None when the branch is on the same line, a comment lies in between, or what would be
        edited there belongs to the copy inside a guard.
        """
        content = self._source.content
        if anchor.begin in self._guarded or not is_first_on_line(content, anchor.begin):
            return None
        end = len(content[: anchor.begin].rstrip())
        line = content[line_start(content, end) : end]
        if b"//" in line or not (line.endswith(b")") or line.split()[-1:] in ([b"else"], [b"do"])):
            return None
        return end

    # -- guards, helpers, declare target ---------------------------------------------------------

    def _guard(self, guard: RunTimeGuard, begin: int, inner: list[Edit]) -> list[Edit]:
        """Insert ``if (test) { offloaded copy } else`` before the serial original."""
        source = self._source
        eol, indent = source.end_of_line, source.indentation(guard.span.begin)
        single = self._lone_statement(guard.span)
        copy = apply_within(source.content, Span(begin, self._end_of(guard.span)), inner)
        if begin == guard.span.begin:
            copy = indent + copy
        step = b"\t" if indent.startswith(b"\t") else b"    "
        body = indent_block(copy, step, eol).rstrip() + eol
        tests = (" &&" + eol.decode() + "    ").join(guard.tests).encode()
        tests = tests.replace(eol, eol + indent)
        opening = indent + b"if (" + tests + b") {" + eol
        middle = indent + b"} else" + (b"" if single else b" {")
        middle += f" /* {guard.comment} */".encode() + eol
        lead = b"" if begin != guard.span.begin else eol
        tail = indent if begin == guard.span.begin else b""
        out = [Edit(begin, begin, lead + opening + body + middle + tail, _RANK_GUARD)]
        if not single:
            out.append(
                after_statement(
                    source, guard.span.end, "}", _after(guard.span) + 1, like=guard.span.begin
                )
            )
        return out

    def _lone_statement(self, span: Span) -> bool:
        return span in self._lone

    def _helpers(self, guards: Iterable[RunTimeGuard]) -> list[Edit]:
        """Insert the helper functions before the first function that needs them."""
        names = {g.function for g in guards if g.needs}
        users = [f for f in self._program.functions if f.name in names]
        if not users or b"s2s_disjoint(const void" in self._source.content:
            return []
        eol = self._source.end_of_line
        text = _DISJOINT.replace("\n", eol.decode()).encode() + eol
        at = above_comment(self._source.content, users[0].span.begin)
        return [Edit(at, at, text, _RANK_HELPER)]

    def _records(self) -> list[Edit]:
        """Declare records and reductions before the first function that needs each."""
        out: list[Edit] = []
        eol, known = self._source.end_of_line, set[str]()
        for function in self._program.functions:
            if not extrema.is_at_file_scope(self._source, function.span.begin):
                continue
            mine = [r for r in self._plan.regions if r.function == function.name]
            texts = [
                extrema.declared_reduction(i) for r in mine for i in r.reductions if i.declared
            ]
            texts += [extrema.declaration(e) for e in _distinct(mine)]
            for text in texts:
                if text in known:
                    continue
                known.add(text)
                at = above_comment(self._source.content, function.span.begin)
                edit = text.replace("\n", eol.decode()).encode() + eol
                out.append(Edit(at, at, edit, _RANK_HELPER))
        return out

    def _declare_targets(self, items: tuple[DeclareTarget, ...]) -> list[Edit]:
        """Wrap declarations, neighbours together."""
        out: list[Edit] = []
        content = self._source.content
        joined = {
            (a.span.end, b.span.begin) for a, b in pairwise(items)
            if not content[a.span.end : b.span.begin].strip(b" \t\r\n;")
        }  # fmt: skip
        for item in items:
            begin, end = item.span.begin, item.span.end
            if not any(b == begin for _, b in joined):
                out.append(
                    before_statement(
                        self._source, begin, "#pragma omp declare target", _RANK_DECLARE
                    )
                )
            if not any(a == end for a, _ in joined):
                semicolon = content.find(b";", end)
                if content[end - 1 : end] != b"}" or (
                    content[begin:end].count(b"=")
                    and (semicolon >= 0 and not content[end:semicolon].strip())
                ):
                    end = semicolon + 1
                out.append(
                    after_statement(
                        self._source, end, "#pragma omp end declare target", _RANK_CLOSE
                    )
                )
        return out


def _distinct(regions: Iterable[TargetRegion]) -> list[ExtremumReduction]:
    """Return one extremum for each record that regions need."""
    return list({e.record: e for r in regions for e in r.extrema}.values())


def target_directive(region: TargetRegion) -> str:
    """Return the directive line of a region."""
    conditions = [c for c in (region.condition, region.threshold) if c]
    test = f" if(target: {' && '.join(conditions)})" if conditions else ""
    if region.serial:
        private = f" private({', '.join(region.private)})" if region.private else ""
        return f"#pragma omp target{private}{test}{_map_clauses(region.maps)}"
    out = "#pragma omp target teams distribute parallel for"
    if region.collapse > 1:
        out += f" collapse({region.collapse})"
    for name, items in (
        ("private", region.private),
        ("firstprivate", region.firstprivate),
        ("lastprivate", region.lastprivate),
    ):
        if items:
            out += f" {name}({', '.join(items)})"
    operators: dict[str, list[str]] = {}
    for reduction in region.reductions:
        operators.setdefault(reduction.identifier, []).append(reduction.item)
    for operator, names in operators.items():
        out += f" reduction({operator}: {', '.join(names)})"
    for extremum in region.extrema:
        out += f" reduction({extremum.record}: {extremum.variable})"
    return out + test + _map_clauses(region.maps)


def _map_clauses(maps: Iterable[MapItem], *, exit_: bool = False) -> str:
    out = ""
    items = list(maps)
    for map_type in _ORDER:
        names = [m.item for m in items if m.map_type is map_type]
        if names:
            word = "release" if exit_ and map_type is MapType.ALLOC else map_type.value
            out += f" map({word}: {', '.join(names)})"
    return out


def _entering(maps: Iterable[MapItem]) -> list[MapItem]:
    kinds = {MapType.TOFROM: MapType.TO, MapType.FROM: MapType.ALLOC}
    return [MapItem(kinds.get(m.map_type, m.map_type), m.variable, m.item) for m in maps]


def _leaving(maps: Iterable[MapItem]) -> list[MapItem]:
    kinds = {MapType.TOFROM: MapType.FROM, MapType.TO: MapType.ALLOC}
    return [MapItem(kinds.get(m.map_type, m.map_type), m.variable, m.item) for m in maps]
