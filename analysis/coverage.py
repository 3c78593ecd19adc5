# SPDX-License-Identifier: Apache-2.0
"""Which elements of an array loops surely write: what decides between ``from`` and ``tofrom``.

One element too many would come back from the device as garbage, so only references that happen
whatever the data are count, and what isl cannot settle within its budget is not covered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import islpy as isl

from s2s.analysis.delinearize import stride_sizes
from s2s.analysis.dependence import NestFacts
from s2s.analysis.extents import Section, domain_text, image, known_constraints, union
from s2s.analysis.facts import Effects, Facts
from s2s.analysis.isl_bridge import BUDGET, BudgetExceeded, budget, parameters_in, set_of
from s2s.analysis.nest import MemoryObject, Nest
from s2s.analysis.polynomial import Monomial, Polynomial
from s2s.analysis.relations import Reference
from s2s.analysis.values import NotAffine, ValueReader
from s2s.ir.program import (
    DeclStmt,
    Expr,
    Function,
    IntLiteral,
    Ref,
    Variable,
    walk_expression,
    walk_statements,
)
from s2s.ir.types import CType, Symbol

_ONE = Polynomial.constant_of(1)


@dataclass(frozen=True, slots=True)
class Elements:
    """Elements of one object in the subscripts of its (recovered) dimensions.

    ``constraints`` are facts about the parameters (isl text) that the subscripts rest on.
    """

    points: isl.Set
    dimensions: int
    strides: tuple[Monomial, ...] | None
    constraints: tuple[str, ...]

    @property
    def atoms(self) -> frozenset[str]:
        """The parameters that are mentioned, in the constraints too."""
        names = {
            str(self.points.get_dim_name(isl.dim_type.param, i))
            for i in range(self.points.dim(isl.dim_type.param))
        }
        names.update(parameters_in(self.constraints))
        return frozenset(atom for name in names for atom in name.split("__"))

    def fits(self, other: Elements) -> bool:
        """Whether both speak of the same dimensions."""
        return self.dimensions == other.dimensions and self.strides == other.strides


def written_elements(facts: NestFacts, target: MemoryObject) -> Elements | None:
    """Return what a nest surely writes of an object, None when nothing is sure."""
    references = facts.references.get(target, [])
    dimensions = max((len(r.access.subscripts or ()) for r in references), default=0)
    sure = [
        r for r in references
        if r.access.is_write and r.access.must and r.statement.exact
        and r.access.subscripts is not None and len(r.access.subscripts) == dimensions
    ]  # fmt: skip
    return _elements(facts, target, sure, dimensions)


def read_elements(facts: NestFacts, target: MemoryObject) -> Elements | None:
    """Return all that a nest may read of an object, None when that cannot be told."""
    reads = [r for r in facts.references.get(target, []) if not r.access.is_write]
    dimensions = max((len(r.access.subscripts or ()) for r in reads), default=0)
    for reference in reads:
        subscripts = reference.access.subscripts
        if subscripts is None or len(subscripts) != dimensions or None in subscripts:
            return None
        free = {x.atom for x in reference.statement.loops if not x.domain}
        if any(free & s.atoms for s in subscripts if s is not None):
            return None
    return _elements(facts, target, reads, dimensions)


def _elements(
    facts: NestFacts, target: MemoryObject, references: Iterable[Reference], dimensions: int
) -> Elements | None:
    parts: dict[tuple[object, ...], isl.Set] = {}
    for reference in references:
        names = tuple(x.atom for x in reference.statement.loops)
        domain = domain_text(facts, reference)
        subscripts = reference.access.subscripts
        if subscripts is not None and (subscripts, names, domain) not in parts:
            parts[subscripts, names, domain] = image(facts, names, domain, subscripts)
    points = union(parts.values())
    if points is None or dimensions == 0:
        return None
    strides = facts.nest.strides.get(target)
    return Elements(points, dimensions, strides, tuple(known_constraints(facts)))


def covers(
    facts: NestFacts,
    target: MemoryObject,
    section: Section,
    function: Function,
    file: Facts,
) -> bool:
    """Whether a nest surely writes every element of a section (all inner dimensions)."""
    written = written_elements(facts, target)
    return written is not None and together_cover([written], target.symbol, section, function, file)


def together_cover(
    parts: list[Elements], symbol: Symbol, section: Section, function: Function, file: Facts
) -> bool:
    """Whether what several nests surely write is all of a section.

    The parameters must mean the same in all of them.
    """
    first = parts[0]
    parts = [p for p in parts if p.fits(first)]
    whole = _whole(parts, symbol, section, function, file)
    if whole is None:
        return False
    try:
        with budget(BUDGET):
            written = union(p.points for p in parts)
            return written is not None and bool(whole.is_subset(written))
    except BudgetExceeded:
        return False


def within(inner: Elements, parts: list[Elements], file: Facts) -> bool:
    """Whether all of some elements are among those of several parts."""
    parts = [p for p in parts if p.fits(inner)]
    if not parts:
        return False
    atoms = inner.atoms.union(*(p.atoms for p in parts))
    context = set_of((), " and ".join(_values(atoms, file)) or "1 = 1").params()
    try:
        with budget(BUDGET):
            outer = union(p.points for p in parts)
            points = inner.points.intersect_params(context)
            return outer is not None and bool(points.is_subset(outer))
    except BudgetExceeded:
        return False


def _whole(
    parts: list[Elements], symbol: Symbol, section: Section, function: Function, file: Facts
) -> isl.Set | None:
    """Return all elements of a section."""
    dimensions, strides = parts[0].dimensions, parts[0].strides
    names = tuple(f"x{i}" for i in range(dimensions))
    try:
        declared = [s.to_isl(frozenset()) for s in row_sizes(symbol, function, file)]
        sizes = [*(stride_sizes(strides) if strides else ()), *declared]
        if len(sizes) != dimensions - 1:
            return None
        if strides is None:
            bounds = section.lower.to_isl(frozenset()), section.upper.to_isl(frozenset())
        else:
            box = _linear_box(section, strides)
            if box is None:
                return None
            bounds = box
    except ValueError:
        return None
    conditions = [f"{bounds[0]} <= x0 <= {bounds[1]}"]
    conditions += [f"0 <= x{i + 1} < {size}" for i, size in enumerate(sizes)]
    conditions += [f"({c})" for p in parts for c in p.constraints]
    atoms = section.atoms.union(*(p.atoms for p in parts))
    return set_of(names, " and ".join([*conditions, *_values(atoms, file)]))


def _values(atoms: Iterable[str], file: Facts) -> list[str]:
    """Return the values of macro constants as isl constraints."""
    known = {a: file.parameters.get(a).value for a in atoms}
    return [f"{a} = {value}" for a, value in sorted(known.items()) if value is not None]


def _linear_box(section: Section, strides: tuple[Monomial, ...]) -> tuple[str, str] | None:
    """Return bounds of the first recovered dimension when a section is whole rows."""
    low, rest_low = section.lower.divided_by(strides[0])
    after, rest_high = (section.upper + _ONE).divided_by(strides[0])
    if rest_low.terms or rest_high.terms:
        return None
    return low.to_isl(frozenset()), (after - _ONE).to_isl(frozenset())


def inner_types(symbol: Symbol) -> list[CType]:
    """Return the array types of all declared dimensions but the first."""
    out: list[CType] = []
    at = symbol.type.element
    while at is not None and at.is_array:
        out.append(at)
        at = at.element
    return out


def row_sizes(symbol: Symbol, function: Function, file: Facts) -> list[Polynomial]:
    """Return the sizes of all declared dimensions but the first; empty when one is not known.

    A size that is an expression counts if the function never changes what it reads: it was
    evaluated where the array is declared.
    """
    types = inner_types(symbol)
    if all(t.extent is not None for t in types):
        return [Polynomial.constant_of(t.extent or 0) for t in types]
    variable = _declaration(symbol, function)
    if variable is None or symbol.type.scalar_element.is_pointer:
        return []
    shape = variable.shape
    if symbol.type.is_array or len(shape) == len(types) + 1:
        shape = shape[1:]
    if len(shape) != len(types):
        return []  # a typedef holds some of the dimensions
    reader = ValueReader(Nest(function, function.body), Effects(), file)
    out: list[Polynomial] = []
    for ctype, expression in zip(types, shape, strict=True):
        size = _size(ctype, expression, reader, function, file)
        if size is None:
            return []
        out.append(size)
    return out


def _declaration(symbol: Symbol, function: Function) -> Variable | None:
    for parameter in function.parameters:
        if parameter.symbol is symbol:
            return parameter
    for stmt in walk_statements(function.body):
        if isinstance(stmt, DeclStmt):
            for variable in stmt.variables:
                if variable.symbol is symbol:
                    return variable
    return None


def _size(
    ctype: CType, expression: Expr | None, reader: ValueReader, function: Function, file: Facts
) -> Polynomial | None:
    """Return the size of one dimension, from its type and from what is written."""
    if expression is None:
        return None
    if ctype.extent is not None:
        literal = isinstance(expression, IntLiteral) and expression.value == ctype.extent
        return Polynomial.constant_of(ctype.extent) if literal else None
    parameters = {p.symbol for p in function.parameters}
    for part in walk_expression(expression):
        if not isinstance(part, Ref):
            continue
        allowed = 0 if part.symbol in parameters else 1
        if part.symbol.is_global or file.assignment_count(function, part.symbol) > allowed:
            return None
    try:
        return reader.value(expression)
    except NotAffine:
        return None
