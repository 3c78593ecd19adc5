# SPDX-License-Identifier: Apache-2.0
"""Which variables and elements a region's text names: compare mode asks the compiler their types.

A chain is a variable with the subscripts and members that follow it: ``a[i][j]``, ``s->x[k]``,
``p[i].v``. What stands between brackets does not matter for the type, so that ``a[0][0]`` stands
for it. Variables that the region itself declares do not exist outside of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from s2s.verify.c_text import UnreadableError, closing

MOST_ITEMS = 200
MOST_SUBSCRIPTS = 8

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_MEMBER = re.compile(rb"\s*(?P<arrow>\.|->)\s*(?P<name>[A-Za-z_]\w*)")
_BRACKET = re.compile(rb"\s*\[")
_CALL = re.compile(rb"\s*\(")
_BEFORE_MEMBER = re.compile(rb"(?:\.|->|::)\s*\Z")
_STATEMENT_START = re.compile(rb"[;{}]|\bfor\s*\(")
_DECLARATION = re.compile(
    rb"""\s*
    (?P<type>(?:(?:const|volatile|unsigned|signed|long|short|struct|union|enum|typename|auto)\b\s*)*
       (?:[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*(?:\s*<[^;{}()]*>)?)?
       (?:\s*\b(?:const|int|double|long)\b)*)
    (?P<rest>[\s*&]+ [A-Za-z_]\w* \s* (?:[=;,:{\[(]|$) )
    """,
    re.VERBOSE,
)
_DECLARED = re.compile(rb"[\s*&]*(?P<name>[A-Za-z_]\w*)")
_KEYWORDS = frozenset(
    b"return else goto case sizeof new delete throw using typedef break continue do if while for "
    b"switch int double float char const unsigned signed long short void struct union enum static "
    b"auto this true false nullptr bool pragma omp volatile restrict __restrict__ operator "
    b"register default typename template class".split()
)
_MODIFIERS = frozenset(b"to from tofrom alloc always close present mapper iterator".split())
_NO_TYPES = frozenset(b"return else goto case delete throw using typedef new".split())
_MAPPED = re.compile(rb"\b(?:map|reduction|lastprivate)\s*\(")


@dataclass(frozen=True, slots=True)
class Item:
    """A chain: expressions of growing length, the last one of which is the element.

    ``name`` has ``[]`` for each subscript; ``subscripted`` are the expressions that a subscript
    follows, with the expression that it makes of them.
    """

    name: bytes
    element: bytes
    subscripted: tuple[tuple[bytes, bytes], ...]


def items_of(mask: bytes, clauses: bytes) -> tuple[Item, ...]:
    """Return the items of a region's masked text and of the clauses of its directives."""
    declared = declared_names(mask)
    out: dict[bytes, Item] = {}
    for item in (*_clause_items(clauses), *_chains(mask)):
        root = _IDENTIFIER.search(item.name)
        if root is not None and root[0] not in declared | _MODIFIERS and len(out) < MOST_ITEMS:
            out.setdefault(item.name, item)
    return tuple(out.values())


def declared_names(mask: bytes) -> frozenset[bytes]:
    """Return the names that declarations in a text introduce (and perhaps a few more)."""
    names: set[bytes] = set()
    for start in _STATEMENT_START.finditer(mask):
        match = _DECLARATION.match(mask, start.end())
        if match is None or not match["type"].strip():
            continue
        words = _IDENTIFIER.findall(match["type"])
        if words[0] in _NO_TYPES:
            continue
        names.update(_declarators(mask, match.start("rest")))
    return frozenset(names)


def _declarators(mask: bytes, at: int) -> Iterator[bytes]:
    """Yield the names of ``x = 1, *y, z[3];``."""
    while (match := _DECLARED.match(mask, at)) is not None:
        yield match["name"]
        at = match.end()
        while at < len(mask) and mask[at : at + 1] not in (b",", b";", b")"):
            if mask[at : at + 1] in (b"(", b"[", b"{"):
                try:
                    at = closing(mask, at)
                except UnreadableError:
                    return
            at += 1
        if mask[at : at + 1] != b",":
            return
        at += 1


def _clause_items(clauses: bytes) -> Iterator[Item]:
    """Yield the list items of clauses whose variables the region changes for others to see."""
    for match in _MAPPED.finditer(clauses):
        try:
            end = closing(clauses, match.end() - 1)
        except UnreadableError:
            return
        inside = clauses[match.end() : end]
        listed = re.sub(rb"\A[^\[(]*?:(?!:)", b"", inside)
        yield from _chains(listed, scalars=True)


def _chains(mask: bytes, *, scalars: bool = False) -> Iterator[Item]:
    """Yield the chains of a text: those with a subscript or a member, or all."""
    at = 0
    while (match := _IDENTIFIER.search(mask, at)) is not None:
        at = match.end()
        before = mask[max(0, match.start() - 8) : match.start()]
        is_root = match[0] not in _KEYWORDS and not _BEFORE_MEMBER.search(before)
        if not is_root and match[0] != b"this":
            continue
        try:
            item, end = _chain(mask, match)
        except UnreadableError:
            continue
        if _CALL.match(mask, end):
            continue
        if scalars:
            at = end  # what bounds a section is not its variable
        if item.name != match[0] or (scalars and match[0] not in _KEYWORDS):
            yield item
        elif _is_followed(mask, match.start()):
            yield Item(b"*" + match[0], match[0] + b"[0]", ((match[0], match[0] + b"[0]"),))


def _chain(mask: bytes, start: re.Match[bytes]) -> tuple[Item, int]:
    name, expression, at = start[0], start[0], start.end()
    steps: list[tuple[bytes, bytes]] = []
    while True:
        if (bracket := _BRACKET.match(mask, at)) is not None and len(steps) < MOST_SUBSCRIPTS:
            at = closing(mask, bracket.end() - 1) + 1
            steps.append((expression, expression + b"[0]"))
            name, expression = name + b"[]", expression + b"[0]"
        elif (member := _MEMBER.match(mask, at)) is not None:
            if _CALL.match(mask, member.end()):
                raise UnreadableError("a member function")
            at = member.end()
            link = member["arrow"] + member["name"]
            if member["arrow"] == b"->":  # what comes before it lies elsewhere
                steps.clear()
            name, expression = name + link, expression + link
        else:
            return Item(name, expression, tuple(steps)), at


def _is_followed(mask: bytes, at: int) -> bool:
    """Tell whether an identifier is what a unary ``*`` follows to."""
    before = mask[max(0, at - 64) : at].rstrip()
    if not before.endswith(b"*"):
        return False
    before = before[:-1].rstrip()
    return not before or before[-1:] in b"=(,;{}+-*/%<>&|!?:[" or before.endswith(b"return")
