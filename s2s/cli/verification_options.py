# SPDX-License-Identifier: Apache-2.0
"""The options that ``verify``, ``check`` and ``offload --verify`` share, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from s2s.cli.arguments import FILE, split_commas

Command = TypeVar("Command", bound=Callable[..., Any])

TIERS = ("0", "1", "2", "3")


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
    build: str | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The options with a value that make no sense without a verification."""
        values = (
            ("--run", self.run),
            ("--files", self.files),
            ("--link-with", self.link_with),
            ("--ignore", self.ignore),
            ("--build", self.build),
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
        click.option(
            "--tier",
            type=click.Choice(TIERS),
            default=TIERS[-1],
            show_default=True,
            help=text("How far to go: 0 compile, 1 run and compare, 2 guard, 3 races."),
        ),
        click.option(
            "--build",
            metavar="COMMAND",
            help=text('Build by this, "make main", in copies of the directory; --run names it.'),
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
