# SPDX-License-Identifier: Apache-2.0
"""Programs that are not trusted stay within their limits and their directory."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from s2s.errors import VerificationError
from s2s.toolchain.discover import discover_clang
from s2s.verify import sandbox
from s2s.verify.base import VerificationVerdict
from s2s.verify.offload import verify_offload
from s2s.verify.request import VerificationRequest
from s2s.verify.run import Execution, PlainSink, RunCommand, execute
from s2s.verify.sandbox import (
    Confinement,
    Limits,
    Method,
    confinement_for,
    existing_paths,
    mounts,
    reduced_environment,
    works,
)

BASH = Path(shutil.which("bash") or "/bin/bash")
METHODS = [
    pytest.param(m, marks=() if works(m) else pytest.mark.skip(reason=f"no {m} here"))
    for m in (Method.BUBBLEWRAP, Method.NAMESPACES, Method.LIMITS)
]
LIMITS = Limits(memory=100 << 20, file_bytes=1 << 20, open_files=64, processes=40)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A confinement to run shell scripts in; ``outside`` can be read, ``hidden`` cannot."""

    confinement: Confinement
    outside: Path
    hidden: Path

    def run(self, script: str, timeout: float = 20.0, **environment: str) -> Execution:
        """Run a script of bash as the program ``./a.out``."""
        command = RunCommand("./a.out", ("-c", script), confinement=self.confinement)
        directory = self.confinement.scratch / "run"
        return execute(
            BASH, command, directory, {**os.environ, **environment}, timeout, PlainSink()
        )


@pytest.fixture(params=METHODS)
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Sandbox:
    outside, hidden = tmp_path / "outside", tmp_path / "hidden"
    for directory in (outside, hidden):
        directory.mkdir()
        directory.joinpath("file").write_text("text\n")
    confinement = confinement_for(tmp_path / "scratch", [outside])
    confinement.scratch.joinpath("run").mkdir()
    return Sandbox(replace(confinement, method=request.param, limits=LIMITS), outside, hidden)


def is_isolated(box: Sandbox) -> bool:
    """Tell whether there is more than limits, and skip the test where not."""
    if not box.confinement.method.isolates:
        pytest.skip("limits do not isolate")
    return True


def test_program_runs_as_usual_in_its_directory(box: Sandbox) -> None:
    done = box.run("echo $0; pwd -P; echo err >&2; echo text > made; exit 3")
    run = box.confinement.scratch / "run"
    assert done.stdout.decode() == f"./a.out\n{run}\n"
    assert (done.exit_code, done.stderr, run.joinpath("made").read_text()) == (
        3,
        b"err\n",
        "text\n",
    )


@pytest.mark.parametrize(("script", "code"), [("kill -11 $$", -11), ("exit 139", 139)])
def test_signals_and_exit_codes_are_told_apart(box: Sandbox, script: str, code: int) -> None:
    assert box.run(script).exit_code == code


def test_program_that_is_not_there_is_no_result(box: Sandbox, tmp_path: Path) -> None:
    command = RunCommand(confinement=box.confinement)
    with pytest.raises(VerificationError, match=f"cannot confine .* by {box.confinement.method}"):
        execute(tmp_path / "none", command, box.confinement.scratch, {}, 20, PlainSink())


def test_processes_are_limited(box: Sandbox) -> None:
    done = box.run("for i in {1..400}; do sleep 50 & done; echo all; wait")
    assert done.exit_code not in (0, None)
    if os.geteuid() == 0:  # whom the system does not limit
        assert b"stopped for the limit on processes: more than 40" in done.stderr


def test_files_are_limited(box: Sandbox) -> None:
    done = box.run("head -c 5000000 /dev/zero > big; test $? -eq 0")
    assert done.exit_code == 1
    assert box.confinement.scratch.joinpath("run", "big").stat().st_size <= 1 << 20


def test_open_files_are_limited(box: Sandbox) -> None:
    assert box.run("ulimit -n").stdout == b"64\n"
    assert box.run("ulimit -n 100").exit_code == 1


def test_memory_is_limited(box: Sandbox) -> None:
    done = box.run("head -c 400M /dev/zero | tail -n 1 | wc -c; exit ${PIPESTATUS[1]}")
    assert done.exit_code not in (0, None)
    assert b"4194304" not in done.stdout


def test_memory_of_sanitized_programs_is_watched(box: Sandbox) -> None:
    """Sanitizers reserve terabytes, so that the system cannot limit them."""
    script = "head -c 900M /dev/zero | (tail -n 1; sleep 9) | (sleep 9; wc -c)"
    done = box.run(script, ASAN_OPTIONS="detect_leaks=0")
    assert b"stopped for the limit on memory: more than 100 MiB" in done.stderr
    assert done.exit_code == -9


def test_hanging_program_is_stopped_with_what_it_started(box: Sandbox) -> None:
    is_isolated(box)
    mark = f"3{time.time_ns() % 10**8}"
    done = box.run(f"setsid sleep {mark} & sleep {mark}", timeout=1.5)
    assert done.timed_out
    for _ in range(100):
        if not list(processes(mark)):
            return
        time.sleep(0.05)
    pytest.fail("a process is left")


def processes(word: str) -> Iterator[str]:
    """Yield the processes of this machine whose command line has a word."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in arguments and b"sleep" in arguments:
            yield path.parent.name


def test_network_of_the_host_is_out_of_reach(box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = box.run(f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected")
    assert (done.stdout == b"") is box.confinement.method.isolates


def test_other_processes_cannot_be_seen(box: Sandbox) -> None:
    is_isolated(box)
    assert int(box.run("ls /proc | grep -c '^[0-9]'").stdout) < 8
    assert box.run(f"kill -0 {os.getpid()}").exit_code == 1


def test_what_is_outside_is_read_only_or_not_there(box: Sandbox) -> None:
    is_isolated(box)
    done = box.run(
        f"cat {box.outside}/file; echo x > {box.outside}/new; echo x > {box.outside}/file;"
        f"cat {box.hidden}/file; echo x > /usr/new; echo x > /new; touch /tmp/new"
    )
    assert done.stdout == b"text\n"
    assert done.exit_code == 0  # of the last command: /tmp is its own
    assert not Path("/tmp/new").exists() and not Path("/usr/new").exists()
    assert [p.name for p in box.outside.iterdir()] == ["file"]
    assert box.outside.joinpath("file").read_text() == "text\n"


def test_mounts_cannot_be_undone(box: Sandbox) -> None:
    is_isolated(box)
    script = f"mount -o remount,rw,bind {box.outside}; echo x > {box.outside}/file; grep Cap"
    done = box.run(f"{script} /proc/self/status")
    assert box.outside.joinpath("file").read_text() == "text\n"
    assert set(re.findall(rb"Cap\w+:\s*(\w+)", done.stdout)) == {b"0" * 16}


def test_protected_parts_of_the_scratch_directory_are_read_only(box: Sandbox) -> None:
    is_isolated(box)
    build = box.confinement.scratch / "build"
    build.mkdir()
    protecting = replace(box, confinement=box.confinement.protecting(build))
    assert protecting.run(f"echo x > {build}/a; echo x > {build}/../b").exit_code == 0
    assert not list(build.iterdir()) and build.with_name("b").exists()


def test_environment_holds_no_secrets(box: Sandbox) -> None:
    done = box.run("env", API_KEY="secret", OMP_NUM_THREADS="2", S2S_TOKEN="secret")
    assert b"secret" not in done.stdout
    assert b"OMP_NUM_THREADS=2" in done.stdout
    home = box.confinement.scratch / "home"
    assert f"HOME={home}\n".encode() in done.stdout
    assert f"TMPDIR={home}/tmp\n".encode() in done.stdout
    assert reduced_environment({"MINE": "1", "HIS": "2"}, ["MINE"]) == {"MINE": "1"}


def test_weaker_method_is_taken_where_a_stronger_does_not_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sandbox, "works", lambda method: method is not Method.BUBBLEWRAP)
    sandbox._available_method.cache_clear()
    assert sandbox.available_method() is Method.NAMESPACES
    monkeypatch.setattr(sandbox, "works", lambda method: False)
    sandbox._available_method.cache_clear()
    made = confinement_for(tmp_path, [])
    sandbox._available_method.cache_clear()
    assert made.describe().startswith("limits only, 4 GiB of memory, files of 1 GiB, ")
    assert (
        replace(made, method=Method.BUBBLEWRAP)
        .describe()
        .startswith(
            "bubblewrap, no network, no other processes, read-only file system, 4 GiB of memory"
        )
    )


def test_own_directories_are_seen_although_they_lie_in_the_temporary_one(tmp_path: Path) -> None:
    made = Confinement(Method.NAMESPACES, Path("/tmp/scratch"), (Path("/tmp/work"),))
    out = mounts(made)
    order = [out.index(pair) for pair in (("scratch", "/tmp"), ("read", "/tmp/work"))]
    assert order == sorted(order)
    out = mounts(replace(made, readable=(Path("/tmp"),)))
    assert ("read", "/tmp") in out and ("scratch", "/tmp") not in out
    assert out.index(("read", "/tmp")) < out.index(("write", "/tmp/scratch"))


def test_files_that_compilers_are_given_are_found(tmp_path: Path) -> None:
    include, header = tmp_path / "include", tmp_path / "x.h"
    include.mkdir()
    header.touch()
    arguments = (f"-I{include}", "-include", str(header), f"--sysroot={tmp_path}", "-Inone", "-w")
    assert set(existing_paths(arguments)) == {include, header, tmp_path}


PROGRAM = b"""
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    int v[50];
#pragma omp target teams distribute parallel for map(from : v)
    for (int i = 0; i < 50; i++) v[i] = i;
    FILE *outside = fopen("OUTSIDE", "w"), *build = fopen("../build/original.exe", "a");
    if (build) fputs("mark", build), fclose(build);
    printf("%d %d %d %s\\n", v[49], outside != 0, build != 0, getenv("SECRET_TOKEN"));
    return 0;
}
"""


@pytest.mark.toolchain
def test_verification_of_untrusted_text_confines_programs_and_compilers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clang = discover_clang()
    if clang is None or not clang.host_offload or not sandbox.available_method().isolates:
        pytest.skip("no clang with OpenMP host offload, or no namespaces")
    monkeypatch.setenv("SECRET_TOKEN", "secret")
    work, other = tmp_path / "work", tmp_path / "other"
    work.mkdir()
    other.mkdir()
    monkeypatch.chdir(work)  # the current directory can be read
    other.joinpath("secret.h").write_text("#define SECRET 1\n")
    source = work / "case.c"
    text = PROGRAM.replace(b"OUTSIDE", str(other / "new").encode())
    source.write_bytes(text)
    request = VerificationRequest(
        source, text, source, True, run="./a.out", work_dir=work, untrusted=True,
        scratch_dir=tmp_path / "kept",
    )  # fmt: skip
    report = verify_offload(request)
    assert report.passed, report
    assert report.notes[0].startswith("untrusted: confined by ")
    (kept,) = tmp_path.joinpath("kept").iterdir()
    assert not other.joinpath("new").exists()
    assert kept.joinpath("build", "original.exe").read_bytes()[-4:] != b"mark"
    reading = b'#include "%s"\n%s' % (str(other / "secret.h").encode(), text)
    source.write_bytes(reading)
    report = verify_offload(replace(request, result_text=reading))
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert any("secret.h' file not found" in step.detail for step in report.steps)
