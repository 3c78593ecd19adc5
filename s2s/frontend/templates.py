# SPDX-License-Identifier: Apache-2.0
"""Function templates that a file uses with one set of arguments, as the functions that they are.

The tree of a template has no types; that of an instantiation cannot be visited. So the text is
parsed once more with ``template <typename T>`` overwritten by ``using T=float;``, which leaves
every other byte at its place: what is found there holds for the only instantiation, and what is
written goes into the template. A template with several instantiations, or whose header is too short
to hold the definitions, stays as it is, and its loops on the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clang.cindex import CursorKind as K

from s2s.frontend.libclang import Node, RawCursor, Tree
from s2s.source import blank_comments

_HEADER = re.compile(rb"template\s*<([^<>]*)>")
_BEFORE = re.compile(rb"template\s*<[^<>]*>\s*\Z")
_EXPLICIT = re.compile(rb"\btemplate\s+(?!<)")
_PARAMETERS = {
    K.TEMPLATE_TYPE_PARAMETER.value: "type",
    K.TEMPLATE_NON_TYPE_PARAMETER.value: "value",
}
_LONGEST_HEADER = 1000
_TYPE_ARGUMENT, _INTEGRAL_ARGUMENT = 1, 4
_FUNCTION_TEMPLATE = K.FUNCTION_TEMPLATE.value
_TEMPLATES = (_FUNCTION_TEMPLATE, K.CLASS_TEMPLATE.value)
_REFERENCE = K.DECL_REF_EXPR.value


@dataclass(frozen=True, slots=True)
class _Edit:
    """Bytes to be overwritten, which are as many."""

    begin: int
    text: bytes


def without_templates(tree: Tree, content: bytes) -> bytes:
    """Return the text with templates made functions where that is possible; of the same length."""
    top = tree.top_level()
    if not any(c.kind == _FUNCTION_TEMPLATE for c in top):
        return content
    if _EXPLICIT.search(blank_comments(content, strings=True)):
        return content  # an explicit instantiation may have other arguments
    roots = [tree.build(c) for c in top]
    nodes = {r.cursor.d0: r for r in roots if r.kind == _FUNCTION_TEMPLATE}
    uses = _uses(tree, roots)
    single = {
        t: next(iter(found))
        for t in nodes if len(found := {u[1] for u in uses if u[0] == t}) == 1
    }  # fmt: skip
    left = [n for n in _walk(roots) if n.kind in _TEMPLATES and n.cursor.d0 not in single]
    known: dict[bytes, bytes] = {}
    headers: dict[int, _Edit] = {}
    for template, arguments in single.items():
        header = _definitions(nodes[template], arguments, content, known)
        if header is None:
            left.append(nodes[template])
        else:
            headers[template] = header
    while named := [t for t in headers if _is_named(tree, nodes[t], left, content)]:
        left += [nodes[t] for t in named]  # what they are used with there is not known
        for template in named:
            del headers[template]
    edits = list(headers.values())
    for template, _, use in uses:
        plain = _plain_use(use, content) if template in headers else None
        if plain is not None:
            edits.append(plain)
    out = bytearray(content)
    for edit in edits:
        out[edit.begin : edit.begin + len(edit.text)] = edit.text
    return bytes(out)


def _is_named(tree: Tree, node: Node, others: Iterable[Node], content: bytes) -> bool:
    """Whether the name of a template occurs in other ones."""
    word = re.escape(tree.library.spelling(node.cursor).encode())
    name = re.compile(rb"\b%s\b" % word)
    return any(name.search(content, other.begin, other.end) for other in others)


def declaration_begin(content: bytes, begin: int) -> int:
    """Return where a declaration begins of which the part behind a template's header is known."""
    first = max(0, begin - _LONGEST_HEADER)
    header = _BEFORE.search(content[first:begin])
    return begin if header is None else first + header.start()


def _walk(roots: Iterable[Node]) -> Iterator[Node]:
    pending = list(roots)
    while pending:
        node = pending.pop()
        pending += node.children
        yield node


def _uses(tree: Tree, roots: Iterable[Node]) -> list[tuple[int, tuple[str, ...], Node]]:
    """Return each use of an instantiation: the template, the arguments, where it is."""
    lib = tree.library
    out: list[tuple[int, tuple[str, ...], Node]] = []
    for node in _walk(roots):
        if node.kind != _REFERENCE:
            continue
        target = lib.referenced(node.cursor)
        template = lib.specialized_template(target)
        if template.kind == _FUNCTION_TEMPLATE:
            out.append((template.d0, _arguments(tree, target), node))
    return out


def _arguments(tree: Tree, instantiation: RawCursor) -> tuple[str, ...]:
    """Return the template arguments of an instantiation as text; empty for what has none."""
    lib = tree.library
    out = []
    for i in range(int(lib.template_argument_count(instantiation))):
        kind = lib.template_argument_kind(instantiation, i)
        if kind == _TYPE_ARGUMENT:
            argument = lib.canonical_type(lib.template_argument_type(instantiation, i))
            out.append(lib.type_spelling(argument))
        elif kind == _INTEGRAL_ARGUMENT:
            out.append(str(lib.template_argument_value(instantiation, i)))
        else:
            return ()
    return tuple(out)


def _definitions(
    node: Node, arguments: Iterable[str], content: bytes, known: dict[bytes, bytes]
) -> _Edit | None:
    """Return definitions of the parameters of a template, in the place of its header.

    ``known`` are those of other templates, which share the scope.
    """
    header = _HEADER.match(content, node.begin)
    parameters = [c for c in node.children if c.kind in _PARAMETERS]
    values = list(arguments)
    if header is None or len(values) != len(parameters) or node.macro:
        return None
    if any(mark in header[0] for mark in (b"...", b"=", b"\n")):
        return None
    mine: dict[bytes, bytes] = {}
    for parameter, value in zip(parameters, values, strict=True):
        name = content[parameter.begin : parameter.end].split()[-1]
        if _PARAMETERS[parameter.kind] == "type":
            mine[name] = b"using %s=%s;" % (name, value.encode())
        else:
            mine[name] = b"enum{%s=%s};" % (name, value.encode())
        if known.get(name, mine[name]) != mine[name]:
            return None
    text = b"".join(v for n, v in mine.items() if n not in known or v.startswith(b"using"))
    if len(text) > len(header[0]):
        return None
    known |= mine
    return _Edit(node.begin, text.ljust(len(header[0])))


def _plain_use(use: Node, content: bytes) -> _Edit | None:
    """Return the blanks that take the place of explicit template arguments."""
    text = content[use.begin : use.end]
    at = text.find(b"<")
    return None if at < 0 else _Edit(use.begin + at, b" " * (len(text) - at))
