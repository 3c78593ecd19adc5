# SPDX-License-Identifier: Apache-2.0
"""Access relations of a nest as isl objects, and quick answers that need no isl."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import islpy as isl

from s2s.analysis.isl_bridge import set_of
from s2s.analysis.nest import Access, Extremum, MemoryObject, Nest, NestLoop, NestStatement


@dataclass(slots=True)
class Reference:
    """An access with the statement it belongs to; its subscripts are affine or unknown."""

    statement: NestStatement
    access: Access


class NestText(Protocol):
    """What relations need of the analysis that they belong to."""

    nest: Nest

    @property
    def schedule(self) -> isl.UnionMap:
        """The original execution order."""
        ...

    def union_map(self, lines: list[str]) -> isl.UnionMap:
        """Return the union of maps given as text, restricted to the statements' domains."""
        ...


class Relations:
    """The isl relations of one object, built on demand."""

    def __init__(self, analysis: NestText, references: list[Reference]) -> None:
        self._analysis = analysis
        self.references = references
        self.dimensions = max((len(r.access.subscripts or ()) for r in references), default=0)
        self._cache: dict[str, isl.UnionMap] = {}

    def text(self, reference: Reference) -> str:
        """Return the isl text of one access relation, without the statement's domain."""
        access, statement = reference.access, reference.statement
        known = list(access.subscripts or ())
        known += [None] * (self.dimensions - len(known))
        iterators = self._analysis.nest.iterators
        subscripts = []
        for position, subscript in enumerate(known):
            if subscript is None:
                subscripts.append(f"u{position}")
            else:
                subscripts.append(subscript.to_isl(iterators))
        names = ",".join(loop.atom for loop in statement.loops)
        conditions = [*access.guards, access.bounds] if access.bounds else access.guards
        guards = f" : {' and '.join(f'({c})' for c in conditions)}" if conditions else ""
        return f"S{statement.index}[{names}] -> A[{','.join(subscripts)}]{guards}"

    def is_must(self, reference: Reference) -> bool:
        """Whether the access happens in every instance of its statement."""
        access = reference.access
        known = len(access.subscripts or ()) == self.dimensions
        return access.must and reference.statement.exact and known

    def get(self, name: str) -> isl.UnionMap:
        """Return a relation by name (see the body).

        ``representative memory`` has a pair of iterations if and only if ``memory`` has, but not
        for every pair of statements.
        """
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = self._make(name)
        return found

    def _select(self, name: str, references: list[Reference] | None = None) -> isl.UnionMap:
        wanted = []
        for reference in self.references if references is None else references:
            access = reference.access
            keep = {
                "reads": not access.is_write,
                "writes": access.is_write,
                "must": access.is_write and self.is_must(reference),
                "may": access.is_write and not self.is_must(reference),
                "plain reads": not access.is_write and not access.reduction,
                "plain writes": access.is_write and not access.reduction,
                "updates": bool(access.reduction),
            }[name]
            if keep:
                wanted.append(self.text(reference))
        return self._analysis.union_map(wanted)

    def _make(self, name: str) -> isl.UnionMap:
        if name == "memory":
            reads, writes = self.get("reads"), self.get("writes")
            out = pairs(writes, reads).union(pairs(reads, writes))
            return out.union(pairs(writes, writes))
        if name == "representative memory":
            some = representatives(self.references)
            if len(some) == len(self.references):
                return self.get("memory")
            return Relations(self._analysis, some).get("memory")
        if name == "plain memory":
            return self._plain_memory()
        if name in ("flow", "no source"):
            relevant = self.references if self.dimensions else without_local_uses(self.references)
            info = isl.UnionAccessInfo.from_sink(self._select("reads", relevant))
            info = info.set_must_source(self._select("must", relevant))
            info = info.set_may_source(self._select("may", relevant))
            info = info.set_schedule_map(self._analysis.schedule)
            flow = info.compute_flow()
            # reads that may see a value from before the nest (no sure write precedes them)
            self._cache["no source"] = flow.get_may_no_source()
            self._cache["flow"] = flow.get_full_may_dependence()
            return self._cache[name]
        return self._select(name)

    def _plain_memory(self) -> isl.UnionMap:
        """Conflicts in which at least one side is not part of an update."""
        reads, writes = self.get("reads"), self.get("writes")
        plain_reads, plain_writes = self.get("plain reads"), self.get("plain writes")
        everything = reads.union(writes)
        out = pairs(plain_writes, everything).union(pairs(everything, plain_writes))
        return out.union(pairs(plain_reads, writes)).union(pairs(writes, plain_reads))


def pairs(first: isl.UnionMap, second: isl.UnionMap) -> isl.UnionMap:
    """Return the pairs of instances that touch the same element."""
    return first.apply_range(second.reverse())


def instances(statements: Iterable[NestStatement]) -> isl.UnionSet:
    """Return all conceivable instances of statements, whatever their domains are."""
    out = isl.UnionSet("{ }")
    for s in statements:
        universe = set_of(tuple(x.atom for x in s.loops), "1 = 1")
        out = out.union(universe.set_tuple_name(f"S{s.index}").to_union_set())
    return out


@dataclass(slots=True)
class Order:
    """Iteration prefixes of statement instances, and which prefix comes later in the loop."""

    prefixes: isl.UnionMap
    later: isl.UnionMap

    def carries(self, relation: isl.UnionMap) -> bool:
        """Whether a relation between statement instances crosses iterations of the loop."""
        across = relation.apply_domain(self.prefixes).apply_range(self.prefixes)
        return not across.intersect(self.later).is_empty()


class LazyOrder:
    """An order that is made when it is first needed."""

    def __init__(self, make: Callable[[], Order]) -> None:
        self._make = make
        self._value: Order | None = None

    def __call__(self) -> Order:
        """Return the order."""
        if self._value is None:
            self._value = self._make()
        return self._value


def set_first(references: list[Reference], loop: NestLoop) -> bool:
    """Whether a scalar is surely assigned before it is read in each iteration, and used nowhere
    else in the nest.

    A read is of such a value if a statement before it assigns the scalar, in the same loop body or
    in one around it, and in the same branch or in one around it.
    """
    if any(loop not in r.statement.loops for r in references):
        return False
    assigned: set[tuple[tuple[NestLoop, ...], tuple[int, ...]]] = set()
    for reference in sorted(references, key=lambda r: (r.statement.index, r.access.is_write)):
        statement, access = reference.statement, reference.access
        loops, branch = statement.loops, statement.branch
        if access.is_write:
            if access.must and not access.guards and statement.in_sequence:
                assigned.add((loops, branch))
        elif not any(
            (loops[:inside], branch[:under]) in assigned
            for inside in range(loop.depth + 1, len(loops) + 1)
            for under in range(len(branch) + 1)
        ):
            return False
    return True


def representatives(references: list[Reference]) -> list[Reference]:
    """Return one reference of each element, iterations and direction."""
    out: dict[tuple[object, ...], Reference] = {}
    for r in references:
        s = r.statement
        known = (r.access.subscripts, r.access.bounds, r.access.guards)
        key = (*known, s.loops, s.conditions, r.access.is_write)
        out.setdefault(key, r)
    return list(out.values())


def without_local_uses(references: list[Reference]) -> list[Reference]:
    """Drop uses of a scalar whose values stay within one iteration of the loops around them.

    These are reads after a sure write in the same loop body, and sure writes that another one
    in the same loop body follows. No loop carries such a value, none of it comes from before the
    nest or leaves a loop, so for questions about flow the rest says the same in fewer words.
    """
    out: list[Reference] = []
    current: tuple[NestLoop, ...] | None = None
    for reference in sorted(references, key=lambda r: (r.statement.index, r.access.is_write)):
        statement, access = reference.statement, reference.access
        here = current == statement.loops
        if not access.is_write:
            if not here:
                out.append(reference)
                current = None
        elif access.must and not access.guards and statement.exact and not statement.conditions:
            if here:
                out.pop()
            out.append(reference)
            current = statement.loops
        else:
            out.append(reference)
            current = None
    return out


def by_constants(references: list[Reference]) -> list[list[Reference]]:
    """Group references by the constant subscripts that they all have."""
    dimensions = {len(r.access.subscripts or ()) for r in references}
    if len(dimensions) != 1 or len(references) < 8:
        return [references]
    size = dimensions.pop()
    constant = [
        d for d in range(size)
        if all((s := (r.access.subscripts or ())[d]) is not None and s.is_constant
               for r in references)
    ]  # fmt: skip
    groups: dict[tuple[object, ...], list[Reference]] = {}
    for reference in references:
        subscripts = reference.access.subscripts or ()
        groups.setdefault(tuple(subscripts[d] for d in constant), []).append(reference)
    return list(groups.values())


def apart_by_construction(references: list[Reference], loop: NestLoop) -> bool:
    """Whether one dimension alone keeps iterations apart.

    That is so when all references have the same subscript ``c * i + e`` there, ``i`` the loop's
    iterator, ``c`` a constant that is not zero and ``e`` free of iterators of inner loops.
    """
    dimensions = {len(r.access.subscripts or ()) for r in references}
    if len(dimensions) != 1:
        return False
    for position in range(dimensions.pop()):
        first = (references[0].access.subscripts or ())[position]
        if first is None or loop.atom not in first.atoms:
            continue
        if any((r.access.subscripts or ())[position] != first for r in references[1:]):
            continue
        factor = first.coefficient(loop.atom)
        inner = {x.atom for r in references for x in r.statement.loops if x.depth > loop.depth}
        if factor.is_constant and not inner & first.atoms:
            return True
    return False


def only_keeps(
    extremum: Extremum, loop: NestLoop, objects: dict[MemoryObject, list[Reference]]
) -> bool:
    """Whether a loop uses the variables of an extremum and its places for nothing else."""
    for symbol in extremum.symbols:
        mine = [r for r in objects.get(MemoryObject(symbol), []) if loop in r.statement.loops]
        if not mine or symbol in loop.local_symbols:
            return False
        if any(r.access.reduction != extremum.tag for r in mine):
            return False
    return True


def is_affine(access: Access, iterators: frozenset[str]) -> bool:
    """Whether all known subscripts are affine."""
    return all(s is None or s.is_affine_in(iterators) for s in access.subscripts or ())


def merge_prefixes(groups: dict[MemoryObject, list[Reference]]) -> None:
    """Let an access of a whole struct conflict with the accesses of its fields."""
    for target in sorted(groups, key=lambda o: len(o.path)):
        for other in list(groups):
            same_symbol = other.symbol is target.symbol and other != target
            inner = other.path[len(target.path) :]
            if not same_symbol or other.path[: len(target.path)] != target.path or "*" in inner:
                continue
            if target not in groups:
                continue
            for reference in groups.pop(other):
                access = reference.access
                dimensions = max(
                    (len(r.access.subscripts or ()) for r in groups[target]), default=0
                )
                known = access.subscripts
                cut = None if known is None else known[:dimensions]
                reference.access = replace(
                    access, target=target, subscripts=cut, reduction="", must=False
                )
                groups[target].append(reference)
