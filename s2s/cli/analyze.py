# SPDX-License-Identifier: Apache-2.0
"""``s2s analyze``: every loop with its verdict, the plan for the data, and a graph of it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s2s.cli.arguments import FILE, TranslatingCommand, offload_options, translation_options
from s2s.cli.console import print_table, stdout_console
from s2s.cli.deep_stack import with_deep_stack
from s2s.cli.destinations import check_target
from s2s.cli.group import show_error
from s2s.cli.writing import write_file
from s2s.errors import S2SError, UsageError

if TYPE_CHECKING:
    from s2s.driver import OffloadResult

GRAPH_FORMATS = (".dot", ".svg")


@click.command("analyze", cls=TranslatingCommand, short_help="Show loops, verdicts and the plan.")
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="FILES...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option(
    "--graph",
    type=FILE,
    metavar="OUT",
    help="Write definitions, uses and data movement as a graph: .dot, or .svg (needs graphviz).",
)
@translation_options
@click.pass_context
def command(
    ctx: click.Context, /, paths: tuple[Path, ...], as_json: bool, graph: Path | None, **values: Any
) -> None:
    """Show every loop with its verdict, and the plan for the data; change nothing.

    A verdict is parallel, reduction or serial. What runs where: a loop is offloaded (it carries
    the construct), collapsed into or inside an offloaded one, run serially on the device, or left
    on the host; then the table says why.
    """
    options = offload_options(ctx, **values)
    if graph is not None:
        _check_graph(graph, paths)
    from s2s import driver

    results: list[OffloadResult] = []
    code = 0
    for path in paths:
        try:
            results.append(with_deep_stack(partial(driver.analyze, path, options), path))
        except UsageError:
            raise
        except S2SError as error:
            show_error(error)
            code = max(code, error.exit_code)
    if as_json:
        _print_json(results)
    else:
        for result in results:
            _print_tables(result)
    if graph is not None and results:
        from s2s.cli.graph import dot_of, render_svg

        text = with_deep_stack(partial(dot_of, results[0]), paths[0])
        write_file(graph, render_svg(text) if graph.suffix == ".svg" else text.encode())
    if code:
        ctx.exit(code)


def _check_graph(graph: Path, paths: tuple[Path, ...]) -> None:
    """Check that the graph can be made. Raises UsageError and OutputError."""
    if graph.suffix not in GRAPH_FORMATS:
        raise UsageError(f"'{graph}' ends neither in .dot nor in .svg")
    if len(paths) > 1:
        raise UsageError("--graph takes one file")
    check_target(graph, paths)


def _print_json(results: list[OffloadResult]) -> None:
    from s2s.cli.documents import heading, plan_json, result_json

    files = [{**result_json(result), "plan": plan_json(result)} for result in results]
    click.echo(json.dumps({**heading("analyze"), "files": files}, indent=2, ensure_ascii=False))


def _print_tables(result: OffloadResult) -> None:
    from s2s.cli.documents import counts
    from s2s.cli.tables import loop_table, plan_table

    console = stdout_console()
    path = result.source.path
    if not result.plan.loops:
        console.print(f"{path}: no loops", soft_wrap=True)
        return
    print_table(console, loop_table(result, costs=True))
    number = counts(result)
    if any(number[name] for name in number if name not in ("loops", "loops_on_device")):
        console.print()
        print_table(console, plan_table(result))
    console.print()
    console.print(
        f"{path}: {number['loops']} loops, {number['loops_on_device']} of them offloaded, in "
        f"{number['target_regions']} target regions; "
        f"{len(result.plan.remarks)} remarks ({result.seconds:.2f} s)",
        soft_wrap=True,
    )
    for assumption in result.plan.assumptions:
        console.print(f"assumed: {assumption}", soft_wrap=True)
