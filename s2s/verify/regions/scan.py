# SPDX-License-Identifier: Apache-2.0
"""The target regions of a text, and which of them can also be run serially beside the device.

A region's serial text is its statement without OpenMP directives. It does the same only if nothing
depends on which thread does what: such regions are named with a reason, not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from s2s.verify.c_text import (
    Directive,
    UnreadableError,
    closing,
    directives,
    statement_end,
    without_directives,
)

_NO_REGION = frozenset((b"data", b"enter", b"exit", b"update"))
_IN_MACRO = re.compile(rb'_Pragma\s*\(\s*"\s*omp\s+target\b(?!\s+(?:data|enter|exit|update)\b)')
_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_NO_FUNCTIONS = frozenset((b"for", b"while", b"if", b"switch", b"catch", b"sizeof"))
_BODY = re.compile(rb"[\s\w]*\{")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_STATIC = re.compile(
    rb"\bstatic\b(?![^;={(]*\bconst\b)[\w\s*]*?\b(?P<name>[A-Za-z_]\w*)\s*(?:\[[^;]*?\])*\s*[=;,]"
)
_CALLEE_DEPTH = 4

#: What a region must not hold, itself or in functions of the same file that it calls.
_OBSTACLES = (
    (re.compile(rb"\bomp_\w+\s*\("), "it asks OpenMP who is running it"),
    (re.compile(rb"\b(?:s?rand|random|[dlm]rand48|clock|time|gettimeofday)\s*\("), "it is random"),
    (re.compile(rb"\b(?:malloc|calloc|realloc|free|new|delete)\b"), "it allocates memory"),
    (re.compile(rb"\b(?:asm|__asm__)\b"), "it has assembly code"),
    (re.compile(rb"\b_Pragma\b"), "it has directives in macros"),
)
#: The same, but only in the region itself: its text is doubled.
_NOT_TWICE = (
    (re.compile(rb"\bgoto\b"), "it has jumps"),
    (re.compile(rb"\bstatic\b"), "it declares static variables"),
)


@dataclass(frozen=True, slots=True)
class Region:
    """A target construct: offsets of its directive's line and of its end, and its 1-based line.

    ``statement`` is where what follows the directive begins. ``clauses`` are the texts of its
    directives, ``combines`` tells that values are combined in any order. ``obstacle`` says why the
    region cannot be compared, empty if it can.
    """

    line: int
    begin: int
    statement: int
    end: int
    clauses: bytes
    combines: bool
    obstacle: str = ""


def regions_of(mask: bytes) -> tuple[Region, ...]:
    """Return the target constructs of a masked text (see c_text.masked), in order."""
    everything = tuple(directives(mask))
    hidden = _static_on_device(mask, everything)
    shared = any(d.text.startswith(b"requires") and b"_shared_memory" in d.text for d in everything)
    out = []
    for directive in everything:
        words = directive.words
        if words[:1] == (b"target",) and not _NO_REGION.intersection(words):
            region = _region(mask, directive, "it shares the host's memory" if shared else "")
            out.append(_without_hidden(mask, region, hidden))
    return tuple(out)


def regions_in_macros(text: bytes, mask: bytes) -> tuple[Region, ...]:
    """Return the target constructs whose directives are written with ``_Pragma``."""
    return tuple(
        Region(
            line=mask.count(b"\n", 0, match.start()) + 1,
            begin=match.start(),
            statement=match.start(),
            end=match.start(),
            clauses=b"",
            combines=False,
            obstacle="its directive is in a macro",
        )
        for match in _IN_MACRO.finditer(text)
        if mask[match.start() : match.start() + 1] == b"_"
    )


def _without_hidden(mask: bytes, region: Region, hidden: frozenset[bytes]) -> Region:
    """Refuse a region that uses variables whose copies on the device have no name outside of it."""
    texts = (mask[region.statement : region.end], *_callees(mask, region.statement, region.end))
    used = any(not hidden.isdisjoint(_WORD.findall(text)) or _STATIC.search(text) for text in texts)
    if used and not region.obstacle:
        return replace(region, obstacle="it uses static variables of the device")
    return region


def _static_on_device(mask: bytes, everything: tuple[Directive, ...]) -> frozenset[bytes]:
    """Return the names of static variables that are declared for the device and can change."""
    listed: set[bytes] = set()
    inside: set[bytes] = set()
    begin = -1
    for directive in everything:
        if re.match(rb"(?:begin )?declare target\b", directive.text):
            listed.update(_WORD.findall(directive.text))
            begin = directive.end if b"(" not in directive.text else begin
        elif directive.text.startswith(b"end declare target") and begin >= 0:
            inside.update(m["name"] for m in _STATIC.finditer(mask, begin, directive.begin))
            begin = -1
    return frozenset(inside | {m["name"] for m in _STATIC.finditer(mask)} & listed)


def _region(mask: bytes, directive: Directive, obstacle: str) -> Region:
    line = mask.count(b"\n", 0, directive.begin) + 1
    try:
        end = statement_end(mask, directive.end)
    except UnreadableError as error:
        return Region(
            line, directive.begin, directive.end, directive.end, b"", False, obstacle or str(error)
        )
    inside = (directive, *directives(mask, directive.end, end))
    texts = [mask[directive.end : end], *_callees(mask, directive.end, end)]
    atomic = any(re.search(rb"\bomp[ \t]+atomic\b", text) for text in texts)
    clauses = b" ".join(d.text for d in inside)
    return Region(
        line,
        directive.begin,
        directive.end,
        end,
        clauses,
        atomic or b"reduction" in clauses,
        obstacle or _obstacle(inside, texts, atomic),
    )


def _obstacle(inside: tuple[Directive, ...], texts: list[bytes], atomic: bool) -> str:
    """Return why a region cannot be run serially beside the device, empty if it can."""
    directive = inside[0]
    for name, why in ((b"nowait", "it is not waited for"), (b"device", "it names its device")):
        if directive.has_clause(name):
            return why
    for pattern, why in _NOT_TWICE:
        if pattern.search(_code(texts[0])):
            return why
    for text in texts:
        for pattern, why in _OBSTACLES:
            if pattern.search(_code(text)):
                return why
        for each in directives(text):
            if b"critical" in each.words or re.search(rb"\b(?:capture|compare)\b", each.text):
                return "what it writes depends on the order of its threads"
    for each in inside:
        if _every_thread_runs(each) and (atomic or each.has_clause(b"reduction")):
            return "its threads combine values outside of a loop that is divided among them"
    return ""


def _code(text: bytes) -> bytes:
    """Return a masked text without what stands in directives, such as ``schedule(static)``."""
    return without_directives(text, text, 0, len(text))


def _every_thread_runs(directive: Directive) -> bool:
    """Tell whether a construct's statement is run by each thread or team, not by one of them."""
    words = frozenset(directive.words)
    divided = words & {b"for", b"loop", b"sections", b"distribute"}
    return bool(words & {b"parallel", b"teams"}) and not divided


def _callees(mask: bytes, begin: int, end: int) -> Iterator[bytes]:
    """Yield the definitions of functions of this file that a text calls, directly or not."""
    seen: set[bytes] = set()
    queue = [(mask[begin:end], 0)]
    while queue:
        text, depth = queue.pop()
        if depth:
            yield text
        if depth == _CALLEE_DEPTH:
            continue
        for name in set(_CALL.findall(text)) - seen - _NO_FUNCTIONS:
            seen.add(name)
            queue += ((body, depth + 1) for body in _definitions(mask, name))


def _definitions(mask: bytes, name: bytes) -> Iterator[bytes]:
    for match in re.finditer(rb"\b" + name + rb"\s*\(", mask):
        try:
            after = closing(mask, match.end() - 1) + 1
            opening = _BODY.match(mask, after)
            if opening is not None:
                yield mask[opening.end() - 1 : closing(mask, opening.end() - 1) + 1]
        except UnreadableError:
            continue
