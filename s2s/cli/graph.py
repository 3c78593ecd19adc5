# SPDX-License-Identifier: Apache-2.0
"""Definitions, uses and data movement as a graph in Graphviz' language.

The def-use graph of the analysis has a node for every statement; here the nodes are places
(:mod:`s2s.cli.places`) and an edge says which values go from one to another. An edge between host
and device is where data have to move, unless a box (a data environment) keeps them where they are.

Source: Graphviz, "The DOT Language".
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from s2s.analysis.def_use import ControlFlow, Location, Memory
from s2s.analysis.manager import Analyses
from s2s.cli.places import Box, Leaf, places_of
from s2s.cli.tables import lines_of, loop_name, maps_text
from s2s.driver import OffloadResult
from s2s.errors import ToolchainError
from s2s.frontend.clang import ClangFrontend
from s2s.ir.plan import LoopReport, TargetRegion
from s2s.ir.program import Function

_WORDS = 48
"""Characters of a source line that a node shows."""

_NAMES = 8
"""Values that an edge names."""

_HEAD = """\
digraph s2s {
  graph [fontname="Helvetica", labelloc=t, ranksep=0.35, nodesep=0.3];
  node [fontname="Helvetica", fontsize=10, shape=box, style="filled,rounded", margin="0.12,0.06"];
  edge [fontname="Helvetica", fontsize=9, color="#808080", fontcolor="#606060"];"""
_LEGEND = "green: runs on the device; blue edges: values for the device; red edges: values from it"
_DEVICE = 'fillcolor="#c8e6c9", color="#2e7d32"'
_HOST = 'fillcolor="#eeeeee", color="#9e9e9e"'
_DATA = 'style="rounded,dashed", color="#1565c0", fontcolor="#1565c0", fontsize=10'
_FRAME = 'style="rounded", color="#9e9e9e", fontcolor="#606060", fontsize=10'
_TO_DEVICE = 'color="#1565c0", fontcolor="#1565c0", penwidth=1.6'
_FROM_DEVICE = 'color="#c62828", fontcolor="#c62828", penwidth=1.6'


def dot_of(result: OffloadResult) -> str:
    """Return the graph of a file: one cluster for each function that has loops.

    Raises FrontendError as the driver does.
    """
    program = ClangFrontend().parse(result.source, result.clang_args)
    analyses = Analyses(program, strict_aliasing="-fno-strict-aliasing" not in result.clang_args)
    title = f"{result.source.path.name}\n{_LEGEND}"
    lines = [_HEAD, f"  label={_quoted(title)};"]
    with_loops = {loop.function for loop in result.plan.loops}
    for number, function in enumerate(program.functions):
        if function.name in with_loops and not function.has_errors:
            drawing = _Drawing(result, function, analyses.control_flow(function), f"f{number}")
            lines += drawing.lines()
    return "\n".join([*lines, "}", ""])


def render_svg(text: str) -> bytes:
    """Return a graph as SVG.

    Raises ToolchainError when graphviz is not installed or cannot draw the graph.
    """
    program = shutil.which("dot")
    if program is None:
        raise ToolchainError(
            "there is no 'dot' to draw the graph with",
            hint="install graphviz (apt-get install graphviz), or ask for a .dot file",
        )
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=text.encode(), capture_output=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainError("'dot' takes too long", hint="ask for a .dot file") from error
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise ToolchainError(f"'dot' cannot draw the graph: {message[0]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One function on its way to text; ``prefix`` keeps the names of its nodes apart."""

    result: OffloadResult
    function: Function
    flow: ControlFlow
    prefix: str

    def lines(self) -> Iterator[str]:
        """Yield the function's cluster and its edges."""
        box = places_of(self.function, self.result.plan)
        order = {leaf: number for number, leaf in enumerate(box.leaves())}
        names = {leaf: f"{self.prefix}_{number}" for leaf, number in order.items()}
        yield f"  subgraph cluster_{self.prefix} {{"
        yield f"    label={_quoted(f'{self.function.name}()')}; fontsize=12; style=rounded;"
        yield from self._inside(box, names, f"cluster_{self.prefix}", "    ")
        yield "  }"
        for before, after in pairwise(names.values()):  # from top to bottom, as in the source
            yield f"  {before} -> {after} [style=invis, weight=4];"
        for source, target, attributes in self._edges(box).edges(data=True):
            labels = sorted(attributes["names"])
            if len(labels) > _NAMES:
                labels = [*labels[:_NAMES], f"… {len(labels) - _NAMES} more"]
            label = _quoted(", ".join(labels)) + _edge_style(source, target)
            upwards = ", constraint=false" if order[target] < order[source] else ""
            yield f"  {names[source]} -> {names[target]} [label={label}{upwards}];"

    def _inside(
        self, box: Box, names: dict[Leaf, str], cluster: str, indentation: str
    ) -> Iterator[str]:
        for number, place in enumerate(box.inside):
            if isinstance(place, Leaf):
                style = _DEVICE if place.on_device else _HOST
                label = _quoted(self._label(place))
                yield f"{indentation}{names[place]} [label={label}, {style}];"
                continue
            inner = f"{cluster}_{number}"
            style = _DATA if place.data is not None else _FRAME
            yield f"{indentation}subgraph {inner} {{"
            yield f"{indentation}  graph [label={_quoted(self._box_label(place))}, {style}];"
            yield from self._inside(place, names, inner, indentation + "  ")
            yield f"{indentation}}}"

    def _box_label(self, box: Box) -> str:
        if box.data is not None:
            name = "enter/exit data" if box.data.unstructured else "target data"
            return f"{name} {maps_text(box.data.maps)}"
        assert box.statement is not None
        return f"lines {lines_of(box.statement.span, self.result.source)}"

    def _label(self, leaf: Leaf) -> str:
        source = self.result.source
        first = source.line(leaf.span.begin)
        text = source.line_text(first).strip()
        if leaf.header:
            return f"{first}: {_short(text)}"
        words = [f"{lines_of(leaf.span, source)}: {_short(text)}"]
        report = self._report(leaf)
        if report is not None:
            words = [f"{lines_of(leaf.span, source)}: {loop_name(report, source)}"]
            words.append(f"{report.verdict.value}, {report.disposition}")
        for region in self._regions(leaf):
            words += [_short(text) for text in (maps_text(region.maps),) if text]
        for update in self.result.plan.updates:
            if update.function == self.function.name and leaf.span.contains(update.anchor):
                words.append(f"update {update.direction.value}({', '.join(update.items)})")
        return "\n".join(words)

    def _report(self, leaf: Leaf) -> LoopReport | None:
        if not leaf.is_loop:
            return None
        spans = {statement.span for statement in leaf.statements}
        return next((loop for loop in self.result.plan.loops if loop.span in spans), None)

    def _regions(self, leaf: Leaf) -> Iterator[TargetRegion]:
        if leaf.on_device:
            for region in self.result.plan.regions:
                if leaf.span.begin <= region.anchor.begin < leaf.span.end:
                    yield region

    def _edges(self, box: Box) -> nx.DiGraph[Leaf]:
        """Return which places use what other places define."""
        owner: dict[int, Leaf] = {}
        for leaf in sorted(box.leaves(), key=lambda leaf: leaf.header):
            for statement in leaf.statements:
                for node in self.flow.nodes_of(statement):
                    if not leaf.header or node not in owner:
                        owner[node] = leaf
        graph: nx.DiGraph[Leaf] = nx.DiGraph()
        for definition, use, location in self.flow.def_use_edges():
            source, target = owner.get(definition), owner.get(use)
            if source is None or target is None or source is target:
                continue
            if not graph.has_edge(source, target):
                graph.add_edge(source, target, names=set())
            graph[source][target]["names"].add(_name(location))
        return graph


def _edge_style(source: Leaf, target: Leaf) -> str:
    if source.on_device == target.on_device:
        return ""
    return f", {_TO_DEVICE if target.on_device else _FROM_DEVICE}"


def _name(location: Location) -> str:
    return f"{location.symbol.name}[]" if isinstance(location, Memory) else location.name


def _short(text: str) -> str:
    return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"


def _quoted(text: str) -> str:
    r"""Return a string of the DOT language; several lines are set left (``\l``)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + (escaped.replace("\n", "\\l") + "\\l" if "\n" in text else escaped) + '"'
