# SPDX-License-Identifier: Apache-2.0
"""What random programs are made of: arrays with known extents, scopes, subscripts in bounds.

Every program is valid by construction. Loop variables have known ranges (all sizes have one value,
even where the text reads them at run time), and a subscript is taken only when its range lies in
the extent. Values stay finite: an assignment is a contraction of what it reads plus a constant,
an accumulation adds at most one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Extent:
    """The C text of an extent and the value it has in this program."""

    text: str
    value: int


@dataclass(frozen=True, slots=True)
class Array:
    """An array as a function sees it.

    ``flat`` arrays are one pointer with a linearized subscript. ``limit`` is positive for arrays
    of integers whose elements lie in ``[0, limit)``; ``counter`` arrays hold any count.
    """

    name: str
    element: str
    extents: tuple[Extent, ...]
    flat: bool = False
    limit: int = 0
    counter: bool = False
    constant: bool = False

    @property
    def real(self) -> bool:
        return self.element in ("double", "float")

    @property
    def size(self) -> int:
        result = 1
        for extent in self.extents:
            result *= extent.value
        return result

    @property
    def length_text(self) -> str:
        return " * ".join(extent.text for extent in self.extents)

    def at(self, subscripts: list[str]) -> str:
        """Return the text of an element."""
        if not self.flat:
            return self.name + "".join(f"[{s}]" for s in subscripts)
        text = subscripts[0]
        for extent, subscript in zip(self.extents[1:], subscripts[1:], strict=True):
            first = text if text.isidentifier() else f"({text})"
            text = f"{first} * {extent.text} + {subscript}"
        return f"{self.name}[{text}]"


@dataclass(slots=True)
class Scope:
    """What a statement may use: arrays, scalars by role, and loop variables with their ranges.

    ``values`` are bounded doubles, ``sums`` doubles and ``counts`` longs of any size.
    """

    arrays: list[Array]
    values: list[str] = field(default_factory=list)
    sums: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    unary_functions: tuple[str, ...] = ()
    variables_declared: bool = False

    def reals(self) -> list[Array]:
        return [a for a in self.arrays if a.real]

    def writable_reals(self) -> list[Array]:
        return [a for a in self.arrays if a.real and not a.constant]

    def indices(self) -> list[Array]:
        return [a for a in self.arrays if a.limit]


class Writer:
    """Lines of C with indentation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0

    def put(self, text: str) -> None:
        self.lines.append("    " * self.depth + text if text else "")

    def open(self, text: str) -> None:
        self.put(text + " {")
        self.depth += 1

    def close(self, text: str = "}") -> None:
        self.depth -= 1
        self.put(text)

    def middle(self, text: str) -> None:
        self.depth -= 1
        self.put(text)
        self.depth += 1


class Expressions:
    """Random expressions that are valid in a scope."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def subscript(self, scope: Scope, extent: Extent, prefer: str = "") -> str:
        """Return a subscript within the extent, ``prefer`` itself most of the time."""
        options: list[tuple[float, str, int, int]] = [(0.15, str(c), c, c) for c in range(4)]
        for v, (low, high) in scope.ranges.items():
            weight = 14.0 if v == prefer else 1.0
            c = self.random.choice((1, 1, 2))
            options += [
                (weight, v, low, high),
                (weight / 6, f"{v} + {c}", low + c, high + c),
                (weight / 6, f"{v} - {c}", low - c, high - c),
                (0.4, f"{extent.text} - 1 - {v}", extent.value - 1 - high, extent.value - 1 - low),
                (0.15, f"{v} / 2", low // 2, high // 2),
                (0.2, f"2 * {v}", 2 * low, 2 * high),
                (0.1, f"({v} * 3 + 1) % {_factor(extent.text)}", 0, extent.value - 1),
            ]
            options += [
                (0.6, k.at([v]), 0, k.limit - 1)
                for k in scope.indices()
                if len(k.extents) == 1 and low >= 0 and high < k.extents[0].value
            ]
        fitting = [o for o in options if o[2] >= 0 and o[3] < extent.value]
        return self.random.choices([o[1] for o in fitting], [o[0] for o in fitting])[0]

    def element(self, scope: Scope, array: Array, order: list[str] | None = None) -> str:
        """Return an element; its subscripts prefer the variables in ``order``."""
        variables = order if order is not None else list(scope.ranges)
        rank = len(array.extents)
        preferred = [*([""] * rank), *variables][-rank:]
        return array.at(
            [self.subscript(scope, e, v) for e, v in zip(array.extents, preferred, strict=True)]
        )

    def atom(self, scope: Scope) -> str:
        """Return one bounded operand."""
        chance = self.random.random()
        reals = scope.reals()
        if reals and chance < 0.72:
            return self.element(scope, self.random.choice(reals))
        if scope.values and chance < 0.84:
            return self.random.choice(scope.values)
        if scope.sums and chance < 0.87:
            return f"squash({self.random.choice(scope.sums)})"
        integers = [a for a in scope.arrays if a.limit]
        if integers and chance < 0.91:
            return f"0.01 * {self.element(scope, self.random.choice(integers))}"
        if scope.ranges and chance < 0.97:
            return f"0.01 * {self.random.choice(list(scope.ranges))}"
        return "0.5"

    def value(self, scope: Scope) -> str:
        """Return a contraction of up to three operands plus a constant."""
        weights = self.random.choice((("0.5", "0.25", "0.125"), ("0.3", "0.3", "0.3")))
        count = self.random.choice((1, 1, 2, 2, 3))
        terms = []
        for weight in weights[:count]:
            atom = self.atom(scope)
            if self.random.random() < 0.12:
                atom = self.call(scope, atom)
            terms.append(f"{weight} * {atom}")
        constant = self.random.choice(("0.1", "0.25", "0.0625", "0.75"))
        return self.random.choice((" + ", " + ", " - ")).join([*terms, constant])

    def call(self, scope: Scope, atom: str) -> str:
        pool = ["fabs({})", "sin({})", "sqrt(fabs({}))", "fmin({}, 2.0)", "squash({})"]
        pool += [f"{name}({{}})" for name in scope.unary_functions] * 2
        return self.random.choice(pool).format(atom)

    def small(self, scope: Scope) -> str:
        """Return a value of magnitude at most one, to be accumulated."""
        return f"squash({self.value(scope)})"

    def integer(self, scope: Scope, limit: int) -> str:
        """Return an integer in ``[0, limit)``."""
        terms = [str(self.random.randrange(1, 9))]
        terms += [
            f"{v} * {self.random.choice((1, 3, 5))}" for v, r in scope.ranges.items() if r[0] >= 0
        ]
        if scope.indices() and self.random.random() < 0.6:
            terms.append(self.element(scope, self.random.choice(scope.indices())))
        return f"({' + '.join(terms)}) % {limit}"

    def condition(self, scope: Scope) -> str:
        """Return a condition, on loop variables or on data."""
        variables = list(scope.ranges)
        pool = []
        if variables:
            v, w = self.random.choice(variables), self.random.choice(variables)
            pool += [f"{v} > 2", f"{v} % 2 == 0", f"{v} % 3 != 1"]
            pool += [f"{v} < {w}", f"{v} != {w}"] if v != w else []
        if scope.reals():
            pool += [f"{self.atom(scope)} > 0.4", f"{self.atom(scope)} <= {self.atom(scope)}"]
        if scope.indices():
            pool.append(f"{self.element(scope, self.random.choice(scope.indices()))} % 2 == 0")
        return self.random.choice(pool or ["1"])


def _factor(text: str) -> str:
    return text if text.isidentifier() else f"({text})"
