# SPDX-License-Identifier: Apache-2.0
"""Programs run under their own name, in time, and leave nothing behind."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from s2s.errors import UsageError, VerificationError
from s2s.toolchain.discover import discover_clang
from s2s.verify import run
from s2s.verify.compile import Compiler, Mode, Program, Unit
from s2s.verify.run import (
    Execution,
    PlainSink,
    RunCommand,
    execute,
    parse_run_command,
    run_on_device,
)

CLANG = discover_clang()


def python(script: str, directory: Path, timeout: float = 20.0, **more: str) -> Execution:
    """Run a Python script as the program."""
    command = RunCommand("./a.out", ("-c", script), more.get("stdin"))
    binary = Path(sys.executable)
    return execute(binary, command, directory, dict(os.environ), timeout, PlainSink())


def test_output_error_output_and_exit_code_are_captured(tmp_path: Path) -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (done.stdout, done.stderr, done.exit_code) == (b"out\n", b"err\n", 3)
    assert done.describe() == "exit code 3\nerr"


def test_program_is_called_what_the_user_calls_it(tmp_path: Path) -> None:
    script = "print(open('/proc/self/cmdline').read().split(chr(0))[0])"
    assert python(script, tmp_path).stdout == b"./a.out\n"


def test_death_by_a_signal_is_told(tmp_path: Path) -> None:
    done = python("import os; os.kill(os.getpid(), 11)", tmp_path)
    assert done.exit_code == -11
    assert done.describe() == "died of SIGSEGV"


def test_hanging_program_is_stopped_with_all_its_children(tmp_path: Path) -> None:
    script = (
        "import subprocess, time, sys;"
        "p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
    )
    started = time.perf_counter()
    done = python(script, tmp_path, timeout=0.7)
    assert time.perf_counter() - started < 10
    assert done.timed_out and done.exit_code is None
    assert "stopped after" in done.describe()
    assert _is_gone(int(done.stdout))


def test_child_left_behind_neither_delays_nor_survives(tmp_path: Path) -> None:
    script = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"
    started = time.perf_counter()
    done = python(script, tmp_path)
    assert time.perf_counter() - started < 10
    assert done.exit_code == 0
    assert _is_gone(int(done.stdout))


def test_program_that_closes_its_error_output_is_waited_for(tmp_path: Path) -> None:
    done = python("import os, time; os.close(2); time.sleep(0.2); print('late')", tmp_path)
    assert (done.exit_code, done.stdout) == (0, b"late\n")


def test_much_error_output_is_taken_in(tmp_path: Path) -> None:
    done = python("import sys; sys.stderr.write('x' * 3_000_000)", tmp_path)
    assert len(done.stderr) == 3_000_000


def test_endless_output_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MAX_OUTPUT_BYTES", 1 << 20)
    script = (
        "import signal, time; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); time.sleep(0.2)\n"
        "while True: print('x' * 1000)"
    )
    done = python(script, tmp_path)
    assert done.describe().startswith("died of SIGXFSZ")


def test_input_is_read_from_the_working_directory(tmp_path: Path) -> None:
    tmp_path.joinpath("in.txt").write_text("42")
    assert python("print(input())", tmp_path, stdin="in.txt").stdout == b"42\n"
    assert python("import sys; print(sys.stdin.read())", tmp_path).stdout == b"\n"
    with pytest.raises(VerificationError, match="cannot open the program's input"):
        python("", tmp_path, stdin="missing.txt")


def test_program_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="cannot start"):
        execute(tmp_path / "none", RunCommand(), tmp_path, {}, 1.0, PlainSink())


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("./a.out", RunCommand("./a.out")),
        ("./a.out 100 'two words'", RunCommand("./a.out", ("100", "two words"))),
        ("prog < in.txt 5", RunCommand("prog", ("5",), "in.txt")),
        ("prog <in.txt", RunCommand("prog", (), "in.txt")),
        ("A=1 B=x=y prog -n 3", RunCommand("prog", ("-n", "3"), None, (("A", "1"), ("B", "x=y")))),
        ("prog --opt=3 #5", RunCommand("prog", ("--opt=3", "#5"))),
        (("prog", "<", "|"), RunCommand("prog", ("<", "|"))),
    ],
)
def test_run_command_is_taken_apart(text: str | tuple[str, ...], command: RunCommand) -> None:
    assert parse_run_command(text) == command


@pytest.mark.parametrize(
    "text", ["", "  ", "a | b", "a > out", "a; b", "a && b", "a <", "A=1", "a 'b", "a < b < c"]
)
def test_the_rest_of_the_shell_s_language_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_run_command(text)


def _is_gone(pid: int) -> bool:
    """Tell whether a process has ended; one that was killed may need a moment."""
    for _ in range(200):
        status = Path(f"/proc/{pid}/status")
        try:
            if "State:\tZ" in status.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


IMAGES = """
#define _GNU_SOURCE
#include <link.h>
#include <stdio.h>
static int show(struct dl_phdr_info *object, size_t size, void *data) {
    return puts(object->dlpi_name), 0;
}
int main(void) {
    int x = 0;
    #pragma omp target map(tofrom: x)
    x = 1;
    dl_iterate_phdr(show, 0);
    return x != 1;
}
"""


@pytest.mark.toolchain
@pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)
def test_the_image_of_the_host_device_is_removed(tmp_path: Path) -> None:
    assert CLANG is not None
    source = tmp_path / "images.c"
    source.write_text(IMAGES)
    program = Program("images", (Unit(source, source, Mode.OFFLOAD),))
    with ThreadPoolExecutor(1) as pool:
        (build,) = Compiler(CLANG, (), tmp_path / "build").build([program], pool)
    assert build.binary is not None, build.messages
    done = run_on_device(build.binary, RunCommand(), tmp_path, CLANG, 20.0)
    assert done.exit_code == 0
    images = [name for name in done.stdout.decode().splitlines() if "tmpfile_" in name]
    assert images
    assert not any(Path(name).exists() for name in images)
