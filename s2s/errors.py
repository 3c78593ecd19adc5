# SPDX-License-Identifier: Apache-2.0
"""Errors of failed operations.

Remarks speak of the user's code; these speak of an operation that could not be carried out.

    S2SError
    ├── InputError            unreadable, not UTF-8, empty, wrong kind of file      exit 1
    │   └── FrontendError     the compiler front end gave up on the whole file      exit 1
    ├── OutputError           the result cannot be written where it was asked for   exit 1
    ├── UsageError            options that contradict each other or do not exist    exit 2
    ├── ToolchainError        a compiler or runtime that is needed is not there     exit 1
    └── VerificationError     the verification could not be carried out             exit 3

Each error knows how to show itself: ``str(error)`` is ``file:line: message`` and, on a second
line, a hint.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class S2SError(Exception):
    """Base of all errors that a user can meet; ``exit_code`` is what the command returns."""

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        where = ""
        if self.path is not None:
            where = f"{self.path}:{self.line}: " if self.line else f"{self.path}: "
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{where}{self.message}{hint}"


class InputError(S2SError):
    """The input is not something that can be translated."""


class FrontendError(InputError):
    """The compiler front end gave up on the whole file."""


class OutputError(S2SError):
    """The result cannot be written where it was asked for."""


class UsageError(S2SError):
    """Options that contradict each other or do not exist."""

    exit_code = 2


class ToolchainError(S2SError):
    """A compiler or runtime that is needed is not there."""


class VerificationError(S2SError):
    """The verification could not be carried out (which is not the same as a wrong result)."""

    exit_code = 3
