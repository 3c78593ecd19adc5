# SPDX-License-Identifier: Apache-2.0
"""Which host copies of mapped arrays are current, and what the host wrote but did not send yet.

An update to the device waits until the device, or a jump, needs it: several host statements in a
row then cost one transfer in each direction. It is still placed right after the last statement
that wrote, in the same block, so nothing has to be known about what comes in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from s2s.analysis.environment import HostTransfer
from s2s.analysis.extents import Section
from s2s.analysis.facts import ParameterNames
from s2s.ir.program import Stmt
from s2s.ir.types import Symbol

Sections = list[Section | None]


@dataclass(slots=True)
class _Unsent:
    anchor: Stmt
    sections: Sections


@dataclass(slots=True)
class HostCopies:
    """The state of the host's copies at one place of the walk over an environment.

    ``stale``: some of the host's copy may be out of date; ``current``: those of its sections that
    are not. ``whole`` holds what is mapped of each array.
    """

    names: ParameterNames
    whole: dict[Symbol, Section | None]
    transfers: list[HostTransfer]
    stale: set[Symbol] = field(default_factory=set)
    current: dict[Symbol, Sections] = field(default_factory=dict)
    _unsent: dict[Symbol, _Unsent] = field(default_factory=dict)

    def is_current(self, symbol: Symbol, sections: Iterable[Section | None]) -> bool:
        """Whether the host may read these sections."""
        if symbol not in self.stale:
            return True
        known = self.current.get(symbol, [])
        return self.whole[symbol] in known or all(s in known for s in sections)

    def fetch(self, anchor: Stmt, symbol: Symbol, sections: Sections) -> None:
        """Make sections current before a statement."""
        if self.is_current(symbol, sections):
            return
        self.send([symbol])  # an update in the other direction must not undo what was written
        known = self.current.setdefault(symbol, [])
        for section in sections:
            if section not in known:
                self.transfers.append(HostTransfer(anchor, symbol, section, to_device=False))
                known.append(section)

    def wrote(self, anchor: Stmt, symbol: Symbol, sections: Sections) -> None:
        """Note that a statement of the host writes within sections that are current there."""
        unsent = self._unsent.setdefault(symbol, _Unsent(anchor, []))
        unsent.anchor = anchor
        unsent.sections += [s for s in sections if s not in unsent.sections]
        known = self.current.setdefault(symbol, [])
        known += [s for s in sections if s not in known]

    def send(self, symbols: Iterable[Symbol] | None = None) -> None:
        """Let the device have what the host wrote of some arrays, or of all."""
        for symbol in list(self._unsent) if symbols is None else list(symbols):
            unsent = self._unsent.pop(symbol, None)
            if unsent is None:
                continue
            sections = unsent.sections
            if self.whole[symbol] in sections:
                sections = [self.whole[symbol]]
            for section in sections:
                self.transfers.append(HostTransfer(unsent.anchor, symbol, section, to_device=True))

    def device_writes(self, symbols: Iterable[Symbol]) -> None:
        """Note that the device writes arrays."""
        for symbol in symbols:
            self.stale.add(symbol)
            self.current.pop(symbol, None)

    def forget(self) -> None:
        """Send everything, and take nothing that was fetched for granted."""
        self.send()
        self.current.clear()

    def sections(self) -> Sections:
        """Return all sections that are remembered."""
        out = [s for unsent in self._unsent.values() for s in unsent.sections]
        return out + [s for known in self.current.values() for s in known]

    def bounds_change(self, changed: set[Symbol]) -> None:
        """Variables change that sections may be named after."""
        if not changed:
            return
        for symbol, unsent in list(self._unsent.items()):
            if any(self._mentions(s, changed) for s in unsent.sections):
                self.send([symbol])
        for known in self.current.values():
            known[:] = [s for s in known if not self._mentions(s, changed)]

    def _mentions(self, section: Section | None, changed: set[Symbol]) -> bool:
        atoms = section.atoms if section is not None else frozenset()
        return any(x in changed for a in atoms for x in self.names.get(a).symbols)

    def branch(self) -> dict[Symbol, Sections]:
        """Return what is current, to start the other branch with."""
        return {s: list(known) for s, known in self.current.items()}

    def join(self, other: dict[Symbol, Sections]) -> None:
        """Keep what is current on both ways."""
        self.current = {
            s: [x for x in known if x in other[s]]
            for s, known in self.current.items() if s in other
        }  # fmt: skip
