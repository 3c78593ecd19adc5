# SPDX-License-Identifier: Apache-2.0
"""Start a program inside of limits and, where asked for, of namespaces of its own.

A program of its own, ``python -I -S launcher.py SPECIFICATION``, that needs nothing but the
standard library. ``sandbox`` writes the specification (JSON) and reads from its ``status``
descriptor how the program ended: ``exit N``, ``signal N``, ``limit WHAT``, or ``error WHAT`` when
it was not started.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

# <sched.h>, <sys/mount.h>, <sys/prctl.h>, <linux/mount.h>, <linux/securebits.h>
NEW_NAMESPACES = 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_SETATTR, PIVOT_ROOT = 442, 155
AT_FDCWD, AT_RECURSIVE, ATTR_RDONLY = -100, 0x8000, 1
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS = 28, 38
SECBITS_NO_ROOT = 3
MOST_CAPABILITIES = 64
DEVICES = ("null", "zero", "full", "random", "urandom")
SMALL_FILE_SYSTEM = b"mode=1777,size=268435456"
WATCH_SECONDS = 0.05

_LIBC = ctypes.CDLL(None, use_errno=True)
_PAGE = resource.getpagesize()


class LaunchError(Exception):
    """The program cannot be started as it should."""


def main(text: str) -> int:
    """Do what the specification says; the exit code is of no importance."""
    specification = json.loads(text)
    status = specification["status"]
    os.set_inheritable(status, False)
    try:
        if specification["mounts"] is not None:
            _enter_namespaces(specification)
        ending = _run(specification)
    except (LaunchError, OSError) as error:
        ending = f"error {error}"
    os.write(status, ending.encode())
    return 0


# --- namespaces -----------------------------------------------------------------------------------


def _enter_namespaces(specification: dict[str, Any]) -> None:
    """Go on as the first process of new namespaces, in a file system made for it."""
    user, group = os.geteuid(), os.getegid()
    _check(_LIBC.unshare(NEW_NAMESPACES), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    first = os.fork()  # only children are in the new namespace of processes
    if first:
        os.close(specification["status"])
        os.waitpid(first, 0)
        os._exit(0)
    _check(_LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    _make_root(Path(specification["root"]), specification["mounts"])


def _make_root(root: Path, mounts: list[list[str]]) -> None:
    """Make ``mounts`` the only things there are: pairs of a kind and an absolute path."""
    _mount(None, Path("/"), None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, b"mode=755,size=16777216")
    for kind, name in mounts:
        target = root / name.lstrip("/")
        match kind:
            case "link":
                target.symlink_to(Path(name).readlink())
            case "hide":
                _hide(target)
            case "scratch":
                target.mkdir(parents=True, exist_ok=True)
                _mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, SMALL_FILE_SYSTEM)
            case _:
                _make_place(Path(name), target)
                _mount(name, target, None, MS_BIND | MS_REC)
                if kind == "read":
                    _make_read_only(target, AT_RECURSIVE)
    _make_devices(root)
    (root / "proc").mkdir(exist_ok=True)
    _mount("proc", root / "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.chdir(root)
    _check(_LIBC.syscall(PIVOT_ROOT, b".", b"."), "pivot_root")
    _check(_LIBC.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")
    _make_read_only(Path("/"), 0)


def _make_devices(root: Path) -> None:
    devices = root / "dev"
    devices.mkdir(exist_ok=True)
    _mount("tmpfs", devices, "tmpfs", MS_NOSUID | MS_NOEXEC, b"mode=755,size=1048576")
    for name in DEVICES:
        (devices / name).touch()
        _mount(f"/dev/{name}", devices / name, None, MS_BIND)
    (devices / "shm").mkdir()
    _mount("tmpfs", devices / "shm", "tmpfs", MS_NOSUID | MS_NODEV, SMALL_FILE_SYSTEM)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (devices / name).symlink_to(f"/proc/self/fd/{number}")
    (devices / "fd").symlink_to("/proc/self/fd")


def _make_place(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _hide(target: Path) -> None:
    """Put nothing in the place of something that may be visible."""
    if target.is_dir():
        _mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, b"mode=755,size=4096")
        _make_read_only(target, 0)
    elif target.exists():
        _mount("/dev/null", target, None, MS_BIND)


def _make_read_only(target: Path, flags: int) -> None:
    attributes = (ctypes.c_uint64 * 4)(ATTR_RDONLY, 0, 0, 0)
    size = ctypes.sizeof(attributes)
    path = os.fsencode(target)
    done = _LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, attributes, size)
    _check(done, f"mount_setattr {target}")


def _mount(
    source: str | None, target: Path, kind: str | None, flags: int, data: bytes | None = None
) -> None:
    names = (None if name is None else name.encode() for name in (source, kind))
    first, second = names
    done = _LIBC.mount(first, os.fsencode(target), second, ctypes.c_ulong(flags), data)
    _check(done, f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        raise LaunchError(f"{what}: {os.strerror(ctypes.get_errno())}")


# --- the program ----------------------------------------------------------------------------------


def _run(specification: dict[str, Any]) -> str:
    """Start the program, watch what it uses, and tell how it ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    _LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # or the program could write to our descriptors
    program = os.fork()
    if program == 0:
        _become(specification)
    limits = specification["limits"]
    everything = specification["alone"]
    while True:
        signal.sigtimedwait({signal.SIGCHLD}, WATCH_SECONDS)
        ended = _reap(program)
        if ended is not None:
            return ended
        too_much = _excess(limits, None if everything else os.getsid(0))
        if too_much:
            os.kill(program, signal.SIGKILL)
            os.waitpid(program, 0)
            return f"limit {too_much}"


def _reap(program: int) -> str | None:
    """Reap what has ended (orphans come to the first process); tell how the program did."""
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "error the program is lost"
        if child == 0:
            return None
        if child == program:
            code = os.waitstatus_to_exitcode(status)
            return f"signal {-code}" if code < 0 else f"exit {code}"


def _become(specification: dict[str, Any]) -> None:
    """Turn into the program; never returns."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.chdir(specification["directory"])
        for name, most in specification["rlimits"].items():
            _limit(getattr(resource, name), most)
        _give_up_privileges()
        os.execv(specification["binary"], specification["arguments"])
    except (LaunchError, OSError) as error:
        os.write(specification["status"], f"error {error}".encode())
    os._exit(127)


def _limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (value, value))


def _give_up_privileges() -> None:
    """See to it that no ``exec`` gives capabilities: with them, mounts could be undone."""
    for capability in range(MOST_CAPABILITIES):
        _LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for those that there are not
    _LIBC.prctl(PR_SET_SECUREBITS, SECBITS_NO_ROOT, 0, 0, 0)  # fails, of no use, without privileges
    _check(_LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def _excess(limits: dict[str, int], session: int | None) -> str:
    """Return what the processes, of one session or all that can be seen, use too much of."""
    processes = private = 0
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            if session is not None and os.getsid(int(name)) != session:
                continue
            with open(f"/proc/{name}/statm", "rb") as file:  # noqa: PTH123
                _, resident, shared, *_ = map(int, file.read().split())
        except (OSError, ValueError):
            continue  # it has just ended
        processes += 1
        private += (resident - shared) * _PAGE
    if processes > limits["processes"]:
        return f"processes: more than {limits['processes']}"
    if private > limits["memory"]:
        return f"memory: more than {limits['memory'] >> 20} MiB"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
