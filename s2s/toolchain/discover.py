# SPDX-License-Identifier: Apache-2.0
"""Find the compilers of this machine, cheaply.

No process is started here. ``S2S_CLANG`` (a path, or a name on ``PATH``) overrides the search.
"""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from pathlib import Path

from s2s.errors import ToolchainError
from s2s.toolchain.clang import (
    HEADER_VERSION,
    Clang,
    inspect_clang,
    major_of,
    resource_dir_of,
    resource_dirs,
)

VERSIONS = (22, 21, 20, 19, 18, 17)
"""The major versions of clang that are looked for, the favourite first."""

INSTALL_OFFLOAD = (
    "apt-get install clang-19 clang-tools-19 libomp-19-dev llvm-19 lld-19 libclang-rt-19-dev"
)
"""How to get a clang that can build and run OpenMP host offload (Debian, Ubuntu)."""

_LLVM_ROOT = Path("/usr/lib")
_PREFIXES = (Path("/usr"), Path("/usr/local"), Path("/opt/llvm"))


def discover_clang() -> Clang | None:
    """Return the clang to build with: one with host offload if there is any, else the newest.

    Raises ToolchainError when ``S2S_CLANG`` names something that is no clang installation.
    """
    return _discover_clang(os.environ.get("S2S_CLANG", ""), os.environ.get("PATH", ""))


def find_resource_dir() -> Path | None:
    """Return a folder with clang's builtin headers for the front end, None when there is none.

    The clang named by ``S2S_CLANG`` decides, otherwise the version closest to libclang's own.
    Raises ToolchainError when ``S2S_CLANG`` names something that is no clang installation.
    """
    return _find_resource_dir(os.environ.get("S2S_CLANG", ""), os.environ.get("PATH", ""))


def clang_commands(path_variable: str) -> tuple[Path, ...]:
    """Return every clang command on ``PATH`` and in ``/usr/lib/llvm-*/bin``, favourites first."""
    found: dict[Path, Path] = {}
    for name in (*(f"clang-{version}" for version in VERSIONS), "clang"):
        command = shutil.which(name, path=path_variable)
        if command is not None:
            found.setdefault(Path(command).resolve(), Path(command))
    for prefix in _llvm_prefixes():
        command_path = prefix / "bin" / "clang"
        if command_path.exists():
            found.setdefault(command_path.resolve(), command_path)
    return tuple(found.values())


@lru_cache(maxsize=8)
def _discover_clang(wanted: str, path_variable: str) -> Clang | None:
    if wanted:
        clang = inspect_clang(_wanted_command(wanted, path_variable))
        if clang is None:
            raise _not_a_clang(wanted)
        return clang
    found = [c for c in map(inspect_clang, clang_commands(path_variable)) if c is not None]
    return next((c for c in found if c.host_offload), found[0] if found else None)


@lru_cache(maxsize=8)
def _find_resource_dir(wanted: str, path_variable: str) -> Path | None:
    if wanted:
        directory = resource_dir_of(_wanted_command(wanted, path_variable))
        if directory is None:
            raise _not_a_clang(wanted)
        return directory
    found = [d for prefix in (*_llvm_prefixes(), *_PREFIXES) for d in resource_dirs(prefix)]
    if not found:
        commands = clang_commands(path_variable)
        found = [d for d in map(resource_dir_of, commands) if d is not None]
    return min(found, key=lambda d: (abs(major_of(d) - HEADER_VERSION), str(d)), default=None)


def _llvm_prefixes() -> tuple[Path, ...]:
    """Return the prefixes of Debian's packages, newest version first."""
    return tuple(sorted(_LLVM_ROOT.glob("llvm-[0-9]*"), key=_llvm_version, reverse=True))


def _llvm_version(prefix: Path) -> int:
    digits = prefix.name.removeprefix("llvm-").split(".")[0]
    return int(digits) if digits.isdigit() else 0


def _wanted_command(wanted: str, path_variable: str) -> Path:
    command = shutil.which(wanted, path=path_variable)
    if command is None:
        raise ToolchainError(
            f"S2S_CLANG names {wanted!r}, which is not an executable file",
            hint="set it to the path of a clang, or unset it",
        )
    return Path(command).absolute()


def _not_a_clang(wanted: str) -> ToolchainError:
    return ToolchainError(
        f"S2S_CLANG names {wanted!r}, but no clang headers lie beside it",
        hint="set it to the clang of a complete installation, or unset it",
    )
