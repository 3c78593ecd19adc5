# SPDX-License-Identifier: Apache-2.0
"""Loop nests as small values, and their C text.

Index expressions and conditions are strings that mean the same in C and, after ``/`` has become
``//``, in Python: their operands are never negative where ``/`` or ``%`` is applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ARRAYS: Mapping[str, tuple[int, ...]] = {
    "A": (128,),
    "B": (128,),
    "C": (64, 64),
    "D": (64, 64),
    "E": (40, 40, 40),
    "L": (4096,),
    "G": (4096,),
}
"""Global arrays of double that every nest may use; ``X`` is the global index array."""
INDEX_ARRAY_LENGTH = 128
GLOBAL_SCALARS = ("g", "h")


class Form(StrEnum):
    """How an assignment is written."""

    PLAIN = "plain"  # x = e
    COMPOUND = "compound"  # x += e
    SPELLED = "spelled"  # x = x + e
    REVERSED = "reversed"  # x = e - x: looks like a reduction and is none
    TERNARY = "ternary"  # x = e > x ? e : x
    CALL = "call"  # x = fmax(x, e)
    CONDITIONAL = "conditional"  # if (e > x) x = e;
    FOREIGN = "foreign"  # if (e > x) x = other; a maximum of nothing


@dataclass(frozen=True, slots=True)
class Access:
    """A scalar, or an array element when there are subscripts."""

    name: str
    subscripts: tuple[str, ...] = ()

    def text(self) -> str:
        return self.name + "".join(f"[{s}]" for s in self.subscripts)


@dataclass(frozen=True, slots=True)
class Assign:
    """``target operator operands``; the operator is ``+ - * max min`` (unused when plain)."""

    target: Access
    operands: tuple[Access, ...] = ()
    form: Form = Form.PLAIN
    operator: str = "+"
    declares: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """A branch on an affine condition, or on the value of ``data`` when that is given."""

    condition: str
    then: tuple[Node, ...]
    other: tuple[Node, ...] = ()
    data: Access | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """``for (variable = start; variable relation bound; variable += step) body``."""

    variable: str
    start: str
    relation: str
    bound: str
    step: int
    body: tuple[Node, ...]
    declares: bool = True
    type: str = "int"


Node = Assign | If | Loop


@dataclass(frozen=True, slots=True)
class Nest:
    """One function ``void name(int n, int m)`` with one outermost loop.

    ``local_arrays`` and ``local_scalars`` are declared (and initialized) before the loop;
    the names in ``read_after`` are read after it.
    """

    name: str
    root: Loop
    local_scalars: tuple[str, ...] = ()
    local_arrays: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    read_after: tuple[str, ...] = ()

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the extents of an array, of the local one where both exist."""
        return self.local_arrays.get(name) or ARRAYS[name]

    def loops(self) -> tuple[Loop, ...]:
        """Return the loops in the order of their ``for`` lines."""
        return tuple(n for n in walk(self.root) if isinstance(n, Loop))


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and what is inside it, in source order."""
    yield node
    match node:
        case Loop():
            inside = node.body
        case If():
            inside = node.then + node.other
        case Assign():
            inside = ()
    for child in inside:
        yield from walk(child)


def nest_depth(nest: Nest) -> int:
    """Return how many loops are nested in each other at most."""

    def depth(node: Node) -> int:
        inside = node.body if isinstance(node, Loop) else ()
        inside = node.then + node.other if isinstance(node, If) else inside
        return isinstance(node, Loop) + max(map(depth, inside), default=0)

    return depth(nest.root)


def outer_variables(nest: Nest) -> tuple[str, ...]:
    """Return the loop variables that are declared before the nest."""
    return tuple(dict.fromkeys(loop.variable for loop in nest.loops() if not loop.declares))


PRELUDE = "#include <math.h>\n" + "".join(
    f"double {name}{''.join(f'[{d}]' for d in shape)};\n" for name, shape in ARRAYS.items()
)
PRELUDE += f"int X[{INDEX_ARRAY_LENGTH}];\n"
PRELUDE += "".join(f"double {name};\n" for name in GLOBAL_SCALARS)
PRELUDE += "double sink;\n"


@dataclass(frozen=True, slots=True)
class RenderedFunction:
    """C lines of a nest; ``loop_lines[k]`` is the index in ``lines`` of loop ``k``'s ``for``."""

    lines: tuple[str, ...]
    loop_lines: tuple[int, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def render(nest: Nest) -> RenderedFunction:
    """Render a nest as a C function."""
    lines = [f"void {nest.name}(int n, int m)", "{"]
    lines += [f"    double {name} = 0.25;" for name in nest.local_scalars]
    for name, shape in nest.local_arrays.items():
        lines.append(f"    double {name}{''.join(f'[{d}]' for d in shape)} = {{0}};")
    lines += [f"    int {name} = 0;" for name in outer_variables(nest)]
    loop_lines: list[int] = []
    _render_node(nest.root, 1, lines, loop_lines)
    lines += [f"    sink += {_read_after_text(nest, name)};" for name in nest.read_after]
    lines.append("}")
    return RenderedFunction(tuple(lines), tuple(loop_lines))


def _read_after_text(nest: Nest, name: str) -> str:
    return name + "[0]" * len(nest.local_arrays.get(name, ()))


def _render_node(node: Node, depth: int, lines: list[str], loop_lines: list[int]) -> None:
    pad = "    " * depth
    match node:
        case Loop():
            loop_lines.append(len(lines))
            lines.append(f"{pad}{_header(node)} {{")
            for child in node.body:
                _render_node(child, depth + 1, lines, loop_lines)
            lines.append(pad + "}")
        case If():
            condition = f"{node.data.text()} > 0.5" if node.data else node.condition
            lines.append(f"{pad}if ({condition}) {{")
            for child in node.then:
                _render_node(child, depth + 1, lines, loop_lines)
            if node.other:
                lines.append(pad + "} else {")
                for child in node.other:
                    _render_node(child, depth + 1, lines, loop_lines)
            lines.append(pad + "}")
        case Assign():
            lines.append(pad + assignment_text(node))


def _header(loop: Loop) -> str:
    increment = {1: f"{loop.variable}++", -1: f"{loop.variable}--"}.get(loop.step)
    if increment is None:
        sign = "+" if loop.step > 0 else "-"
        increment = f"{loop.variable} {sign}= {abs(loop.step)}"
    declaration = f"{loop.type} " if loop.declares else ""
    return (
        f"for ({declaration}{loop.variable} = {loop.start}; "
        f"{loop.variable} {loop.relation} {loop.bound}; {increment})"
    )


def operand_text(operands: tuple[Access, ...]) -> str:
    """Return the value that an assignment computes from its operands, the same in Python."""
    weights = ("0.5", "0.25", "0.125", "0.0625")
    terms = [f"{w} * {a.text()}" for w, a in zip(weights, operands, strict=False)]
    return " + ".join([*terms, "0.375"])


def assignment_text(node: Assign) -> str:
    """Return the C statement."""
    target, value = node.target.text(), operand_text(node.operands)
    compare = "<" if node.operator == "min" else ">"
    match node.form:
        case Form.PLAIN:
            text = f"{'double ' if node.declares else ''}{target} = {value};"
        case Form.COMPOUND:
            text = f"{target} {node.operator}= {value};"
        case Form.SPELLED:
            text = f"{target} = {target} {node.operator} ({value});"
        case Form.REVERSED:
            text = f"{target} = {value} - {target};"
        case Form.TERNARY:
            text = f"{target} = {value} {compare} {target} ? {value} : {target};"
        case Form.CALL:
            text = f"{target} = f{node.operator}({target}, {value});"
        case Form.CONDITIONAL:
            text = f"if ({value} {compare} {target}) {target} = {value};"
        case Form.FOREIGN:
            text = f"if ({value} {compare} {target}) {target} = {value} + 1.0;"
    return text
