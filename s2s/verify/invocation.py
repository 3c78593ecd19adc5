# SPDX-License-Identifier: Apache-2.0
"""One source and its compiler, for checks that only ask the compiler something."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s2s.toolchain.clang import Clang
from s2s.verify.run import Execution, PlainSink, RunCommand, execute
from s2s.verify.sandbox import Confinement

ASK_SECONDS = 120.0
"""How long a compiler may take to answer."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """How one source is given to clang: ``arguments`` are the user's, without outputs and devices.

    ``scratch`` is a directory of its own, for what the checks write.
    """

    clang: Clang
    source: Path
    arguments: tuple[str, ...]
    is_cxx: bool
    scratch: Path
    timeout: float = ASK_SECONDS
    confinement: Confinement | None = None

    @property
    def compiler(self) -> Path:
        """The compiler driver for the language of the source."""
        return self.clang.cxx_path if self.is_cxx else self.clang.path

    def run(self, *arguments: str, source: Path | None = None) -> Execution:
        """Run the compiler with further arguments, which come after the user's.

        ``source`` is compiled in place of the invocation's own. Raises VerificationError when the
        compiler cannot be started.
        """
        words = (*self.arguments, "-Qunused-arguments", *arguments, str(source or self.source))
        return self.ask(self.compiler, words)

    def ask(
        self,
        compiler: Path,
        words: Sequence[str],
        environment: Mapping[str, str] = os.environ,
    ) -> Execution:
        """Run another compiler, or this one with these arguments alone, under the same limits.

        Raises VerificationError when it cannot be started.
        """
        command = RunCommand(str(compiler), tuple(words), confinement=self.confinement)
        return execute(compiler, command, Path.cwd(), environment, self.timeout, PlainSink())

    def output_of(self, arguments: Sequence[str]) -> str | None:
        """Return what the compiler prints to standard output, None where it fails."""
        done = self.run(*arguments, "-o", "-")
        return done.stdout.decode("utf-8", "replace") if done.exit_code == 0 else None
