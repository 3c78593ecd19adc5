# SPDX-License-Identifier: Apache-2.0
"""Arguments that ``offload`` and ``analyze`` share, and what they mean to the driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.driver import OffloadOptions

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
"""A path; whether it can be read or written is not a question of usage."""

CLANG_ARGS = "s2s.clang_args"
_PASS_OPTIONS = re.compile(r"\s*([\w-]+)\s*\{(.*)\}\s*", re.DOTALL)


class TranslatingCommand(click.Command):
    """A command whose arguments after ``--`` are the compiler's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what follows the first ``--`` for clang and parse the rest."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[CLANG_ARGS] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the pieces of the usage line."""
        return [*super().collect_usage_pieces(ctx), "[-- CLANG_ARGS...]"]


def split_commas(_ctx: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """Split ``a,b`` and repeated options into one tuple; None stays None."""
    if value is None:
        return None
    texts = (value,) if isinstance(value, str) else value
    return tuple(word for text in texts for part in text.split(",") if (word := part.strip()))


def compile_db_option() -> Callable[[Command], Command]:
    """Return the option ``-p``."""
    return click.option(
        "-p",
        "compile_db",
        type=FILE,
        metavar="DIR",
        help="Take the compiler's arguments from DIR/compile_commands.json.",
    )


def translation_options(command: Command) -> Command:
    """Add the options that say how a file is compiled and translated."""
    options = (
        click.option("-I", "include", multiple=True, metavar="DIR", help="As for clang."),
        click.option("-D", "define", multiple=True, metavar="NAME[=VALUE]", help="As for clang."),
        click.option("-U", "undefine", multiple=True, metavar="NAME", help="As for clang."),
        click.option("-std", "standard", metavar="STD", help="As for clang: -std=c99."),
        compile_db_option(),
        click.option(
            "--passes",
            callback=split_commas,
            metavar="A,B,…",
            help="Run these passes, in this order, instead of all.",
        ),
        click.option(
            "-P",
            "pass_options",
            multiple=True,
            metavar="PASS{OPTION=VALUE}",
            help="Set an option of a pass; --list-passes shows them.",
        ),
        click.option(
            "--assume",
            multiple=True,
            callback=split_commas,
            metavar="WHAT",
            help="Take for granted, and report, what cannot be proved: noalias, whole-program.",
        ),
        click.option(
            "--convert-omp",
            is_flag=True,
            help="Replace existing CPU worksharing directives as well.",
        ),
        click.option(
            "--list-passes",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=list_passes,
            help="Show the passes with their options and exit.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def offload_options(
    ctx: click.Context,
    *,
    include: tuple[str, ...],
    define: tuple[str, ...],
    undefine: tuple[str, ...],
    standard: str | None,
    compile_db: Path | None,
    passes: tuple[str, ...] | None,
    pass_options: tuple[str, ...],
    assume: tuple[str, ...],
    convert_omp: bool,
) -> OffloadOptions:
    """Return the driver's options.

    Raises UsageError for a pass, an option of a pass or an assumption that does not exist, also
    where no pass would ever look at it.
    """
    from s2s.driver import ASSUMPTIONS, OffloadOptions

    unknown = sorted(set(assume) - ASSUMPTIONS.keys())
    if unknown:
        hint = f"known: {', '.join(ASSUMPTIONS)}"
        raise UsageError(f"unknown assumption '{unknown[0]}'", hint=hint)
    settings = parse_pass_options(pass_options)
    check_passes(passes, settings)
    own = [f"-I{path}" for path in include] + [f"-D{name}" for name in define]
    own += [f"-U{name}" for name in undefine] + ([f"-std={standard}"] if standard else [])
    return OffloadOptions(
        clang_args=(*own, *ctx.meta.get(CLANG_ARGS, ())),
        compile_db=compile_db,
        passes=passes,
        pass_options=settings,
        assume=frozenset(assume),
        convert_omp=convert_omp,
    )


def parse_pass_options(texts: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Read ``pass{option=value other=value}``; commas part options, too; ``option`` is true.

    Raises UsageError when a text has another form.
    """
    out: dict[str, dict[str, str]] = {}
    for text in texts:
        match = _PASS_OPTIONS.fullmatch(text)
        if match is None:
            hint = "write it like -P 'collapse-loops{max-depth=2}'"
            raise UsageError(f"'-P {text}' is not PASS{{OPTION=VALUE}}", hint=hint)
        found = out.setdefault(match[1], {})
        for item in re.split(r"[,\s]+", match[2].strip()):
            key, equals, value = item.partition("=")
            if key:
                found[key] = value if equals else "true"
    return out


def check_passes(passes: tuple[str, ...] | None, settings: Mapping[str, Mapping[str, str]]) -> None:
    """Check the names of passes and the options set for them.

    Raises UsageError for what does not exist, and for options of a pass that does not run.
    """
    from s2s.passes import PIPELINES, make_pass, pass_class

    running = PIPELINES["offload"] if passes is None else passes
    if not running:
        raise UsageError("--passes names no pass", hint="--list-passes shows all of them")
    for name in running:
        pass_class(name)
    for name, options in settings.items():
        make_pass(name, dict(options))
        if name not in running:
            raise UsageError(
                f"options are set for pass '{name}', which does not run",
                hint="add it to --passes, or leave out its -P",
            )


def list_passes(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print every pass with its first sentence and its options, and leave."""
    if not wanted or ctx.resilient_parsing:
        return
    from s2s.cli.manual import pass_options_of, pass_summary
    from s2s.passes import PASSES, PIPELINES

    pipeline = tuple(dict.fromkeys(PIPELINES["offload"]))
    others = tuple(name for name in PASSES if name not in pipeline)
    for heading, names in (("In this order:", pipeline), ("On request:", others)):
        if not names:
            continue
        click.echo(heading)
        for name in names:
            click.echo(f"  {name:<20} {pass_summary(name)}")
            for option, kind, default in pass_options_of(name):
                click.echo(f"  {'':<20}   {option}={default}  ({kind})")
    ctx.exit()
