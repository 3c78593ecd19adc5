# SPDX-License-Identifier: Apache-2.0
"""Array sections: what exactly a nest touches of each array, as C text.

The hull of the accesses in the first dimension is computed with isl; linearized accesses are put
together from the bounds of their recovered dimensions. Sections are half-open element ranges
``[lower, lower + length)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import islpy as isl

from s2s.analysis.dependence import NestFacts
from s2s.analysis.facts import ParameterNames
from s2s.analysis.flags import Flag, flag_of
from s2s.analysis.isl_bridge import parameter_prefix, set_of
from s2s.analysis.nest import MemoryObject, Nest
from s2s.analysis.polynomial import Monomial, Polynomial
from s2s.analysis.relations import Reference
from s2s.ir.types import Symbol

_NAME = re.compile(r"\w+")
_ONE = Polynomial.constant_of(1)


@dataclass(frozen=True, slots=True)
class Section:
    """Elements ``lower … upper`` (inclusive) of the first dimension.

    The bounds are those for parameters of at least ``minimum``, and for ``rows`` (the lengths
    of what is touched of each inner dimension) that are not empty. ``conditional`` tells that
    nothing of it may be touched though the loops run (``if (mode == 1)``): the array need not be
    that long then. ``flag`` is the condition, None when it cannot be written.
    """

    lower: Polynomial
    upper: Polynomial
    minimum: int = field(default=1, compare=False)
    rows: tuple[Polynomial, ...] = field(default=(), compare=False)
    conditional: bool = field(default=False, compare=False)
    flag: Flag | None = None

    @property
    def length(self) -> Polynomial:
        """The number of elements."""
        return self.upper - self.lower + _ONE

    @property
    def needs_condition(self) -> bool:
        """Whether the length may be negative, or the bounds hold only from a size on."""
        negative = any(c < 0 for _, c in self.length.terms)
        return negative or self.minimum > 1 or bool(self.rows)

    @property
    def is_plain(self) -> bool:
        """Whether the section can be named whatever the parameters are."""
        return not self.needs_condition and not self.conditional

    @property
    def atoms(self) -> frozenset[str]:
        """The parameters that the bounds and the condition mention."""
        flags = self.flag.atoms if self.flag is not None else frozenset[str]()
        return self.lower.atoms | self.upper.atoms | flags


def lengths_needed(section: Section, names: ParameterNames) -> list[Polynomial]:
    """Return what must be at least 1 for a section to have the length that it is given."""
    out: list[Polynomial] = []
    if section.minimum > 1:
        least = Polynomial.constant_of(section.minimum - 1)
        out += [
            Polynomial.atom(atom) - least
            for atom in sorted(section.atoms)
            if names.get(atom).value is None
        ]
    if any(c < 0 for _, c in section.length.terms) and known_length(names, section.length) < 0:
        out.append(section.length)
    return out + [row for row in section.rows if known_length(names, row) < 0]


def known_length(names: ParameterNames, length: Polynomial) -> int:
    """Return the value of a length over macro constants, -1 when it is not known."""
    values = {}
    for atom in length.atoms:
        value = names.get(atom).value
        if value is None:
            return -1
        values[atom] = Polynomial.constant_of(value)
    return length.substitute(values).constant


def section_of(
    facts: NestFacts, target: MemoryObject, references: Iterable[Reference]
) -> Section | None:
    """Return the hull of the references' first dimension, None when it cannot be expressed."""
    chosen = list(references)
    unconditional = [r for r in chosen if not _is_conditional(facts, r)]
    found = (
        _hull(facts, target, chosen, frozenset(map(id, unconditional))) if unconditional else None
    )
    if found is not None or len(unconditional) == len(chosen):
        return found
    found = _hull(facts, target, chosen, frozenset(map(id, chosen)))
    return None if found is None else _on_condition(facts, chosen, found)


def _hull(
    facts: NestFacts,
    target: MemoryObject,
    chosen: list[Reference],
    unconditional: frozenset[int],
) -> Section | None:
    """Return the hull; only references whose ids are ``unconditional`` extend it."""
    strides = facts.nest.strides.get(target)
    if strides is None:
        bounds = _bounds(facts, chosen, unconditional, 0)
        return None if bounds is None else Section(*bounds)
    lower, upper, minimum = Polynomial(), Polynomial(), 1
    rows: list[Polynomial] = []
    for dimension, stride in enumerate([*strides, ()]):
        bounds = _bounds(facts, chosen, unconditional, dimension)
        if bounds is None:
            return None
        factor = Polynomial.of({stride: 1})
        lower, upper = lower + bounds[0] * factor, upper + bounds[1] * factor
        minimum = max(minimum, bounds[2])
        length = bounds[1] - bounds[0] + _ONE
        if dimension and length.atoms - set(strides[dimension - 1]):
            rows.append(length)  # may be 0 although the stride is not
    return Section(lower, upper, minimum, tuple(dict.fromkeys(rows)))


def domain_text(facts: NestFacts, reference: Reference) -> str:
    """Return isl text of the iterations in which an access may happen."""
    return _all_of((*_loop_domains(facts, reference), *_conditions(reference)))


def _loop_domains(facts: NestFacts, reference: Reference) -> tuple[str, ...]:
    """Return isl constraints of the iterations that the loops around an access have."""
    domains = (loop.domain for loop in reference.statement.loops if loop.domain)
    return (*domains, *known_constraints(facts))


def _conditions(reference: Reference) -> tuple[str, ...]:
    """Return isl constraints under which those iterations make an access."""
    return (*reference.statement.conditions, *reference.access.guards)


def _invariant(reference: Reference) -> tuple[str, ...]:
    """Return those of the conditions that no iterator is part of."""
    names = {loop.atom for loop in reference.statement.loops}
    return tuple(c for c in _conditions(reference) if not names.intersection(_NAME.findall(c)))


def _all_of(constraints: Iterable[str]) -> str:
    return " and ".join(f"({c})" for c in constraints) or "1 = 1"


def known_constraints(facts: NestFacts) -> list[str]:
    """Return isl constraints on the parameters that hold whenever the nest runs."""
    unsigned = [p.name for p in facts.nest.parameters.values() if not p.type.signed]
    return [*facts.constraints, *(f"{name} >= 0" for name in unsigned)]


def _bounds(
    facts: NestFacts,
    references: list[Reference],
    unconditional: frozenset[int],
    dimension: int,
) -> tuple[Polynomial, Polynomial, int] | None:
    """Return inclusive bounds of one subscript, and the sizes from which on they hold."""
    surely: dict[tuple[object, ...], isl.Set] = {}
    maybe: dict[tuple[object, ...], isl.Set] = {}
    iterations: dict[str, isl.Set] = {}
    for reference in references:
        subscripts = reference.access.subscripts
        if subscripts is None or len(subscripts) <= dimension:
            return None
        subscript = subscripts[dimension]
        if subscript is None:
            return None
        free = {x.atom for x in reference.statement.loops if not x.domain}
        if free & subscript.atoms:
            return None
        domain = domain_text(facts, reference)
        names = tuple(loop.atom for loop in reference.statement.loops)
        is_sure = _is_sure(reference) and id(reference) in unconditional
        group = surely if is_sure else maybe
        if (subscript, names, domain) not in group:
            group[subscript, names, domain] = image(facts, names, domain, (subscript,))
        loops = _all_of((*_loop_domains(facts, reference), *_invariant(reference)))
        if group is surely and loops != domain:
            iterations.setdefault(loops, set_of(names, loops).params())
    sure, unsure = union(surely.values()), union(maybe.values())
    values = sure
    if values is None or values.is_empty():
        return None
    if unsure is not None and not _within_hull(unsure, values):
        return None  # accesses that may not happen may lie outside the array
    context, running = values.params(), union(iterations.values())
    extremes = (values.dim_min(0), values.dim_max(0))
    for minimum in (None, 1, 2, 4):
        within = context
        if minimum is not None:
            within = context.intersect(_sizes_from(facts.nest, context, minimum))
        if running is not None and not _accesses_whenever(facts.nest, running, context, minimum):
            continue
        found = [_single(v, within) for v in extremes]
        if found[0] is not None and found[1] is not None:
            return found[0], found[1], minimum or 1
    return None


def image(
    facts: NestFacts,
    names: tuple[str, ...],
    domain: str,
    subscripts: tuple[Polynomial | None, ...],
) -> isl.Set:
    """Return the elements that a reference touches."""
    texts = ",".join(s.to_isl(facts.nest.iterators) for s in subscripts if s is not None)
    places = isl.Map(f"{parameter_prefix([texts])}{{ [{','.join(names)}] -> [{texts}] }}")
    return places.intersect_domain(set_of(names, domain)).range()


def union(sets: Iterable[isl.Set]) -> isl.Set | None:
    """Return the union of sets, None for the empty one."""
    out: isl.Set | None = None
    for one in sets:
        out = one if out is None else out.union(one)
    return out


def _is_sure(reference: Reference) -> bool:
    """Whether the access happens for every iteration that its known conditions describe."""
    return reference.statement.exact and reference.access.certain


def _is_conditional(facts: NestFacts, reference: Reference) -> bool:
    """Whether a condition that no iterator is part of may keep all iterations from an access."""
    conditions = _invariant(reference)
    if not conditions:
        return False
    names = tuple(loop.atom for loop in reference.statement.loops)
    loops = _loop_domains(facts, reference)
    always = set_of(names, _all_of(loops)).params()
    return not always.is_subset(set_of(names, _all_of((*loops, *conditions))).params())


def _on_condition(facts: NestFacts, references: list[Reference], hull: Section) -> Section:
    """Return a hull with the condition without which loops that run make none of the accesses."""
    sure, wanted, always = True, [], []
    for reference in references:
        names = tuple(loop.atom for loop in reference.statement.loops)
        loops = _loop_domains(facts, reference)
        always.append(set_of(names, _all_of(loops)).params())
        if _is_sure(reference):
            conditions = (*loops, *_invariant(reference))
            wanted.append(set_of(names, _all_of(conditions)).params())
        else:
            sure = False
    made, running = union(wanted), union(always)
    if made is None or running is None:
        return replace(hull, conditional=True)
    if running.is_subset(made):
        return hull  # one branch or the other
    return replace(hull, conditional=True, flag=flag_of(made, running) if sure else None)


def _accesses_whenever(nest: Nest, running: isl.Set, context: isl.Set, minimum: int | None) -> bool:
    """Whether loops that run make an access, for all parameters with sizes of at least so much."""
    if minimum is not None:
        running = running.intersect(_sizes_from(nest, running, minimum))
    return bool(running.is_subset(context))


def _within_hull(inner: isl.Set, outer: isl.Set) -> bool:
    """Whether every value of one set lies between the extremes of another."""
    low = outer.lexmin().apply(isl.Map("{ [x] -> [y] : y >= x }"))
    high = outer.lexmax().apply(isl.Map("{ [x] -> [y] : y <= x }"))
    return bool(inner.is_subset(low.intersect(high)))


def _sizes_from(nest: Nest, context: isl.Set, minimum: int) -> isl.Set:
    """Return the parameter values in which every size is at least ``minimum``.

    For 1 nothing else is asked: a function that is called with an empty array touches nothing of
    it, and which of several empty sections is named for it does not matter. Above 1 the section
    carries the minimum, and becomes a condition of the construct.
    """
    names = [
        str(context.get_dim_name(isl.dim_type.param, i))
        for i in range(context.dim(isl.dim_type.param))
    ]
    conditions = [
        f"{n} >= {minimum}" for n in names if all(part in nest.sizes for part in n.split("__"))
    ]
    prefix = f"[{','.join(names)}] -> "
    return isl.Set(f"{prefix}{{ : {' and '.join(conditions) or '1 = 1'} }}")


def _single(value: isl.PwAff, context: isl.Set) -> Polynomial | None:
    """Return a piecewise bound as one polynomial, if one piece is the bound everywhere.

    A bound that is merely wide enough will not do: the section could reach past the array.
    """
    value = value.coalesce().gist_params(context.coalesce())
    here = context.intersect(value.domain())
    for _, candidate in value.get_pieces():
        if here.is_subset(isl.PwAff.from_aff(candidate).eq_set(value)):
            return _polynomial(candidate)
    return None


def _polynomial(aff: isl.Aff) -> Polynomial | None:
    """Convert an affine expression over parameters; None when it needs a division."""
    terms: dict[Monomial, int] = {}
    for position in range(aff.dim(isl.dim_type.div)):
        if not aff.get_coefficient_val(isl.dim_type.div, position).is_zero():
            return None
    constant = aff.get_constant_val()
    if not constant.is_int():
        return None
    terms[()] = constant.to_python()
    for position in range(aff.dim(isl.dim_type.param)):
        value = aff.get_coefficient_val(isl.dim_type.param, position)
        if value.is_zero():
            continue
        if not value.is_int():
            return None
        name = str(aff.get_dim_name(isl.dim_type.param, position))
        terms[tuple(sorted(name.split("__")))] = value.to_python()
    return Polynomial.of(terms)


# -- C text --------------------------------------------------------------------------------------


class Renderer:
    """Writes polynomials as C expressions that a person would write."""

    def __init__(self, names: ParameterNames) -> None:
        self._names = names

    @property
    def widening(self) -> str:
        """The cast to a type that holds products of sizes."""
        return f"({self._names.size_type})"

    def text(self, polynomial: Polynomial, *, wide: bool = False) -> str:
        """Return C text; products are computed in the type of sizes when ``wide``."""
        terms = sorted(polynomial.terms, key=lambda t: (t[1] < 0, -len(t[0]), t[0]))
        if not terms:
            return "0"
        out = ""
        for monomial, coefficient in terms:
            part = self._term(monomial, abs(coefficient), wide=wide)
            if not out:
                out = part if coefficient > 0 else f"-{part}"
            else:
                out += f" + {part}" if coefficient > 0 else f" - {part}"
        return out

    def _term(self, monomial: Monomial, coefficient: int, *, wide: bool) -> str:
        factors = [self._atom(a, alone=len(monomial) == 1 and coefficient == 1) for a in monomial]
        if coefficient != 1 or not factors:
            factors.insert(0, str(coefficient))
        narrow = all(self._names.get(a).type.size < 8 for a in monomial)
        if wide and len(monomial) > 1 and narrow:
            factors[0] = f"{self.widening}{factors[0]}"
        return " * ".join(factors)

    def _atom(self, name: str, *, alone: bool) -> str:
        text = " ".join(self._names.get(name).text.split())
        simple = text.replace("_", "a").isalnum() or (
            text.startswith("(") and text.endswith(")") and text.count("(") == 1
        )
        postfix = all(c.isalnum() or c in "_.[]->" for c in text) and not any(
            op in text for op in (" ", "+", "*")
        )
        if simple or (postfix and "-" not in text.replace("->", "")):
            return text
        return f"({text})"

    def symbols(self, atoms: Iterable[str]) -> frozenset[Symbol]:
        """Return the variables that the text of some parameters reads."""
        return frozenset(s for a in atoms for s in self._names.get(a).symbols)

    def _flag(self, flag: Flag) -> str:
        """Return C text that is 1 or 0, without control flow: clang 19 crashes on that in maps."""
        several = len(flag.alternatives) > 1
        out = []
        for one in flag.alternatives:
            tests = [f"{self._operand(c.left)} {c.operator} {self._operand(c.right)}" for c in one]
            text = " & ".join(f"({t})" for t in tests) if len(tests) > 1 or several else tests[0]
            out.append(f"({text})" if several and len(tests) > 1 else text)
        return f"({' | '.join(out)})"

    def _operand(self, value: str | int) -> str:
        return str(value) if isinstance(value, int) else self._atom(value, alone=False)

    def item(self, symbol: Symbol, section: Section | None) -> str:
        """Return a list item: ``a`` or ``a[lower:length]``."""
        if section is None:
            return symbol.name
        lower = self.text(section.lower, wide=True)
        length = self.text(section.length, wide=True)
        if section.flag is not None:
            factor = f"({length})" if len(section.length.terms) > 1 else length
            length = f"{self._flag(section.flag)} * {factor}"
        return f"{symbol.name}[{lower}:{length}]"
