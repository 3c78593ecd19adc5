# SPDX-License-Identifier: Apache-2.0
"""Ask a tool a short question."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

ANSWER_SECONDS = 10.0
"""How long a tool may take to tell its version."""


def tool_output(command: Sequence[str], timeout: float = ANSWER_SECONDS) -> str | None:
    """Return what a command prints; None when it is not there, fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
