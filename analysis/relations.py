# SPDX-License-Identifier: Apache-2.0
"""Access relations of a nest as isl objects, and quick answers that need no isl."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import islpy as isl

from s2s.analysis.nest import Access, MemoryObject, Nest, NestLoop, NestStatement


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

    def domain(self, statement: NestStatement) -> str:
        """Return the isl text of a statement's iteration domain."""
        ...

    def union_map(self, lines: list[str]) -> isl.UnionMap:
        """Return the union of maps given as text."""
        ...


class Relations:
    """The isl relations of one object, built on demand."""

    def __init__(self, analysis: NestText, references: list[Reference]) -> None:
        self._analysis = analysis
        self.references = references
        self.dimensions = max((len(r.access.subscripts or ()) for r in references), default=0)
        self._cache: dict[str, isl.UnionMap] = {}

    def text(self, reference: Reference) -> str:
        """Return the isl text of one access relation."""
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
        domain = " and ".join(
            [self._analysis.domain(statement), *(f"({g})" for g in access.guards)]
        )
        return f"S{statement.index}[{names}] -> A[{','.join(subscripts)}] : {domain}"

    def is_must(self, reference: Reference) -> bool:
        """Whether the access happens in every instance of its statement."""
        access = reference.access
        known = len(access.subscripts or ()) == self.dimensions
        return access.must and reference.statement.exact and known

    def get(self, name: str) -> isl.UnionMap:
        """Return a relation by name (see the body)."""
        found = self._cache.get(name)
        if found is None:
            found = self._cache[name] = self._make(name)
        return found

    def _select(self, name: str) -> isl.UnionMap:
        wanted = []
        for reference in self.references:
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
        if name == "plain memory":
            return self._plain_memory()
        if name in ("flow", "no source"):
            info = isl.UnionAccessInfo.from_sink(self.get("reads"))
            info = info.set_must_source(self.get("must"))
            info = info.set_may_source(self.get("may"))
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

    Either the first statement that mentions it stands directly in the loop's body and assigns it
    unconditionally, or it is mentioned only in inner loops for each of which the same holds.
    """
    if any(loop not in r.statement.loops for r in references):
        return False
    ordered = sorted(references, key=lambda r: (r.statement.index, r.access.is_write))
    return _self_contained(ordered, loop.depth)


def _self_contained(references: list[Reference], depth: int) -> bool:
    first = references[0]
    statement, access = first.statement, first.access
    if len(statement.loops) == depth + 1:
        return (
            access.is_write
            and access.must
            and not access.guards
            and statement.exact
            and not statement.conditions
        )
    inner: dict[NestLoop, list[Reference]] = {}
    for reference in references:
        if len(reference.statement.loops) <= depth + 1:
            return False
        inner.setdefault(reference.statement.loops[depth + 1], []).append(reference)
    return all(_self_contained(part, depth + 1) for part in inner.values())


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
