# SPDX-License-Identifier: Apache-2.0
"""Recovery of array dimensions from linearized subscripts such as ``(i * ny + j) * nx + k``.

Polynomial delinearization after Grosser et al., *Optimistic Delinearization of Parametrically
Sized Arrays*, ICS 2015; every inner subscript is proved with isl to stay within its dimension,
otherwise the subscript remains unknown. A caller that can test a condition at run time may ask
for subscripts that rest on one, such as ``ld >= n`` for ``a[i * ld + j]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from s2s.analysis.assumptions import MOST, Assumption, excluding
from s2s.analysis.facts import ParameterNames
from s2s.analysis.isl_bridge import domain_is_empty
from s2s.analysis.nest import Nest, NestStatement, Parameter
from s2s.analysis.polynomial import Monomial, Polynomial


@dataclass(frozen=True, slots=True)
class LinearAccess:
    """One linear subscript and the statement whose domain bounds it."""

    subscript: Polynomial
    statement: NestStatement


@dataclass(frozen=True, slots=True)
class Delinearized:
    """The recovered subscripts, one tuple for each access, and what they rest on.

    ``facts`` hold (isl text); ``assumptions`` are to be tested before the subscripts are used.
    """

    subscripts: tuple[tuple[Polynomial, ...], ...]
    facts: tuple[str, ...]
    strides: tuple[Monomial, ...]
    assumptions: tuple[Assumption, ...] = ()


def delinearize(
    nest: Nest,
    names: ParameterNames,
    accesses: Sequence[LinearAccess],
    *,
    assume: bool = False,
) -> Delinearized | None:
    """Return multi-dimensional subscripts for all accesses of one array, or None.

    With ``assume`` they may rest on conditions that the caller has to test.
    """
    iterators = nest.iterators
    polynomials, facts = _with_stride_parameters(nest, names, [a.subscript for a in accesses])
    strides = _strides(polynomials, iterators)
    if strides is None:
        return None
    out: list[tuple[Polynomial, ...]] = []
    for polynomial in polynomials:
        subscripts, rest = [], polynomial
        for stride in strides:
            quotient, rest = rest.divided_by(stride)
            subscripts.append(quotient)
        out.append((*subscripts, rest))
    sizes = stride_sizes(strides)
    known = (*facts, *nest.context)
    assumed: dict[Assumption, None] = {}
    for access, subscripts_ in zip(accesses, out, strict=True):
        wanted = _within(nest, access.statement, subscripts_, sizes, known, assume=assume)
        if wanted is None:
            return None
        assumed |= dict.fromkeys(wanted)
    if len(assumed) > MOST:
        return None
    return Delinearized(tuple(out), facts, tuple(strides), tuple(assumed))


def _with_stride_parameters(
    nest: Nest, names: ParameterNames, polynomials: list[Polynomial]
) -> tuple[list[Polynomial], tuple[str, ...]]:
    """Give strides of the form ``n + 2`` a parameter of their own, so that they divide."""
    for polynomial in polynomials:
        for atom in sorted(polynomial.atoms & nest.iterators):
            stride = polynomial.coefficient(atom)
            atoms = sorted(stride.atoms - nest.iterators)
            if len(atoms) != 1 or stride.degree != 1 or not stride.constant:
                continue
            name, offset = atoms[0], stride.constant
            if stride.coefficient(name) != Polynomial.constant_of(1):
                continue
            fresh = _stride_parameter(nest, names, name, offset)
            value = Polynomial.atom(fresh) - Polynomial.constant_of(offset)
            renamed = [p.substitute({name: value}) for p in polynomials]
            return renamed, (f"{fresh} = {name} + {offset}",)
    return polynomials, ()


def _stride_parameter(nest: Nest, names: ParameterNames, name: str, offset: int) -> str:
    base = nest.parameters[name]
    fresh = names.name(("stride", name, offset))
    if fresh not in nest.parameters:
        nest.parameters[fresh] = Parameter(
            fresh,
            f"({base.text} {'+' if offset > 0 else '-'} {abs(offset)})",
            base.type,
            None if base.value is None else base.value + offset,
            base.symbols,
            base.expression,
        )
        names.register(nest.parameters[fresh])
    return fresh


def _strides(polynomials: Sequence[Polynomial], iterators: frozenset[str]) -> list[Monomial] | None:
    """Return the stride monomials, largest first; None when they do not divide each other."""
    found: set[Monomial] = set()
    for polynomial in polynomials:
        for monomial, _ in polynomial.terms:
            parameters = tuple(a for a in monomial if a not in iterators)
            if parameters and len(parameters) < len(monomial):
                found.add(parameters)
            if len(monomial) - len(parameters) > 1:
                return None
    strides = sorted(found, key=len, reverse=True)
    for large, small in pairwise(strides):
        rest = list(large)
        try:
            for atom in small:
                rest.remove(atom)
        except ValueError:
            return None
        if not rest:
            return None
    return strides or None


def stride_sizes(strides: Sequence[Monomial]) -> list[str]:
    """Return the isl name of the size of every dimension but the first."""
    out = []
    for large, small in zip(strides, [*strides[1:], ()], strict=True):
        rest = list(large)
        for atom in small:
            rest.remove(atom)
        out.append("__".join(rest))
    return out


def _within(
    nest: Nest,
    statement: NestStatement,
    subscripts: tuple[Polynomial, ...],
    sizes: list[str],
    facts: tuple[str, ...],
    *,
    assume: bool,
) -> tuple[Assumption, ...] | None:
    """Prove ``0 <= subscript < size`` for all inner dimensions over the statement's domain.

    Returns the conditions under which that holds, None when it cannot be shown.
    """
    conditions = [loop.domain for loop in statement.loops if loop.domain]
    conditions += [*statement.conditions, *facts]
    names = [loop.atom for loop in statement.loops]
    out: list[Assumption] = []
    for subscript, size in zip(subscripts[1:], sizes, strict=True):
        try:
            text = subscript.to_isl(nest.iterators)
        except ValueError:
            return None
        if domain_is_empty(names, [*conditions, f"({text} < 0 or {text} >= {size})"]):
            continue
        if not assume or not domain_is_empty(names, [*conditions, f"{text} < 0"]):
            return None
        wanted = excluding(names, conditions, f"{text} >= {size}", size, nest.parameters)
        if wanted is None:
            return None
        out += wanted
    return tuple(out)
