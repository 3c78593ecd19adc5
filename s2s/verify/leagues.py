# SPDX-License-Identifier: Apache-2.0
"""Programs that deal out their work by the numbers of teams and threads, as CUDA's kernels do.

The host device has as many teams and threads as there are processors, whatever ``num_teams`` and
``thread_limit`` ask for. Such a program leaves most of its work undone then, and its output and
what the guard finds in it say nothing. ``runtime/whole_leagues.c`` gives it all that it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from s2s.verify.instrument import RUNTIME
from s2s.verify.run import RunCommand

WHOLE_LEAGUES_SOURCE = RUNTIME / "whole_leagues.c"

_SWITCH = "S2S_WHOLE_LEAGUES"
_ENVIRONMENT = (
    (_SWITCH, "1"),
    ("KMP_TEAMS_THREAD_LIMIT", "1024"),
    ("OMP_NUM_THREADS", "1024"),
    # hundreds of threads take turns on a few processors: none may spin
    ("KMP_BLOCKTIME", "0"),
)
_NUMBERS = re.compile(rb"\bomp_get_(?:team_num|thread_num|num_threads|num_teams)\b")
_SIZES = re.compile(rb"\b(?:num_teams|thread_limit)[ \t]*\(")


def deals_by_number(texts: Iterable[bytes]) -> bool:
    """Tell whether sources ask for leagues of a size and use the numbers of teams or threads."""
    whole = b"\n".join(texts)
    return _NUMBERS.search(whole) is not None and _SIZES.search(whole) is not None


def with_whole_leagues(command: RunCommand) -> RunCommand:
    """Return a command that gives constructs all the teams and threads that they ask for."""
    return replace(command, environment=(*_ENVIRONMENT, *command.environment))


def without_whole_leagues(command: RunCommand) -> RunCommand:
    """Return a command with leagues as the host device has them."""
    kept = tuple(item for item in command.environment if item not in _ENVIRONMENT)
    return replace(command, environment=kept)


def has_whole_leagues(command: RunCommand) -> bool:
    """Tell whether a command is one of ``with_whole_leagues``."""
    return (_SWITCH, "1") in command.environment
