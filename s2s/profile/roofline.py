# SPDX-License-Identifier: Apache-2.0
"""The roofline model of kernels: what a GPU could do at best with the work that was counted.

Attainable performance is the lower of the peak and of arithmetic intensity times bandwidth
(Williams, Waterman, Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
Architectures", CACM 52(4), 2009). Intensity is an upper bound here: each byte of device memory is
taken to be fetched and written at most once a launch, as with a cache that holds everything.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from s2s.errors import UsageError

_SHEETS = Path(__file__).with_name("gpus")


@dataclass(frozen=True, slots=True)
class KernelWork:
    """What the launches of one construct did, counted on the host device.

    ``fp64`` and ``other`` are floating-point operations in double and in any other precision;
    ``read`` and ``written`` are bytes of device memory, each counted once a launch.
    """

    file: str
    line: int
    launches: int
    fp64: int
    other: int
    read: int
    written: int

    @property
    def flops(self) -> int:
        """All floating-point operations."""
        return self.fp64 + self.other

    @property
    def intensity(self) -> float:
        """Operations for each byte, at most; 0 where nothing is touched."""
        size = self.read + self.written
        return self.flops / size if size else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields, with the intensity."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**own, "intensity": round(self.intensity, 6)}


@dataclass(frozen=True, slots=True)
class DataSheet:
    """What a GPU can do at best: 10⁹ operations and 10⁹ bytes a second, and who says so."""

    name: str
    source: str
    peak_fp64_gflops: float
    peak_fp32_gflops: float
    bandwidth_gb_s: float

    def attainable(self, work: KernelWork) -> float:
        """Return the roof over a kernel, in 10⁹ operations a second."""
        double = work.fp64 >= work.other
        peak = self.peak_fp64_gflops if double else self.peak_fp32_gflops
        return min(peak, work.intensity * self.bandwidth_gb_s)

    def is_memory_bound(self, work: KernelWork) -> bool:
        """Tell whether bandwidth is what limits a kernel at best."""
        return self.attainable(work) >= work.intensity * self.bandwidth_gb_s


def known_gpus() -> tuple[str, ...]:
    """Return the names of the data sheets that come with s2s."""
    return tuple(sorted(path.stem for path in _SHEETS.glob("*.toml")))


def read_data_sheet(name: str) -> DataSheet:
    """Read a data sheet: one that comes with s2s, or a TOML file of the same form.

    Raises UsageError when there is none, or a number is missing or not positive.
    """
    path = _SHEETS / f"{name.lower()}.toml"
    if not path.is_file() or "/" in name:
        path = Path(name)
    hint = f"known: {', '.join(known_gpus())}, or a TOML file like {_SHEETS / 'a100.toml'}"
    if not path.is_file():
        raise UsageError(f"there is no data sheet of a GPU '{name}'", hint=hint)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the data sheet '{name}' cannot be read: {error}", hint=hint) from error
    numbers = ("peak_fp64_gflops", "peak_fp32_gflops", "bandwidth_gb_s")
    for number in numbers:
        value = values.get(number)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise UsageError(f"the data sheet '{name}' has no positive '{number}'", hint=hint)
    sheet = {number: float(values[number]) for number in numbers}
    title, source = str(values.get("name", path.stem)), str(values.get("source", path))
    return DataSheet(title, source, **sheet)
