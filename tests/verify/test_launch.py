# SPDX-License-Identifier: Apache-2.0
"""Launchers: what reaches the program, and what is no fault of the program's.

Programs, probes and launchers are shell scripts here: no GPU and no compiler is needed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from s2s.errors import UsageError
from s2s.verify.launch import Launch, parse_launcher
from s2s.verify.run import RunCommand

NOISY = """\
echo "job 17 is starting"
echo "warning: no account" >&2
cd / && env -i PATH="$PATH" "$@"
status=$?
echo "job 17 has ended"
exit $status
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def launch(
    tmp_path: Path, program: str, launcher: str | None = NOISY, probe: str = "exit 0"
) -> Launch:
    """Return a launch of a script in a directory whose name needs quoting."""
    directory = tmp_path / "run it's here"
    directory.mkdir()
    return Launch(
        (str(script(tmp_path / "launcher", launcher)),) if launcher is not None else (),
        script(tmp_path / "build" / "program", program),
        script(tmp_path / "build" / "probe", probe),
        RunCommand("./a.out"),
        directory,
        {"OMP_TARGET_OFFLOAD": "MANDATORY"},
        (tmp_path / "lib",),
        timeout=20.0,
        patience=20.0,
    )


def test_arguments_variables_input_and_libraries_reach_the_program(tmp_path: Path) -> None:
    shown = 'echo "$0|$1|$2|$SIZE|$OMP_TARGET_OFFLOAD|$LD_LIBRARY_PATH|$(cat)|$(cat here.txt)"'
    asked = launch(tmp_path, shown)
    asked.directory.joinpath("in.txt").write_text("from input")
    asked.directory.joinpath("here.txt").write_text("from a file")
    command = RunCommand("./bin/a.out", ("a b", "it's $HOME"), "in.txt", (("SIZE", "1 2"),))
    done = replace(asked, command=command).run()
    assert done.obstacle == ""
    assert done.execution is not None
    words = ("./bin/a.out", "a b", "it's $HOME", "1 2", "MANDATORY", str(tmp_path / "lib"))
    assert done.execution.stdout.decode() == "|".join([*words, "from input", "from a file\n"])
    assert (done.execution.exit_code, done.execution.stderr) == (0, b"")


def test_without_a_launcher_the_program_runs_here(tmp_path: Path) -> None:
    done = launch(tmp_path, "echo out; echo err >&2; exit 7", launcher=None).run()
    assert done.execution is not None
    assert done.execution.exit_code == 7
    assert (done.execution.stdout, done.execution.stderr) == (b"out\n", b"err\n")


def test_launcher_that_joins_words_gets_them_quoted(tmp_path: Path) -> None:
    asked = launch(tmp_path, "echo there")
    ssh = script(tmp_path / "bin" / "ssh", 'shift; exec sh -c "$*"')
    done = replace(asked, launcher=(str(ssh), "host")).run()
    assert done.execution is not None, done.obstacle
    assert done.execution.stdout == b"there\n"


def test_launcher_that_fails_is_no_fault_of_the_program(tmp_path: Path) -> None:
    done = launch(tmp_path, "echo never", "echo 'host is down' >&2; exit 255").run()
    assert done.execution is None
    assert done.obstacle == ("the launcher did not start the program: exit code 255: host is down")


def test_launcher_that_starts_nothing_and_calls_it_a_success_is_found_out(tmp_path: Path) -> None:
    done = launch(tmp_path, "echo never", "echo queued").run()
    assert done.execution is None
    assert done.obstacle == "the launcher did not start the program: exit code 0: queued"


def test_launcher_that_is_not_there_is_named(tmp_path: Path) -> None:
    asked = replace(launch(tmp_path, "exit 0"), launcher=("no-such-launcher", "-n1"))
    assert asked.run().obstacle == "there is no no-such-launcher"


def test_launcher_that_waits_for_ever_is_stopped(tmp_path: Path) -> None:
    asked = launch(tmp_path, "echo never", "exec sleep 60")
    done = replace(asked, timeout=0.2, patience=0.2).run()
    assert done.execution is None
    assert done.obstacle.startswith("the launcher did not start the program: stopped after")


def test_launcher_that_ends_before_the_program_does_is_no_verdict(tmp_path: Path) -> None:
    launcher = '"$@" & sleep 0.5; kill -9 $!; echo "node failure" >&2; exit 1'
    done = launch(tmp_path, "exec sleep 30", launcher).run()
    assert done.execution is None
    assert "the launcher ended before the program: exit code 1: node failure" in done.obstacle


def test_program_that_hangs_was_run_and_stopped(tmp_path: Path) -> None:
    done = replace(launch(tmp_path, "echo begun; exec sleep 60"), timeout=1.0).run()
    assert done.execution is not None, done.obstacle
    assert done.execution.timed_out
    assert done.execution.stdout == b"begun\n"


def test_program_that_a_signal_ends_is_told_from_one_with_that_exit_code(tmp_path: Path) -> None:
    asked = launch(tmp_path, "echo last words >&2; kill -SEGV $$")
    done = asked.run()
    assert done.execution is not None
    assert (done.execution.exit_code, done.execution.stderr) == (-11, b"last words\n")
    script(asked.binary, "exit 139")
    done = replace(asked, expected=139).run()
    assert done.execution is not None
    assert done.execution.exit_code == 139


def test_where_the_probe_fails_nothing_is_said_of_the_program(tmp_path: Path) -> None:
    probe = "echo 'No images found compatible with the installed hardware' >&2; kill -SEGV $$"
    done = launch(tmp_path, "echo never", probe=probe).run()
    assert done.execution is None
    assert done.obstacle == (
        "a small target region does not run on the GPU there: "
        "No images found compatible with the installed hardware"
    )


def test_launchers_are_taken_apart_like_a_command_line() -> None:
    assert parse_launcher(None) == ()
    assert parse_launcher("srun -n1 --comment='a b'") == ("srun", "-n1", "--comment=a b")
    for text in ("", "ssh 'host"):
        with pytest.raises(UsageError):
            parse_launcher(text)
