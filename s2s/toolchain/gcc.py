# SPDX-License-Identifier: Apache-2.0
"""One installed gcc and the devices that it can offload to."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

VERSIONS = (15, 14, 13, 12)
_ROOTS = (Path("/usr/lib/gcc"), Path("/usr/libexec/gcc"), Path("/usr/local/lib/gcc"))


@dataclass(frozen=True, slots=True)
class Gcc:
    """A gcc installation; ``offload_targets`` are those with a ``mkoffload`` program."""

    path: Path
    cxx_path: Path
    version: str
    offload_targets: tuple[str, ...]


def discover_gcc() -> Gcc | None:
    """Return a gcc of this machine: one with offload if there is any, else the plain one."""
    found = []
    for name in ("gcc", *(f"gcc-{version}" for version in VERSIONS)):
        command = shutil.which(name)
        if command is not None:
            found.append(_inspect(Path(command)))
    return next((g for g in found if g.offload_targets), found[0] if found else None)


def _inspect(path: Path) -> Gcc:
    """Read the version off the name that the command's link leads to: ``…-gcc-12``."""
    suffix = re.search(r"-(\d+)(?:\.exe)?$", path.resolve().name)
    version = suffix[1] if suffix else ""
    cxx = path.with_name(re.sub(r"gcc(?=-\d+$|$)", "g++", path.name))
    return Gcc(path, cxx, version, _offload_targets(version))


def _offload_targets(version: str) -> tuple[str, ...]:
    """Return the targets with a ``mkoffload``, of one version when it is known."""
    pattern = f"*/{version or '*'}*/accel/*/mkoffload"
    found = {entry.parent.name for root in _ROOTS for entry in root.glob(pattern)}
    return tuple(sorted(found))
