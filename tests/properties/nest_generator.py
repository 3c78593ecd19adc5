# SPDX-License-Identifier: Apache-2.0
"""Random loop nests of many kinds, the same ones for the same seed.

``nests(seed, count)`` yields nests that stay inside their arrays and end, for all parameters that
the oracle tries; a *flavour* decides what a nest is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from random import Random

from tests.properties.nest_execution import compile_trace
from tests.properties.nest_ir import ARRAYS, Access, Assign, Form, If, Loop, Nest, Node
from tests.properties.nest_oracle import environments


class Flavour(StrEnum):
    """What a nest is about; the number in ``WEIGHTS`` is how many of 100 nests are.

    Those on lattices are made only when they are asked for.
    """

    AFFINE = "affine"
    SCALAR = "scalar"
    REDUCTION = "reduction"
    LINEARIZED = "linearized"
    ARRAY_PRIVATE = "array-private"
    INDIRECT = "indirect"
    LATTICE = "lattice"


WEIGHTS = {
    Flavour.AFFINE: 42,
    Flavour.SCALAR: 16,
    Flavour.REDUCTION: 16,
    Flavour.LINEARIZED: 10,
    Flavour.ARRAY_PRIVATE: 8,
    Flavour.INDIRECT: 8,
}
SIZES = (1, 2, 3, 5, 8)


def nests(seed: int, count: int, flavour: Flavour | None = None) -> Iterator[Nest]:
    """Yield ``count`` valid nests named ``nest_0``, ``nest_1``, ..., of one flavour if given."""
    random = Random(seed)
    made = 0
    while made < count:
        nest = _Builder(random, flavour).nest(f"nest_{made}")
        if is_valid(nest):
            made += 1
            yield nest


def is_valid(nest: Nest) -> bool:
    """Tell whether a nest ends, stays inside its arrays and uses no variable of another loop."""
    run = compile_trace(nest)
    try:
        return all([run(e).events for e in environments(nest, SIZES)][-1:])
    except (IndexError, OverflowError, NameError):
        return False


class _Builder:
    """Makes one nest; its fields are what has been decided so far."""

    def __init__(self, random: Random, flavour: Flavour | None) -> None:
        self.random = random
        self.flavour = flavour or random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.offset = random.random() < 0.5
        self.tidy = random.random() < 0.6
        self.outside = random.random() < 0.25
        self.statements = random.choice((1, 1, 2, 2, 3, 4))
        self.max_depth = random.choice((1, 2, 2, 2, 3))
        if self.flavour in (Flavour.LINEARIZED, Flavour.ARRAY_PRIVATE, Flavour.LATTICE):
            self.max_depth = max(2, self.max_depth)
        self.arrays = random.sample(("A", "B", "C", "D", "E"), random.choice((1, 2, 2, 3)))
        self.scalars: list[str] = []
        self.locals: dict[str, tuple[int, ...]] = {}
        self.variables: list[str] = []

    def nest(self, name: str) -> Nest:
        if self.flavour in (Flavour.SCALAR, Flavour.REDUCTION):
            self.scalars = self.random.sample(("s", "t", "g"), self.random.choice((1, 1, 2)))
        if self.flavour is Flavour.ARRAY_PRIVATE or (
            self.flavour is Flavour.LATTICE and self.random.random() < 0.5
        ):
            self.locals = {"W": (64,)}
        root = self.loop(0)
        local = tuple(s for s in self.scalars if s != "g")
        after = tuple(s for s in (*local, *self.locals) if self.random.random() < 0.4)
        if self.outside and self.random.random() < 0.3:
            after += (self.random.choice("ijk"[: self.max_depth]),)
        nest = Nest(name, root, local, self.locals, ())
        known = {*local, *self.locals, *(lp.variable for lp in nest.loops() if not lp.declares)}
        return Nest(name, root, local, self.locals, tuple(a for a in after if a in known))

    # Loops

    def loop(self, depth: int) -> Loop:
        variable = "ijk"[depth]
        declares = not self.outside
        start, relation, bound, step = (
            self.row_bounds(depth) if self.flavour is Flavour.LINEARIZED else self.bounds()
        )
        self.variables.append(variable)
        body = self.body(depth)
        self.variables.pop()
        kind = "int" if step < 0 or self.random.random() < 0.9 else "long"
        return Loop(
            variable, start, relation, bound, step, body, declares, kind if declares else "int"
        )

    def row_bounds(self, depth: int) -> tuple[str, str, str, int]:
        """Return bounds within ``0 <= v < n``, as linearized subscripts want them."""
        pool = [("0", "<", "n", 1), ("1", "<", "n - 1", 1), ("n - 1", ">=", "0", -1)]
        if depth:
            pool += [("0", "<=", self.variables[-1], 1), (f"{self.variables[-1]} + 1", "<", "n", 1)]
        return self.random.choice(pool)

    def bounds(self) -> tuple[str, str, str, int]:
        choice = self.random.choice
        step = choice((1, 1, 1, 1, 1, 1, 2, 3))
        outer = self.variables
        if self.flavour is Flavour.LATTICE and outer and self.random.random() < 0.6:
            ends = (("<", "n"), ("<=", "n - 1"), ("<", f"n - {self.remainder()}"))
            relation, bound = choice(ends)
            return (choice(("", "1 + ")) + self.remainder(), relation, bound, choice((1, 2, 2, 3)))
        if self.random.random() < 0.8:
            start = choice(["0", "0", "1", *outer, *(f"{v} + 1" for v in outer)])
            strict = ["n", "n", "n", *outer, *(f"n - {v}" for v in outer)]
            weak = ["n - 1", *outer, *(f"{v} - 1" for v in outer), *(f"{v} + 1" for v in outer)]
            relation = choice(("<", "<", "<=", "!="))
            if relation == "!=":
                return ("0", relation, choice(("n", *outer)), 1)
            return (start, relation, choice(strict if relation == "<" else weak), step)
        start = choice(["n - 1", "n - 1", *outer])
        relation, bound = choice(((">=", "0"), (">", "0"), (">=", "1"), ("!=", "0")))
        if relation == "!=":
            return (start, relation, bound, -1) if not outer else ("n", relation, "0", -1)
        return (start, relation, choice([bound, bound, *outer]), -step)

    def remainder(self) -> str:
        """Return a remainder or quotient of outer variables, which are not negative."""
        choice, v = self.random.choice, self.variables
        return f"({choice(v)} + {choice((*v, '0', '1', 'm'))}) {choice('%%/')} {choice((2, 2, 3))}"

    # Statements

    def body(self, depth: int) -> tuple[Node, ...]:
        parts: list[Node] = []
        if depth + 1 == self.max_depth:
            parts += self.innermost()
        else:
            if self.random.random() < 0.3:
                parts += self.some_statements(1)
            parts.append(self.loop(depth + 1))
            if self.random.random() < 0.2:
                parts.append(self.loop(depth + 1))
            if self.random.random() < 0.3:
                parts += self.some_statements(1)
        if self.flavour is Flavour.SCALAR and self.random.random() < 0.5:
            parts = self.with_local(parts)
        return tuple(parts)

    def innermost(self) -> list[Node]:
        body = self.some_statements(self.statements)
        chance = self.random.random()
        if chance < (0.6 if self.flavour is Flavour.LATTICE else 0.2):
            rest = self.some_statements(1) if self.random.random() < 0.5 else []
            return [If(self.condition(), tuple(body), tuple(rest))]
        if chance < 0.27:
            other = self.some_statements(1) if self.random.random() < 0.5 else []
            return [If("", tuple(body), tuple(other), self.element())]
        return body

    def condition(self) -> str:
        variables = self.variables
        if self.flavour is Flavour.LATTICE and self.random.random() < 0.8:
            return f"{self.remainder()} {self.random.choice(('==', '==', '!=', '<'))} 1"
        pool = [f"{v} > 1" for v in variables] + [f"{v} != n - 1" for v in variables]
        pool += [f"{v} < {w}" for v in variables for w in variables if v != w]
        pool += [f"{v} == {w}" for v in variables for w in variables if v < w]
        pool += [f"{v} + {w} < n" for v in variables for w in variables if v < w]
        pool += [f"{v} >= 1 && {v} < n - 1" for v in variables] + ["n > 2"]
        return self.random.choice(pool)

    def some_statements(self, count: int) -> list[Node]:
        return [self.statement() for _ in range(count)]

    def statement(self) -> Node:
        operands = tuple(self.operand() for _ in range(self.random.choice((0, 1, 1, 2))))
        if self.flavour is Flavour.REDUCTION and self.random.random() < 0.7:
            return self.update(self.target(0.7), operands)
        if self.random.random() < 0.15:
            return self.update(self.target(0.2), operands)
        return Assign(self.target(0.4), operands)

    def update(self, target: Access, operands: tuple[Access, ...]) -> Assign:
        forms = [Form.COMPOUND] * 5 + [Form.SPELLED] * 3 + [Form.REVERSED]
        if self.flavour is Flavour.REDUCTION:
            forms += [Form.TERNARY, Form.CALL, Form.CONDITIONAL, Form.CONDITIONAL, Form.FOREIGN]
        form = self.random.choice(forms)
        if form in (Form.COMPOUND, Form.SPELLED, Form.REVERSED):
            return Assign(target, operands, form, self.random.choice("+++-*"))
        return Assign(target, operands, form, self.random.choice(("max", "min")))

    def with_local(self, parts: list[Node]) -> list[Node]:
        """Declare a scalar in the loop body, give it a value, and let a statement read it."""
        name = f"u{len(self.variables)}"
        first = Assign(Access(name), (self.element(),), declares=True)
        last = Assign(self.element(), (Access(name), self.element()))
        return [first, *parts, last]

    # Accesses

    def target(self, scalar: float) -> Access:
        if self.scalars and self.random.random() < scalar:
            return Access(self.random.choice(self.scalars))
        return self.element()

    def operand(self) -> Access:
        return self.target(0.4 if self.flavour is Flavour.SCALAR else 0.15)

    def element(self) -> Access:
        chance = self.random.random()
        if self.flavour is Flavour.LINEARIZED and chance < 0.8 and len(self.variables) > 1:
            return self.linearized()
        if self.flavour is Flavour.ARRAY_PRIVATE and chance < 0.5:
            return Access("W", (self.affine(0 if self.offset else None, only=self.variables[-1]),))
        if self.flavour is Flavour.LATTICE and chance < 0.4:
            if not self.locals:
                return Access(self.random.choice("AB"), (self.remainder(),))
            last = self.variables[-1]
            return Access("W", (self.random.choice((last, f"{last} + 1", self.remainder())),))
        if self.flavour is Flavour.INDIRECT and chance < 0.5:
            name = self.random.choice(("A", "B", *self.arrays))
            subscripts = [self.affine(len(ARRAYS[name])) for _ in ARRAYS[name]]
            subscripts[self.random.randrange(len(subscripts))] = self.indirect()
            return Access(name, tuple(subscripts))
        name = self.random.choice(self.arrays)
        rank = len(ARRAYS[name])
        if self.tidy:
            order = self.variables[-rank:] + [self.variables[-1]] * rank
            return Access(name, tuple(self.affine(rank, only=v) for v in order[:rank]))
        return Access(name, tuple(self.affine(rank) for _ in range(rank)))

    def affine(self, rank: int | None, only: str = "") -> str:
        """Return an affine subscript; those of rank 3 stay within small extents."""
        choice = self.random.choice
        v = only or choice(self.variables)
        chance = self.random.random()
        if chance < (0.75 if self.tidy else 0.45):
            text = v
        elif chance < 0.7:
            text = f"{v} + {choice((1, 2, 3))}"
        elif chance < 0.78:
            text = f"n - 1 - {v}"
        elif chance < 0.86 and rank != 3:
            text = f"2 * {v} + {choice((0, 1))}"
        elif chance < 0.92:
            text = f"{v} + {choice(self.variables)}"
        elif chance < 0.95:
            text = choice(("0", "1", "n - 1"))
        elif chance < 0.97 and rank != 3:
            text = f"m * {choice((1, 2))} + {v}" if rank == 1 else f"{v} + m"
        else:
            text = f"{v} + m"
        if not self.offset:
            return text
        text = text.replace(f"{v} + ", f"{v} - ", 1) if self.random.random() < 0.4 else text
        return f"{text} + 12"

    def linearized(self) -> Access:
        """Return ``L[(row + a) * n + column + b]`` of the two innermost variables."""
        choice = self.random.choice
        row, column = choice((self.variables[-2:], self.variables[-2:], self.variables[:-3:-1]))
        row = choice((row, row, row, f"({row} + 1)", f"({row} - 1)"))
        column = choice((column, column, column, f"{column} + 1", f"{column} - 1"))
        pitch = choice(("n", "n", "n", "n", "m", "(n + 2)"))
        text = f"{row} * {pitch} + {column}"
        if len(self.variables) > 2 and choice((True, False)):
            text = f"({self.variables[0]} * n + {row}) * n + {column}"
        return Access(choice("LLG"), (text,))

    def indirect(self) -> str:
        v = self.random.choice(self.variables)
        pool = (f"X[{v}]", f"X[{v}]", f"X[{v} + 1]", f"{v} * {v}", f"({v} + 12) / 2")
        return self.random.choice((*pool, f"({v} + 12) % 5", f"X[{v}] + {v}"))
