# SPDX-License-Identifier: Apache-2.0
"""Times of a run on a GPU, per source line: libomptarget's own trace, Nsight Systems and Compute.

The host device runs kernels on the machine's own processor: its times say nothing of a GPU, and
there is no way to make a :class:`GpuTimes` of them here. ``device`` is what the run used, as
``llvm-omp-device-info`` or ``nvidia-smi`` names it.

Sources: LLVM's "LLVM/OpenMP Runtimes" manual (``LIBOMPTARGET_PROFILE``), NVIDIA's Nsight Systems
Analysis Guide (``nsys stats --report cuda_gpu_kern_sum,cuda_gpu_mem_time_sum --format csv``) and
Nsight Compute CLI manual (``ncu --csv``).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_HOST = re.compile(r"\b(?:host|x86[-_]64|aarch64|ppc64le|generic-elf)\b", re.IGNORECASE)
_TRACE_SITE = re.compile(r";(.*);([^;]*);(\d+);(\d+);;")
_KERNEL = re.compile(
    r"__omp_offloading_[0-9a-f]+_[0-9a-f]+_(?P<function>.*)_l(?P<line>\d+)(?:_\d+)?"
)
_SECONDS = {
    "ns": 1e-9,
    "nsecond": 1e-9,
    "us": 1e-6,
    "usecond": 1e-6,
    "ms": 1e-3,
    "msecond": 1e-3,
    "s": 1.0,
    "second": 1.0,
}
_COPIES = {"Host-to-Device": "to", "HtoD": "to", "Device-to-Host": "from", "DtoH": "from"}


@dataclass(frozen=True, slots=True)
class SiteTime:
    """Seconds of all launches at one line; ``file`` is empty where the tool does not tell it.

    ``with_copies`` tells that the time is that of the whole region, copies and waiting included.
    """

    file: str
    line: int
    function: str
    launches: int
    seconds: float
    with_copies: bool = False


@dataclass(frozen=True, slots=True)
class GpuTimes:
    """Times of one run on a GPU: which one, who measured, per line, and copies in all (seconds).

    Raises ValueError for a device that is the host.
    """

    device: str
    measured_by: str
    sites: tuple[SiteTime, ...]
    seconds_to_device: float = 0.0
    seconds_from_device: float = 0.0

    def __post_init__(self) -> None:
        if not self.device or _HOST.search(self.device):
            raise ValueError(f"'{self.device}' is no GPU: its times are not a GPU's")

    def kernel_seconds(self, line: int) -> float | None:
        """Return the time of the kernels alone at a line, None if it was not measured."""
        mine = [site.seconds for site in self.sites if site.line == line and not site.with_copies]
        return sum(mine) if mine else None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object of all fields."""
        return {
            "device": self.device,
            "measured_by": self.measured_by,
            "seconds_to_device": self.seconds_to_device,
            "seconds_from_device": self.seconds_from_device,
            "sites": [
                {name: getattr(site, name) for name in SiteTime.__slots__} for site in self.sites
            ],
        }


@dataclass(slots=True)
class _Sums:
    """Times that are being added up, by file, line and function."""

    launches: dict[tuple[str, int, str], int] = field(default_factory=dict)
    seconds: dict[tuple[str, int, str], float] = field(default_factory=dict)
    copies: dict[str, float] = field(default_factory=lambda: {"to": 0.0, "from": 0.0})

    def add(self, file: str, line: int, function: str, launches: int, seconds: float) -> None:
        key = (file, line, function)
        self.launches[key] = self.launches.get(key, 0) + launches
        self.seconds[key] = self.seconds.get(key, 0.0) + seconds

    def times(self, device: str, measured_by: str, *, with_copies: bool = False) -> GpuTimes:
        sites = tuple(
            SiteTime(*key, self.launches[key], self.seconds[key], with_copies)
            for key in sorted(self.seconds)
        )
        return GpuTimes(device, measured_by, sites, self.copies["to"], self.copies["from"])


def trace_times(text: bytes, device: str) -> GpuTimes:
    """Read a ``LIBOMPTARGET_PROFILE`` file of a run on ``device``.

    The runtime measures on the host, around its own calls: the time of a region holds its copies
    and the waiting for the kernel. Raises ValueError when the text is no such file, or when the
    device is no GPU.
    """
    trace = json.loads(text)
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        raise ValueError("not a trace of LIBOMPTARGET_PROFILE")
    sums = _Sums()
    for event in trace["traceEvents"]:
        place = _TRACE_SITE.match(event.get("args", {}).get("detail") or "")
        seconds = event.get("dur", 0) * 1e-6
        if place is None:
            continue
        if event["name"] == "Runtime: target exe":
            sums.add(place[1], int(place[3]), place[2], 1, seconds)
        elif event["name"] in ("HostToDev", "DevToHost"):
            sums.copies["to" if event["name"] == "HostToDev" else "from"] += seconds
    return sums.times(device, "libomptarget", with_copies=True)


def nsys_times(text: str, device: str) -> GpuTimes:
    """Read the CSV of ``nsys stats``: kernels (``cuda_gpu_kern_sum``) and copies, in any order.

    Kernels that are not of target regions are left out. Raises ValueError when a table has other
    columns, or when the device is no GPU.
    """
    sums = _Sums()
    for row in _tables(text):
        seconds = _number(row, "Total Time (ns)") * 1e-9
        if "Name" in row:
            kernel = _KERNEL.search(row["Name"])
            if kernel is not None:
                count = int(_number(row, "Instances"))
                sums.add("", int(kernel["line"]), kernel["function"], count, seconds)
        else:
            operation = row.get("Operation", "")
            for word, way in _COPIES.items():
                if word in operation:
                    sums.copies[way] += seconds
    return sums.times(device, "nsys")


def ncu_times(text: str, device: str) -> GpuTimes:
    """Read the CSV of ``ncu --csv``: the duration of each launch.

    Raises ValueError when the metric has a unit that is not known, or when the device is no GPU.
    """
    sums = _Sums()
    for row in _tables(text):
        if row.get("Metric Name") not in ("Duration", "gpu__time_duration.sum"):
            continue
        unit = _SECONDS.get(row.get("Metric Unit", ""))
        if unit is None:
            raise ValueError(f"ncu's durations have the unit '{row.get('Metric Unit')}'")
        kernel = _KERNEL.search(row.get("Kernel Name", ""))
        if kernel is not None:
            seconds = _number(row, "Metric Value") * unit
            sums.add("", int(kernel["line"]), kernel["function"], 1, seconds)
    return sums.times(device, "ncu")


def _tables(text: str) -> Iterator[dict[str, str]]:
    """Yield the rows of all tables in what a tool wrote; its messages are no tables."""
    header: list[str] = []
    for cells in csv.reader(text.splitlines()):
        if "Total Time (ns)" in cells or "Metric Name" in cells:
            header = cells
        elif header and len(cells) == len(header):
            yield dict(zip(header, cells, strict=True))
        else:
            header = []


def _number(row: dict[str, str], column: str) -> float:
    try:
        return float(row[column].replace(",", ""))
    except (KeyError, ValueError) as error:
        raise ValueError(f"the table has no number in '{column}'") from error
