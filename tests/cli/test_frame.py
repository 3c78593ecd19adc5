# SPDX-License-Identifier: Apache-2.0
"""The outermost frame: help, version, start-up time, errors, interrupts, completion."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import s2s as package
from s2s.cli import COMMANDS
from s2s.toolchain.report import Capability
from tests.cli.conftest import SCALE, Invoke, process_environment, run_process

HEAVY = ("rich", "islpy", "clang", "networkx", "jinja2", "pycparser", "importlib.metadata")


def test_help_lists_commands_and_exit_codes(s2s: Invoke) -> None:
    done = s2s("--help")
    assert done.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
    assert "4 nothing offloaded" in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(s2s: Invoke, name: str) -> None:
    done = s2s(name, "--help")
    assert done.exit_code == 0
    assert f"{name} [OPTIONS]" in done.stdout


@pytest.mark.parametrize("name", ["offload", "analyze"])
def test_usage_shows_where_compiler_arguments_go(s2s: Invoke, name: str) -> None:
    assert "FILES... [-- CLANG_ARGS...]" in s2s(name, "--help").stdout


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['s2s', '--help']\n"
        "from s2s.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=process_environment(), capture_output=True, check=True)
    assert not set(done.stderr.decode().split()) & set(HEAVY)


def test_version(s2s: Invoke) -> None:
    assert s2s("--version").stdout == f"s2s {package.__version__}\n"


@pytest.mark.parametrize(
    ("argument", "hint"),
    [("ofload", "Did you mean 'offload'?"), ("scale.c", "Did you mean 's2s offload scale.c'?")],
)
def test_wrong_command_is_a_usage_error_with_a_suggestion(
    s2s: Invoke, argument: str, hint: str
) -> None:
    done = s2s(argument)
    assert done.exit_code == 2
    assert hint in done.stderr


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def offload(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr("s2s.driver.offload", offload)


def test_bug_is_one_line_and_a_hint_how_to_report_it(
    s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(monkeypatch, KeyError("lost\nmore"))
    done = s2s("offload", scale, "-o", "out.c")
    assert done.exit_code == 70
    first, second = done.stderr.splitlines()
    assert first == "internal error: KeyError: 'lost\\nmore'"
    assert second.startswith("  hint: this is a bug in s2s; please report it")
    assert not Path("out.c").exists()


def test_debug_variable_shows_the_traceback(
    s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(monkeypatch, ValueError("lost"))
    monkeypatch.setenv("S2S_DEBUG", "1")
    done = s2s("offload", scale)
    assert done.exit_code == 70
    assert done.stderr.startswith("Traceback (most recent call last):")


def test_interrupt_ends_with_130(s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    done = s2s("offload", scale)
    assert done.exit_code == 130
    assert done.stderr == "interrupted\n"


def test_reader_that_goes_away_is_no_error_message() -> None:
    Path("long.c").write_bytes(SCALE + b"/* text */\n" * 200_000)
    command = [sys.executable, "-m", "s2s", "offload", "-q", "long.c"]
    with subprocess.Popen(
        command, env=process_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        message = process.stderr.read()
    assert process.returncode == 141
    assert message == b""


def test_module_runs_as_a_program() -> None:
    done = run_process(["explain", "S2S204"])
    assert done.returncode == 0
    assert done.stdout.startswith(b"# S2S204: ")


@pytest.mark.parametrize("variable", [{}, {"NO_COLOR": "1"}])
def test_no_colours_without_a_terminal_or_with_no_color(variable: dict[str, str]) -> None:
    Path("scale.c").write_bytes(SCALE)
    for arguments in (["analyze", "scale.c"], ["offload", "scale.c", "--diff"]):
        done = run_process(arguments, variable)
        assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete"), ("zsh", "#compdef"), ("fish", "complete")]
)
def test_completion_script_is_printed(s2s: Invoke, shell: str, word: str) -> None:
    done = s2s("completion", shell)
    assert done.exit_code == 0
    assert word in done.stdout
    assert "_S2S_COMPLETE" in done.stdout


def test_completion_of_another_shell_is_a_usage_error(s2s: Invoke) -> None:
    assert s2s("completion", "tcsh").exit_code == 2


def test_shell_completes_commands_options_and_codes() -> None:
    def complete(words: str) -> list[str]:
        environment = {
            "_S2S_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        script = "from s2s.cli import main; main(prog_name='s2s')"
        command = [sys.executable, "-c", script]
        done = subprocess.run(
            command, env=process_environment(environment), capture_output=True, check=False
        )
        return [line.partition(",")[2] for line in done.stdout.decode().splitlines()]

    assert complete("s2s of") == ["offload"]
    assert "--out-dir" in complete("s2s offload --o")
    assert complete("s2s explain S2S21")[0] == "S2S210"


def test_doctor_says_that_the_main_job_works(s2s: Invoke) -> None:
    done = s2s("doctor")
    assert done.exit_code == 0
    assert "s2s itself" in done.stdout
    assert "OpenMP host offload" in done.stdout


def test_doctor_ends_with_1_when_the_main_job_does_not_work(
    s2s: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    none: tuple[Capability, ...] = ()
    monkeypatch.setattr("s2s.cli.doctor.report", lambda: none)
    raising(monkeypatch, ImportError("libclang.so is missing"))
    done = s2s("doctor", "--json")
    assert done.exit_code == 1
    assert '"detail": "libclang.so is missing"' in done.stdout


def test_doctor_survives_a_wrong_clang_variable(
    s2s: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S2S_CLANG", "/no/such/clang")
    done = s2s("doctor")
    assert done.exit_code == 1
    assert "S2S_CLANG" in done.stdout


def test_little_address_space_is_enough_for_ordinary_files(
    s2s: Invoke, scale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("s2s.cli.deep_stack.threading.Thread.start", start)
    assert s2s("offload", scale).exit_code == 0
