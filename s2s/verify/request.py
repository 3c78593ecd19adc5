# SPDX-License-Identifier: Apache-2.0
"""What a verifier is asked: which texts, how they are built and run, what is compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath

from s2s.verify.compare import Format, Tolerance
from s2s.verify.project.builder import UserBuild
from s2s.verify.project.units import SourceUnit
from s2s.verify.scratch import check_output_name
from s2s.verify.tiers import Tier


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that the program writes, relative to its working directory."""

    name: PurePath
    format: Format = Format.AUTO


@dataclass(frozen=True, slots=True)
class VerificationRequest:
    """What to verify, and how the program is built and run.

    ``result_text`` stands for the file ``original``, or is that of the file ``result``: then places
    are those of that file. With ``against_itself`` there is no serial original: ``original`` is the
    offload program, and its own run on the host is what it is compared with. ``device_text`` is
    the result without thresholds (``if(target: …)``), in which every region runs on the device;
    None when there are none. ``run`` is the command line as the user would type it (its program is
    replaced by what is built; None: compile only). ``work_dir`` (None: the current directory) is
    mirrored for every run. ``timeout_s`` is per run. ``ignore`` are patterns of output lines not to
    compare. ``scratch_dir`` keeps sources and binaries there for a look. ``tier`` is how far to go.
    The result is compiled for ``gpu_architectures`` as well (``gcc:…`` by gcc). ``untrusted``
    confines compilers and programs (``sandbox``). ``declared_edits`` names the functions in which a
    result that s2s made differs by more than directives; None for a result that people wrote, who
    may restructure what they like. For T4 the result runs on a GPU of one of ``run_architectures``
    (empty: those found), behind the command prefix ``launcher``. ``inputs`` is a directory of
    further cases (:mod:`s2s.verify.inputs`); without ``run``, the first of them takes its place.
    ``count_work`` asks what kernels do, operations and bytes, for the roofline. ``build`` is the
    user's own build, which makes the whole program: ``original`` and ``result`` may be directories
    then, and ``result_text`` only counts if the build has a ``main`` file that it stands for.
    ``units`` are all sources of the result where a compilation database names them,
    ``original_units`` those of the original; no text counts then. With
    ``compare`` every target region is compared with its serial text; without, that happens only
    when the outputs differ. With ``every_launch``, T3 looks at every launch, else only now and then
    at what is launched often.
    """

    original: Path
    result_text: bytes
    result: Path | None = None
    against_itself: bool = False
    device_text: bytes | None = None
    clang_args: tuple[str, ...] = ()
    run: tuple[str, ...] | str | None = None
    output_files: tuple[OutputFile, ...] = ()
    extra_sources: tuple[Path, ...] = ()
    timeout_s: float = 60.0
    work_dir: Path | None = None
    compare_stderr: bool = False
    tolerance: Tolerance = field(default_factory=Tolerance)
    ignore: tuple[str, ...] = ()
    scratch_dir: Path | None = None
    tier: Tier = Tier.HOST_DEVICE
    gpu_architectures: tuple[str, ...] = ()
    untrusted: bool = False
    declared_edits: frozenset[str] | None = None
    run_architectures: tuple[str, ...] = ()
    launcher: tuple[str, ...] = ()
    inputs: Path | None = None
    count_work: bool = False
    build: UserBuild | None = None
    units: tuple[SourceUnit, ...] = ()
    original_units: tuple[SourceUnit, ...] = ()
    compare: bool = False
    every_launch: bool = False


def parse_output_file(text: str) -> OutputFile:
    """Read ``NAME`` or ``NAME:FORMAT`` (text, bytes, f32, f64).

    Raises UsageError for a file that is not below the working directory.
    """
    name, _, suffix = text.rpartition(":")
    if name and suffix in set(Format):
        return OutputFile(check_output_name(name), Format(suffix))
    return OutputFile(check_output_name(text))
