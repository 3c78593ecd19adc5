# SPDX-License-Identifier: Apache-2.0
"""What a region of code needs from the data environment: its arrays, their sections, directions.

Used for candidate target regions and for host code that stands between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from s2s.analysis.assumptions import Assumption
from s2s.analysis.coverage import covers
from s2s.analysis.dependence import NestFacts
from s2s.analysis.extents import Section, known_length, section_of
from s2s.analysis.facts import Facts, ParameterNames
from s2s.analysis.nest import MemoryObject
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.relations import Reference
from s2s.analysis.whole_arrays import whole_pointee
from s2s.ir.program import DeclStmt, For, Function, Stmt, walk_statements
from s2s.ir.types import Symbol, TypeKind
from s2s.source import Span


@dataclass(frozen=True, slots=True)
class ArrayUse:
    """How a region uses one variable that has to be mapped.

    ``section`` is None for the whole variable. ``exposed``: some read may see a value from before
    the region. ``covered``: every element of the section is surely written.
    ``problem`` says why it cannot be mapped.
    """

    symbol: Symbol
    reads: bool
    writes: bool
    exposed: bool
    covered: bool
    section: Section | None
    span: Span
    problem: str = ""


@dataclass(slots=True)
class RegionUses:
    """The mapped variables of a region by symbol, and the scalars that it assigns.

    ``unresolved``: it also touches something that could not be told. All that is said rests on
    ``assumptions``, which are to be tested at run time.
    """

    arrays: dict[Symbol, ArrayUse] = field(default_factory=dict)
    assigned_scalars: set[Symbol] = field(default_factory=set)
    read_scalars: set[Symbol] = field(default_factory=set)
    objects: set[MemoryObject] = field(default_factory=set)
    unresolved: bool = False
    assumptions: frozenset[Assumption] = frozenset()

    @property
    def written(self) -> set[Symbol]:
        """The variables whose memory the region writes."""
        return {s for s, use in self.arrays.items() if use.writes}

    @property
    def sections(self) -> dict[Symbol, Section | None]:
        """What the region uses of each variable."""
        return {s: use.section for s, use in self.arrays.items()}


def region_uses(function: Function, root: Stmt, nest: NestFacts, facts: Facts) -> RegionUses:
    """Collect the uses of variables that live outside ``root``."""
    own = declared_in(root)
    out = RegionUses(
        unresolved=bool(nest.nest.unresolved) or nest.exceeded,
        assumptions=frozenset(nest.assumptions),
    )
    groups: dict[Symbol, list[tuple[MemoryObject, list[Reference]]]] = {}
    for target, references in nest.references.items():
        if target.symbol in own:
            continue
        if not target.path and not _is_aggregate(target.symbol):
            if any(r.access.is_write for r in references):
                out.assigned_scalars.add(target.symbol)
            if any(not r.access.is_write for r in references):
                out.read_scalars.add(target.symbol)
            continue
        out.objects.add(target)
        groups.setdefault(target.symbol, []).append((target, references))
    for symbol, parts in groups.items():
        out.arrays[symbol] = _use(function, symbol, parts, nest, facts, root)
    return out


def declared_in(root: Stmt) -> set[Symbol]:
    """Return the variables that are declared inside a statement."""
    return {v.symbol for s in walk_statements(root) if isinstance(s, DeclStmt) for v in s.variables}


def _is_aggregate(symbol: Symbol) -> bool:
    return symbol.type.is_array or symbol.type.kind in (TypeKind.STRUCT, TypeKind.UNION)


def _use(
    function: Function,
    symbol: Symbol,
    parts: list[tuple[MemoryObject, list[Reference]]],
    nest: NestFacts,
    facts: Facts,
    root: Stmt,
) -> ArrayUse:
    references = [r for _, refs in parts for r in refs]
    reads = any(not r.access.is_write for r in references)
    writes = any(r.access.is_write for r in references)
    exposed = any(t in nest.exposed for t, _ in parts)
    problem = ""
    for target, _ in parts:
        if target.is_behind_stored_pointer:
            problem = f"'{target.text}' is reached through a pointer that is stored in memory"
    section = _hull(function, symbol, parts, nest, facts, root) if not problem else None
    unknown = section is not None and section.conditional and section.flag is None
    if unknown and isinstance(root, For):
        problem = f"'{symbol.name}' is used only on a condition that the loop does not change"
    elif section is None and symbol.type.is_pointer and not problem:
        problem = f"how much of '{symbol.name}' is used cannot be told"
    covered = False
    if writes and len(parts) == 1 and parts[0][0].path in ((), ("*",)):
        covered = _covered(function, parts[0][0], section, nest, facts)
    return ArrayUse(
        symbol, reads, writes, exposed, covered, section, references[0].access.span, problem
    )


def _hull(
    function: Function,
    symbol: Symbol,
    parts: list[tuple[MemoryObject, list[Reference]]],
    nest: NestFacts,
    facts: Facts,
    root: Stmt,
) -> Section | None:
    """Return the section of a pointer or array; None for the whole variable.

    What is touched on a condition only is left to what is known of the array's length.
    """
    if not (symbol.type.is_pointer or symbol.type.is_array):
        return None
    sections = [section_of(nest, t, refs) for t, refs in parts]
    if all(s is not None for s in sections):
        hull = union_of([s for s in sections if s is not None])
        if hull is not None and not hull.conditional:
            return None if _is_whole(symbol, hull) else hull
    else:
        hull = None
    if symbol.type.is_array:
        return None
    return whole_pointee(function, symbol, root, facts) or hull


def _is_whole(symbol: Symbol, section: Section) -> bool:
    extent = symbol.type.extent if symbol.type.is_array else None
    return extent is not None and (
        section.lower == Polynomial() and section.length == Polynomial.constant_of(extent)
    )


def is_all_of(symbol: Symbol, section: Section | None, names: ParameterNames) -> bool:
    """Whether a section is all of a declared array, or of another variable that is no pointer."""
    if section is None:
        return not symbol.type.is_pointer
    extent = symbol.type.extent if symbol.type.is_array else None
    starts = section.lower == Polynomial()
    return extent is not None and starts and known_length(names, section.length) == extent


def whole_of(symbol: Symbol, section: Section | None) -> Section | None:
    """Return a section as bounds, also when it is the whole array (None if that is not known)."""
    if section is not None:
        return section
    if not symbol.type.is_array or symbol.type.extent is None:
        return None
    return Section(Polynomial(), Polynomial.constant_of(symbol.type.extent - 1))


def _covered(
    function: Function,
    target: MemoryObject,
    section: Section | None,
    nest: NestFacts,
    facts: Facts,
) -> bool:
    bounds = whole_of(target.symbol, section)
    return bounds is not None and covers(nest, target, bounds, function, facts)


def union_of(sections: Iterable[Section]) -> Section | None:
    """Return the hull of sections whose bounds differ by constants (None otherwise)."""
    out: Section | None = None
    for section in sections:
        if out is None:
            out = section
            continue
        lower = _extreme(out.lower, section.lower, smallest=True)
        upper = _extreme(out.upper, section.upper, smallest=False)
        if lower is None or upper is None:
            return None
        rows = tuple(dict.fromkeys((*out.rows, *section.rows)))
        conditional = out.conditional or section.conditional
        flag = out.flag if out.flag == section.flag else None
        out = Section(lower, upper, max(out.minimum, section.minimum), rows, conditional, flag)
    return out


def _extreme(first: Polynomial, second: Polynomial, *, smallest: bool) -> Polynomial | None:
    """Return the smaller (larger) of two bounds; None when that depends on parameters."""
    difference = second - first
    larger = _is_nonnegative(difference)
    smaller = _is_nonnegative(-difference)
    if not larger and not smaller:
        return None
    if smallest:
        return first if larger else second
    return second if larger else first


def _is_nonnegative(value: Polynomial) -> bool:
    """Whether a value is at least 0 when every parameter, being a size, is at least 1."""
    return all(c > 0 for m, c in value.terms if m) and sum(c for _, c in value.terms) >= 0
