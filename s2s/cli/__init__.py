# SPDX-License-Identifier: Apache-2.0
"""The command line: arguments in, text and exit codes out. Nothing is decided here.

The commands live in modules of their own that are imported when they are called, so that
``s2s --help`` needs click alone.

Exit codes: 0 done, 1 bad input or output, 2 usage, 3 verification failed or not possible, 4
nothing offloaded although ``--require-offload`` asked for it, 70 a bug in s2s, 130 interrupted,
141 the reader of the output went away.
"""

from __future__ import annotations

import click

from s2s.cli.group import LazyGroup, print_version

COMMANDS = {
    "offload": "Translate C files: put OpenMP target constructs on their parallel loops.",
    "analyze": "Show every loop with its verdict, and the plan for the data; change nothing.",
    "verify": "Compare an offload program with its serial original, and look for hidden faults.",
    "check": "Look for faults in an offload program that has no serial original.",
    "bundle": "Pack a program into one archive that runs on a machine with only a GPU driver.",
    "doctor": "Show compilers, runtimes and GPUs of this machine, and what each makes possible.",
    "explain": "Show the manual page of a remark (S2S204) or of a pass (collapse-loops).",
    "completion": "Print the completion script of a shell.",
}

EPILOG = """\
Exit codes: 0 done; 1 bad input, or an output that cannot be written; 2 usage; 3 verification
failed or could not be carried out; 4 nothing offloaded with --require-offload.
"""


@click.group(
    cls=LazyGroup,
    commands_help=COMMANDS,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """From serial C to OpenMP offload, proved before and checked after."""


__all__ = ["COMMANDS", "main"]
