# SPDX-License-Identifier: Apache-2.0
"""``s2s completion``: the script that lets a shell complete commands, options and codes."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

PROGRAM = "s2s"
VARIABLE = "_S2S_COMPLETE"


@click.command("completion", short_help="Print a completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: s2s completion bash > ~/.local/share/bash-completion/completions/s2s
    zsh:  s2s completion zsh > "${fpath[1]}/_s2s"
    fish: s2s completion fish > ~/.config/fish/completions/s2s.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None
    root = ctx.find_root().command
    click.echo(completion(root, {}, PROGRAM, VARIABLE).source())
