# SPDX-License-Identifier: Apache-2.0
"""Execute a loop nest in Python: for its memory accesses, or for the values it computes.

A nest is turned into the text of a Python function once and then run for many parameters. A
branch on data is *traced* into both arms (either may happen) and *computed* into one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.properties.nest_ir import (
    ARRAYS,
    GLOBAL_SCALARS,
    INDEX_ARRAY_LENGTH,
    Access,
    Assign,
    Form,
    If,
    Loop,
    Nest,
    Node,
    operand_text,
)

Location = tuple[Any, ...]
Context = tuple[tuple[Any, ...], ...]


class Event(NamedTuple):
    """One access to memory.

    ``location`` is the name with its subscripts, or with the iteration in which a scalar was
    declared. ``tag`` is the operator of a reduction-like update. ``loops`` are the numbers of the
    enclosing loops, ``path`` the iteration (from 0) of each, and ``context`` the arms of branches
    on data that lead here.
    """

    location: Location
    write: bool
    tag: str | None
    loops: tuple[int, ...]
    path: tuple[int, ...]
    context: Context


@dataclass(slots=True)
class Trace:
    """What a nest did: its accesses in order, and the trip count of every loop execution."""

    events: list[Event] = field(default_factory=list)
    trips: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Environment:
    """The parameters that a nest runs with."""

    n: int
    m: int
    index: tuple[int, ...]

    def __str__(self) -> str:
        return f"n={self.n}, m={self.m}, X={list(self.index[:6])}..."


class Checked(list[Any]):
    """A list that, as a C array, has no negative subscripts (but tells)."""

    def __getitem__(self, at: Any) -> Any:
        if at < 0:
            raise IndexError(at)
        return super().__getitem__(at)

    def __setitem__(self, at: Any, value: Any) -> None:
        if at < 0:
            raise IndexError(at)
        super().__setitem__(at, value)


def python_text(expression: str) -> str:
    """Translate an index expression from C."""
    return expression.replace("/", "//").replace("&&", "and")


class _Emitter:
    """Writes the control flow that tracing and computing have in common."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.lines: list[str] = []
        self.depth = 1
        self.loops: list[int] = []
        self.count = 0

    def put(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def path(self) -> str:
        return "(" + "".join(f"c{k}," for k in self.loops) + ")"

    def block(self, nodes: tuple[Node, ...]) -> None:
        self.depth += 1
        for node in nodes:
            self.node(node)
        if not nodes:
            self.put("pass")
        self.depth -= 1

    def node(self, node: Node) -> None:
        match node:
            case Loop():
                self.loop(node)
            case If() if node.data is not None:
                self.data_branch(node, node.data)
            case If():
                self.put(f"if {python_text(node.condition)}:")
                self.block(node.then)
                if node.other:
                    self.put("else:")
                    self.block(node.other)
            case Assign():
                self.assign(node)

    def loop(self, loop: Loop) -> None:
        number, self.count = self.count, self.count + 1
        outer = self.path()
        self.put(f"c{number} = 0")
        self.put(f"{loop.variable} = {python_text(loop.start)}")
        self.variable_written(loop)
        self.put(f"while {loop.variable} {loop.relation} {python_text(loop.bound)}:")
        self.loops.append(number)
        self.block(loop.body)
        self.depth += 1
        self.put(f"{loop.variable} += {loop.step}")
        self.put(f"c{number} += 1")
        self.put(f"if c{number} > 1000: raise OverflowError")
        self.depth -= 1
        self.loops.pop()
        self.put(f"trips[{number}, {outer}] = c{number}")
        self.variable_written(loop)

    def variable_written(self, loop: Loop) -> None:
        """Hook: the loop variable has a new value outside of its loop."""

    def data_branch(self, node: If, data: Access) -> None:
        raise NotImplementedError

    def assign(self, node: Assign) -> None:
        raise NotImplementedError


class _TraceEmitter(_Emitter):
    def __init__(self, nest: Nest) -> None:
        super().__init__(nest)
        self.declared: dict[str, str] = {}
        self.contexts: list[str] = []
        self.branches = 0

    def event(self, access: Access, write: bool, tag: str | None = None) -> None:
        location = f"({access.name!r}, {self.declared.get(access.name, '')}"
        location += "".join(f"{python_text(s)}, " for s in access.subscripts) + ")"
        context = "(" + "".join(c + "," for c in self.contexts) + ")"
        where = f"{tuple(self.loops)!r}, {self.path()}, {context}"
        self.put(f"emit(Event({location}, {write}, {tag!r}, {where}))")

    def block(self, nodes: tuple[Node, ...]) -> None:
        declared = dict(self.declared)
        super().block(nodes)
        self.declared = declared

    def variable_written(self, loop: Loop) -> None:
        if not loop.declares:
            self.event(Access(loop.variable), True)

    def data_branch(self, node: If, data: Access) -> None:
        self.event(data, False)
        self.arms(node.then, node.other)

    def arms(self, *arms: tuple[Node, ...]) -> None:
        branch, self.branches = self.branches, self.branches + 1
        for number, arm in enumerate(arms):
            self.contexts.append(f"(({branch}, {self.path()}), {number})")
            self.put("if True:")
            self.block(arm)
            self.contexts.pop()

    def assign(self, node: Assign) -> None:
        for operand in node.operands:
            self.event(operand, False)
        if node.declares:
            self.declared[node.target.name] = f"{self.path()}, "
        tag = reduction_tag(node)
        if node.form is not Form.PLAIN:
            self.event(node.target, False, tag)
        if node.form in (Form.CONDITIONAL, Form.FOREIGN):
            branch, self.branches = self.branches, self.branches + 1
            self.contexts.append(f"(({branch}, {self.path()}), 0)")
            self.event(node.target, True, tag)
            self.contexts.pop()
        else:
            self.event(node.target, True, tag)


def reduction_tag(node: Assign) -> str | None:
    """Return the operator under which updates of this kind commute, or None."""
    if node.form in (Form.PLAIN, Form.REVERSED, Form.FOREIGN):
        return None
    return "+" if node.operator == "-" else node.operator


class _ValueEmitter(_Emitter):
    def data_branch(self, node: If, data: Access) -> None:
        self.put(f"if {python_text(data.text())} > 0.5:")
        self.block(node.then)
        self.put("else:")
        self.block(node.other)

    def assign(self, node: Assign) -> None:
        target = python_text(node.target.text())
        value = python_text(operand_text(node.operands))
        compare = "<" if node.operator == "min" else ">"
        match node.form:
            case Form.PLAIN:
                self.put(f"{target} = {value}")
            case Form.COMPOUND | Form.SPELLED:
                self.put(f"{target} = {target} {node.operator} ({value})")
            case Form.REVERSED:
                self.put(f"{target} = {value} - {target}")
            case Form.TERNARY | Form.CALL | Form.CONDITIONAL:
                self.put(f"{target} = {value} if {value} {compare} {target} else {target}")
            case Form.FOREIGN:
                self.put(f"if {value} {compare} {target}: {target} = {value} + 1.0")


def compile_trace(nest: Nest, bounded: bool = True) -> Callable[[Environment], Trace]:
    """Return a function that executes the nest and records its accesses.

    The function raises IndexError where a subscript leaves its array (leaves only ``X``, if not
    ``bounded``).
    """
    emitter = _TraceEmitter(nest)
    emitter.node(nest.root)
    for name in nest.read_after:
        zeros = ("0",) * len(nest.local_arrays.get(name, ()))
        emitter.event(Access(name, zeros), False)
    scope = _define(emitter, "n, m, X, emit, trips")
    shapes = {**ARRAYS, **nest.local_arrays}

    def run(environment: Environment) -> Trace:
        trace = Trace()
        index = Checked(environment.index)
        scope["nest"](environment.n, environment.m, index, trace.events.append, trace.trips)
        for event in trace.events if bounded else ():
            shape = shapes.get(event.location[0], ())
            if not all(0 <= at < d for at, d in zip(event.location[1:], shape, strict=False)):
                raise IndexError(event.location)
        return trace

    return run


def _define(emitter: _Emitter, parameters: str) -> dict[str, Any]:
    scope: dict[str, Any] = {"Event": Event}
    text = f"def nest({parameters}):\n" + "\n".join(emitter.lines) + "\n"
    exec(compile(text, emitter.nest.name, "exec"), scope)
    return scope


def initial_value(flat: int) -> float:
    """Return the value that arrays start with, by the flat number of the element."""
    return ((flat * 37 + 11) % 101) / 101.0


def _filled(shape: Sequence[int], value: Callable[[int], float], base: int = 0) -> Checked:
    inner = 1
    for extent in shape[1:]:
        inner *= extent
    if len(shape) == 1:
        return Checked(value(base + k) for k in range(shape[0]))
    return Checked(_filled(shape[1:], value, base + k * inner) for k in range(shape[0]))


def _elements(array: Any) -> Sequence[float]:
    if isinstance(array[0], list):
        return [x for row in array for x in _elements(row)]
    return array  # type: ignore[no-any-return]


def compute(nest: Nest, environment: Environment) -> dict[str, int]:
    """Execute the nest with values; return a hash of every global array and of ``sink``.

    The hash of an array is the sum of (bits of element k) * (k + 1), modulo 2**64.
    """
    emitter = _ValueEmitter(nest)
    emitter.put(f"global {', '.join(GLOBAL_SCALARS)}, sink")
    for name in nest.local_scalars:
        emitter.put(f"{name} = 0.25")
    emitter.node(nest.root)
    for name in nest.read_after:
        emitter.put(f"sink += {name}{'[0]' * len(nest.local_arrays.get(name, ()))}")
    scope = _define(emitter, "n, m, X, trips")
    arrays = {name: _filled(shape, initial_value) for name, shape in ARRAYS.items()}
    local = {name: _filled(shape, lambda _: 0.0) for name, shape in nest.local_arrays.items()}
    scope.update(dict.fromkeys((*GLOBAL_SCALARS, "sink"), 0.0), **arrays)
    scope.update(local)
    scope["nest"](environment.n, environment.m, Checked(environment.index), {})
    hashes = {name: _hash(_elements(scope[name])) for name in ARRAYS}
    return hashes | {name: _hash([scope[name]]) for name in (*GLOBAL_SCALARS, "sink")}


def _hash(values: Sequence[float]) -> int:
    bits = struct.unpack(f"<{len(values)}Q", struct.pack(f"<{len(values)}d", *values))
    total: int = sum(b * k for k, b in enumerate(bits, 1))
    return total & (2**64 - 1)


def index_arrays() -> tuple[tuple[int, ...], ...]:
    """Return contents of ``X`` that between them make all conflicts happen that can."""
    length = range(INDEX_ARRAY_LENGTH)
    return (
        tuple(0 for _ in length),
        tuple(k % 32 for k in length),
        tuple((k % 32) // 2 for k in length),
        tuple(3 for _ in length),
    )
