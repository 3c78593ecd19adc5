# SPDX-License-Identifier: Apache-2.0
"""Floating-point operations of each basic block, read from LLVM IR.

The IR is that of a device image built with SanitizerCoverage's ``trace-pc-guard``: every block
calls the runtime with the address of its guard. Guards are numbered from 1 in the order in
which their arrays are defined, which is the order of the section that they are linked into.

An addition, subtraction, multiplication, division, remainder or square root is one operation, a
(fused) multiply-add two, on a vector as many times as it has elements. Other mathematical functions
are one operation each, however they are computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GUARDS = re.compile(r'^@(__sancov_gen_[.\d]*) = .*\[(\d+) x i32\].*"__sancov_guards"')
_GUARD = re.compile(
    r"call void @__sanitizer_cov_trace_pc_guard\(ptr .*?@(__sancov_gen_[.\d]*)"
    r"(?: to i64\), i64 (\d+)\))?"
)
_LABEL = re.compile(r"^[\w.$-]+:")
_TYPE = r"(?:<(?P<lanes>\d+) x )?(?P<type>double|float|half|bfloat|x86_fp80)>?"
_OPERATION = re.compile(
    rf"= (?:f(?:add|sub|mul|div|rem)|atomicrmw (?:volatile )?f(?:add|sub)) (?P<flags>[a-z ]*?)"
    rf"(?:ptr \S+ )?{_TYPE} "
)
_CALL = re.compile(rf"= (?:tail |musttail )?call [a-z ]*?{_TYPE} @(?P<name>[\w.]+)\(")
_FREE = re.compile(
    r"llvm\.(?:fabs|copysign|minnum|maxnum|minimum|maximum|vector\.|experimental)|fabs"
)


@dataclass(frozen=True, slots=True)
class Flops:
    """Operations in double precision, and in any other."""

    fp64: int = 0
    other: int = 0

    def __add__(self, more: Flops) -> Flops:
        return Flops(self.fp64 + more.fp64, self.other + more.other)

    def times(self, count: int) -> Flops:
        """Return the operations of so many executions."""
        return Flops(self.fp64 * count, self.other * count)


def flops_of_guards(ir: str) -> tuple[Flops, ...]:
    """Return the operations of each block that has a guard, in the order of the guards."""
    first: dict[str, int] = {}
    total = 0
    out: list[Flops] = []
    here: int | None = None
    for line in ir.splitlines():
        guards = _GUARDS.match(line)
        if guards is not None:
            first[guards[1]] = total
            total += int(guards[2])
            out += [Flops()] * int(guards[2])
            continue
        if line.startswith("define") or _LABEL.match(line):
            here = None
            continue
        guard = _GUARD.search(line)
        if guard is not None:
            here = first[guard[1]] + int(guard[2] or 0) // 4
        elif here is not None:
            out[here] += _flops(line)
    return tuple(out)


def _flops(line: str) -> Flops:
    """Return the operations of one instruction."""
    match = _OPERATION.search(line)
    count = 1
    if match is None:
        match = _CALL.search(line)
        if match is None or _FREE.match(match["name"]):
            return Flops()
        count = 2 if "fma" in match["name"] or "fmuladd" in match["name"] else 1
    count *= int(match["lanes"] or 1)
    return Flops(count) if match["type"] == "double" else Flops(0, count)
