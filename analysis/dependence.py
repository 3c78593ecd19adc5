# SPDX-License-Identifier: Apache-2.0
"""Exact data dependences of a nest, loop by loop.

Memory-based dependences first; where they are carried by a loop, value-based ones (last writer,
P. Feautrier, *Dataflow Analysis of Array and Scalar References*, IJPP 1991) decide between a
privatizable object, a reduction and a true dependence. ``unknown`` counts as dependent.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import islpy as isl

from s2s.analysis.assumptions import Assuming, Assumption
from s2s.analysis.explanations import Dependence, explain
from s2s.analysis.facts import Facts
from s2s.analysis.isl_bridge import (
    BUDGET,
    BudgetExceeded,
    budget,
    first_coordinates,
    later_in_last,
    parameter_prefix,
    set_of,
)
from s2s.analysis.nest import Blocker, Extremum, MemoryObject, Nest, NestLoop, NestStatement
from s2s.analysis.nonlinear import NonlinearTest
from s2s.analysis.relations import (
    LazyOrder,
    Order,
    Reference,
    Relations,
    apart_by_construction,
    by_constants,
    instances,
    merge_prefixes,
    only_keeps,
    set_first,
)
from s2s.analysis.subscripts import Subscripts
from s2s.ir.plan import Verdict
from s2s.ir.types import CType, SymbolKind


@dataclass(slots=True)
class LoopFacts:
    """What is known of one loop (filled by the analysis, constant afterwards).

    ``private`` objects are written before they are read in each iteration; ``live_inside`` are
    those of them whose last value is read later in the same nest. ``reductions`` maps scalars to
    operators, ``updates`` arrays that are only updated with one operator; ``extrema`` are kept
    with their places, in variables that the loop uses for nothing else. ``alias_pairs`` are pairs
    whose disjointness the verdict takes for granted.
    """

    loop: NestLoop
    verdict: Verdict = Verdict.PARALLEL
    private: set[MemoryObject] = field(default_factory=set)
    live_inside: set[MemoryObject] = field(default_factory=set)
    reductions: dict[MemoryObject, str] = field(default_factory=dict)
    updates: dict[MemoryObject, str] = field(default_factory=dict)
    extrema: list[Extremum] = field(default_factory=list)
    dependences: list[Dependence] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)
    alias_pairs: set[frozenset[MemoryObject]] = field(default_factory=set)

    @property
    def is_parallel(self) -> bool:
        """Whether iterations may run in any order, scalar reductions allowed."""
        return self.verdict is not Verdict.SERIAL


@dataclass(slots=True)
class NestFacts:
    """The nest with the facts of its loops.

    ``exposed`` are the objects of which some read may see a value from before the nest;
    ``constraints`` are facts (isl text) that delinearized subscripts rest on; ``assumptions`` are
    those of them that must be tested before anything that is said here is made use of.
    """

    nest: Nest
    loops: list[LoopFacts]
    references: dict[MemoryObject, list[Reference]] = field(default_factory=dict)
    exposed: set[MemoryObject] = field(default_factory=set)
    constraints: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    exceeded: bool = False

    def of(self, loop: NestLoop) -> LoopFacts:
        """Return the facts of a loop."""
        return next(f for f in self.loops if f.loop is loop)


def describe_nest(nest: Nest, facts: Facts) -> NestFacts:
    """Return the references of a nest with affine subscripts, without verdicts on its loops.

    They may rest on assumptions, as in :func:`analyse_nest`.
    """
    try:
        with budget(BUDGET):
            return DependenceAnalysis(nest, facts, Assuming.EXTENTS).describe()
    except BudgetExceeded:
        return NestFacts(nest, [], exceeded=True)


def analyse_nest(
    nest: Nest,
    facts: Facts,
    operations: int = BUDGET,
    assuming: Assuming = Assuming.INDEPENDENCE,
) -> NestFacts:
    """Return verdict and reasons for every loop of a nest.

    The answer may rest on ``assumptions``: whoever acts upon it has to test them at run time, and
    to keep the loops as they are for when they do not hold.
    """
    for attempt in (operations, 3 * operations):
        try:
            with budget(attempt):
                return DependenceAnalysis(nest, facts, assuming).run()
        except BudgetExceeded:
            continue
    out = NestFacts(nest, [LoopFacts(loop, Verdict.SERIAL) for loop in nest.loops], exceeded=True)
    for loop_facts in out.loops:
        loop_facts.blockers.append(
            Blocker(
                "S2S210",
                "the dependence analysis of the nest needs too many steps",
                loop_facts.loop.stmt.span,
                "split the nest, or simplify its subscripts",
            )
        )
    return out


class DependenceAnalysis:
    """The analysis of one nest; by default it rests on nothing that is not proved."""

    def __init__(self, nest: Nest, facts: Facts, assuming: Assuming = Assuming.NOTHING) -> None:
        self.nest = nest
        self._facts = facts
        self._subscripts = Subscripts(nest, facts, assuming)
        self._extra: tuple[str, ...] = tuple(nest.context)
        self._conflicts: set[frozenset[MemoryObject]] = set()
        self.objects = self._group()
        self._nonlinear = NonlinearTest(nest, self._extra)
        self.relations = {o: Relations(self, refs) for o, refs in self.objects.items()}
        self._inside: dict[NestLoop, isl.UnionSet] = {}
        self._domains: isl.UnionSet | None = None
        self._partitions: dict[MemoryObject, list[Relations]] = {}
        self._schedule: isl.UnionMap | None = None

    # -- text to isl -----------------------------------------------------------------------------

    @property
    def domains(self) -> isl.UnionSet:
        """The iteration domains of all statements."""
        if self._domains is None:
            out = isl.UnionSet("{ }")
            for s in self.nest.statements:
                points = set_of(tuple(x.atom for x in s.loops), self._domain(s))
                out = out.union(points.set_tuple_name(f"S{s.index}").to_union_set())
            self._domains = out
        return self._domains

    def _domain(self, statement: NestStatement) -> str:
        parts = [loop.domain for loop in statement.loops if loop.domain]
        parts += statement.conditions
        parts += self._extra
        return " and ".join(f"({p})" for p in parts) or "1 = 1"

    def union_map(self, lines: list[str]) -> isl.UnionMap:
        """Return the union of maps given as text, restricted to the statements' domains."""
        lines = list(dict.fromkeys(lines))
        maps = isl.UnionMap(f"{parameter_prefix(lines)}{{ {' ; '.join(lines)} }}")
        return maps.intersect_domain(self.domains)

    @property
    def schedule(self) -> isl.UnionMap:
        """The original execution order (2d+1 form)."""
        if self._schedule is None:
            depth = max((len(s.loops) for s in self.nest.statements), default=0)
            lines = []
            for s in self.nest.statements:
                time: list[str] = []
                for level in range(depth):
                    time.append(str(s.position[level]) if level < len(s.position) else "0")
                    if level < len(s.loops):
                        sign = "" if s.loops[level].step > 0 else "-"
                        time.append(sign + s.loops[level].atom)
                    else:
                        time.append("0")
                time.append(str(s.position[depth]) if depth < len(s.position) else "0")
                names = ",".join(loop.atom for loop in s.loops)
                lines.append(f"S{s.index}[{names}] -> [{','.join(time)}]")
            self._schedule = isl.UnionMap(f"{{ {' ; '.join(lines)} }}")
        return self._schedule

    # -- objects ---------------------------------------------------------------------------------

    def _group(self) -> dict[MemoryObject, list[Reference]]:
        """Group accesses by object; make their subscripts affine or unknown."""
        groups: dict[MemoryObject, list[Reference]] = {}
        for statement in self.nest.statements:
            for access in statement.accesses:
                groups.setdefault(access.target, []).append(Reference(statement, access))
        merge_prefixes(groups)
        for target, references in groups.items():
            self._subscripts.make_affine(target, references)
        self._extra += self._subscripts.known
        return groups

    # -- loops -----------------------------------------------------------------------------------

    def run(self) -> NestFacts:
        """Analyse all loops."""
        loops = [self._loop(loop) for loop in self.nest.loops]
        # only the root of a parallel nest can become a region, for which this matters
        exact = bool(loops) and loops[0].is_parallel
        exposed = {o for o in self.objects if not exact or self._is_exposed(o)}
        assumed = self._subscripts.assumptions
        return NestFacts(self.nest, loops, self.objects, exposed, self._extra, assumed)

    def describe(self) -> NestFacts:
        """Only group the references."""
        return NestFacts(
            self.nest, [], self.objects, set(), self._extra, self._subscripts.assumptions
        )

    def _is_exposed(self, target: MemoryObject) -> bool:
        references = self.objects[target]
        if all(r.access.is_write for r in references):
            return False
        if not any(r.access.is_write for r in references):
            return True
        for part in self._parts(target):
            if all(r.access.is_write for r in part.references):
                continue
            if not any(part.is_must(r) for r in part.references if r.access.is_write):
                return True
            if not part.get("no source").is_empty():
                return True
        return False

    def _loop(self, loop: NestLoop) -> LoopFacts:
        out = LoopFacts(loop, blockers=list(loop.blockers))
        inside = self.nest.inside(loop)
        if out.blockers or loop.in_callee:
            out.verdict = Verdict.SERIAL
            return out
        self._aliases(inside, out)
        if not inside:
            return out
        out.extrema = [e for e in self.nest.extrema if only_keeps(e, loop, self.objects)]
        kept = {s for e in out.extrema for s in e.symbols}
        carried = LazyOrder(lambda: self.order(loop))
        written: list[tuple[MemoryObject, list[Reference]]] = []
        for target, references in self.objects.items():
            mine = [r for r in references if loop in r.statement.loops]
            if not any(r.access.is_write for r in mine) or target.symbol in loop.local_symbols:
                continue
            if target.symbol in kept:
                continue
            unknown = [r for r in mine if r.access.is_write and r.access.subscripts is None]
            if unknown:  # whatever it writes, the next iteration may write again
                place = unknown[0].access.span
                out.dependences.append(Dependence("output", target, place, place, "unknown"))
                break
            written.append((target, mine))
        for target, mine in sorted(written, key=lambda item: len(item[1])):
            if out.dependences:
                break  # one is enough
            self._object(target, mine, carried, out)
        if out.dependences or out.blockers:
            out.verdict = Verdict.SERIAL
        elif out.reductions or out.updates or out.extrema:
            out.verdict = Verdict.REDUCTION
        return out

    def order(self, loop: NestLoop) -> Order:
        """Return the means to ask whether a relation is carried by ``loop``."""
        kept = loop.depth + 1
        prefixes = isl.UnionMap("{ }")
        for s in self.nest.inside(loop):
            one = first_coordinates(len(s.loops), kept)
            prefixes = prefixes.add_map(one.set_tuple_name(isl.dim_type.in_, f"S{s.index}"))
        return Order(prefixes, later_in_last(kept, loop.step > 0))

    def _object(
        self,
        target: MemoryObject,
        mine: list[Reference],
        carried: LazyOrder,
        out: LoopFacts,
    ) -> None:
        relations = self.relations[target]
        if (
            all(r.access.is_write for r in relations.references)
            and not target.path
            and (relations.dimensions == 0)
        ):
            iterator = any(x.symbol is target.symbol for x in self.nest.loops)
            if iterator or carried().carries(relations.get("memory")):
                out.private.add(target)  # never read in the nest
            return
        if not any(not r.access.is_write for r in mine) and relations.dimensions == 0:
            out.private.add(target)
            self._note_live(target, out.loop, relations, out)
            return
        if apart_by_construction(mine, out.loop) or self._nonlinear.keeps_apart(mine, out.loop):
            return
        if relations.dimensions == 0 and set_first(relations.references, out.loop):
            out.private.add(target)
            return
        parts = self._parts(target)
        if len(parts) > 1:
            parts = [p for p in parts if any(loop_of is out.loop for r in p.references
                                             for loop_of in r.statement.loops)]  # fmt: skip
            if not any(carried().carries(p.get("memory")) for p in parts):
                return
            if all(self._is_privatizable(target, out.loop, p, carried()) for p in parts):
                self._privatize(target, mine, parts, carried(), out)
                return
        elif not carried().carries(relations.get("representative memory")):
            return
        operators = {r.access.reduction for r in mine if r.access.reduction}
        if self._is_privatizable(target, out.loop, relations, carried()):
            self._privatize(target, mine, [relations], carried(), out)
            return
        if operators & {e.tag for e in self.nest.extrema}:
            operators.clear()  # the variable of an extremum is used for something else as well
        if len(operators) == 1 and not carried().carries(relations.get("plain memory")):
            group = out.reductions if relations.dimensions == 0 else out.updates
            group[target] = operators.pop()
            return
        out.dependences.append(explain(self, self.relations[target], target, mine, out.loop))

    def _parts(self, target: MemoryObject) -> list[Relations]:
        """Split an object by the dimensions in which every subscript is a constant.

        Elements that differ in such a dimension have nothing to do with each other, and isl is
        much faster on several small problems than on a large one.
        """
        found = self._partitions.get(target)
        if found is None:
            references = self.relations[target].references
            found = [Relations(self, part) for part in by_constants(references)]
            if len(found) == 1:
                found = [self.relations[target]]
            self._partitions[target] = found
        return found

    def _instances(self, loop: NestLoop) -> isl.UnionSet:
        found = self._inside.get(loop)
        if found is None:
            found = self._inside[loop] = instances(self.nest.inside(loop))
        return found

    def _statement_flow(self, relations: Relations) -> isl.UnionMap:
        """Return the flow dependences between statement instances."""
        return relations.get("flow").uncurry().domain().unwrap()

    def _is_privatizable(
        self, target: MemoryObject, loop: NestLoop, relations: Relations, order: Order
    ) -> bool:
        """No value crosses iterations and none comes from before the loop."""
        if target.path.count("*") > 1:
            return False
        between = self._statement_flow(relations)
        if order.carries(between):
            return False
        inside = self._instances(loop)
        if not between.intersect_range(inside).subtract_domain(inside).is_empty():
            return False
        return bool(relations.get("no source").intersect_domain(inside).is_empty())

    def _privatize(
        self,
        target: MemoryObject,
        mine: list[Reference],
        parts: list[Relations],
        order: Order,
        out: LoopFacts,
    ) -> None:
        """Make an object private, if what the loop leaves in it can be told.

        A local array that nothing reads afterwards needs nothing more. Of any other array the
        last iteration must write all that any iteration writes; else the last writers of its
        elements differ, which is an output dependence.
        """
        before = len(out.live_inside)
        for part in parts:
            self._note_live(target, out.loop, part, out)
        local = target.symbol.type.is_array and target.symbol.kind is SymbolKind.LOCAL
        lives = not local or len(out.live_inside) > before
        array = any(p.dimensions > 0 for p in parts)
        if array and lives and not all(self._last_writes_all(out.loop, p, order) for p in parts):
            out.live_inside.discard(target)
            out.dependences.append(explain(self, self.relations[target], target, mine, out.loop))
            return
        out.private.add(target)

    def _last_writes_all(self, loop: NestLoop, relations: Relations, order: Order) -> bool:
        """Whether every iteration surely writes all elements that an earlier one writes."""
        written = relations.get("writes").apply_domain(order.prefixes)
        surely = relations.get("must").apply_domain(order.prefixes)
        around = [x for x in self._chain(loop) if x.domain]
        names = tuple(x.atom for x in self._chain(loop))
        conditions = " and ".join(f"({x.domain})" for x in around) or "1 = 1"
        iterations = set_of(names, conditions).to_union_set()
        later = order.later.intersect_domain(iterations).intersect_range(iterations)
        needed = later.reverse().apply_range(written)
        return bool(needed.is_subset(surely))

    @staticmethod
    def _chain(loop: NestLoop) -> list[NestLoop]:
        """Return the loops around a loop and itself, outermost first."""
        out: list[NestLoop] = []
        at: NestLoop | None = loop
        while at is not None:
            out.append(at)
            at = at.parent
        return out[::-1]

    def _note_live(
        self, target: MemoryObject, loop: NestLoop, relations: Relations, out: LoopFacts
    ) -> None:
        """Note that a private object's last value is read later in the nest."""
        inside = self._instances(loop)
        between = self._statement_flow(relations)
        if not between.intersect_domain(inside).subtract_range(inside).is_empty():
            out.live_inside.add(target)

    # -- aliasing --------------------------------------------------------------------------------

    def _aliases(self, inside: list[NestStatement], out: LoopFacts) -> None:
        """Collect pairs of objects that may overlap and of which one is written."""
        seen: dict[MemoryObject, tuple[bool, CType]] = {}
        for target, references in self.objects.items():
            mine = [r for r in references if r.statement in inside]
            if mine and target.symbol not in out.loop.local_symbols:
                written = any(r.access.is_write for r in mine)
                seen[target] = (written, mine[0].access.element)
        items = list(seen.items())
        for i, (first, (written1, type1)) in enumerate(items):
            for second, (written2, type2) in items[i + 1 :]:
                if not (written1 or written2):
                    continue
                if self._facts.aliases.disjoint(first, second, (type1, type2)):
                    continue
                out.alias_pairs.add(frozenset({first, second}))
