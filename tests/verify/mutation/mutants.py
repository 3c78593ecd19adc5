# SPDX-License-Identifier: Apache-2.0
"""Damage offload code in the ways that people do: one fault for each mutant.

Works on the text of directives, whoever wrote them. What is taken away leaves its line behind, so
that places in reports stay those of the original; only moves shift lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.verify.mutation.directives import (
    Clause,
    Directive,
    directives_of,
    loop_around,
    statement_after,
    statement_before,
)

_SECTION = re.compile(rb"\[(?P<low>[^\[\]:]*):(?P<length>(?:[^\[\]]|\[[^\[\]]*\])+)\]")
_MAP_HEAD = re.compile(rb"map\([ \t]*(?P<type>tofrom|to|from|alloc)[ \t]*:")
_GUARD = re.compile(rb"^[ \t]*if \((?P<condition>[^\n]*(?:&&\n[^\n]*)*)\) \{\n", re.MULTILINE)

#: What a map-type is mistaken for.
_WEAKER = {b"tofrom": (b"to", b"from", b"alloc"), b"to": (b"alloc",), b"from": (b"alloc",)}
_PRIVATIZING = frozenset(("private", "firstprivate", "lastprivate", "reduction"))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged text: what was done, on which 1-based line."""

    kind: str
    line: int
    detail: str
    text: bytes


def mutants_of(text: bytes) -> Iterator[Mutant]:
    """Yield every mutant of a text, in a fixed order; no two have the same text."""
    seen = {text}
    for mutant in _all(text):
        if mutant.text not in seen:
            seen.add(mutant.text)
            yield mutant


def _all(text: bytes) -> Iterator[Mutant]:
    for directive in directives_of(text):
        line = text[: directive.begin].count(b"\n") + 1
        for kind, detail, changed in _within(directive):
            damaged = text[: directive.begin] + changed + text[directive.end :]
            yield Mutant(kind, line, detail.decode("utf-8", "replace"), damaged)
        for kind, damaged in _moves(text, directive):
            shown = b" ".join(directive.text.split()).decode("utf-8", "replace")
            yield Mutant(kind, line, shown, damaged)
    for match in _GUARD.finditer(text):
        if b"s2s_" in match["condition"] or b"#pragma omp target" in text[match.end() :][:80]:
            line = text[: match.start()].count(b"\n") + 1
            at = match.span("condition")
            damaged = text[: at[0]] + b"1" + text[at[1] :]
            yield Mutant("guard to 1", line, match["condition"].decode(), damaged)


def _within(directive: Directive) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield kind, detail and the directive's new bytes, for each damage of its own text."""
    text = directive.text
    nothing = b"\n" * text.count(b"\n")
    kind = _dropped_whole(directive)
    if kind:
        yield kind, b" ".join(text.split()), nothing
    if directive.has(b"target", b"update"):
        yield from _other_direction(directive)
    for clause in directive.clauses():
        for item in clause.items:
            yield from _item_damages(directive, clause, item)


def _dropped_whole(directive: Directive) -> str:
    if directive.has(b"atomic"):
        return "drop atomic"
    if directive.has(b"target", b"update"):
        return "drop update"
    for word in (b"enter", b"exit"):
        if directive.has(b"target", word, b"data"):
            return f"drop {word.decode()} data"
    return "drop target data" if directive.has(b"target", b"data") else ""


def _other_direction(directive: Directive) -> Iterator[tuple[str, bytes, bytes]]:
    for clause in directive.clauses():
        if clause.name in ("to", "from"):
            other = b"from" if clause.name == "to" else b"to"
            changed = other + directive.text[clause.begin + len(clause.name) : clause.end]
            yield (
                "update the other way",
                _shown(directive, clause),
                _put(directive, clause, changed),
            )


def _item_damages(
    directive: Directive, clause: Clause, item: bytes
) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the damages of one list item."""
    is_map = clause.name == "map"
    moves_data = is_map or (clause.name in ("to", "from") and directive.has(b"update"))
    if not moves_data and clause.name not in _PRIVATIZING:
        return
    detail = item + b" of " + _shown(directive, clause)
    if is_map or clause.name in _PRIVATIZING or len(clause.items) > 1:
        kind = f"drop {clause.name}" if not directive.has(b"update") else "drop update item"
        changed = _put(directive, clause, _without(clause, item))
        if not directive.has(b"data") or _maps_something(changed):
            yield kind, detail, changed
    match = _MAP_HEAD.match(clause.head) if is_map else None
    if match is not None:
        for weaker in _WEAKER.get(match["type"], ()):
            mine = b"map(" + weaker + b": " + item + b")"
            kind = f"{match['type'].decode()} to {weaker.decode()}"
            others = _without(clause, item)
            yield kind, detail, _put(directive, clause, b" ".join(filter(None, (others, mine))))
    if moves_data:
        for kind, other in _sections(item):
            yield kind, detail, _put(directive, clause, _replaced(clause, item, other))


def _sections(item: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the item with a section that lacks its last, or its first, element."""
    for match in _SECTION.finditer(item):
        low, length = match["low"].strip() or b"0", match["length"].strip()
        shorter = b"[%s:(%s) - 1]" % (low, length)
        later = b"[(%s) + 1:(%s) - 1]" % (low, length)
        for kind, section in (("shorten section", shorter), ("raise lower bound", later)):
            yield kind, item[: match.start()] + section + item[match.end() :]


def _moves(text: bytes, directive: Directive) -> Iterator[tuple[str, bytes]]:
    """Yield kind and text for each place that a directive can be mistakenly put at."""
    if directive.has(b"target", b"exit", b"data"):
        before = statement_before(text, directive.begin)
        if before is not None:
            yield "move exit data up", _moved_up(text, directive, before)
    elif directive.has(b"target", b"enter", b"data"):
        after = statement_after(text, directive.end)
        if after is not None:
            yield "move enter data down", _moved_down(text, directive, after)
    elif directive.has(b"target", b"update"):
        before = statement_before(text, directive.begin)
        after = statement_after(text, directive.end)
        loop = loop_around(text, directive.begin)
        if before is not None:
            yield "move update up", _moved_up(text, directive, before)
        if after is not None:
            yield "move update down", _moved_down(text, directive, after)
        if loop is not None:
            yield "move update before the loop", _moved_up(text, directive, loop[0])
            yield "move update after the loop", _moved_down(text, directive, loop[1])
    elif directive.has(b"target", b"data"):
        yield from _closed_early(text, directive)


def _closed_early(text: bytes, directive: Directive) -> Iterator[tuple[str, bytes]]:
    """Leave the last statement of a data environment's block out of it."""
    block = re.match(rb"\s*\{", text[directive.end :])
    end = statement_after(text, directive.end)
    if block is None or end is None:
        return
    brace = text.rfind(b"}", 0, end)
    last = statement_before(text, brace)
    if last is not None and last > directive.end + block.end():
        line = text.rfind(b"\n", 0, brace) + 1
        yield (
            "close target data early",
            text[:last] + text[line:end] + text[last:line] + text[end:],
        )


def _moved_up(text: bytes, directive: Directive, to: int) -> bytes:
    middle = text[to : directive.begin]
    return text[:to] + directive.text + middle + text[directive.end :]


def _moved_down(text: bytes, directive: Directive, to: int) -> bytes:
    middle = text[directive.end : to]
    return text[: directive.begin] + middle + directive.text + text[to:]


def _shown(directive: Directive, clause: Clause) -> bytes:
    return b" ".join(directive.text[clause.begin : clause.end].split())


def _put(directive: Directive, clause: Clause, changed: bytes) -> bytes:
    return directive.text[: clause.begin] + changed + directive.text[clause.end :]


def _without(clause: Clause, item: bytes) -> bytes:
    rest = [other for other in clause.items if other is not item]
    return clause.head + b" " + b", ".join(rest) + b")" if rest else b""


def _replaced(clause: Clause, item: bytes, other: bytes) -> bytes:
    items = [other if each is item else each for each in clause.items]
    return clause.head + b" " + b", ".join(items) + b")"


def _maps_something(directive: bytes) -> bool:
    return re.search(rb"\b(?:map|use_device_ptr|use_device_addr)[ \t]*\(", directive) is not None
