# SPDX-License-Identifier: Apache-2.0
"""Candidate target regions: may a loop carry a combined construct, and what would it need.

The answers are shared by several passes; a refusal is a :class:`Refusal` with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from s2s.analysis.def_use import Location, Memory
from s2s.analysis.dependence import LoopFacts, NestFacts
from s2s.analysis.extents import Section
from s2s.analysis.final_values import final_value
from s2s.analysis.kernel import RegionUses, declared_in
from s2s.analysis.library_table import MATH
from s2s.analysis.manager import Analyses
from s2s.analysis.nest import MemoryObject, NestLoop
from s2s.analysis.strides import step_test
from s2s.diagnostics import Label
from s2s.ir.plan import ExtremumReduction, ReductionItem
from s2s.ir.program import (
    Call,
    DeclStmt,
    For,
    Function,
    Pragma,
    Stmt,
    all_expressions,
    walk_statements,
)
from s2s.ir.types import Symbol, SymbolKind, TypeKind
from s2s.passes.atomics import ATOMIC_OPERATORS, atomic_spans
from s2s.passes.extrema import extremum_reductions, index_only_help
from s2s.passes.reduction_starts import with_start
from s2s.passes.refusal import Refusal
from s2s.source import Span

#: Private copies of arrays larger than this (bytes) do not belong on a device thread's stack.
_PRIVATE_ARRAY_LIMIT = 1024
_ARRAY_REDUCTION_LIMIT = 64
_STANDALONE = frozenset(
    [
        "barrier",
        "taskwait",
        "taskyield",
        "flush",
        "threadprivate",
        "update",
        "enter",
        "exit",
        "declare",
        "end",
    ]
)


@dataclass(slots=True)
class Candidate:
    """A loop that may carry a construct, with the data-sharing clauses it needs."""

    stmt: For
    nest: NestFacts
    facts: LoopFacts
    uses: RegionUses
    private: tuple[str, ...]
    lastprivate: tuple[str, ...]
    reductions: tuple[ReductionItem, ...]
    extrema: tuple[ExtremumReduction, ...]
    atomics: tuple[Span, ...]
    callees: frozenset[Symbol]
    final_values: tuple[str, ...] = ()
    requires: str = ""


def examine(function: Function, stmt: For, analyses: Analyses) -> Candidate | Refusal:
    """Decide whether a loop, taken as the root of its nest, may carry a construct."""
    return analyses.cached(("candidate", stmt), lambda: _examine(function, stmt, analyses))


def _examine(function: Function, stmt: For, analyses: Analyses) -> Candidate | Refusal:
    nest = analyses.nest(function, stmt)
    loop = nest.nest.loops[0]
    facts = nest.of(loop)
    refusal = _blocked(facts) or _existing_directive(stmt, analyses) or _unplaceable(stmt)
    if refusal is not None:
        return refusal
    if not loop.is_canonical_for:
        return Refusal("S2S103", "the loop is not in canonical form", stmt.header)
    if step_test(nest.nest, loop, analyses.facts.parameters) is None:
        return Refusal(
            "S2S103", "whether the loop's step is positive cannot be tested before it",
            stmt.header, "keep the step in a variable of its own",
        )  # fmt: skip
    if facts.dependences:
        return _dependent(facts, analyses)
    callees = _device_callees(stmt, analyses)
    if isinstance(callees, Refusal):
        return callees
    uses = analyses.kernel_uses(function, stmt)
    return (
        _not_on_device(stmt, nest)
        or _unmappable(uses)
        or _unguardable(facts, uses)
        or _clauses(function, stmt, nest, facts, uses, callees, analyses)
    )


def _blocked(facts: LoopFacts) -> Refusal | None:
    if not facts.blockers:
        return None
    first = facts.blockers[0]
    return Refusal(first.code, first.message, first.span, first.help)


def directive_before(stmt: Stmt, analyses: Analyses) -> Pragma | None:
    """Return the OpenMP directive that stands directly before a statement and governs it."""
    content = analyses.program.source.content
    for pragma in analyses.program.pragmas:
        if not pragma.is_openmp or pragma.span.end > stmt.span.begin:
            continue
        if _STANDALONE & set(pragma.words[1:3]):
            continue
        if not content[pragma.span.end : stmt.span.begin].strip():
            return pragma
    return None


def _existing_directive(stmt: For, analyses: Analyses) -> Refusal | None:
    found = directive_before(stmt, analyses)
    message = "the loop already has an OpenMP directive"
    if found is None:
        message = "the loop contains an OpenMP directive, which is left as it is"
        found = next(
            (p for p in analyses.program.pragmas
             if p.is_openmp and stmt.span.contains(p.span)), None
        )  # fmt: skip
    if found is None:
        return None
    return Refusal(
        "S2S112", message, found.span, "--convert-omp lets s2s replace CPU worksharing directives"
    )


def _unplaceable(stmt: For) -> Refusal | None:
    if stmt.whole_macro:
        return Refusal(
            "S2S102", "the whole loop is made by a macro", stmt.header,
            "a directive cannot be placed inside a macro expansion",
        )  # fmt: skip
    return None


def _dependent(facts: LoopFacts, analyses: Analyses) -> Refusal:
    """Describe the first dependence for people."""
    dependence = facts.dependences[0]
    name = dependence.target.text
    far = dependence.distance
    if not dependence.target.path and not dependence.target.symbol.type.is_array:
        return Refusal(
            "S2S207",
            f"the value of '{name}' is carried from one iteration to the next",
            facts.loop.stmt.span,
            index_only_help(facts.loop.stmt, dependence.target.symbol)
            or "compute it from the loop variable, or accumulate it with one operator",
            (Label(dependence.source, "written here"), Label(dependence.sink, "used here")),
        )
    code = {"flow": "S2S204", "anti": "S2S205", "output": "S2S206"}[dependence.kind]
    distance = f" of distance {far}" if far != "unknown" else ""
    words = {
        "flow": ("written", "read in a later iteration"),
        "anti": ("read", "written in a later iteration"),
        "output": ("written", "written again in a later iteration"),
    }[dependence.kind]
    if far == "1":
        words = (words[0], words[1].replace("in a later iteration", "one iteration later"))
    labels: tuple[Label, ...] = (
        Label(dependence.source, words[0]),
        Label(dependence.sink, words[1]),
    )
    if dependence.source == dependence.sink:
        labels = (Label(dependence.source, f"{words[0]}, and {words[1]}"),)
    unknown = far == "unknown"
    return Refusal(
        code if not unknown else "S2S201" if dependence.kind == "output" else code,
        f"loop carries {'an' if dependence.kind[0] in 'ao' else 'a'} {dependence.kind} "
        f"dependence{distance} on '{name}'",
        facts.loop.stmt.span,
        _dependence_help(dependence.kind, far),
        labels,
    )


def _dependence_help(kind: str, distance: str) -> str:
    if distance == "unknown":
        return (
            "the subscripts may meet in different iterations; if they never do, say so with a "
            "form that shows it"
        )
    if kind == "anti":
        return "read from a copy of the array that the loop does not write"
    return "a recurrence runs in order; an outer or inner loop may still be parallel"


def _reads_errno(analyses: Analyses) -> bool:
    return any(
        isinstance(e, Call) and e.name == "__errno_location"
        for f in analyses.program.functions
        for e in all_expressions(f.body)
    )


def _device_callees(stmt: Stmt, analyses: Analyses) -> frozenset[Symbol] | Refusal:
    """Return the functions of this file that the region calls, or why one cannot run there."""
    summaries = analyses.facts.summaries
    found: set[Symbol] = set()
    reads_errno = analyses.cached("reads errno", lambda: _reads_errno(analyses))
    for expression in all_expressions(stmt):
        if not isinstance(expression, Call):
            continue
        summary = summaries.of_call(expression)
        if reads_errno and expression.name in MATH:
            return Refusal(
                "S2S303", f"'{expression.name}' may set errno, which this file reads",
                expression.span, "errno on the device is another one",
            )  # fmt: skip
        if summary.problem:
            return Refusal(
                "S2S303",
                f"the call of '{expression.name or 'a pointer'}' cannot run on the device: "
                f"{summary.problem}",
                expression.span,
            )
        if expression.callee is None or summaries.function(expression.callee) is None:
            continue
        found |= summaries.reachable(expression.callee)
        for symbol in summary.global_reads | summary.global_writes:
            constant = symbol.type.const or symbol.type.scalar_element.const
            if not constant or symbol.type.is_pointer:
                return Refusal(
                    "S2S303",
                    f"'{expression.name}' uses the global variable '{symbol.name}', whose value "
                    "on the device would be another one",
                    expression.span,
                    f"pass '{symbol.name}' as an argument",
                )
    return frozenset(found)


def _not_on_device(stmt: For, nest: NestFacts) -> Refusal | None:
    """Refuse types that GPUs lack and stack arrays whose size is known only at run time."""
    for inner in walk_statements(stmt):
        if not isinstance(inner, DeclStmt):
            continue
        for variable in inner.variables:
            if variable.symbol.type.is_array and variable.symbol.type.size <= 0:
                return Refusal(
                    "S2S303",
                    f"'{variable.symbol.name}' is an array of variable length, which device code "
                    "cannot have",
                    variable.symbol.span,
                    "give it a constant size",
                )
    for references in nest.references.values():
        for reference in references:
            element = reference.access.element
            if element.kind is TypeKind.FLOATING and element.size > 8:
                return Refusal(
                    "S2S303", f"GPUs have no '{element.spelling}'", reference.access.span
                )
    return None


def _unmappable(uses: RegionUses) -> Refusal | None:
    for use in uses.arrays.values():
        if use.problem:
            conditional = use.section is not None and use.section.conditional
            known = "declare its length, or allocate it where s2s can see the size"
            tested = "test the condition before the loop: otherwise it may be no array at all"
            return Refusal("S2S302", use.problem, use.span, tested if conditional else known)
    return None


def _unguardable(facts: LoopFacts, uses: RegionUses) -> Refusal | None:
    """A pair that may overlap needs a run-time test, for which both ends must be known."""
    for pair in facts.alias_pairs:
        first, second = sorted(pair, key=lambda o: o.text)
        for thing in (first, second):
            use = uses.arrays.get(thing.symbol)
            if use is None or (use.section is None and not thing.symbol.type.is_array):
                return Refusal(
                    "S2S209",
                    f"'{first.text}' and '{second.text}' may overlap",
                    facts.loop.stmt.span,
                    "declare the pointers 'restrict', or give --assume noalias",
                )
    return None


def _clauses(
    function: Function,
    stmt: For,
    nest: NestFacts,
    facts: LoopFacts,
    uses: RegionUses,
    callees: frozenset[Symbol],
    analyses: Analyses,
) -> Candidate | Refusal:
    """Derive the data-sharing clauses."""
    live = analyses.control_flow(function).live_after(stmt)
    own = declared_in(stmt)
    iterators = {loop.symbol for loop in nest.nest.own_loops if loop.symbol is not None}
    private: list[str] = []
    lastprivate: list[str] = []
    final_values: list[str] = []
    for symbol in sorted(iterators - own, key=lambda s: s.sort_key):
        if symbol in live:
            loop = next(x for x in nest.nest.loops if x.symbol is symbol)
            value = final_value(nest.nest, loop, analyses.facts.parameters)
            if value is None:
                return _needed_after(symbol, facts)
            final_values.append(value)
        if symbol is not facts.loop.symbol:
            private.append(symbol.name)
    handled = set(iterators) | own
    for target in sorted(facts.private, key=lambda o: o.symbol.sort_key):
        if target.symbol in handled:
            continue
        handled.add(target.symbol)
        place = _private_place(target, facts, nest, live)
        if isinstance(place, Refusal):
            return place
        (lastprivate if place else private).append(target.symbol.name)
    reductions = _reductions(function, stmt, facts, uses, nest, analyses)
    if isinstance(reductions, Refusal):
        return reductions
    extrema = extremum_reductions(function, facts.extrema, [facts.loop], analyses)
    if isinstance(extrema, Refusal):
        return extrema
    handled |= {o.symbol for o in facts.reductions}
    handled |= {s for e in facts.extrema for s in e.symbols}
    for symbol in uses.assigned_scalars - handled:
        return Refusal(
            "S2S207", f"'{symbol.name}' is assigned in a way that s2s does not follow",
            facts.loop.stmt.span,
        )  # fmt: skip
    items, atomic_objects = reductions
    atomics = atomic_spans(nest, facts.loop, atomic_objects)
    if isinstance(atomics, Refusal):
        return atomics
    return Candidate(
        stmt,
        nest,
        facts,
        uses,
        tuple(private),
        tuple(lastprivate),
        items,
        extrema,
        atomics,
        callees,
        tuple(final_values),
        step_test(nest.nest, facts.loop, analyses.facts.parameters) or "",
    )


def _needed_after(symbol: Symbol, facts: LoopFacts) -> Refusal:
    return Refusal(
        "S2S208",
        f"the value of '{symbol.name}' after the loop is used",
        facts.loop.stmt.span,
        "use a variable of its own for the loop, or set the value after the loop",
    )


def _private_place(
    target: MemoryObject, facts: LoopFacts, nest: NestFacts, live: frozenset[Location]
) -> bool | Refusal:
    """Return whether a private variable must be lastprivate, or why it cannot be private."""
    symbol = target.symbol
    if target.path:
        what = f"what '{symbol.name}' points to" if target.is_pointee else f"'{symbol.name}'"
        return Refusal(
            "S2S211", f"each iteration would need its own copy of {what}",
            facts.loop.stmt.span, "declare the temporary inside the loop",
        )  # fmt: skip
    if (
        symbol.is_global
        and symbol.kind is not SymbolKind.STATIC_LOCAL
        and not symbol.type.is_scalar
    ):
        return Refusal(
            "S2S211", f"each iteration would need its own copy of the global '{symbol.name}'",
            facts.loop.stmt.span, "declare the temporary inside the loop",
        )  # fmt: skip
    if symbol.type.is_array:
        size = symbol.type.size
        if size <= 0 or size > _PRIVATE_ARRAY_LIMIT or Memory(symbol) in live:
            return Refusal(
                "S2S211", f"each iteration would need its own copy of the array '{symbol.name}'",
                facts.loop.stmt.span,
                "declare the temporary inside the loop" if size > 0 else
                "give it a constant size, or a row for each iteration: device code has no arrays "
                "of variable length",
            )  # fmt: skip
        return False
    if symbol not in live and target not in facts.live_inside:
        return False
    if symbol.type.is_scalar and _written_in_every_iteration(target, facts.loop, nest):
        return True
    return _needed_after(symbol, facts)


def _written_in_every_iteration(target: MemoryObject, loop: NestLoop, nest: NestFacts) -> bool:
    """Whether the last iteration surely assigns the variable, outside inner loops."""
    return any(
        a.is_write and a.target == target and a.must and s.exact
        and s.loops == (loop,) and not s.conditions
        for s in nest.nest.inside(loop)
        for a in s.accesses
    )  # fmt: skip


def _reductions(
    function: Function,
    stmt: For,
    facts: LoopFacts,
    uses: RegionUses,
    nest: NestFacts,
    analyses: Analyses,
) -> tuple[tuple[ReductionItem, ...], set[MemoryObject]] | Refusal:
    """Return reduction items and the objects whose updates must be atomic."""
    items: list[ReductionItem] = []
    atomic: set[MemoryObject] = set()
    for target, operator in sorted(facts.reductions.items(), key=lambda i: i[0].text):
        if target.path or target.symbol.type.kind is TypeKind.COMPLEX:
            return Refusal("S2S212", f"a reduction into '{target.text}' is not supported",
                           facts.loop.stmt.span, "accumulate in a local scalar")  # fmt: skip
        item = ReductionItem(operator, target.symbol.name)
        items.append(with_start(item, target.symbol, function, stmt, analyses))
    for target, operator in sorted(facts.updates.items(), key=lambda i: i[0].text):
        use = uses.arrays.get(target.symbol)
        section = use.section if use is not None else None
        length = section.length if section is not None else None
        # in a reduction, what is read of the section would be the neutral value
        only = all(r.access.reduction == operator for r in nest.references[target])
        if (
            use is not None
            and length is not None
            and length.is_constant
            and (
                not target.symbol.is_global
                and _is_local_scalar_text(use.section, nest)
                and length.constant <= _ARRAY_REDUCTION_LIMIT
                and only
                and operator not in ("&&", "||")
                and len(target.path) <= 1
            )
            and not _has_inner_dimensions(target.symbol)
        ):
            item = ReductionItem(operator, f"@{target.symbol.name}")
            items.append(with_start(item, target.symbol, function, stmt, analyses))
        elif operator in ATOMIC_OPERATORS:
            atomic.add(target)
        else:
            return Refusal(
                "S2S212",
                f"the elements of '{target.text}' are updated with '{operator}', for which there "
                "is no atomic construct",
                facts.loop.stmt.span,
            )
    return tuple(items), atomic


def _is_local_scalar_text(section: Section | None, nest: NestFacts) -> bool:
    """Whether a section mentions nothing but scalars of the function.

    Compilers evaluate the section of a reduction item in device code.
    """
    symbols = [
        s
        for a in (section.atoms if section is not None else ())
        for s in nest.nest.parameters[a].symbols
    ]
    return all(s.type.is_scalar and not s.is_global for s in symbols)


def _has_inner_dimensions(symbol: Symbol) -> bool:
    return symbol.type.element is not None and symbol.type.element.is_array
