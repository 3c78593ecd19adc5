# SPDX-License-Identifier: Apache-2.0
"""``s2s doctor``: what this machine has, what that makes possible, and how to get the rest."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import click

from s2s.cli.console import print_table, stdout_console
from s2s.errors import S2SError, ToolchainError
from s2s.toolchain.report import Capability, report

_PROBE = b"""\
#include <stddef.h>
void scale(size_t n, double a[n]);
void scale(size_t n, double a[n])
{
    for (size_t i = 0; i < n; i++)
        a[i] = 2.0 * a[i];
}
"""


@click.command("doctor", short_help="Show what this machine has.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show compilers, runtimes and GPUs of this machine, and what each makes possible.

    Exits with 0 when s2s can translate; all else is optional.
    """
    main_job = translation()
    found = (main_job, *_toolchain(), confinement())
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False))
    else:
        _print_table(found)
    if not main_job.found:
        ctx.exit(1)


def translation() -> Capability:
    """Translate a small loop, to see that libclang, isl and the passes work here."""
    name, enables = "s2s itself", "translating files: `s2s offload`, `s2s analyze`"
    install = "pip install --force-reinstall s2s; apt-get install libc6-dev"
    from s2s import __version__

    failure = _failure()
    if failure:
        return Capability(name, False, __version__, "", enables, install, failure)
    where = str(Path(__file__).parent.parent)
    return Capability(name, True, __version__, where, enables, "", "a small loop was translated")


def confinement() -> Capability:
    """Confine a small program, to see how well programs that are not trusted can be."""
    from s2s.verify.sandbox import Method, available_method

    name, enables = "confinement", "`--untrusted`: no network, no view of the rest of the machine"
    method = available_method()
    if method is Method.LIMITS:
        install = "apt-get install bubblewrap, and allow user namespaces"
        return Capability(name, False, "", "", enables, install, "without, there are only limits")
    place = shutil.which("bwrap") if method is Method.BUBBLEWRAP else None
    return Capability(name, True, "", place or "/proc/self/ns", enables, "", f"by {method.value}")


def _failure() -> str:
    """Return why a small loop cannot be translated, empty when it can."""
    try:
        from s2s.driver import offload

        with tempfile.TemporaryDirectory(prefix="s2s-doctor-") as directory:
            source = Path(directory, "probe.c")
            source.write_bytes(_PROBE)
            result = offload(source)
    except (S2SError, ImportError, OSError) as error:
        return str(error).splitlines()[0]
    return "" if result.plan.regions else "a parallel loop was not offloaded"


def _toolchain() -> tuple[Capability, ...]:
    try:
        return report()
    except ToolchainError as error:
        hint = error.hint or ""
        return (Capability("clang", False, "", "", "`--verify`", hint, error.message),)


def _print_table(found: tuple[Capability, ...]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("version", overflow="fold")
    table.add_column("makes possible", overflow="fold", ratio=1)
    table.add_column("where, or how to get it", overflow="fold", ratio=1)
    for one in found:
        mark = Text("yes", "bold green") if one.found else Text("no", "bold yellow")
        words = (one.path if one.found else one.install, one.detail)
        place = Text("\n".join(word for word in words if word))
        table.add_row(mark, Text(one.name), Text(one.version), Text(one.enables), place)
    print_table(stdout_console(), table)
