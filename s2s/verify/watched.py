# SPDX-License-Identifier: Apache-2.0
"""Which launches T3 looks at, where looking at all of them would take too long.

A construct that is launched a thousand times does much the same each time, and the race detector
makes every access cost ten. The rule is in ``runtime/watched_launches.h``.
"""

from __future__ import annotations

from dataclasses import dataclass

from s2s.profile.transfers import TransferProfile

FIRST = 8
"""So many launches of a construct are watched before some are left out."""
OFTEN = 2 * FIRST
"""A construct with more launches gets a copy for those that are not watched."""


@dataclass(frozen=True, slots=True)
class Watching:
    """What a run looks at: ``every_launch``, or the first ones and then ever fewer.

    ``profile`` is that of an ordinary run of the program, None when there is none.
    """

    every_launch: bool = False
    profile: TransferProfile | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the runtime."""
        return {"S2S_WATCH_FIRST": "0" if self.every_launch else str(FIRST)}

    @property
    def often(self) -> frozenset[int]:
        """The lines of constructs most of whose launches are not watched."""
        if self.every_launch or self.profile is None:
            return frozenset()
        return frozenset(site.line for site in self.profile.sites if site.launches > OFTEN)
