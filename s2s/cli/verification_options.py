# SPDX-License-Identifier: Apache-2.0
"""The options that ``verify``, ``check`` and ``offload --verify`` share, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from s2s.cli.arguments import FILE, split_commas
from s2s.profile.roofline import known_gpus

Command = TypeVar("Command", bound=Callable[..., Any])

TIERS = ("0", "1", "2", "3", "4")
DEFAULT_TIER = "3"
INPUTS = (
    "Further inputs, to run and compare as well (at T1). Each entry of DIR is a case: NAME.args "
    "holds other arguments on one line, NAME.cmd a whole command, NAME.in what is read from "
    "standard input; a directory NAME is laid over the working directory and may hold files "
    "named args, cmd and in. Without --run, the first case takes its place."
)
FUNCTION = (
    "Call this function of ORIGINAL and of the result with generated arguments instead of running "
    "the program: sizes 0, 1, 2, odd, prime and larger, several seeds, pointers that overlap."
)


@dataclass(frozen=True, slots=True)
class VerificationOptions:
    """The values of the options, named as in ``VerificationRequest`` or on the command line.

    ``timeout`` is in seconds for an ordinary run.
    """

    run: str | None
    files: tuple[str, ...]
    link_with: tuple[Path, ...]
    timeout: float
    ignore: tuple[str, ...]
    tier: str
    untrusted: bool = False
    launcher: str | None = None
    gpu_arch: tuple[str, ...] = ()
    inputs: Path | None = None
    function: str | None = None
    roofline: Path | None = None
    gpu: str | None = None
    gpu_times: Path | None = None
    build: str | None = None
    compare: bool = False
    every_launch: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """The options with a value that make no sense without a verification."""
        values = (
            ("--run", self.run),
            ("--files", self.files),
            ("--link-with", self.link_with),
            ("--ignore", self.ignore),
            ("--untrusted", self.untrusted),
            ("--launcher", self.launcher),
            ("--gpu-arch", self.gpu_arch),
            ("--inputs", self.inputs),
            ("--function", self.function),
            ("--roofline", self.roofline),
            ("--gpu-times", self.gpu_times),
            ("--build", self.build),
            ("--compare", self.compare),
            ("--every-launch", self.every_launch),
        )
        return tuple(name for name, value in values if value)


def taken_from(values: dict[str, Any]) -> VerificationOptions:
    """Take the options out of a command's values, and leave the others."""
    return VerificationOptions(**{f.name: values.pop(f.name) for f in fields(VerificationOptions)})


def verification_options(when: str = "") -> Callable[[Command], Command]:
    """Return a decorator that adds the options; ``when`` says in their help when they apply."""

    def text(plain: str) -> str:
        return f"{when}: {plain[0].lower()}{plain[1:]}" if when else plain

    options = (
        click.option(
            "--tier",
            type=click.Choice(TIERS),
            default=DEFAULT_TIER,
            show_default=True,
            help=text("How far to go: 0 compile, 1 run and compare, 2 guard, 3 races, 4 GPU."),
        ),
        click.option(
            "--launcher",
            metavar="COMMAND",
            help=text('For tier 4: run behind this, "srun -n1 --gpus=1" (shared file system).'),
        ),
        click.option(
            "--gpu-arch",
            multiple=True,
            callback=split_commas,
            metavar="ARCH,…",
            help=text("For tier 4: what the GPU is (sm_90, gfx90a); default: what is found."),
        ),
        click.option(
            "--compare",
            is_flag=True,
            help=text("Compare every target region with its serial text, element by element."),
        ),
        click.option(
            "--every-launch",
            is_flag=True,
            help=text("Watch every launch for races; else only some of what is launched often."),
        ),
        click.option(
            "--untrusted",
            is_flag=True,
            help=text("Confine compilers and programs: limits, no network, read-only files."),
        ),
        click.option(
            "--roofline",
            type=FILE,
            metavar="FILE",
            help=text("Draw what a GPU could do at best (.svg, .png); needs --gpu."),
        ),
        click.option(
            "--gpu",
            metavar="NAME",
            help=text(f"The GPU of --roofline: {', '.join(known_gpus())}, or a TOML file."),
        ),
        click.option(
            "--gpu-times",
            type=FILE,
            metavar="CSV",
            help=text("For --roofline: what nsys stats or ncu measured there, as CSV."),
        ),
        click.option(
            "--build",
            metavar="COMMAND",
            help=text('Build by this, "make main", in copies of the directory; --run names it.'),
        ),
        click.option("--inputs", type=FILE, metavar="DIR", help=text(INPUTS)),
        click.option("--function", metavar="NAME", help=text(FUNCTION)),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return program_options(when)(command)

    return add


def program_options(when: str = "") -> Callable[[Command], Command]:
    """Return a decorator that adds the options on how a program is run and compared."""

    def text(plain: str) -> str:
        return f"{when}: {plain[0].lower()}{plain[1:]}" if when else plain

    options = (
        click.option("--run", metavar="COMMAND", help=text('How to run it, "./a.out args".')),
        click.option(
            "--files",
            multiple=True,
            callback=split_commas,
            metavar="NAME,…",
            help=text("Files that the program writes, to compare as well (NAME:f32, :f64)."),
        ),
        click.option(
            "--link-with",
            multiple=True,
            type=FILE,
            metavar="FILE",
            help=text("Another source or object file of the program."),
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help=text("How long an ordinary run may take."),
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="REGEX",
            help=text("Do not compare lines of output that match, such as timings."),
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
