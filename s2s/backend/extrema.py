# SPDX-License-Identifier: Apache-2.0
"""Records in which an extremum is reduced together with its place.

The type and the reduction are declared before the function; the loop's variables become members
of a record, which is compared with them after the region.
"""

from __future__ import annotations

from itertools import groupby

from s2s.ir.plan import ExtremumReduction, ReductionItem
from s2s.rewrite.edits import Edit, is_first_on_line, line_start
from s2s.source import SourceFile, blank_comments

_WIDTH = 100


def declaration(extremum: ExtremumReduction) -> str:
    """Return the declarations of the record and its reduction."""
    name = extremum.record
    fields = [
        f"{ctype} {', '.join(m.name for m in group)};"
        for ctype, group in groupby(extremum.members, key=lambda m: m.type)
    ]
    record = f"struct {name} {{ {' '.join(fields)} }};"
    if len(record) > _WIDTH:
        record = "\n    ".join([f"struct {name} {{", *fields]) + "\n};"
    kind = "least" if extremum.relation.startswith("<") else "greatest"
    which = "last" if "=" in extremum.relation else "first"
    head = f"#pragma omp declare reduction({name}: struct {name}: \\\n"
    if len(head) > _WIDTH:
        head = head.replace(": struct", ": \\\n    struct")
    return (
        f"/* The {kind} value with its place; of equal values the {which} one counts. */\n"
        f"{record}\n"
        f"{head}"
        f"    omp_out = {_better(extremum)} ? omp_in : omp_out) \\\n"
        f"    initializer(omp_priv = {_initial(extremum)})\n"
    )


def declared_reduction(item: ReductionItem) -> str:
    """Return the declaration of a minimum or maximum that may start from an infinity."""
    suffix = {"float": "f", "double": ""}.get(item.declared, "l")
    sign, relation = ("", "<") if item.operator == "min" else ("-", ">")
    if item.by_call:
        combined = f"__builtin_f{item.operator}{suffix}(omp_in, omp_out)"
        neutral = f'__builtin_nan{suffix}("")'
    else:
        combined = f"omp_in {relation} omp_out ? omp_in : omp_out"
        neutral = f"{sign}__builtin_inf{suffix}()"
    return (
        f"/* A {item.operator}imum that may start from an infinity, unlike the built-in one. */\n"
        f"#pragma omp declare reduction({item.identifier}: {item.declared}: \\\n"
        f"    omp_out = {combined}) initializer(omp_priv = {neutral})\n"
    )


def _better(extremum: ExtremumReduction) -> str:
    """Return the condition under which ``omp_in`` is the one to keep."""
    strict, line = extremum.relation[0], " || \\\n        "
    value = extremum.members[0].name
    before = _before(extremum.order, last="=" in extremum.relation)
    out = (
        f"omp_in.{value} {strict} omp_out.{value} || "
        f"(omp_in.{value} == omp_out.{value} && {before})"
    )
    if extremum.found:
        out = f"omp_in.{extremum.found} && (!omp_out.{extremum.found} || {out})"
    return out.replace(" || ", line)


def _before(order: tuple[tuple[str, bool], ...], *, last: bool) -> str:
    """Return the condition under which ``omp_in`` has the iteration that counts."""
    (name, grows), rest = order[0], order[1:]
    out = f"omp_in.{name} {'<' if grows is not last else '>'} omp_out.{name}"
    if not rest:
        return out
    return f"({out} || (omp_in.{name} == omp_out.{name} && {_before(rest, last=last)}))"


def _initial(extremum: ExtremumReduction) -> str:
    return f"{{ {', '.join(m.initial for m in extremum.members)} }}"


def opening(extremum: ExtremumReduction) -> str:
    """Return the definition of the record, in which nothing is found yet."""
    return f"struct {extremum.record} {extremum.variable} = {_initial(extremum)};"


def closing(extremum: ExtremumReduction) -> list[str]:
    """Return the statement that takes over what was found, if it wins against what was there."""
    record, best = extremum.variable, extremum.members[0]
    test = f"{record}.{best.name} {extremum.relation} {best.variable}"
    if extremum.found:
        test = f"{record}.{extremum.found} && {test}"
    stores = [f"    {m.variable} = {record}.{m.name};" for m in extremum.members if m.variable]
    return [f"if ({test}) {{", *stores, "}"]


def inner_edits(extremum: ExtremumReduction, source: SourceFile) -> list[Edit]:
    """Return the edits inside the loop."""
    out = [
        Edit(u.span.begin, u.span.end, f"{extremum.variable}.{u.member}".encode())
        for u in extremum.uses
    ]
    content, eol = source.content, source.end_of_line
    for rank, store in enumerate(extremum.stores, start=-len(extremum.stores)):
        at = store.span.begin
        text = f"{extremum.variable}.{store.member} = {store.value}".encode()
        if not store.own_line:
            out.append(Edit(at, at, text + b", ", rank))
        elif is_first_on_line(content, at):
            start = line_start(content, at)
            out.append(Edit(start, start, source.indentation(at) + text + b";" + eol, rank))
        else:
            out.append(Edit(at, at, text + b"; ", rank))
    return out


def is_at_file_scope(source: SourceFile, offset: int) -> bool:
    """Whether a place is outside all braces, those of namespaces and classes included."""
    code = blank_comments(source.content[:offset], strings=True)
    return code.count(b"{") == code.count(b"}")
