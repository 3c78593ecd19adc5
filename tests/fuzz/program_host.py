# SPDX-License-Identifier: Apache-2.0
"""Host code between the nests: element writes, prints, library calls, aliases, impure calls."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz.program_nests import NestWriter
from tests.fuzz.program_parts import Array, Expressions, Scope, Writer


class HostWriter:
    """Writes statements that belong on the host."""

    def __init__(self, random: Random, writer: Writer, nests: NestWriter) -> None:
        self.random = random
        self.out = writer
        self.nests = nests
        self.say = Expressions(random)

    def statement(self, scope: Scope) -> None:
        """Write code that s2s should leave on the host, or that looks so."""
        random, out = self.random, self.out
        element = self.say.element(scope, random.choice(scope.writable_reals()))
        kinds: list[Callable[[], None]] = [
            lambda: out.put(f"{element} = {self.say.value(scope)};"),
            lambda: out.put(f"{element} *= 0.5;"),
            lambda: out.put(f'printf("%.10g\\n", (double){element});'),
            lambda: out.put(f"val = {self.say.value(scope)};"),
            lambda: out.put(f"gval = {self.say.value(scope)};"),
            lambda: out.put(f"sum = 0.5 * squash(sum) + {self.say.value(scope)};"),
            lambda: out.put('printf("sum %.10g %ld\\n", sum, cnt);'),
        ]
        lines = [a for a in scope.writable_reals() if a.element == "double" and is_line(a)]
        if lines:
            kinds += self.line_kinds(random.choice(lines), random.choice(lines))
        random.choice(kinds)()

    def line_kinds(self, line: Array, other: Array) -> list[Callable[[], None]]:
        """Return ways to change or to read the first elements of a one-dimensional array."""
        out, name = self.out, line.name
        return [
            lambda: out.put(f"memset({name}, 0, 3 * sizeof({name}[0]));"),
            lambda: out.put(f"nudge({name}, {self.random.choice((2, 3, 5))});"),
            lambda: out.put(f"nudge({name} + 2, 3);"),
            lambda: self.alias(line),
            lambda: self.copy(line, other),
            lambda: self.io_loop(line),
            lambda: out.put(f"for (int w = 0; w < 4; w++) {name}[w] = next_value();"),
        ]

    def alias(self, line: Array) -> None:
        name = self.nests.name("alias")
        self.out.put(f"double *{name} = {line.name} + 2;")
        self.out.put(f"{name}[1] = 0.5 * {name}[0] + 0.25;")

    def copy(self, target: Array, source: Array) -> None:
        """Copy some elements; two parameters (``a0``, ``a1``) may be one array."""
        overlap = target.name == source.name or target.name[0] == source.name[0] == "a"
        function = "memmove" if overlap else "memcpy"
        self.out.put(f"{function}({target.name} + 1, {source.name} + 2, 3 * sizeof(double));")

    def io_loop(self, line: Array) -> None:
        self.out.put("for (int w = 0; w < 3; w++)")
        self.out.put(f'    printf("%.10g\\n", {line.name}[w + 1]);')


def is_line(array: Array) -> bool:
    return len(array.extents) == 1
