# SPDX-License-Identifier: Apache-2.0
"""Build everything that a bundle holds: programs, libraries, inputs, expected results, the judge.

The original runs here, twice, on nothing but the input files that go into the bundle: what it
writes is what is expected, and what differs between its runs is not compared.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from s2s.errors import ToolchainError, UsageError, VerificationError
from s2s.toolchain.clang import Clang
from s2s.toolchain.command import tool_output
from s2s.toolchain.discover import INSTALL_OFFLOAD, discover_clang
from s2s.verify.base import StepStatus, VerificationVerdict
from s2s.verify.builds import build_programs, device_program
from s2s.verify.bundle.inputs import INPUT_LIMIT, stage_inputs
from s2s.verify.bundle.libraries import Libraries, libraries_of, stand_in
from s2s.verify.bundle.plan import WHOLE_LINE, Plan, PlannedOutput, PlannedProgram
from s2s.verify.compare import Format, Place, Rules, resolve_format
from s2s.verify.compile import Build, Compiler, Mode, Program, Unit
from s2s.verify.evidence import Evidence
from s2s.verify.gpu import PROBE, build_for_gpu, maker_of
from s2s.verify.host_device import run_on_host_device
from s2s.verify.instrument import RUNTIME
from s2s.verify.offload import ignored_lines
from s2s.verify.outcomes import Reference, run_original
from s2s.verify.request import VerificationRequest
from s2s.verify.run import parse_run_command
from s2s.verify.session import Session
from s2s.verify.static.kernels import ARCHITECTURES, device_libraries_missing
from s2s.verify.tokens import fixed_formats

JUDGE = RUNTIME / "judge"
_COMPILE_SECONDS = 120.0

RUN_SH = """\
#!/bin/sh
# Runs this bundle: sh run.sh [RESULT.json]. README.txt says more.
case $0 in
  */*) here=${0%/*} ;;
  *) here=. ;;
esac
exec "$here/judge" "$here" "${1:-result.json}"
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the bundle: its name there, and its content or where that lies.

    A directory has neither. ``is_shared`` tells that many bundles hold the same file.
    """

    name: str
    source: bytes | Path | None
    executable: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into the archive below the folder ``name``, and what there is to say about it."""

    name: str
    members: tuple[Member, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BundleRequest:
    """What to bundle: a verification, and what is taken along.

    ``architectures`` are GPUs to build for (empty: all that this machine can build for).
    ``inputs`` are files and directories below the working directory (empty: all of it), of
    ``input_limit`` bytes at most. ``leave_out`` are paths there that are no inputs.
    """

    verification: VerificationRequest
    made_by: str
    architectures: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    input_limit: int = INPUT_LIMIT
    leave_out: tuple[PurePath, ...] = ()


def make_contents(request: BundleRequest, scratch: Path) -> Contents:
    """Build and run in ``scratch``, and return what to pack; files in it are referred to.

    Raises UsageError and InputError for a request that makes no sense, ToolchainError when a tool
    is missing, VerificationError when the program does not compile or its original does not run.
    """
    clang = discover_clang()
    if clang is None or not clang.host_offload:
        raise ToolchainError("there is no clang with OpenMP host offload", hint=INSTALL_OFFLOAD)
    return _Bundling(request, clang, scratch).contents()


class _Bundling:
    """One bundle under way."""

    def __init__(self, request: BundleRequest, clang: Clang, scratch: Path) -> None:
        self.request = request
        self.clang = clang
        self.scratch = scratch
        self.notes: list[str] = []
        asked = request.verification
        work = asked.work_dir or Path.cwd()
        outputs = [output.name for output in asked.output_files]
        staged = scratch / "inputs"
        stage_inputs(
            work, staged, request.inputs, (*outputs, *request.leave_out), request.input_limit
        )
        verification = replace(asked, work_dir=staged, gpu_architectures=())
        rules = Rules(asked.tolerance, ignore=ignored_lines(asked.ignore))
        compiler = Compiler(clang, asked.clang_args, scratch / "build")
        evidence = Evidence(asked.original)
        self.session = Session(verification, clang, scratch, rules, compiler, evidence)

    def contents(self) -> Contents:
        """Build, run the original, and put everything together."""
        asked = self.session.request
        if asked.run is None:
            raise UsageError("a bundle needs a run command", hint='for instance --run "./a.out 9"')
        architectures = self._architectures()
        original, host = self._host_programs()
        programs: dict[str, Path] = {"original": original, "result-host": host}
        programs["probe-host"] = self._host_probe()
        for maker, wanted in architectures.items():
            built, probe = self._gpu_programs(maker, wanted)
            programs |= {f"result-{maker}": built, f"probe-{maker}": probe}
        reference = run_original(self.session, parse_run_command(asked.run), original, False)
        if reference.obstacle:
            raise VerificationError(
                reference.obstacle, hint="inputs are those of --input, if given"
            )
        self._look_at(reference, host)
        libraries = libraries_of(self.clang, programs.values(), self.scratch / "stubs")
        outputs = self._outputs(reference)
        plan = self._plan(reference, tuple(o for o, _ in outputs), tuple(architectures), libraries)
        members = [
            Member("run.sh", RUN_SH.encode(), executable=True),
            Member("README.txt", self._readme(plan, architectures, libraries).encode()),
            Member("judge", self._judge(plan), executable=True),
            *(Member(f"bin/{name}", path, executable=True) for name, path in programs.items()),
            *(Member(output.expected, content) for output, content in outputs),
            *self._inputs(),
            *self._libraries(libraries, tuple(architectures)),
        ]
        return Contents(plan.name, tuple(members), tuple(self.notes))

    def _look_at(self, reference: Reference, host: Path) -> None:
        """Run the result here: a run that reaches no region would show nothing elsewhere."""
        if not self.session.has_regions:
            raise VerificationError("the result has no target region: a GPU has nothing to do")
        report = run_on_host_device(self.session, reference, {"result": host}, deeper=False)
        if report.verdict is VerificationVerdict.NOT_RUN:
            raise VerificationError(report.reason)
        if report.verdict is VerificationVerdict.FAILED:
            self.notes.append(f"the result already fails here, on the host device: {report.reason}")

    def _architectures(self) -> dict[str, tuple[str, ...]]:
        """Return what to build for, by maker; what cannot be built is an error if it was named."""
        out: dict[str, tuple[str, ...]] = {}
        for arch in self.request.architectures or ARCHITECTURES:
            maker = maker_of(arch)
            missing = device_libraries_missing(self.clang, arch)
            if missing and self.request.architectures:
                raise ToolchainError(f"nothing can be built for {arch}: there is no {missing}")
            if missing:
                self.notes.append(f"no build for {arch}: there is no {missing}")
            else:
                out[maker] = (*out.get(maker, ()), arch)
        return out

    def _host_programs(self) -> tuple[Path, Path]:
        builds = build_programs(self.session)
        result = next(reversed(builds.variants.values()))
        if builds.original is None or result is None:
            steps = self.session.evidence.steps
            failed = next(step for step in steps if step.status is StepStatus.FAILED)
            raise VerificationError(f"{failed.name} failed:\n{failed.detail}")
        return builds.original, result

    def _host_probe(self) -> Path:
        compiler = Compiler(self.clang, (), self.scratch / "probe")
        program = Program("probe", (Unit(PROBE, PROBE, Mode.OFFLOAD),))
        with ThreadPoolExecutor(max_workers=1) as pool:
            return _binary(*compiler.build([program], pool))

    def _gpu_programs(self, maker: str, architectures: tuple[str, ...]) -> tuple[Path, Path]:
        made = device_program(self.session)
        program = Program(f"result for {', '.join(architectures)}", made.units, made.objects)
        arguments = self.session.request.clang_args
        built, probe = build_for_gpu(
            self.clang, arguments, program, architectures, self.scratch / maker
        )
        return _binary(built), _binary(probe)

    def _outputs(self, reference: Reference) -> list[tuple[PlannedOutput, bytes]]:
        """Return what is to be compared, and the contents that are expected."""
        asked = self.session.request
        unstable = reference.unstable(" again")
        out = []
        streams = reference.outcome.streams(asked.compare_stderr)
        for stream, text in streams.items():
            skipped = unstable.get(stream, frozenset()) | self._ignored(text)
            planned = PlannedOutput(
                stream, f"expected/{stream}", True, Format.TEXT, skipped, fixed_formats(text)
            )
            out.append((planned, text))
        for number, output in enumerate(asked.output_files):
            content, name = reference.outcome.files[output.name], str(output.name)
            kind = resolve_format(output.format, content)
            skipped = unstable.get(name, frozenset())
            fixed: frozenset[tuple[bool, int]] = frozenset()
            if kind is Format.TEXT:
                skipped, fixed = skipped | self._ignored(content), fixed_formats(content)
            expected = f"expected/file-{number}"
            out.append((PlannedOutput(name, expected, False, kind, skipped, fixed), content))
        count = sum(len(planned.skipped) for planned, _ in out)
        if count:
            self.notes.append(
                f"{count} values and lines that differ or are ignored are not compared"
            )
        return out

    def _ignored(self, text: bytes) -> frozenset[Place]:
        """Return the lines that ``ignore`` matches; the judge knows no patterns."""
        pattern = self.session.rules.ignore
        if pattern is None:
            return frozenset()
        lines = enumerate(text.splitlines())
        return frozenset((number, WHOLE_LINE) for number, line in lines if pattern.search(line))

    def _plan(
        self,
        reference: Reference,
        outputs: tuple[PlannedOutput, ...],
        makers: tuple[str, ...],
        libraries: Libraries,
    ) -> Plan:
        asked = self.session.request
        assert reference.outcome.execution.exit_code is not None
        stands_for = asked.result or asked.original
        return Plan(
            name=re.sub(r"[^\w.-]+", "-", stands_for.stem) or "program",
            made_by=self.request.made_by,
            cxx_version=libraries.cxx_version,
            command=reference.command,
            timeout_s=asked.timeout_s,
            exit_code=reference.outcome.execution.exit_code,
            tolerance=asked.tolerance,
            outputs=outputs,
            original=PlannedProgram("original", "none", "bin/original"),
            results=tuple(
                PlannedProgram("result", device, f"bin/result-{device}", f"bin/probe-{device}")
                for device in (*makers, "host")
            ),
        )

    def _judge(self, plan: Plan) -> Path:
        """Compile the judge with its plan."""
        table, binary = self.scratch / "plan.c", self.scratch / "judge"
        table.write_text(plan.to_c())
        command = judge_command(self.clang, table, binary)
        if tool_output(command, _COMPILE_SECONDS) is None:
            raise ToolchainError(
                f"{self.clang.path} cannot compile the judge of a bundle",
                hint="are the headers of libc there? apt-get install libc6-dev",
            )
        return binary

    def _inputs(self) -> Iterator[Member]:
        staged = self.scratch / "inputs"
        yield Member("work", None)
        for path in sorted(staged.rglob("*")):
            name = f"work/{path.relative_to(staged)}"
            is_file = path.is_file()
            yield Member(name, path if is_file else None, is_file and os.access(path, os.X_OK))

    def _libraries(self, libraries: Libraries, makers: Sequence[str]) -> Iterator[Member]:
        for folder, files in (("lib", libraries.files), ("lib-c++", libraries.cxx)):
            for name, path in sorted(files.items()):
                yield Member(f"{folder}/{name}", path, executable=True, is_shared=True)
        for maker in makers:
            path = stand_in(self.clang, maker, self.scratch / "drivers")
            yield Member(f"lib-{maker}/{path.name}", path, executable=True)

    def _readme(
        self, plan: Plan, architectures: dict[str, tuple[str, ...]], libraries: Libraries
    ) -> str:
        gpus = ", ".join(arch for found in architectures.values() for arch in found) or "none"
        files = {**libraries.files, **libraries.cxx}
        listed = "\n".join(f"  {name}" for name in sorted(files))
        return _README.format(
            name=plan.name,
            made_by=plan.made_by,
            gpus=gpus,
            machine=platform.machine(),
            libc=" ".join(platform.libc_ver()),
            libraries=listed,
            clang=self.clang.version,
        )


def judge_command(clang: Clang, table: Path, binary: Path) -> list[str]:
    """Return the command that compiles the judge with a table."""
    sources = sorted(str(path) for path in JUDGE.glob("*.c"))
    flags = ["-O2", f"-I{JUDGE}"]
    return [str(clang.path), *flags, *sources, str(table), "-o", str(binary), "-lm"]


def _binary(build: Build) -> Path:
    if build.binary is None:
        raise VerificationError(f"the {build.name} does not compile:\n{build.messages}")
    return build.binary


_README = """\
{name}: a serial program and its OpenMP offload version, made by {made_by}

    sh run.sh [RESULT.json]

runs both in a private copy of work/, the offload version on a GPU if there is one with its driver,
else on the processor as a device with a memory of its own. What they write is compared with what
the serial program wrote on the machine that made this bundle (expected/). The answer is one file,
result.json unless you name another; `s2s bundle --read result.json` shows it. Exit code: 0 equal,
1 different, 2 nothing can be said.

Needs: Linux on {machine}, a C library at least as new as {libc}, /bin/sh. Nothing is installed.
GPUs built for: {gpus}.

Libraries in lib/ and lib-c++/, from the machine that made this bundle (LLVM {clang} and what its
offload runtime needs; those that it never calls are stubs):
{libraries}
"""
