# SPDX-License-Identifier: Apache-2.0
"""Write a copy of a text, on the same lines, in which more of its races show (tier T3)."""

from __future__ import annotations

import re

from s2s.verify.c_text import UnreadableError, masked, statement_end, without_directives
from s2s.verify.directives import Directive, directives_in
from s2s.verify.schedules import with_static_schedule

_ASSIGNED = re.compile(
    rb"(?<![\w.>\]])(?P<a>[A-Za-z_]\w*)\s*(?:(?:<<|>>|[-+*/%&|^])?=(?!=)|\+\+|--)"
    rb"|(?:\+\+|--)\s*(?P<b>[A-Za-z_]\w*)(?!\s*(?:\[|->|\.))"
)
_DECLARED = re.compile(
    rb"(?:^|[;{}]|\bfor\s*\()\s*(?!(?:return|else|do|goto|case)\b)(?:[A-Za-z_]\w*\s+)*"
    rb"[A-Za-z_]\w*[\s*&]+([A-Za-z_]\w*)\s*(?=[=;,\[({:])"
)
_FOR_VARIABLE = re.compile(rb"\bfor\s*\(\s*(?:[\w\s*]*?\s)?([A-Za-z_]\w*)\s*=")


def arranged_for_races(text: bytes) -> bytes:
    """Return a text in which neighbouring iterations meet, and threads share what they should.

    Worksharing loops get ``schedule(static, 1)``. Combined constructs that assign to scalars that
    no clause names get ``defaultmap(to: scalar)``: such a scalar is one for all threads
    (OpenMP 5.2, 5.1.1), but clang gives every thread a copy, and only a mapped one shows what
    other compilers do.
    """
    out, done, mask = [], 0, masked(text)
    for directive in directives_in(text):
        if _shares_scalars(directive, mask):
            out += [text[done : directive.end], b" defaultmap(to: scalar)"]
            done = directive.end
    return with_static_schedule(b"".join((*out, text[done:])))


def _shares_scalars(directive: Directive, mask: bytes) -> bool:
    """Tell whether a construct assigns to scalars that neither a clause nor a declaration names.

    A declaration it does not recognise counts as none: scalars are then read from memory, which
    costs time only. Of a region whose end cannot be told it says no.
    """
    none = any(c.argument == b"none" for c in directive.clauses_of(b"default"))
    if not {b"target", b"parallel"}.issubset(directive.name) or none:
        return False
    if directive.clauses_of(b"defaultmap"):
        return False
    try:
        end = statement_end(mask, directive.end)
    except UnreadableError:
        return False
    region = without_directives(mask, mask, directive.end, end)
    assigned = {match["a"] or match["b"] for match in _ASSIGNED.finditer(region)}
    headers = _FOR_VARIABLE.findall(region)[: _collapsed(directive)]
    declared = set(_DECLARED.findall(region))
    named = set(re.findall(rb"[A-Za-z_]\w*", mask[directive.begin : directive.end]))
    return bool(assigned - named - declared - set(headers))


def _collapsed(directive: Directive) -> int:
    arguments = [clause.argument or b"" for clause in directive.clauses_of(b"collapse")]
    return int(arguments[0]) if arguments and arguments[0].isdigit() else 1
