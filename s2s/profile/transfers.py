# SPDX-License-Identifier: Apache-2.0
"""Bytes moved and kernels launched per source line, as LLVM's offload runtime tells them.

The runtime writes text to stderr when ``LIBOMPTARGET_INFO`` is set. Its counts are those of a GPU
run, also under the host device, where target regions run on the machine's own processor; times
are not. :class:`InfoStream` separates that text from what the program itself writes to stderr.

``LIBOMPTARGET_PROFILE`` (a Chrome trace) is read for trip counts only: its ``HostToDev`` events
are recorded for every list item that *may* be copied, those that are present or ``alloc`` too, and
it has no events for ``target update``, so that its bytes are wrong in both directions (LLVM 19).

Source: LLVM's "LLVM/OpenMP Runtimes" manual, and the text of LLVM 17 to 19 as measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

INFO_LEVEL = 0x01 | 0x02 | 0x10 | 0x20
"""``LIBOMPTARGET_INFO`` bits: list items of a construct, items present, launches, copies."""

POINTER_SIZE = 8
"""Bytes of a pointer on the machines that OpenMP offload exists for."""

ATTACHED = "(attached pointer)"
FIRSTPRIVATE = "(firstprivate)"
"""Names of copies that belong to no list item."""

_PREFIX = re.compile(
    rb'(?:omptarget|"?PluginInterface"?|"?TARGET [\w-]+ RTL"?) device -?\d+ info: '
)
_PREFIX_HINT = b" info: "
_CONSTRUCT = re.compile(
    r"(Entering OpenMP kernel|Entering OpenMP data region|Exiting OpenMP data region|"
    r"Updating \S*\s?data within the OpenMP data region|Updating OpenMP data)"
    r".*? at (.*):(\d+):(\d+) with \d+ arguments:"
)
_ARGUMENT = re.compile(r"(\w[\w, ]*)\((.*)\)\[(-?\d+)\]")
_COPY = re.compile(
    r"Copying data from (host to device|device to host), .*Size=(\d+)(?:, Name=(.*))?$"
)
_PRESENT = re.compile(r"Mapping exists.*?, Name=(.*)$")
_LAUNCH = re.compile(r"Launching kernel (\S+) with")
_KERNEL_NAME = re.compile(r"__omp_offloading_[0-9a-f]+_[0-9a-f]+_(.*)_l\d+(?:_\d+)?$")
_TRACE_SITE = re.compile(r";(.*);([^;]*);(\d+);(\d+);;")
_TRIP_COUNT = re.compile(r"TripCount=(\d+)")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Copies between host and device memory; bytes are bytes, counts are copies."""

    bytes_to_device: int = 0
    bytes_from_device: int = 0
    copies_to_device: int = 0
    copies_from_device: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.bytes_to_device + other.bytes_to_device,
            self.bytes_from_device + other.bytes_from_device,
            self.copies_to_device + other.copies_to_device,
            self.copies_from_device + other.copies_from_device,
        )

    def to_json(self) -> dict[str, int]:
        """Return a JSON object of the four numbers."""
        return {
            "bytes_to_device": self.bytes_to_device,
            "bytes_from_device": self.bytes_from_device,
            "copies_to_device": self.copies_to_device,
            "copies_from_device": self.copies_from_device,
        }


@dataclass(frozen=True, slots=True)
class VariableTraffic:
    """What one list item moved at one place; ``name`` as mapped (``a[0:n]``), or in ``()``."""

    name: str
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class SiteTraffic:
    """What one source line moved and launched; line 0 is outside every construct.

    ``function`` is empty where no kernel tells it; ``trip_count`` is the sum over all launches of
    the iterations of the associated loops, None when no trace was read.
    """

    file: str
    line: int
    function: str
    launches: int
    traffic: Traffic
    variables: tuple[VariableTraffic, ...]
    trip_count: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object with the copies of each variable."""
        return {
            "file": self.file,
            "line": self.line,
            "function": self.function,
            "launches": self.launches,
            "trip_count": self.trip_count,
            **self.traffic.to_json(),
            "variables": [{"name": v.name, **v.traffic.to_json()} for v in self.variables],
        }


@dataclass(frozen=True, slots=True)
class UnmappedPointer:
    """A pointer that a kernel received though nothing is mapped at its address."""

    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class TransferProfile:
    """All sites of a run in source order, and the pointers that kernels got unmapped."""

    sites: tuple[SiteTraffic, ...] = ()
    unmapped: tuple[UnmappedPointer, ...] = ()

    @property
    def launches(self) -> int:
        """How many kernels were launched in all."""
        return sum(site.launches for site in self.sites)

    @property
    def total(self) -> Traffic:
        """The copies of all sites together."""
        return sum((site.traffic for site in self.sites), Traffic())

    def variable(self, name: str) -> Traffic:
        """Return the copies of every list item of one variable (``a`` for ``a[0:n]``)."""
        items = (item for site in self.sites for item in site.variables)
        mine = (i.traffic for i in items if i.name == name or i.name.startswith(f"{name}["))
        return sum(mine, Traffic())

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object: totals, sites, unmapped pointers."""
        return {
            "launches": self.launches,
            **self.total.to_json(),
            "sites": [site.to_json() for site in self.sites],
            "unmapped": [{"name": u.name, "file": u.file, "line": u.line} for u in self.unmapped],
        }


@dataclass(slots=True)
class _Site:
    """A site that is being counted."""

    function: str = ""
    launches: int = 0
    trip_count: int | None = None
    variables: dict[str, Traffic] = field(default_factory=dict)


@dataclass(slots=True)
class _Construct:
    """The construct that the runtime is at, and the list items that it told of it."""

    key: tuple[str, int] = ("", 0)
    entering: bool = False
    items: set[tuple[str, int]] = field(default_factory=set)
    unseen: list[str] = field(default_factory=list)


class InfoStream:
    """Counts the runtime's text while a program runs, and keeps the program's own stderr.

    Feed what was read from stderr in pieces of any size; ``profile`` and ``rest`` are complete
    after ``close``. A pointer whose section was mapped with no elements is not one that was
    forgotten. A copy belongs to the construct told of last, so that one made by
    ``omp_target_memcpy`` counts at the construct before it; totals are exact in any case.
    """

    def __init__(self) -> None:
        self._sites: dict[tuple[str, int], _Site] = {}
        self._unmapped: dict[UnmappedPointer, None] = {}
        self._empty: set[str] = set()
        self._here = _Construct()
        self._partial = b""
        self._rest = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next piece of stderr."""
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()
        for line in lines:
            self._line(line, b"\n")

    def close(self) -> None:
        """Tell that there is no more: a last line without an end of line is complete too."""
        if self._partial:
            self._line(self._partial, b"")
        self._partial = b""

    @property
    def rest(self) -> bytes:
        """What the program itself wrote."""
        return bytes(self._rest)

    @property
    def profile(self) -> TransferProfile:
        """What was counted so far."""
        return TransferProfile(_frozen(self._sites), tuple(self._unmapped))

    def _line(self, line: bytes, end: bytes) -> None:
        prefix = _PREFIX.search(line) if _PREFIX_HINT in line else None
        if prefix is None:
            self._rest += line + end
            return
        self._rest += line[: prefix.start()]
        self._message(line[prefix.end() :].decode("utf-8", "replace").rstrip())

    def _message(self, text: str) -> None:
        if text.startswith("Copying"):
            self._copy(text)
        elif text.startswith("Mapping exists"):
            self._present(text)
        elif text.startswith("Launching"):
            self._launch(text)
        elif text.startswith(("Entering", "Exiting", "Updating")):
            self._construct(text)
        elif self._here.entering:
            self._argument(text)

    def _construct(self, text: str) -> None:
        match = _CONSTRUCT.match(text)
        if match is not None:
            key = (match[2], int(match[3]))
            self._here = _Construct(key, entering=match[1].startswith("Entering"))
            self._sites.setdefault(key, _Site())

    def _argument(self, text: str) -> None:
        match = _ARGUMENT.match(text)
        if match is None:
            return
        item, size, name = match[2], int(match[3]), match[2].partition("[")[0]
        self._here.items.add((item, size))
        is_section = name != item  # 'alloc' of no elements is called 'use_address', too
        if match[1] != "use_address" or is_section:
            (self._empty.add if size == 0 else self._empty.discard)(name)
        elif name not in self._empty:
            self._here.unseen.append(item)

    def _present(self, text: str) -> None:
        match = _PRESENT.match(text)
        if match is not None and match[1] in self._here.unseen:
            self._here.unseen.remove(match[1])

    def _launch(self, text: str) -> None:
        site = self._sites.setdefault(self._here.key, _Site())
        site.launches += 1
        match = _LAUNCH.match(text)
        kernel = _KERNEL_NAME.match(match[1]) if match is not None else None
        if kernel is not None:
            site.function = kernel[1]
        for name in self._here.unseen:
            self._unmapped[UnmappedPointer(name, *self._here.key)] = None
        self._here.entering = False
        self._here.unseen = []

    def _copy(self, text: str) -> None:
        match = _COPY.match(text)
        if match is None:
            return
        size = int(match[2])
        to_device = match[1] == "host to device"
        traffic = Traffic(size, 0, 1, 0) if to_device else Traffic(0, size, 0, 1)
        name = self._name(match[3] or "unknown", size)
        site = self._sites.setdefault(self._here.key, _Site())
        site.variables[name] = site.variables.get(name, Traffic()) + traffic

    def _name(self, name: str, size: int) -> str:
        """Return whose bytes these are: a copy that is no list item gets a neighbour's name.

        Those are the pointers attached to mapped pointees and the buffer of firstprivate
        aggregates, both of which are made when a construct is entered.
        """
        if not self._here.entering or (name, size) in self._here.items:
            return name
        return ATTACHED if size == POINTER_SIZE else FIRSTPRIVATE


def parse_info(lines: Iterable[bytes]) -> TransferProfile:
    """Return what the runtime's text tells (``LIBOMPTARGET_INFO`` with at least INFO_LEVEL)."""
    stream = InfoStream()
    for line in lines:
        stream.feed(line)
    stream.close()
    return stream.profile


def parse_trace(text: bytes) -> TransferProfile:
    """Return launches and trip counts of a ``LIBOMPTARGET_PROFILE`` file; copies are left out.

    The program must have run with ``LIBOMPTARGET_PROFILE_GRANULARITY=0``: short events are lost
    otherwise. Raises ValueError when the text is not such a file.
    """
    trace = json.loads(text)
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        raise ValueError("not a trace of LIBOMPTARGET_PROFILE")
    sites: dict[tuple[str, int], _Site] = {}
    for event in trace["traceEvents"]:
        detail = event.get("args", {}).get("detail", "")
        match = _TRACE_SITE.match(detail)
        if event.get("name") != "Kernel Target" or match is None:
            continue
        site = sites.setdefault((match[1], int(match[3])), _Site())
        site.function = match[2]
        site.launches += 1
        count = _TRIP_COUNT.search(detail)
        site.trip_count = (site.trip_count or 0) + (int(count[1]) if count else 0)
    return TransferProfile(_frozen(sites))


def _frozen(sites: Mapping[tuple[str, int], _Site]) -> tuple[SiteTraffic, ...]:
    """Return counted sites in source order as values."""
    out = []
    for (file, line), site in sorted(sites.items()):
        variables = tuple(VariableTraffic(*item) for item in sorted(site.variables.items()))
        total = sum(site.variables.values(), Traffic())
        out.append(
            SiteTraffic(file, line, site.function, site.launches, total, variables, site.trip_count)
        )
    return tuple(out)
