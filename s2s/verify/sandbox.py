# SPDX-License-Identifier: Apache-2.0
"""Confine programs that are not trusted: compilers that read their texts, and the programs.

Limits hold for CPU time, memory, sizes of files, open files and processes. By bubblewrap, or by
namespaces of our own, a program also has no network, sees no other process, and of the file system
only compilers, libraries and the directories of what is verified, all read-only; it can write to
the scratch directory, which holds its home as well. Where neither can be had there are only limits.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from s2s.errors import VerificationError

LAUNCHER = Path(__file__).with_name("launcher.py")
PROBE_SECONDS = 20.0


class Method(StrEnum):
    """How a program is kept apart from the rest of the machine."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    LIMITS = "limits only"

    @property
    def isolates(self) -> bool:
        """Whether there are namespaces, and not only limits."""
        return self is not Method.LIMITS


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one run may use: bytes, numbers; ``cpu_seconds`` per second of its timeout."""

    memory: int = 4 << 30
    file_bytes: int = 1 << 30
    open_files: int = 512
    processes: int = 512
    cpu_seconds: int = field(default_factory=lambda: os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Confinement:
    """How programs of one verification are confined.

    ``scratch`` can be written to but for ``protected`` parts; ``readable`` are directories and
    files that can be read beside the system's.
    """

    method: Method
    scratch: Path
    readable: tuple[Path, ...] = ()
    protected: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def describe(self) -> str:
        """Say in a line what is in force."""
        limits = self.limits
        away = (
            ", no network, no other processes, read-only file system"
            if self.method.isolates
            else ""
        )
        return (
            f"{self.method}{away}, {limits.memory >> 30} GiB of memory, files of "
            f"{limits.file_bytes >> 30} GiB, {limits.open_files} open files, "
            f"{limits.processes} processes"
        )

    def protecting(self, *paths: Path) -> Confinement:
        """Return the confinement in which these parts of the scratch directory are read-only."""
        return replace(self, protected=(*self.protected, *paths))


def confinement_for(scratch: Path, readable: Iterable[Path]) -> Confinement:
    """Return the best confinement that this machine has."""
    scratch = scratch.resolve()
    _home(scratch).joinpath("tmp").mkdir(parents=True, exist_ok=True)
    scratch.joinpath("root").mkdir(exist_ok=True)
    paths = {path.resolve() for path in readable}
    return Confinement(available_method(), scratch, tuple(sorted(p for p in paths if p.exists())))


def existing_paths(arguments: Iterable[str]) -> Iterator[Path]:
    """Yield what a compiler's arguments name of files and directories (``-I/include``, ``x.o``)."""
    for argument in arguments:
        for name in (argument, argument[2:], argument.rpartition("=")[2]):
            if name and Path(name).exists():
                yield Path(name)


def available_method() -> Method:
    """Return the strongest method that works here."""
    return _available_method(os.environ.get("PATH", ""))


@lru_cache(maxsize=4)
def _available_method(_path: str) -> Method:
    methods = (Method.BUBBLEWRAP, Method.NAMESPACES)
    return next((method for method in methods if works(method)), Method.LIMITS)


def works(method: Method) -> bool:
    """Confine ``true`` to see whether it can be done."""
    if method is Method.BUBBLEWRAP and shutil.which("bwrap") is None:
        return False
    with tempfile.TemporaryDirectory(prefix="s2s-sandbox-") as name:
        scratch = Path(name).resolve()
        scratch.joinpath("root").mkdir()
        confinement = Confinement(method, scratch)
        program = Path(shutil.which("true") or "/bin/true")
        with Launch(confinement, program, ("true",), scratch, {}, PROBE_SECONDS) as launch:
            try:
                subprocess.run(
                    launch.arguments,
                    env=launch.environment,
                    pass_fds=launch.descriptors,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=PROBE_SECONDS,
                    check=False,
                )
                return launch.outcome()[0] == 0
            except (OSError, VerificationError, subprocess.TimeoutExpired):
                return False


class Launch:
    """One start of a confined program, and how it ended; to be used in a ``with`` statement."""

    def __init__(
        self,
        confinement: Confinement,
        binary: Path,
        arguments: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        timeout: float,
    ) -> None:
        self._confinement = confinement
        self._read, self._write = os.pipe()
        self.descriptors = (self._write,)
        self.environment = {
            **environment,
            "HOME": str(_home(confinement.scratch)),
            "TMPDIR": str(_home(confinement.scratch) / "tmp"),
        }
        limits = confinement.limits
        sanitized = any(name in environment for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"))
        own = confinement.method is Method.NAMESPACES
        specification = {
            "binary": str(binary.absolute()),
            "arguments": list(arguments),
            "directory": str(directory.resolve()),
            "status": self._write,
            "root": str(confinement.scratch / "root"),
            "mounts": mounts(confinement) if own else None,
            "alone": confinement.method.isolates,
            "limits": {"memory": limits.memory, "processes": limits.processes},
            "rlimits": _rlimits(limits, timeout, sanitized=sanitized),
        }
        launcher = (*_python(), str(LAUNCHER.resolve()), json.dumps(specification))
        before = _bubblewrap(confinement) if confinement.method is Method.BUBBLEWRAP else ()
        self.arguments = (*before, *launcher)

    def __enter__(self) -> Launch:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self._read, self._write):
            if descriptor >= 0:
                os.close(descriptor)
        self._read = self._write = -1

    def outcome(self) -> tuple[int, str]:
        """Return the exit code, negative for a signal, and which limit was exceeded, if any.

        For when the launcher has ended. Raises VerificationError when the program could not be
        started as it should.
        """
        os.close(self._write)
        self._write = -1
        text = b""
        while data := os.read(self._read, 4096):
            text += data
        kind, _, rest = text.decode("utf-8", "replace").partition(" ")
        match kind:
            case "exit":
                return int(rest), ""
            case "signal":
                return -int(rest), ""
            case "limit":
                return -signal.SIGKILL, f"stopped for the limit on {rest}"
            case "":
                return -signal.SIGKILL, ""
            case _:
                raise VerificationError(
                    f"cannot confine the program by {self._confinement.method}: {rest}"
                )


def reduced_environment(environment: Mapping[str, str], own: Iterable[str] = ()) -> dict[str, str]:
    """Return what compilers, OpenMP and sanitizers read of an environment, and ``own`` names."""
    names = frozenset(own)
    return {
        name: value
        for name, value in environment.items()
        if name in names or name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }


_KEPT = frozenset(
    (
        *("PATH", "LANG", "TZ", "LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH"),
        *("CPLUS_INCLUDE_PATH", "CUDA_PATH", "CUDA_HOME", "ROCM_PATH"),
        *("ASAN_OPTIONS", "TSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH"),
    )
)
_KEPT_PREFIXES = (
    *("LC_", "OMP_", "KMP_", "LIBOMP_", "LIBOMPTARGET_"),
    *("S2S_GUARD_", "S2S_RACE_", "S2S_ORDER", "S2S_COMPARE_"),
)

_TEMPORARY = Path("/tmp")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/etc", "/nix")
_SECRET = ("/etc/shadow", "/etc/gshadow", "/etc/ssh", "/etc/ssl/private", "/etc/sudoers")
_SECRET_AT_HOME = (
    *(".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".config", ".netrc", ".pgpass"),
    *(".git-credentials", ".npmrc", ".pypirc", ".cargo/credentials.toml", ".bash_history"),
)


def mounts(confinement: Confinement) -> list[tuple[str, str]]:
    """Return the file system of a confined program as pairs of a kind and a path, outer first.

    The kinds are ``read`` and ``write`` (what lies there), ``link``, ``scratch`` (an empty
    directory for small files) and ``hide``.
    """
    system = [Path(name) for name in _SYSTEM if Path(name).exists()]
    links = [path for path in system if path.is_symlink()]
    ours = [Path(sys.base_prefix).resolve(), LAUNCHER.parent.resolve()]
    read = _outermost((*(p for p in system if p not in links), *ours, *confinement.readable))
    scratch = confinement.scratch
    out = [("read", path) for path in read]
    out += [("link", path) for path in links]
    out += [("write", scratch)]
    if not any(_TEMPORARY.is_relative_to(path) for path in read):
        out.append(("scratch", _TEMPORARY))
    out += [("read", path) for path in confinement.protected if path.exists()]
    out.sort(key=lambda pair: len(pair[1].parts))
    hidden = [Path(name) for name in _SECRET]
    hidden += [Path.home() / name for name in _SECRET_AT_HOME]
    seen = [path.resolve() for path in hidden if path.exists()]
    out += [("hide", p) for p in seen if any(p.is_relative_to(r) for r in read)]
    return [(kind, str(path)) for kind, path in dict.fromkeys(out)]


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that lie in none of the others."""
    out: list[Path] = []
    for path in sorted(set(paths), key=lambda path: len(path.parts)):
        if not any(path.is_relative_to(other) for other in out):
            out.append(path)
    return out


def _bubblewrap(confinement: Confinement) -> tuple[str, ...]:
    """Return the command of bubblewrap up to the program."""
    out = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent"]
    for kind, path in mounts(confinement):
        match kind:
            case "link":
                out += ["--symlink", str(Path(path).readlink()), path]
            case "scratch":
                out += ["--tmpfs", path]
            case "hide":
                out += ["--tmpfs", path] if Path(path).is_dir() else ["--ro-bind", os.devnull, path]
            case "write":
                out += ["--bind", path, path]
            case _:
                out += ["--ro-bind", path, path]
    return (*out, "--dev", "/dev", "--proc", "/proc", "--cap-drop", "ALL", "--")


def _rlimits(limits: Limits, timeout: float, *, sanitized: bool) -> dict[str, int]:
    """Return limits by the names of the ``resource`` module.

    Sanitizers reserve far more memory than they use: their runs are only watched. Of processes and
    threads the system counts all that the user has; the launcher counts those of the run.
    """
    out = {
        "RLIMIT_CPU": int((timeout + 1) * limits.cpu_seconds) + 1,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_NPROC": limits.processes + _threads_of_user(),
        "RLIMIT_CORE": 0,
    }
    return out if sanitized else {**out, "RLIMIT_DATA": limits.memory}


def _threads_of_user() -> int:
    """Return how many threads this user has now."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if process.stat().st_uid == os.geteuid():
                count += process.joinpath("task").stat().st_nlink - 2
    return count


def _python() -> tuple[str, ...]:
    """Return this interpreter, without the packages that are installed for it."""
    return str(Path(sys.executable).resolve()), "-I", "-S"


def _home(scratch: Path) -> Path:
    return scratch / "home"
