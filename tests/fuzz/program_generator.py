# SPDX-License-Identifier: Apache-2.0
"""Random whole C programs that are valid by construction and print all that they compute.

A program has global arrays, arrays from ``malloc`` and of variable length, pointer and array
parameters, a structure with an array, several functions, sequences of nests with host code in
between, time loops with pointer swaps, pure and impure functions, and prints a checksum and some
elements of every array and every scalar. ``generate(seed)`` is the same text for the same seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.fuzz.program_calls import CallWriter
from tests.fuzz.program_host import HostWriter, is_line
from tests.fuzz.program_parts import Array, Expressions, Extent, Scope, Writer

PURE = {
    "squash": "static double squash(double x)\n{\n    return x / (1.0 + fabs(x));\n}\n",
    "hinge": "static double hinge(double x)\n{\n    if (x > 0.5)\n        return 0.5 + 0.1 * x;\n"
    "    return 0.5 * x;\n}\n",
    "series": "static inline double series(double x)\n{\n    double y = 0.0;\n"
    "    for (int t = 0; t < 3; t++)\n        y = 0.5 * y + 0.25 * squash(x);\n"
    "    return y;\n}\n",
    "lookup": "static const double table[8] = {0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6};\n"
    "static double lookup(double x)\n{\n    return table[(int)(fabs(squash(x)) * 7.0)];\n}\n",
    "shifted": "static double shifted(double x)\n{\n    return squash(x + gval);\n}\n",
}
IMPURE = """static int ticks;
static double next_value(void)
{
    ticks = (ticks * 5 + 3) % 16;
    return 0.05 * ticks;
}

static void nudge(double *a, int count)
{
    for (int t = 0; t < count; t++)
        a[t] = 0.5 * a[t] + 0.125;
    gcount++;
}

static double checksum(const double *a, int count)
{
    double total = 0.0;
    for (int t = 0; t < count; t++)
        total += a[t] * (t % 7 + 1);
    return total;
}
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An array parameter: how it is declared, and how a call may name its argument."""

    array: Array
    declaration: str
    kind: str
    restrict: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A phase of the program: ``void name(int n, int m, arrays...)``, or one returning a sum."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: bool


def generate(seed: int) -> str:
    """Return the C text of program number ``seed``."""
    return _Program(Random(seed)).text()


class _Program:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.out = Writer()
        self.say = Expressions(random)
        self.nests = CallWriter(random, self.out)
        self.host = HostWriter(random, self.out, self.nests)
        self.n = Extent("n", random.randrange(10, 22))
        self.m = Extent("m", random.randrange(6, 11))
        self.nx = Extent("NX", random.randrange(9, 24))
        self.ny = Extent("NY", random.randrange(6, 12))
        self.functions: list[Function] = []
        self.main_arrays: dict[str, list[Array]] = {"line": [], "flat": [], "rows": []}
        self.swappable: list[tuple[str, str]] = []
        self.unary = ("squash", *random.sample(("hinge", "series", "lookup", "shifted"), 2))
        self.globals = self.global_arrays()
        self.structure = random.random() < 0.3

    def text(self) -> str:
        self.preamble()
        begin = len(self.out.lines)
        for number in range(self.random.choice((1, 2, 2, 3))):
            self.phase(number)
        self.main()
        self.out.lines[begin:begin] = self.nests.helpers
        return "\n".join(self.out.lines) + "\n"

    # File scope

    def global_arrays(self) -> list[Array]:
        random = self.random
        arrays = [Array("A0", "double", (self.nx,)), Array("A1", "double", (self.nx, self.ny))]
        if random.random() < 0.6:
            arrays.append(Array("A2", random.choice(("double", "float")), (self.nx, self.ny)))
        if random.random() < 0.4:
            arrays.append(Array("A3", "double", (Extent("5", 5), Extent("6", 6), self.ny)))
        if random.random() < 0.8:
            limit = random.randrange(5, min(self.nx.value, self.n.value, 10))
            arrays.append(Array("K0", "int", (self.nx,), limit=limit))
        if random.random() < 0.7:
            arrays.append(Array("H0", "long", (Extent("NB", 5),), counter=True))
        if random.random() < 0.5:
            arrays.append(Array("A4", "double", (self.ny,), constant=True))
        return arrays

    def preamble(self) -> None:
        out = self.out
        for header in ("math", "stdio", "stdlib", "string"):
            out.put(f"#include <{header}.h>")
        out.put("")
        out.put(f"#define NX {self.nx.value}")
        out.put(f"enum {{ NY = {self.ny.value}, NB = 5 }};")
        out.put("")
        for array in self.globals:
            out.put(self.random.choice(("static ", "")) + self.global_declaration(array))
        out.put("static double gval = 0.25;")
        out.put("static double gsum;")
        out.put("long gcount;")
        if self.structure:
            out.put("struct field {\n    int n;\n    double scale;\n    double *data;\n};")
        out.put("")
        for name in dict.fromkeys(("squash", *self.unary)):
            out.lines += PURE[name].split("\n")
        out.lines += IMPURE.split("\n")

    def global_declaration(self, array: Array) -> str:
        extents = "".join(f"[{e.text}]" for e in array.extents)
        if not array.constant:
            return f"{array.element} {array.name}{extents};"
        values = ", ".join(f"{0.05 * (k % 13 + 1):.2f}" for k in range(array.size))
        return f"const {array.element} {array.name}{extents} = {{{values}}};"

    # Functions

    def phase(self, number: int) -> None:
        """Write a function of some nests over its parameters and the global arrays."""
        random, out = self.random, self.out
        restrict = random.random() < 0.4
        parameters = [self.parameter(k, restrict) for k in range(random.choice((1, 2, 2, 3)))]
        function = Function(f"phase{number}", tuple(parameters), random.random() < 0.4)
        arguments = ", ".join(["int n", "int m", *(p.declaration for p in parameters)])
        out.put(f"static {'double' if function.returns else 'void'} {function.name}({arguments})")
        out.put("{")
        out.depth += 1
        arrays = [p.array for p in parameters]
        arrays += random.sample(self.globals, random.randrange(len(self.globals) + 1))
        scope = self.function_scope(arrays)
        if random.random() < 0.3:
            out.put("double local[8];")
            out.put("for (int t = 0; t < 8; t++) local[t] = 0.1 * t;")
            scope.arrays.append(Array("local", "double", (Extent("8", 8),)))
        steps = random.random() < 0.3
        if steps:
            out.open("for (int step = 0; step < 3; step++)")
        for number_of_nest in range(random.choice((1, 2, 2, 3))):
            if random.random() < 0.15 and not steps:
                self.late_array(scope, number_of_nest)
            self.nests.any_nest(scope)
            if random.random() < 0.2:
                self.host.statement(scope)
            if random.random() < (0.5 if steps else 0.15):
                self.leave(scope, function, inside_loop=steps)
        if steps:
            out.close()
        out.depth -= 1
        out.put("done:;")
        out.depth += 1
        if function.returns:
            out.put(f"return squash({scope.sums[0]});")
        out.close()
        out.put("")
        self.functions.append(function)

    def leave(self, scope: Scope, function: Function, *, inside_loop: bool) -> None:
        """Leave a function, or its time loop, from between its nests."""
        random, out = self.random, self.out
        element = self.say.element(scope, random.choice(scope.writable_reals()))
        value = random.choice((element, "0.01 * sum", "val"))
        ways = ["return squash(sum);" if function.returns else "return;", "goto done;"]
        if function.returns:
            ways.append(f"return squash({element});")
        if inside_loop:
            ways += ["break;", "continue;"]
        out.open(f"if ({value} > {random.choice((0.2, 0.45, 0.9, 2.0))})")
        if random.random() < 0.4:
            out.put(f"{element} = {self.say.value(scope)};")
        out.put(random.choice(ways))
        out.close()

    def late_array(self, scope: Scope, number: int) -> None:
        """Declare an array where it is needed first; jumps must not skip over variable ones."""
        name = f"late{number}"
        size = Extent("n", self.n.value)
        self.out.put(f"double *{name};")
        self.out.put(f"{name} = {self.allocation('n', name)};")
        array = Array(name, "double", (size,))
        self.initialize(scope, array)
        scope.arrays.append(array)

    def function_scope(self, arrays: list[Array]) -> Scope:
        """Declare the scalars of a function; every function has something to write to."""
        if not any(a.real and not a.constant for a in arrays):
            arrays = [*arrays, self.globals[0]]
        scope = Scope(arrays, ["val", "gval"], ["sum", "gsum"], ["cnt", "gcount"])
        scope.unary_functions = self.unary
        self.out.put("double sum = 0.0, val = 0.5;")
        self.out.put("long cnt = 0;")
        if self.random.random() < 0.35:
            self.out.put("int i, j, k, p, q;")
            scope.variables_declared = True
        return scope

    def parameter(self, number: int, restrict: bool) -> Parameter:
        kind = self.random.choice(("line", "line", "flat", "rows"))
        name = f"a{number}"
        qualifier = "restrict " if restrict else ""
        constant = self.random.random() < 0.25
        const = "const " if constant else ""
        extents = (self.n,) if kind == "line" else (self.n, self.m)
        array = Array(name, "double", extents, flat=kind == "flat", constant=constant)
        declaration = f"{const}double *{qualifier}{name}"
        if kind == "rows":
            declaration = f"{const}double {name}[{qualifier}n][m]"
            if not restrict and self.random.random() < 0.4:
                declaration = f"{const}double (*{name})[m]"
        elif kind == "line" and not restrict and self.random.random() < 0.3:
            declaration = f"{const}double {name}[]"
        return Parameter(array, declaration, kind, restrict)

    # The main function

    def main(self) -> None:
        random, out = self.random, self.out
        out.put("int main(int argc, char **argv)")
        out.put("{")
        out.depth += 1
        out.put(f"int n = argc > 1 ? atoi(argv[1]) : {self.n.value};")
        out.put(f"{random.choice(('const ', ''))}int m = {self.m.value};")
        arrays, released = self.local_arrays()
        scope = self.function_scope([*self.globals, *arrays])
        for array in scope.arrays:
            if not array.constant:
                self.initialize(scope, array)
        for _ in range(random.choice((3, 4, 5, 6))):
            self.item(scope, 0)
        self.print_everything(scope)
        out.lines += [f"    free({name});" for name in released]
        out.put("return 0;")
        out.close()

    def local_arrays(self) -> tuple[list[Array], list[str]]:
        """Declare the arrays of main; return them and what is to be freed."""
        random, out = self.random, self.out
        released: list[str] = []
        lines, flats, rows = self.main_arrays.values()
        for k in range(random.choice((2, 2, 3))):
            name = f"u{k}"
            if random.random() < 0.7 or k < 2:
                out.put(f"double *{name} = {self.allocation('n', name)};")
                released.append(name)
            else:
                out.put(f"double {name}[n];")
            lines.append(Array(name, "double", (self.n,)))
        self.swappable.append(("u0", "u1"))
        for k in range(random.choice((1, 2, 2))):
            out.put(f"double *f{k} = {self.allocation('n * m', f'f{k}')};")
            released.append(f"f{k}")
            flats.append(Array(f"f{k}", "double", (self.n, self.m), flat=True))
        if len(flats) > 1:
            self.swappable.append(("f0", "f1"))
        for k in range(random.choice((1, 1, 2))):
            if random.random() < 0.5:
                out.put(f"double (*r{k})[m] = malloc(sizeof(double[n][m]));")
                released.append(f"r{k}")
            else:
                out.put(f"double r{k}[n][m];")
            rows.append(Array(f"r{k}", "double", (self.n, self.m)))
        arrays = [*lines, *flats, *rows]
        if self.structure:
            out.put("struct field grid = {n, 0.5, NULL};")
            out.put("grid.data = malloc(grid.n * sizeof(double));")
            released.append("grid.data")
            arrays.append(Array("grid.data", "double", (Extent("grid.n", self.n.value),)))
        if random.random() < 0.4:
            out.put("int idx[n];")
            arrays.append(Array("idx", "int", (self.n,), limit=random.randrange(4, 6)))
        return arrays, released

    def allocation(self, length: str, name: str) -> str:
        return self.random.choice(
            (
                f"malloc({length} * sizeof *{name})",
                f"malloc(sizeof(double) * {length})",
                f"(double *)malloc((size_t){length} * sizeof(double))",
                f"calloc({length}, sizeof(double))",
            )
        )

    def initialize(self, scope: Scope, array: Array) -> None:
        order = self.nests.variables(scope, len(array.extents))
        for v, extent in zip(order, array.extents, strict=True):
            self.nests.full_loop(scope, v, extent)
        mix = " + ".join(f"{v} * {c}" for v, c in zip(order, (7, 3, 5), strict=False))
        if array.limit:
            self.out.put(f"{array.at(order)} = ({mix} + 2) % {array.limit};")
        elif array.counter:
            self.out.put(f"{array.at(order)} = {order[0]};")
        else:
            offset = self.random.randrange(11)
            self.out.put(f"{array.at(order)} = (({mix} + {offset}) % 11) * 0.09;")
        self.nests.close(scope, *order)

    def item(self, scope: Scope, depth: int) -> None:
        """Write the next thing that main does."""
        chance = self.random.random()
        if chance < 0.45:
            self.nests.any_nest(scope)
        elif chance < 0.65 and depth == 0:
            self.time_loop(scope)
        elif chance < 0.8:
            self.call_phase(scope)
        elif chance < 0.86 and depth < 2:
            self.out.open(f"if ({self.say.condition(scope)})")
            self.item(scope, depth + 1)
            self.out.middle("} else {")
            self.item(scope, depth + 1)
            self.out.close()
        else:
            self.host.statement(scope)

    def time_loop(self, scope: Scope) -> None:
        random, out = self.random, self.out
        t, steps = self.nests.name("t"), random.randrange(2, 6)
        counted = random.random() < 0.7
        if counted:
            out.open(f"for (int {t} = 0; {t} < {steps}; {t}++)")
        else:
            error = self.nests.name("err")
            out.put(f"double {error} = 1.0;")
            out.put(f"int {t} = 0;")
            out.open(f"while ({error} > 1.0e-3 && {t} < {steps})")
        for _ in range(random.choice((1, 2, 2, 3))):
            self.item(scope, 1)
        if random.random() < 0.5:
            self.swap()
        if not counted:
            array = random.choice([a for a in scope.reals() if len(a.extents) == 1])
            out.put(f"{error} = 0.0;")
            v = "w"
            out.put(f"for (int {v} = 0; {v} < {array.extents[0].text}; {v}++)")
            out.put(f"    {error} += 0.1 * fabs({array.at([v])} - 0.5);")
            out.put(f"{t}++;")
        out.close()

    def swap(self) -> None:
        first, second = self.random.choice(self.swappable)
        name = self.nests.name("swap")
        self.out.put(f"double *{name} = {first};")
        self.out.put(f"{first} = {second};")
        self.out.put(f"{second} = {name};")

    def call_phase(self, scope: Scope) -> None:
        function = self.random.choice(self.functions)
        alias = self.random.random() < 0.25 and not any(p.restrict for p in function.parameters)
        used: list[str] = []
        for parameter in function.parameters:
            names = [a.name for a in self.main_arrays[parameter.kind]]
            free = names if alias else [name for name in names if name not in used]
            if not free:
                self.host.statement(scope)
                return
            used.append(self.random.choice(free))
        call = f"{function.name}({', '.join(['n', 'm', *used])})"
        self.out.put(f"{'val = ' if function.returns else ''}{call};")

    def print_everything(self, scope: Scope) -> None:
        out = self.out
        for array in scope.arrays:
            if self.random.random() < 0.4 and array.element == "double" and is_line(array):
                total = f"checksum({array.name}, {array.length_text})"
                out.put(f'printf("{array.name} %.10g\\n", {total});')
                continue
            total = self.nests.name("total")
            out.put(f"double {total} = 0.0;")
            order = self.nests.variables(scope, len(array.extents))
            for v, extent in zip(order, array.extents, strict=True):
                self.nests.full_loop(scope, v, extent)
            out.put(f"{total} += {array.at(order)} * ({order[-1]} % 5 + 1 + {order[0]} % 3);")
            self.nests.close(scope, *order)
            element = self.say.element(scope, array, [])
            out.put(f'printf("{array.name} %.10g %.10g\\n", {total}, (double){element});')
        out.put('printf("sum %.10g gsum %.10g val %.10g gval %.10g\\n", sum, gsum, val, gval);')
        out.put('printf("cnt %ld gcount %ld\\n", cnt, gcount);')
