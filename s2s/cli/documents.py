# SPDX-License-Identifier: Apache-2.0
"""JSON documents: ``--report``, ``--emit-plan`` and ``analyze --json``.

Spans become ``{"begin", "end", "line", "column", "end_line"}``: byte offsets, then 1-based lines
and byte columns. Fields are only ever added.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from s2s import __version__
from s2s.diagnostics import Remark, to_json
from s2s.driver import OffloadResult
from s2s.errors import S2SError
from s2s.source import SourceFile, Span

ON_DEVICE = frozenset({"offloaded", "collapsed", "inside", "device"})
"""Dispositions of loops that the device runs."""


def heading(command: str) -> dict[str, Any]:
    """Return the first fields of every document."""
    return {"s2s": __version__, "command": command}


def result_json(result: OffloadResult) -> dict[str, Any]:
    """Return what was found out about a file: loops, remarks, assumptions, counts."""
    plan = result.plan
    return {
        "file": str(result.source.path),
        "seconds": round(result.seconds, 4),
        "clang_args": list(result.clang_args),
        "counts": counts(result),
        "assumptions": list(plan.assumptions),
        "loops": [to_data(loop, result.source) for loop in plan.loops],
        "remarks": [to_json(remark, result.source) for remark in plan.remarks],
    }


def plan_json(result: OffloadResult) -> dict[str, Any]:
    """Return everything that a plan would write into the file."""
    plan = result.plan
    left_out = {"remarks", "loops"}
    names = [field.name for field in fields(plan) if field.name not in left_out]
    own = {name: to_data(getattr(plan, name), result.source) for name in names}
    return {"file": str(result.source.path), **own}


def error_json(path: Path, error: S2SError) -> dict[str, Any]:
    """Return what is known of a file that could not be translated."""
    place = {"path": str(error.path) if error.path else None, "line": error.line}
    return {
        "file": str(path),
        "error": {"message": error.message, **place, "hint": error.hint},
    }


def counts(result: OffloadResult) -> dict[str, int]:
    """Count loops by what became of them, and the constructs of the plan."""
    plan = result.plan
    return {
        "loops": len(plan.loops),
        "loops_on_device": sum(loop.disposition in ON_DEVICE for loop in plan.loops),
        "target_regions": len(plan.regions),
        "data_environments": len(plan.data),
        "updates": len(plan.updates),
        "guards": len(plan.guards),
    }


def to_data(value: Any, source: SourceFile) -> Any:
    """Return frozen data of the plan as JSON data."""
    match value:
        case Span(begin=begin, end=end):
            place = source.position(begin)
            return {
                "begin": begin,
                "end": end,
                "line": place.line,
                "column": place.column,
                "end_line": source.line(max(begin, end - 1)),
            }
        case Remark():
            return to_json(value, source)
        case StrEnum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case Path():
            return str(value)
        case tuple() | list() | frozenset():
            return [to_data(item, source) for item in value]
        case dict():
            return {str(key): to_data(item, source) for key, item in value.items()}
    assert is_dataclass(value), type(value)
    return {field.name: to_data(getattr(value, field.name), source) for field in fields(value)}
