# SPDX-License-Identifier: Apache-2.0
"""Loop nests of whole programs, written into the function at hand: the regular kinds."""

from __future__ import annotations

from random import Random

from tests.fuzz.program_parts import Array, Expressions, Extent, Scope, Writer


class NestWriter:
    """Writes one nest at a time; every public method is a kind of nest."""

    def __init__(self, random: Random, writer: Writer) -> None:
        self.random = random
        self.out = writer
        self.say = Expressions(random)
        self.fresh = 0

    # Pieces

    def name(self, stem: str) -> str:
        self.fresh += 1
        return f"{stem}{self.fresh}"

    def variables(self, scope: Scope, count: int) -> list[str]:
        """Return names for loop variables that are not in use."""
        return [v for v in "ijkpq" if v not in scope.ranges][:count]

    def loop(self, scope: Scope, v: str, extent: Extent, triangle: bool = True) -> None:
        """Open a loop over (a part of) an extent; the scope learns the range."""
        low, high = self.random.choice(((0, 0), (0, 0), (0, 0), (1, 0), (0, 1), (1, 1), (2, 2)))
        end = f"{extent.text} - {high}" if high else extent.text
        declaration = "" if scope.variables_declared else "int "
        chance = self.random.random()
        outer = [w for w, r in scope.ranges.items() if r[1] < extent.value]
        head = f"{v} = {low}; {v} < {end}; {v}++"
        bounds = (low, extent.value - 1 - high)
        if triangle and outer and chance < 0.15:
            w = self.random.choice(outer)
            if self.random.random() < 0.5:
                head, bounds = f"{v} = {low}; {v} <= {w}; {v}++", (low, scope.ranges[w][1])
            else:
                head, bounds = f"{v} = {w}; {v} < {end}; {v}++", (scope.ranges[w][0], bounds[1])
        elif chance < 0.23:
            head = f"{v} = {end} - 1; {v} >= {low}; {v}--"
        elif chance < 0.3:
            head = f"{v} = {low}; {v} < {end}; {v} += {self.random.choice((2, 3))}"
        elif chance < 0.36:
            head = f"{v} = {low}; {v} <= {end} - 1; {v}++"
        elif chance < 0.4:
            head = f"{v} = {low}; {v} != {end}; {v}++"
        self.out.open(f"for ({declaration}{head})")
        scope.ranges[v] = bounds

    def full_loop(self, scope: Scope, v: str, extent: Extent) -> None:
        """Open a loop over all of an extent."""
        declaration = "" if scope.variables_declared else "int "
        self.out.open(f"for ({declaration}{v} = 0; {v} < {extent.text}; {v}++)")
        scope.ranges[v] = (0, extent.value - 1)

    def close(self, scope: Scope, *variables: str) -> None:
        for v in reversed(variables):
            del scope.ranges[v]
            self.out.close()

    def target(self, scope: Scope) -> Array:
        return self.random.choice(scope.writable_reals())

    # Statements

    def statement(self, scope: Scope, order: list[str], depth: int = 0) -> None:
        """Write one statement of an innermost body."""
        chance = self.random.random()
        integers = [a for a in scope.indices() if not a.constant]
        if chance < 0.5:
            element = self.say.element(scope, self.target(scope), order)
            self.out.put(f"{element} = {self.say.value(scope)};")
        elif chance < 0.68:
            self.update(scope, self.say.element(scope, self.target(scope), order))
        elif chance < 0.76 and depth < 2:
            self.branch(scope, order, depth)
        elif chance < 0.84:
            self.temporary(scope, order)
        elif chance < 0.88 and integers:
            k = self.random.choice(integers)
            self.out.put(
                f"{self.say.element(scope, k, order)} = {self.say.integer(scope, k.limit)};"
            )
        elif chance < 0.92 and scope.sums:
            self.accumulate(scope)
        elif chance < 0.95 and scope.values:
            self.out.put(f"{self.random.choice(scope.values)} = {self.say.value(scope)};")
        else:
            element = self.say.element(scope, self.target(scope), order)
            self.out.put(
                f"{element} = {self.say.condition(scope)} ? {self.say.value(scope)} : 0.5;"
            )

    def update(self, scope: Scope, element: str) -> None:
        small = self.say.small(scope)
        self.out.put(
            self.random.choice(
                (
                    f"{element} += {small};",
                    f"{element} = {element} + {small};",
                    f"{element} -= 0.5 * {small};",
                    f"{element} *= 0.75 + 0.125 * {small};",
                    f"{element} = fmax({element}, {small});",
                    f"{element} *= 0.5;",
                )
            )
        )

    def branch(self, scope: Scope, order: list[str], depth: int) -> None:
        self.out.open(f"if ({self.say.condition(scope)})")
        self.statement(scope, order, depth + 1)
        if self.random.random() < 0.5:
            self.out.middle("} else {")
            self.statement(scope, order, depth + 1)
        self.out.close()

    def temporary(self, scope: Scope, order: list[str]) -> None:
        name = self.name("tmp")
        self.out.put(f"double {name} = {self.say.value(scope)};")
        if self.random.random() < 0.4:
            self.out.put(f"if ({name} > 0.5) {name} = 0.5 * {name};")
        element = self.say.element(scope, self.target(scope), order)
        self.out.put(f"{element} = 0.5 * {name} + 0.25 * {self.say.atom(scope)};")

    def accumulate(self, scope: Scope) -> None:
        """Write one update of a sum or a count, as people write reductions."""
        s = self.random.choice(scope.sums)
        small = self.say.small(scope)
        forms = [f"{s} += {small};"] * 3 + [f"{s} = {s} + {small};", f"{s} -= {small};"]
        if scope.counts:
            c = self.random.choice(scope.counts)
            forms += [f"if ({self.say.condition(scope)}) {c}++;", f"{c} += {self.integer(scope)};"]
        self.out.put(self.random.choice(forms))

    def integer(self, scope: Scope) -> str:
        return self.say.integer(scope, 17)

    # Kinds of nests

    def sweep(self, scope: Scope) -> None:
        """A loop per dimension of one array, and some statements."""
        array = self.target(scope)
        order = self.variables(scope, len(array.extents))
        pairs = list(zip(order, array.extents, strict=True))
        if self.random.random() < 0.12:
            self.random.shuffle(pairs)
        for v, extent in pairs:
            self.loop(scope, v, extent)
        if self.random.random() < 0.1:
            self.out.put(f"if ({self.say.condition(scope)}) continue;")
        element = self.say.element(scope, array, order)
        self.out.put(f"{element} = {self.say.value(scope)};")
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            self.statement(scope, order)
        self.close(scope, *(v for v, _ in pairs))

    def stencil(self, scope: Scope) -> None:
        """One array from the neighbours of another (or of itself)."""
        array = self.target(scope)
        same = [a for a in scope.reals() if _values(a) == _values(array)]
        source = self.random.choice(same)
        order = self.variables(scope, len(array.extents))
        for v, e in zip(order, array.extents, strict=True):
            declaration = "" if scope.variables_declared else "int "
            self.out.open(f"for ({declaration}{v} = 1; {v} < {e.text} - 1; {v}++)")
            scope.ranges[v] = (1, e.value - 2)
        terms = [source.at(order)]
        for axis, v in enumerate(order):
            for shifted in (f"{v} - 1", f"{v} + 1"):
                terms.append(source.at([*order[:axis], shifted, *order[axis + 1 :]]))
        weight = self.random.choice(("0.125", "0.12"))
        self.out.put(f"{array.at(order)} = {weight} * ({' + '.join(terms)}) + 0.1;")
        self.close(scope, *order)

    def reduction(self, scope: Scope) -> None:
        """One scalar from a whole array."""
        array = self.random.choice(scope.reals())
        order = self.variables(scope, len(array.extents))
        s = self.random.choice(scope.sums)
        kind = self.random.randrange(8)
        if self.random.random() < 0.6 or kind == 1:
            self.out.put(f"{s} = {'1.0' if kind == 1 else '0.0'};")
        for v, extent in zip(order, array.extents, strict=True):
            self.loop(scope, v, extent)
        e = self.say.element(scope, array, order)
        conditional = f"if ({self.say.condition(scope)}) {s} += {e} * 0.5;"
        self.out.put(
            (
                f"{s} += {e};",
                f"{s} *= 1.0 + 0.001 * squash({e});",
                f"if ({e} > {s}) {s} = {e};",
                f"{s} = {e} < {s} ? {e} : {s};",
                f"{s} = fmax({s}, {e});",
                conditional,
                f"{s} += {e} * {self.say.atom(scope)};",
                f"{s} = {s} + fabs({e} - {self.say.atom(scope)});",
            )[kind]
        )
        if self.random.random() < 0.3:
            self.accumulate(scope)
        if self.random.random() < 0.2:
            self.statement(scope, order)
        self.close(scope, *order)

    def row_reduction(self, scope: Scope) -> None:
        """A sum for every element of an array: matrix times vector and the like."""
        array = self.target(scope)
        order = self.variables(scope, len(array.extents) + 1)
        for v, extent in zip(order, array.extents, strict=False):
            self.loop(scope, v, extent)
        inner = self.random.choice(self.random.choice(scope.reals()).extents)
        element = self.say.element(scope, array, order[:-1])
        if self.random.random() < 0.5:
            name = self.name("acc")
            self.out.put(f"double {name} = 0.0;")
            self.loop(scope, order[-1], inner)
            self.out.put(
                f"{name} += 0.1 * {self.say.atom(scope)} * squash({self.say.atom(scope)});"
            )
            self.close(scope, order[-1])
            self.out.put(f"{element} = squash({name});")
        else:
            self.out.put(f"{element} = 0.0;")
            self.loop(scope, order[-1], inner)
            self.out.put(f"{element} += {self.say.small(scope)};")
            self.close(scope, order[-1])
        self.close(scope, *order[:-1])

    def recurrence(self, scope: Scope) -> None:
        """Every element from the one before."""
        array = self.target(scope)
        order = self.variables(scope, len(array.extents))
        for v, extent in zip(order, array.extents, strict=True):
            self.full_loop(scope, v, extent)
        axis = self.random.randrange(len(order))
        before = [*order[:axis], f"{order[axis]} - 1", *order[axis + 1 :]]
        self.out.open(f"if ({order[axis]} > 0)")
        self.out.put(
            f"{array.at(order)} = 0.5 * {array.at(before)} + 0.4 * {self.say.atom(scope)};"
        )
        self.out.close()
        self.close(scope, *order)

    def imperfect(self, scope: Scope) -> None:
        """Statements at several depths, and two inner loops."""
        array = self.target(scope)
        order = self.variables(scope, 2)
        self.loop(scope, order[0], array.extents[0])
        self.statement(scope, order[:1])
        for _ in range(self.random.choice((1, 2))):
            self.loop(scope, order[1], self.random.choice(array.extents))
            self.statement(scope, order)
            self.close(scope, order[1])
        if self.random.random() < 0.5:
            self.statement(scope, order[:1])
        self.close(scope, order[0])


def _values(array: Array) -> tuple[int, ...]:
    return tuple(extent.value for extent in array.extents)
