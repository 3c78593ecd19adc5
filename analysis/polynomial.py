# SPDX-License-Identifier: Apache-2.0
"""Integer polynomials over named atoms (loop iterators and parameters).

Subscripts, loop bounds and sizes are polynomials; the affine ones go to isl, the others through
delinearization first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

Monomial = tuple[str, ...]


@dataclass(frozen=True)
class Polynomial:
    """A polynomial with integer coefficients; ``terms`` are sorted and never zero."""

    terms: tuple[tuple[Monomial, int], ...] = ()

    @staticmethod
    def of(terms: Mapping[Monomial, int]) -> Polynomial:
        """Make a polynomial from a mapping of sorted monomials to coefficients."""
        return Polynomial(tuple(sorted((m, c) for m, c in terms.items() if c)))

    @staticmethod
    def constant_of(value: int) -> Polynomial:
        """Make a constant polynomial."""
        return Polynomial((((), value),)) if value else Polynomial()

    @staticmethod
    def atom(name: str) -> Polynomial:
        """Make the polynomial that is one atom."""
        return Polynomial((((name,), 1),))

    def __add__(self, other: Polynomial) -> Polynomial:
        out = dict(self.terms)
        for monomial, coefficient in other.terms:
            out[monomial] = out.get(monomial, 0) + coefficient
        return Polynomial.of(out)

    def __neg__(self) -> Polynomial:
        return Polynomial(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        out: dict[Monomial, int] = {}
        for m1, c1 in self.terms:
            for m2, c2 in other.terms:
                key = tuple(sorted(m1 + m2))
                out[key] = out.get(key, 0) + c1 * c2
        return Polynomial.of(out)

    def scaled(self, factor: int) -> Polynomial:
        """Return the polynomial times an integer."""
        return Polynomial(tuple((m, c * factor) for m, c in self.terms)) if factor else Polynomial()

    @cached_property
    def atoms(self) -> frozenset[str]:
        """All atoms that occur."""
        return frozenset(a for m, _ in self.terms for a in m)

    @property
    def constant(self) -> int:
        """The constant term."""
        return next((c for m, c in self.terms if not m), 0)

    @property
    def is_constant(self) -> bool:
        """Whether no atom occurs."""
        return not self.atoms

    @property
    def degree(self) -> int:
        """The largest number of atoms in a term."""
        return max((len(m) for m, _ in self.terms), default=0)

    def coefficient(self, atom: str) -> Polynomial:
        """Return the polynomial that multiplies ``atom`` (which must occur linearly)."""
        out: dict[Monomial, int] = {}
        for monomial, value in self.terms:
            if atom in monomial:
                rest = list(monomial)
                rest.remove(atom)
                out[tuple(rest)] = out.get(tuple(rest), 0) + value
        return Polynomial.of(out)

    def without(self, atom: str) -> Polynomial:
        """Return the terms in which ``atom`` does not occur."""
        return Polynomial(tuple((m, c) for m, c in self.terms if atom not in m))

    def substitute(self, values: Mapping[str, Polynomial]) -> Polynomial:
        """Replace atoms by polynomials."""
        if not self.atoms & values.keys():
            return self
        out = Polynomial()
        for monomial, value in self.terms:
            term = Polynomial.constant_of(value)
            for atom in monomial:
                term = term * values.get(atom, Polynomial.atom(atom))
            out = out + term
        return out

    def rename(self, names: Mapping[str, str]) -> Polynomial:
        """Rename atoms."""
        return Polynomial.of({tuple(sorted(names.get(a, a) for a in m)): c for m, c in self.terms})

    def is_affine_in(self, iterators: Iterable[str]) -> bool:
        """Whether iterators occur at most linearly and never multiplied by anything."""
        names = frozenset(iterators)
        return all(len(m) <= 1 or not any(a in names for a in m) for m, _ in self.terms)

    def divided_by(self, monomial: Monomial) -> tuple[Polynomial, Polynomial]:
        """Return (quotient, remainder) of the division by a monomial, term by term."""
        quotient: dict[Monomial, int] = {}
        remainder: dict[Monomial, int] = {}
        for key, value in self.terms:
            rest = list(key)
            try:
                for atom in monomial:
                    rest.remove(atom)
            except ValueError:
                remainder[key] = value
            else:
                quotient[tuple(rest)] = value
        return Polynomial.of(quotient), Polynomial.of(remainder)

    def to_isl(self, iterators: frozenset[str]) -> str:
        """Return isl text; products of parameters become one parameter ``a__b``.

        Raises:
            ValueError: an iterator is multiplied by another atom.
        """
        out: list[str] = []
        for monomial, value in self.terms:
            if len(monomial) > 1 and any(a in iterators for a in monomial):
                raise ValueError("not affine")
            name = "__".join(monomial)
            out.append(f"{value}*{name}" if name else str(value))
        return " + ".join(out) or "0"

    def isl_parameters(self, iterators: frozenset[str]) -> set[str]:
        """Return the isl parameter names that :meth:`to_isl` uses."""
        return {"__".join(m) for m, _ in self.terms if m and not any(a in iterators for a in m)}
