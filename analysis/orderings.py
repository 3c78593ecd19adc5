# SPDX-License-Identifier: Apache-2.0
"""Questions about other execution orders of a nest, for loop transformations."""

from __future__ import annotations

from collections.abc import Iterator

import islpy as isl

from s2s.analysis.dependence import DependenceAnalysis
from s2s.analysis.facts import Facts
from s2s.analysis.nest import MemoryObject, Nest, NestLoop, NestStatement
from s2s.analysis.relations import Order, instances


class Ordering:
    """Questions about other execution orders of a nest, for loop transformations."""

    def __init__(self, nest: Nest, facts: Facts) -> None:
        self._analysis = DependenceAnalysis(nest, facts)
        self._nest = nest

    def independent_along(self, loop: NestLoop, private: set[MemoryObject]) -> bool:
        """Whether no two instances with different values of ``loop`` touch the same element.

        Then the loop may be moved outwards, and run in parallel there. Objects in ``private``
        (scalars that every iteration writes before it reads them) do not count.
        """
        lines = [
            f"S{s.index}[{','.join(x.atom for x in s.loops)}] -> [{loop.atom}]"
            for s in self._nest.inside(loop)
        ]
        order = Order(isl.UnionMap(f"{{ {' ; '.join(lines)} }}"), isl.UnionMap("{[a]->[b]: a!=b}"))
        return all(not order.carries(relation) for target, relation in self._conflicts(private))

    def splits_at(
        self, loop: NestLoop, first: set[NestStatement], second: set[NestStatement]
    ) -> bool:
        """Whether running all of ``first`` before all of ``second`` keeps every dependence.

        Wrong is only a dependence from the second part to the first in a later iteration.
        """
        order = self._analysis.order(loop)
        sources, sinks = instances(second), instances(first)
        for _, relation in self._conflicts(set()):
            backward = relation.intersect_domain(sources).intersect_range(sinks)
            if order.carries(backward):
                return False
        return True

    def conflicts_across(
        self, loop: NestLoop, part: set[NestStatement], private: set[MemoryObject]
    ) -> bool:
        """Whether iterations of ``loop`` restricted to a part of its statements conflict."""
        order = self._analysis.order(loop)
        inside = instances(part)
        for _, relation in self._conflicts(private):
            if order.carries(relation.intersect_domain(inside).intersect_range(inside)):
                return True
        return False

    def _conflicts(self, private: set[MemoryObject]) -> Iterator[tuple[MemoryObject, isl.UnionMap]]:
        iterators = {x.symbol for x in self._nest.loops}
        for target, references in self._analysis.objects.items():
            if target in private or not any(r.access.is_write for r in references):
                continue
            if target.symbol in iterators and all(r.access.is_write for r in references):
                continue  # an inner loop's variable, set anew by each loop
            yield target, self._analysis.relations[target].get("memory")
