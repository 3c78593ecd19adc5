# SPDX-License-Identifier: Apache-2.0
"""Loop nests whose innermost statements stand in a function that is given rows or elements."""

from __future__ import annotations

import re

from tests.fuzz.program_idioms import IdiomWriter
from tests.fuzz.program_parts import Array, Extent, Scope, Writer

CONSTANTS = ("NX", "NY", "NB")
"""Sizes that every function knows by name."""


class CallWriter(IdiomWriter):
    """Writes one nest at a time; ``helpers`` are the functions that the nests call."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.helpers: list[str] = []

    def any_nest(self, scope: Scope) -> None:
        """Write a nest of a random kind, one in seven with a call inside."""
        if self.random.random() < 1 / 7 and any(_can_be_passed(a) for a in scope.writable_reals()):
            self.call_in_nest(scope)
        else:
            super().any_nest(scope)

    def call_in_nest(self, scope: Scope) -> None:
        """A loop per dimension of one array around a call."""
        arrays = [a for a in scope.reals() if _can_be_passed(a)]
        target = self.random.choice([a for a in arrays if not a.constant])
        order = self.variables(scope, len(target.extents))
        for v, extent in zip(order, target.extents, strict=True):
            self.loop(scope, v, extent)
        picks = [target, *(self.random.choice(arrays) for _ in range(self.random.randrange(3)))]
        self.random.shuffle(picks)
        self.call_of_helper(scope, picks, order)
        if self.random.random() < 0.3:
            self.statement(scope, order)
        self.close(scope, *order)

    def call_of_helper(self, scope: Scope, picks: list[Array], order: list[str]) -> None:
        """Write a helper for some arrays, and the call of it."""
        helper = CallWriter(self.random, Writer())
        name = self.name("helper")
        passed = [self.passed(scope, a, f"h{k}", order) for k, a in enumerate(picks)]
        arrays = [inner for inner, _, _ in passed]
        ranges = {f"x{v}": scope.ranges[v] for v in order}
        inner = Scope(arrays, ranges=dict(ranges), unary_functions=scope.unary_functions)
        returns = self.random.random() < 0.3
        helper.out.depth += 1
        helper.body(inner, list(ranges), returns=returns)
        text = "\n".join(helper.out.lines)
        passed = [p for p in passed if re.search(rf"\b{p[0].name}\b", text)]
        sizes = dict.fromkeys(
            e.text for a in arrays for e in a.extents
            if e.text.isidentifier() and e.text not in CONSTANTS
        )  # fmt: skip
        parameters = [*(f"int {s}" for s in sizes), *(declared for _, declared, _ in passed)]
        parameters += [f"int {x}" for x in ranges]
        arguments = [*sizes, *(argument for _, _, argument in passed), *order]
        head = f"static {'double' if returns else 'void'} {name}({', '.join(parameters)})"
        self.helpers += [head, "{", *helper.out.lines, "}", ""]
        call = f"{name}({', '.join(arguments)})"
        if returns:
            target = self.random.choice(scope.writable_reals())
            call = f"{self.say.element(scope, target, order)} = 0.5 * {call} + 0.1"
        self.out.put(f"{call};")

    def body(self, scope: Scope, order: list[str], *, returns: bool) -> None:
        """Write what a helper does."""
        if self.random.random() < 0.2:
            value = f" {self.say.value(scope)}" if returns else ""
            self.out.put(f"if ({self.say.condition(scope)}) return{value};")
        for _ in range(self.random.choice((0, 1, 2) if returns else (1, 1, 2))):
            if not scope.writable_reals():
                break
            if self.random.random() < 0.35:
                (v,) = self.variables(scope, 1)
                self.loop(scope, v, self.random.choice(self.target(scope).extents))
                self.statement(scope, [*order[:-1], v])
                self.close(scope, v)
            else:
                self.statement(scope, order)
        if returns:
            self.out.put(f"return {self.say.value(scope)};")

    def passed(
        self, scope: Scope, array: Array, name: str, order: list[str]
    ) -> tuple[Array, str, str]:
        """Return an array as the helper knows it, its declaration, and the argument."""
        const = "const " if array.constant else ""
        first, *rest = array.extents
        whole = self.random.random() < 0.5 or len(rest) > 1
        at = self.say.subscript(scope, first, order[0])
        extents = array.extents if whole else tuple(rest) or (Extent("1", 1),)
        inner = Array(name, array.element, extents, array.flat and whole, constant=array.constant)
        bounds = "".join(f"[{e.text}]" for e in rest) if whole and not array.flat else ""
        declared = f"{const}{array.element} {f'{name}[]{bounds}' if bounds else f'*{name}'}"
        if whole:
            return inner, declared, array.name
        if array.flat:
            start = f"({at}) * {rest[0].text}"
            forms = (f"{array.name} + {start}", f"&{array.name}[{start}]")
            return inner, declared, self.random.choice(forms)
        if rest:
            return inner, declared, f"{array.name}[{at}]"
        return inner, declared, self.random.choice((f"&{array.name}[{at}]", f"{array.name} + {at}"))


def _can_be_passed(array: Array) -> bool:
    return array.real and all(e.text.isidentifier() or e.text.isdigit() for e in array.extents)
