# SPDX-License-Identifier: Apache-2.0
"""Subscripts as isl takes them: affine, after delinearization where that is needed, or unknown."""

from __future__ import annotations

from dataclasses import replace

from s2s.analysis.allocation import allocation_length
from s2s.analysis.assumptions import Assuming, Assumption
from s2s.analysis.delinearize import LinearAccess, delinearize
from s2s.analysis.facts import Facts
from s2s.analysis.nest import Access, MemoryObject, Nest
from s2s.analysis.polynomial import Polynomial
from s2s.analysis.relations import Reference, is_affine


class Subscripts:
    """Makes the subscripts of one nest affine, and keeps what they then rest on.

    ``known`` holds facts on parameters (isl text), ``assumptions`` those of them that are to be
    tested at run time.
    """

    def __init__(self, nest: Nest, facts: Facts, assuming: Assuming) -> None:
        self._nest = nest
        self._facts = facts
        self._assuming = assuming
        self.known: tuple[str, ...] = ()
        self.assumptions: tuple[Assumption, ...] = ()

    def make_affine(self, target: MemoryObject, references: list[Reference]) -> None:
        """Make the subscripts of one object's references affine or unknown."""
        iterators = self._nest.iterators
        linear = [
            r
            for r in references
            if r.access.subscripts is not None
            and len(r.access.subscripts) >= 1
            and not is_affine(r.access, iterators)
        ]
        if not linear:
            return
        if self._delinearize(target, references, assume=False):
            return
        simpler = [self._with_values(r.access) for r in references]
        unknown = any(None in (a.subscripts or ()) for a in simpler)
        if (
            unknown
            and self._may_assume(target, references)
            and self._delinearize(target, references, assume=True)
        ):
            return
        for reference, access in zip(references, simpler, strict=True):
            reference.access = access

    def _may_assume(self, target: MemoryObject, references: list[Reference]) -> bool:
        """Whether a condition on the leading dimension is worth a test at run time.

        It is when iterations cannot be told apart without it, or when nothing else tells how
        much of an array is used.
        """
        if self._assuming is Assuming.NOTHING or target.path not in ((), ("*",)):
            return False
        written = any(r.access.is_write for r in references)
        if written and self._assuming is Assuming.INDEPENDENCE:
            return True
        function, symbol = self._nest.function, target.symbol
        return target.is_pointee and allocation_length(function, symbol, self._facts) is None

    def _delinearize(
        self, target: MemoryObject, references: list[Reference], *, assume: bool
    ) -> bool:
        """Recover dimensions from the first subscript; those that are declared follow."""
        accesses = []
        dimensions = {len(r.access.subscripts or ()) for r in references}
        for r in references:
            first = r.access.subscripts[0] if r.access.subscripts else None
            if len(dimensions) != 1 or first is None:
                return False
            accesses.append(LinearAccess(first, r.statement))
        found = delinearize(self._nest, self._facts.parameters, accesses, assume=assume)
        if found is None:
            return False
        fresh = tuple(a for a in found.assumptions if a not in self.assumptions)
        self.assumptions += fresh
        known = (*found.facts, *(a.isl for a in fresh))
        self.known += tuple(f for f in known if f not in self.known)
        for reference, recovered in zip(references, found.subscripts, strict=True):
            declared = (reference.access.subscripts or ())[1:]
            reference.access = replace(reference.access, subscripts=(*recovered, *declared))
        self._nest.strides[target] = found.strides
        return True

    def _with_values(self, access: Access) -> Access:
        """Replace macro constants by their values where a product is not affine otherwise."""
        if access.subscripts is None:
            return access
        iterators = self._nest.iterators
        out: list[Polynomial | None] = []
        for subscript in access.subscripts:
            if subscript is not None and not subscript.is_affine_in(iterators):
                values = {
                    a: Polynomial.constant_of(p.value)
                    for a in subscript.atoms
                    if (p := self._nest.parameters.get(a)) is not None and p.value is not None
                }
                subscript = subscript.substitute(values)
                if not subscript.is_affine_in(iterators):
                    subscript = None
            out.append(subscript)
        must = access.must and None not in out
        lost = out == [None] and access.subscripts[0] is not None
        nonlinear = access.subscripts[0] if lost else access.nonlinear
        return replace(access, subscripts=tuple(out), must=must, nonlinear=nonlinear)
