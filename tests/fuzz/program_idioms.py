# SPDX-License-Identifier: Apache-2.0
"""Loop nests with a difficulty of their own: searches, histograms, private arrays and the like."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.program_nests import NestWriter
from tests.fuzz.program_parts import Array, Scope


class IdiomWriter(NestWriter):
    """Writes one nest at a time; every public method is a kind of nest."""

    def any_nest(self, scope: Scope) -> None:
        """Write a nest of a random kind that the scope has arrays for."""
        kinds: list[tuple[float, Callable[[Scope], None]]] = [
            (6, self.sweep),
            (3, self.stencil),
            (3, self.reduction),
            (2, self.row_reduction),
            (1.5, self.histogram),
            (1, self.recurrence),
            (1, self.extremum_with_index),
            (1, self.private_array),
            (1, self.search_with_break),
            (1, self.inner_while),
            (1, self.compaction),
            (1, self.integers),
            (1.5, self.imperfect),
        ]
        self.random.choices([k for _, k in kinds], [w for w, _ in kinds])[0](scope)

    def line_or_any(self, scope: Scope) -> Array:
        """Return a one-dimensional array if there is one."""
        lines = [a for a in scope.reals() if len(a.extents) == 1]
        return self.random.choice(lines or scope.reals())

    def histogram(self, scope: Scope) -> None:
        """Counts or sums at places that data names."""
        counters = [a for a in scope.arrays if a.counter]
        indices = [k for k in scope.indices() if len(k.extents) == 1]
        if not counters or not indices:
            self.sweep(scope)
            return
        h, k = self.random.choice(counters), self.random.choice(indices)
        (v,) = self.variables(scope, 1)
        self.loop(scope, v, k.extents[0])
        bin_text = f"{k.at([v])} % {h.extents[0].text}"
        amount = "1" if not h.real else self.say.small(scope)
        forms = [f"{h.name}[{bin_text}] += {amount};"]
        forms += [f"{h.name}[{bin_text}]++;"] if not h.real else []
        self.out.put(self.random.choice(forms))
        self.close(scope, v)

    def extremum_with_index(self, scope: Scope) -> None:
        """The largest element and where it is."""
        array = self.line_or_any(scope)
        order = self.variables(scope, len(array.extents))
        best, place = self.name("best"), self.name("place")
        self.out.put(f"double {best} = -1.0e30;")
        self.out.put(f"int {place} = -1;")
        for v, extent in zip(order, array.extents, strict=True):
            self.full_loop(scope, v, extent)
        self.out.open(f"if ({array.at(order)} > {best})")
        self.out.put(f"{best} = {array.at(order)};")
        self.out.put(f"{place} = {order[-1]};")
        self.out.close()
        self.close(scope, *order)
        self.out.put(f'printf("{best} %.10g %d\\n", {best}, {place});')

    def private_array(self, scope: Scope) -> None:
        """A small array that every iteration fills and reads."""
        array = self.target(scope)
        order = self.variables(scope, len(array.extents))
        name = self.name("buf")
        outside = self.random.random() < 0.5
        if outside:
            self.out.put(f"double {name}[4];")
        for v, extent in zip(order, array.extents, strict=True):
            self.loop(scope, v, extent)
        if not outside:
            self.out.put(f"double {name}[4];")
        self.out.put(f"for (int w = 0; w < 4; w++) {name}[w] = {self.say.value(scope)} + 0.1 * w;")
        element = self.say.element(scope, array, order)
        self.out.put(f"{element} = 0.25 * {name}[0] + 0.25 * {name}[{order[0]} % 4] + 0.1;")
        self.close(scope, *order)

    def search_with_break(self, scope: Scope) -> None:
        """Find the first element that is large enough."""
        array = self.line_or_any(scope)
        (v,) = self.variables(scope, 1)
        place = self.name("found")
        self.out.put(f"int {place} = -1;")
        self.full_loop(scope, v, array.extents[-1])
        rest = [self.say.subscript(scope, e) for e in array.extents[:-1]]
        self.out.open(f"if ({array.at([*rest, v])} > 0.9)")
        self.out.put(f"{place} = {v};")
        self.out.put("break;")
        self.out.close()
        self.close(scope, v)
        self.out.put(f'printf("{place} %d\\n", {place});')

    def inner_while(self, scope: Scope) -> None:
        """An iteration count that depends on data inside a parallel loop."""
        array = self.target(scope)
        order = self.variables(scope, len(array.extents))
        for v, extent in zip(order, array.extents, strict=True):
            self.loop(scope, v, extent, triangle=False)
        name, count = self.name("x"), self.name("rounds")
        self.out.put(f"double {name} = {self.say.value(scope)};")
        self.out.put(f"int {count} = 0;")
        self.out.open(f"while (fabs({name}) > 0.05 && {count} < 12)")
        self.out.put(f"{name} *= 0.5;")
        self.out.put(f"{count}++;")
        self.out.close()
        self.out.put(f"{self.say.element(scope, array, order)} = {name} + 0.03 * {count};")
        self.close(scope, *order)

    def compaction(self, scope: Scope) -> None:
        """Copy some elements to the front of another array."""
        lists = [a for a in scope.writable_reals() if len(a.extents) == 1]
        if not lists:
            self.sweep(scope)
            return
        target = self.random.choice(lists)
        (v,) = self.variables(scope, 1)
        name = self.name("used")
        self.out.put(f"int {name} = 0;")
        self.full_loop(scope, v, target.extents[0])
        self.out.open(f"if ({self.say.condition(scope)})")
        self.out.put(f"{target.name}[{name}] = {self.say.value(scope)};")
        self.out.put(f"{name}++;")
        self.out.close()
        self.close(scope, v)
        self.out.put(f'printf("{name} %d\\n", {name});')

    def integers(self, scope: Scope) -> None:
        """Fill an array of indices, or reduce one with an integer operator."""
        arrays = [a for a in scope.indices() if not a.constant]
        if not arrays:
            self.sweep(scope)
            return
        k = self.random.choice(arrays)
        order = self.variables(scope, len(k.extents))
        c = self.random.choice(scope.counts)
        for v, extent in zip(order, k.extents, strict=True):
            self.loop(scope, v, extent)
        e = k.at(order)
        self.out.put(
            self.random.choice(
                (
                    f"{e} = {self.say.integer(scope, k.limit)};",
                    f"{c} ^= {e} * 3 + 1;",
                    f"{c} |= {e} & 6;",
                    f"{c} += {e};",
                    f"if ({e} > {c}) {c} = {e};",
                    f"{c} = {c} && {e} < {k.limit};",
                )
            )
        )
        self.close(scope, *order)
