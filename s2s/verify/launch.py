# SPDX-License-Identifier: Apache-2.0
"""Run a program where a launcher leads: ``srun -n1 --gpus=1``, ``ssh host``, or right here.

The launcher is given a shell script to run, and nothing else: launchers quote, reorder and filter
what they are given, and lose variables. The script goes to the working directory, sets the
environment, and leaves output, exit code and times as files beside the directory, so that what the
launcher itself prints is never taken for the program's. Both machines must see these files under
the same names (a shared file system).
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from s2s.errors import UsageError, VerificationError
from s2s.verify.run import MAX_OUTPUT_BYTES, Execution, PlainSink, RunCommand, execute

LAUNCH_SECONDS = 600.0
"""How long a launcher may wait, for instance in a queue, beside the time of the programs."""

_DIED = 128
"""A shell's exit code of a program that a signal ended is this and the number of the signal."""
_STOPPED = 124
_JOINS_WORDS = frozenset(("ssh", "rsh", "autossh"))
"""Launchers that put what they are given together and have a shell take it apart again."""


def parse_launcher(text: str | None) -> tuple[str, ...]:
    """Take a launcher's command line apart. Raises UsageError."""
    if text is None:
        return ()
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"the launcher {text!r} cannot be read: {error}") from error
    if not words:
        raise UsageError("the launcher is empty", hint='for instance "srun -n1 --gpus=1"')
    return words


@dataclass(frozen=True, slots=True)
class Launched:
    """What became of a launch: the program's run, or why there is none."""

    execution: Execution | None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """A program to launch in ``directory``, and a ``probe`` that must go well before.

    ``environment`` is set for both, ``library_path`` is put before the libraries that are looked
    for there. ``timeout`` is in seconds for each program, ``patience`` for the launcher.
    ``expected`` is the exit code that is right.
    """

    launcher: tuple[str, ...]
    binary: Path
    probe: Path
    command: RunCommand
    directory: Path
    environment: Mapping[str, str]
    library_path: tuple[Path, ...]
    timeout: float
    expected: int | None = 0
    patience: float = LAUNCH_SECONDS

    def run(self) -> Launched:
        """Launch, wait, and read what was left. Raises VerificationError if nothing can start."""
        self._file("script").write_text(self._script())
        words = (*self.launcher, *self._shell_words())
        found = shutil.which(words[0])
        if found is None:
            return Launched(None, f"there is no {words[0]}")
        limit = 2 * self.timeout + (self.patience if self.launcher else 0.0)
        sink = PlainSink()
        command = RunCommand(words[0], words[1:])
        try:
            done = execute(Path(found), command, Path.cwd(), os.environ, limit, sink)
        except VerificationError as error:
            return Launched(None, error.message)
        return self._read(done)

    def _shell_words(self) -> tuple[str, str]:
        script = str(self._file("script"))
        joins = bool(self.launcher) and PurePath(self.launcher[0]).name in _JOINS_WORDS
        return "sh", shlex.quote(script) if joins else script

    def _file(self, what: str) -> Path:
        return self.directory.with_name(f"{self.directory.name}.{what}")

    def _script(self) -> str:
        """Return the script; it needs no program but a shell, and uses ``timeout`` if it can.

        Subshells become the programs: what a shell says of a death does not get into the output.
        """
        quoted = {what: shlex.quote(str(self._file(what))) for what in (*_LEFT, "probe")}
        variables = {**dict(self.command.environment), **self.environment}
        settings = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        libraries = shlex.quote(":".join(map(str, self.library_path)))
        words = shlex.join([self._program(), *self.command.arguments])
        stdin = shlex.quote(self.command.stdin) if self.command.stdin else "/dev/null"
        return f"""\
cd {shlex.quote(str(self.directory))} || exit
limit= begin=0 end=0
timeout --foreground 1 true 2> /dev/null && limit='timeout --foreground -k 5 {self.timeout:g}'
ulimit -f {MAX_OUTPUT_BYTES // 512} 2> /dev/null
{chr(10).join(settings)}
export LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}
(exec $limit {shlex.quote(str(self.probe))} < /dev/null > {quoted["probe"]} 2>&1)
code=$?
echo $code > {quoted["probed"]}
[ $code -eq 0 ] || exit 0
read -r begin idle < /proc/uptime
: > {quoted["started"]}
(exec $limit {words} < {stdin} > {quoted["stdout"]} 2> {quoted["stderr"]})
code=$?
read -r end idle < /proc/uptime
echo $code $begin $end ${{limit:-none}} > {quoted["status"]}
exit 0
"""

    def _program(self) -> str:
        """Put the program where its command says, and return the name to start it by.

        Programs print the name that they were called by; the original was called by this one.
        """
        name = PurePath(self.command.program)
        if name.is_absolute() or ".." in name.parts:
            return str(self.binary)
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        shutil.copy2(self.binary, path)
        return self.command.program if "/" in self.command.program else f"./{name}"

    def _read(self, done: Execution) -> Launched:
        probed = self._words("probed")
        if not probed:
            return Launched(None, f"the launcher did not start the program: {_ending(done)}")
        if probed[0] != "0":
            words = _last_words(self._content("probe"))
            why = "did not end in time" if int(probed[0]) == _STOPPED else words
            return Launched(None, f"a small target region does not run on the GPU there: {why}")
        if not self._file("started").exists():
            return Launched(None, f"the launcher did not start the program: {_ending(done)}")
        status = self._words("status")
        output, errors = self._content("stdout"), self._content("stderr")
        if len(status) < 4:
            if done.timed_out:
                return Launched(Execution(None, output, errors, self.timeout))
            return Launched(None, f"the launcher ended before the program: {_ending(done)}")
        seconds = float(status[2]) - float(status[1])
        return Launched(Execution(self._exit_code(status, seconds), output, errors, seconds))

    def _exit_code(self, status: list[str], seconds: float) -> int | None:
        """Read what a shell says: None for a program that was stopped, negative for a signal."""
        code = int(status[0])
        limited = status[3] != "none" and seconds > self.timeout - 1
        if limited and code in (_STOPPED, _DIED + signal.SIGKILL):
            return None
        return code if code <= _DIED or code == self.expected else _DIED - code

    def _words(self, what: str) -> list[str]:
        return self._content(what).decode("ascii", "replace").split()

    def _content(self, what: str) -> bytes:
        with suppress(OSError):
            return self._file(what).read_bytes()
        return b""


_LEFT = ("probed", "started", "stdout", "stderr", "status")
"""What the script leaves, in this order."""


def _ending(done: Execution) -> str:
    how = done.describe()
    if done.exit_code == 0:
        how = f"exit code 0\n{_last_words(done.stdout + done.stderr)}".strip()
    return how.replace("\n", ": ", 1)


def _last_words(text: bytes) -> str:
    return text[-1000:].decode("utf-8", "replace").strip()
