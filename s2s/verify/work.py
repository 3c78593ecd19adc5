# SPDX-License-Identifier: Apache-2.0
"""Count what kernels do: operations executed and bytes touched, on the host device.

The device code is built with SanitizerCoverage, so that every basic block and every access is seen;
the operations of each block come from the same code's LLVM IR. Nothing is timed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from s2s.profile.device_flops import Flops, flops_of_guards
from s2s.profile.roofline import KernelWork
from s2s.toolchain.clang import Clang
from s2s.verify.builds import device_program
from s2s.verify.compile import Compiler, Mode, Program
from s2s.verify.guard import construct_place
from s2s.verify.run import PlainSink, RunCommand, device_environment, execute
from s2s.verify.session import Session

COUNTING_SLOWDOWN = 40.0
"""How much longer than an ordinary run counting may take before it is stopped."""

_ONE_THREAD = {"OMP_NUM_TEAMS": "1", "OMP_TEAMS_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class CountedWork:
    """The work of each construct that launched kernels; ``obstacle`` says why there is none."""

    kernels: tuple[KernelWork, ...] = ()
    obstacle: str = ""
    seconds: float = 0.0


def count_work(
    compiler: Compiler,
    program: Program,
    command: RunCommand,
    directory: Path,
    timeout: float,
    pool: Executor,
) -> CountedWork:
    """Build an offload program for counting and run it; ``timeout`` is that of an ordinary run.

    Raises VerificationError when it cannot be started.
    """
    library = compiler.counting_library()
    if library is None:
        return CountedWork(obstacle="the library that counts cannot be built")
    units = tuple(replace(unit, mode=Mode.COUNTS) for unit in program.units)
    counting = Program("counts", units, (*program.objects, library))
    (build,) = compiler.build([counting], pool)
    texts = list(pool.map(compiler.device_ir, units))
    if build.binary is None or None in texts:
        return CountedWork(obstacle="the build for counting failed")
    flops = [one for text in texts for one in flops_of_guards(text or "")]
    report = directory.with_name(directory.name + ".counts.jsonl")
    environment = {
        **_environment(compiler.clang, command),
        "S2S_COUNTS_REPORT": str(report),
    }
    limit = COUNTING_SLOWDOWN * timeout
    done = execute(build.binary, command, directory, environment, limit, PlainSink())
    if done.timed_out:
        return CountedWork(obstacle=f"counting was stopped after {done.seconds:.0f} s")
    lines = report.read_bytes().splitlines() if report.is_file() else []
    records = [json.loads(line.decode("utf-8", "replace")) for line in lines]
    if any(record["guards"] != len(flops) for record in records):
        return CountedWork(obstacle="functions that several sources share cannot be told apart")
    return CountedWork(work_of(records, flops), "", done.seconds)


def note_work(session: Session, command: RunCommand) -> None:
    """Count the work of the variant that runs on the device, and note it or why there is none."""
    evidence = session.evidence
    instrumented = device_program(session)
    program = Program("counts", instrumented.units, instrumented.objects)
    directory = session.directory("counts")
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        counted = count_work(
            session.compiler, program, command, directory, session.request.timeout_s, pool
        )
    evidence.work = counted.kernels
    if counted.obstacle:
        evidence.notes.append(f"no work was counted for the roofline: {counted.obstacle}")
    else:
        evidence.step("count operations and bytes", passed=True, seconds=counted.seconds)


def work_of(records: Iterable[Mapping[str, Any]], flops: Sequence[Flops]) -> tuple[KernelWork, ...]:
    """Return the work of each construct from what was counted, in the order of lines."""
    out = []
    for record in records:
        place = construct_place(record["construct"])
        if place is None:
            continue
        executed = (flops[number - 1].times(count) for number, count in record["blocks"])
        total = sum(executed, Flops())
        out.append(
            KernelWork(
                place.file,
                place.line,
                record["launches"],
                total.fp64,
                total.other,
                record["read"],
                record["written"],
            )
        )
    return tuple(sorted(out, key=lambda work: (work.file, work.line)))


def _environment(clang: Clang, command: RunCommand) -> dict[str, str]:
    environment = device_environment(clang, dict(command.environment))
    environment.pop("LIBOMPTARGET_INFO", None)
    return {**environment, **_ONE_THREAD}
