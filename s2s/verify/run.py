# SPDX-License-Identifier: Apache-2.0
"""Run a built program as its user would, but in a scratch directory and with a time limit."""

from __future__ import annotations

import os
import re
import resource
import select
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

from s2s.errors import UsageError, VerificationError
from s2s.profile.transfers import INFO_LEVEL, InfoStream, TransferProfile
from s2s.toolchain.clang import Clang
from s2s.verify.sandbox import Confinement, Launch, reduced_environment

MAX_OUTPUT_BYTES = 1 << 30
"""A program that writes a larger file, stdout included, is stopped by the system (SIGXFSZ)."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELL_WORDS = frozenset(("|", "||", "&", "&&", ";", ">", ">>", "<<", "<<<", "(", ")"))
_CHUNK = 1 << 16
_TICK_SECONDS = 0.1
_PAUSE_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A command line taken apart: what the program is called, its arguments, what it reads.

    ``confinement`` is for what is not trusted: how the command is kept from doing harm.
    """

    program: str = "./a.out"
    arguments: tuple[str, ...] = ()
    stdin: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    confinement: Confinement | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of a run: ``exit_code`` is negative for a signal and None after a time-out.

    ``peak_bytes`` is the most memory that the largest of its processes took at a time.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    transfers: TransferProfile | None = None
    peak_bytes: int = 0

    @property
    def timed_out(self) -> bool:
        """Whether the program was stopped because its time was over."""
        return self.exit_code is None

    def describe(self) -> str:
        """Say how the program ended, with its last words on stderr when it did not end well."""
        if self.exit_code is None:
            how = f"stopped after {self.seconds:.1f} s"
        elif self.exit_code < 0:
            how = f"died of {_signal_name(-self.exit_code)}"
        else:
            how = f"exit code {self.exit_code}"
        words = self.stderr[-2000:].decode("utf-8", "replace").strip() if self.exit_code else ""
        return f"{how}\n{words}" if words else how


class Sink(Protocol):
    """Takes what a running program writes to stderr."""

    def feed(self, data: bytes) -> None:
        """Take the next piece."""

    def close(self) -> None:
        """Tell that there is no more."""

    @property
    def rest(self) -> bytes:
        """What of it is the program's own."""


class PlainSink:
    """Keeps everything."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        self._data += data

    def close(self) -> None:
        """Nothing is left to do."""

    @property
    def rest(self) -> bytes:
        """All that was written."""
        return bytes(self._data)


def parse_run_command(run: str | Sequence[str]) -> RunCommand:
    """Take a command apart; a text may set variables before the program and read ``< file``.

    Anything else of the shell's language is refused with UsageError: pipes, output redirection and
    several commands would compare something other than the program. A sequence is taken as it is.
    """
    if not isinstance(run, str):
        if not run:
            raise UsageError("the run command is empty", hint='for instance "./a.out 100"')
        return RunCommand(run[0], tuple(run[1:]))
    words = _split(run)
    environment = []
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        environment.append((name, value))
    stdin = None
    if "<" in words:
        at = words.index("<")
        if at + 1 >= len(words):
            raise UsageError(f"the run command {run!r} reads from no file")
        stdin = words[at + 1]
        del words[at : at + 2]
    strange = _SHELL_WORDS.intersection(words) or {"<"}.intersection(words)
    if strange:
        raise UsageError(
            f"the run command {run!r} uses the shell's {' '.join(sorted(strange))}",
            hint="give one program with its arguments; `< file` and NAME=value are understood",
        )
    if not words:
        raise UsageError("the run command is empty", hint='for instance "./a.out 100"')
    return RunCommand(words[0], tuple(words[1:]), stdin, tuple(environment))


def host_environment(clang: Clang, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for programs built with this clang, without a device setting."""
    libraries = [str(clang.library_dir), os.environ.get("LD_LIBRARY_PATH", "")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LIBOMPTARGET_")}
    environment["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))
    return {**environment, **extra}


def device_environment(clang: Clang, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which target regions must run on the device and tell of it."""
    return {
        **host_environment(clang, extra),
        "OMP_TARGET_OFFLOAD": "MANDATORY",
        "LIBOMP_USE_HIDDEN_HELPER_TASK": "0",
        "LIBOMPTARGET_INFO": str(INFO_LEVEL),
    }


def run_on_host(
    binary: Path, command: RunCommand, directory: Path, clang: Clang, timeout: float
) -> Execution:
    """Run a program that has no target regions."""
    environment = host_environment(clang, dict(command.environment))
    return execute(binary, command, directory, environment, timeout, PlainSink())


def run_on_device(
    binary: Path, command: RunCommand, directory: Path, clang: Clang, timeout: float
) -> Execution:
    """Run an offload build on the host device and count what it moves and launches."""
    environment = device_environment(clang, dict(command.environment))
    stream = InfoStream()
    done = execute(binary, command, directory, environment, timeout, stream)
    return replace(done, transfers=stream.profile)


def execute(
    binary: Path,
    command: RunCommand,
    directory: Path,
    environment: Mapping[str, str],
    timeout: float,
    stderr: Sink,
) -> Execution:
    """Run ``binary`` under the name that the command gives it; ``timeout`` is in seconds.

    The program gets a process group of its own, which is killed when the time is over, when this
    process is interrupted, and also at the end, for what the program may have left behind.
    Raises VerificationError when it cannot be started or its input cannot be opened.
    """
    with tempfile.TemporaryFile() as stdout, ExitStack() as stack:
        started = time.perf_counter()
        launch = None
        if command.confinement is not None:
            launch = stack.enter_context(
                _confined(binary, command, directory, environment, timeout, command.confinement)
            )
        process = _start(binary, command, directory, environment, stdout, launch)
        assert process.stderr is not None
        try:
            in_time = _follow(process.pid, process.stderr.fileno(), stderr, started + timeout)
        finally:
            _kill_group(process.pid)  # before it is reaped: its number cannot be another's yet
            _, status, used = os.wait4(process.pid, 0)
            code = process.returncode = os.waitstatus_to_exitcode(status)
            process.stderr.close()
        seconds = time.perf_counter() - started
        if launch is not None and in_time:
            code, why = launch.outcome()
            stderr.feed(f"\n{why}\n".encode() if why else b"")
        stderr.close()
        stdout.seek(0)
        output = stdout.read()
    peak = used.ru_maxrss << 10
    return Execution(code if in_time else None, output, stderr.rest, seconds, peak_bytes=peak)


def _confined(
    binary: Path,
    command: RunCommand,
    directory: Path,
    environment: Mapping[str, str],
    timeout: float,
    confinement: Confinement,
) -> Launch:
    names = (name for name, _ in command.environment)
    reduced = reduced_environment(environment, names)
    arguments = (command.program, *command.arguments)
    return Launch(confinement, binary, arguments, directory, reduced, timeout)


def _split(run: str) -> list[str]:
    lexer = shlex.shlex(run, posix=True, punctuation_chars="<>|&;()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise UsageError(f"the run command {run!r} cannot be read: {error}") from error


def _start(
    binary: Path,
    command: RunCommand,
    directory: Path,
    environment: Mapping[str, str],
    stdout: IO[bytes],
    launch: Launch | None,
) -> subprocess.Popen[bytes]:
    try:
        stdin = os.open(directory / command.stdin if command.stdin else os.devnull, os.O_RDONLY)
    except OSError as error:
        raise VerificationError(f"cannot open the program's input: {error}") from error
    try:
        process = subprocess.Popen(
            launch.arguments if launch else (command.program, *command.arguments),
            executable=None if launch else binary,
            cwd=directory,
            env=launch.environment if launch else environment,
            pass_fds=launch.descriptors if launch else (),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise VerificationError(f"cannot start the program: {error}") from error
    finally:
        os.close(stdin)
    with suppress(OSError):  # it may have ended already
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
    return process


def _follow(pid: int, pipe: int, sink: Sink, deadline: float) -> bool:
    """Hand over what a process writes until it ends; tell whether it did so in time.

    A child that the process leaves behind may keep the pipe open, and the process may close the
    pipe long before it ends, so that both are watched.
    """
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    is_open = True
    while (left := deadline - time.perf_counter()) > 0:
        if is_open and poller.poll(1000 * min(left, _TICK_SECONDS)):
            data = os.read(pipe, _CHUNK)
            sink.feed(data)
            is_open = bool(data)
            continue
        if _has_ended(pid):
            while poller.poll(0) and (data := os.read(pipe, _CHUNK)):
                sink.feed(data)
            return True
        if not is_open:
            time.sleep(_PAUSE_SECONDS)
    return False


def _has_ended(pid: int) -> bool:
    """Tell whether a child has ended, without reaping it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
