# SPDX-License-Identifier: Apache-2.0
"""What compilers for GPUs say of each target region, by line of the source that people know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from s2s.cli.console import print_table
from s2s.verify.static.kernels import KernelFacts

_COLUMNS = ("registers", "local bytes", "spilled bytes", "shared bytes", "occupancy")
_PRAGMA = re.compile(r"^#\s*pragma\s+omp\s+")
_LINES = re.compile(r"(?<=\bline )\d+(?=: )|(?<=\blines )[\d, ]+(?=: )")


def show_kernels(
    kernels: Sequence[KernelFacts], path: Path, places: Sequence[int], console: Console
) -> None:
    """Print a table of kernels, and below it why kernels are generic.

    ``path`` is the file whose lines are shown; ``places`` holds the line there of every line of the
    text that was compiled, and is empty where that is the file itself.
    """
    lines = path.read_bytes().splitlines() if path.is_file() else []
    shown = [_placed(kernel, path, places) for kernel in kernels]
    print_table(console, kernel_table(shown, path, lines))
    reasons = {
        f"line {kernel.line} is generic: {kernel.reason}": None for kernel in shown if kernel.reason
    }
    for reason in reasons:
        console.print(f"  {reason}", soft_wrap=True)


def kernel_table(kernels: Sequence[KernelFacts], path: Path, lines: Sequence[bytes]) -> Table:
    """Return a row for each kernel and GPU; ``lines`` are those of the file ``path``."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("line", justify="right")
    table.add_column("source", overflow="ellipsis", no_wrap=True, max_width=32)
    table.add_column("GPU")
    table.add_column("mode")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=name == _COLUMNS[-1])
    before = ""
    for kernel in sorted(kernels, key=lambda k: (k.file, k.line)):
        place, source = _source_of(kernel, path, lines)
        first = ("", Text()) if place == before else (place, Text(source))
        before = place
        numbers = (kernel.registers, kernel.stack, kernel.spills, kernel.shared)
        texts = [f"{n:,}" if n >= 0 else "-" for n in numbers]
        table.add_row(*first, kernel.arch, kernel.mode, *texts, _occupancy(kernel))
    return table


def _occupancy(kernel: KernelFacts) -> str:
    if not kernel.occupancy and not kernel.limit:
        return "-"
    return f"{kernel.occupancy:.0%}" + (f" ({kernel.limit})" if kernel.limit else "")


def _is_of(kernel: KernelFacts, path: Path) -> bool:
    return not kernel.file or Path(kernel.file).name == path.name


def _source_of(kernel: KernelFacts, path: Path, lines: Sequence[bytes]) -> tuple[str, str]:
    """Return the place of a kernel and the text of its line."""
    if not _is_of(kernel, path):
        return f"{Path(kernel.file).name}:{kernel.line}", ""
    known = 0 < kernel.line <= len(lines)
    text = lines[kernel.line - 1].decode("utf-8", "replace").strip() if known else ""
    return str(kernel.line), _PRAGMA.sub("", text)


def _placed(kernel: KernelFacts, path: Path, places: Sequence[int]) -> KernelFacts:
    """Return a kernel with its lines, also those of the reason, in terms of the file shown."""
    if not places or not _is_of(kernel, path):
        return kernel

    def line(number: int) -> int:
        return places[number - 1] if 0 < number <= len(places) else number

    def lines(match: re.Match[str]) -> str:
        return ", ".join(dict.fromkeys(str(line(int(n))) for n in match[0].split(", ")))

    reason = _LINES.sub(lines, kernel.reason)
    return replace(kernel, line=line(kernel.line), reason=reason)
