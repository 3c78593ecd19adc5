# SPDX-License-Identifier: Apache-2.0
"""What the LLVM IR of a device and the remarks of ``openmp-opt`` tell of kernels.

Source: LLVM, ``openmp/docs/remarks/OptimizationRemarks.rst`` for the numbers of the remarks, and
``KernelEnvironmentTy`` of the device runtime for the layout of a kernel's environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

_ENVIRONMENT = re.compile(
    r"@(?P<name>\S+)_kernel_environment = .*?ConfigurationEnvironmentTy "
    r"\{ i8 \d+, i8 \d+, i8 (?P<mode>\d+), i32 -?\d+, i32 (?P<threads>-?\d+)"
)
_MODES = {1: "generic", 2: "SPMD", 3: "generic-SPMD"}
_KERNEL_LINE = re.compile(r"_l(\d+)(?:_\d+)?$")
_DEFINITION = re.compile(r"^define [^@]*@(\S+?)\(.*!dbg !(\d+)", re.MULTILINE)
_SUBPROGRAM = re.compile(r"^!(\d+) = distinct !DISubprogram\(.*?\bfile: !(\d+)", re.MULTILINE)
_FILE = re.compile(r'^!(\d+) = !DIFile\(filename: "([^"]*)"', re.MULTILINE)
_PLACE = r"(?P<{0}>[^\n:]+):(?P<{1}>\d+):\d+: "
_REMARK = re.compile(
    rf"^(?:{_PLACE.format('file', 'line')})?remark: "
    rf"(?:{_PLACE.format('file_of_ir', 'line_of_ir')})?"
    r"(?P<text>[^\n]*?) \[(?P<code>OMP\d+)\] \[-Rpass",
    re.MULTILINE,
)
_PREVENTS_SPMD = "OMP121"
_STATE_MACHINE = frozenset(("OMP130", "OMP131", "OMP132", "OMP133"))
_ADVICE = re.compile(r" (?:Add|Use) `.*$")


@dataclass(frozen=True, slots=True)
class IrKernel:
    """A kernel: the line and file of its construct, mode, threads of a block (0: not set)."""

    line: int
    file: str
    mode: str
    threads: int


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark of ``openmp-opt``; ``line`` is 0 where the compiler knows none."""

    file: str
    line: int
    code: str
    text: str


def ir_kernels(text: str) -> dict[str, IrKernel]:
    """Return the kernels of a device module, by name."""
    files = _files(text)
    out = {}
    for match in _ENVIRONMENT.finditer(text):
        name = match["name"]
        line = _KERNEL_LINE.search(name)
        mode = _MODES.get(int(match["mode"]), "unknown")
        threads = max(0, int(match["threads"]))
        out[name] = IrKernel(int(line[1]) if line else 0, files.get(name, ""), mode, threads)
    return out


def _files(text: str) -> dict[str, str]:
    """Return the source file of every function with debugging information."""
    names = {m[1]: m[2] for m in _FILE.finditer(text)}
    subprograms = {m[1]: m[2] for m in _SUBPROGRAM.finditer(text)}
    return {
        m[1]: names.get(subprograms.get(m[2], ""), "").replace("\\5C", "\\")
        for m in _DEFINITION.finditer(text)
    }


def remarks_in(text: str) -> tuple[Remark, ...]:
    """Read the numbered remarks out of a compiler's messages; each is kept once.

    The place comes before the word "remark" when a source is compiled, after it when it is IR.
    """
    found = dict.fromkeys(
        Remark(
            m["file"] or m["file_of_ir"] or "",
            int(m["line"] or m["line_of_ir"] or 0),
            m["code"],
            _ADVICE.sub("", m["text"]),
        )
        for m in _REMARK.finditer(text)
    )
    return tuple(found)


def generic_reason(kernels: Mapping[str, IrKernel], remarks: Sequence[Remark]) -> dict[str, str]:
    """Return why kernels are generic, for those that are, by name.

    A remark names the place of a call or store in a kernel, not the kernel: it is taken for that of
    the construct before it. Where no place is told, remarks without one speak for the only generic
    kernel there is; else what is said of the construct itself is all that is known.
    """
    generic = {name: kernel for name, kernel in kernels.items() if kernel.mode == "generic"}
    preventing = [r for r in remarks if r.code == _PREVENTS_SPMD]
    out = {}
    for name, kernel in generic.items():
        inside = [r for r in preventing if r.line and _owner(r, kernels) == name]
        unplaced = [r for r in preventing if not r.line] if len(generic) == 1 else []
        itself = [r for r in remarks if r.code in _STATE_MACHINE and r.line == kernel.line]
        reasons = inside or unplaced or itself
        out[name] = _told(reasons)
    return out


def _owner(remark: Remark, kernels: Mapping[str, IrKernel]) -> str | None:
    """Return the last kernel that begins before the place of a remark, in the same file."""
    before = [
        (kernel.line, name)
        for name, kernel in kernels.items()
        if kernel.line <= remark.line and _same_file(kernel.file, remark.file)
    ]
    return max(before)[1] if before else None


def _same_file(one: str, two: str) -> bool:
    return not one or not two or PurePath(one).name == PurePath(two).name


def _told(remarks: Iterable[Remark]) -> str:
    """Return remarks as text, those that say the same together: ``lines 3, 7: … (OMP121)``."""
    lines: dict[tuple[str, str], dict[int, None]] = {}
    for remark in remarks:
        lines.setdefault((remark.text, remark.code), {})[remark.line] = None
    out = []
    for (text, code), places in lines.items():
        numbers = [str(line) for line in places if line]
        where = f"line{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}: " if numbers else ""
        out.append(f"{where}{text} ({code})")
    return "; ".join(out)
