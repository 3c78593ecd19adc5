# SPDX-License-Identifier: Apache-2.0
"""Write files whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from s2s.errors import OutputError


def write_file(target: Path, content: bytes, like: Path | None = None) -> None:
    """Write a file under a temporary name in the same directory, then give it its own name.

    An existing file keeps its permissions (and its owner, where that is allowed); a new one gets
    those of ``like`` under the umask. A device or a pipe is written to as it is.
    Raises OutputError; the target is then as it was.
    """
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                stream.write(content)
            return
        _replace(target, content, like)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=target) from error


@contextmanager
def writing(target: Path) -> Iterator[IO[bytes]]:
    """Give a file to write to piece by piece; it bears its name only when all went well.

    Raises OutputError; the target is then as it was.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
            Path(name).chmod(_new_mode(None))
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=target) from error


def write_json(target: Path, document: Any) -> None:
    """Write a JSON document. Raises OutputError."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_file(target, text.encode())


def _replace(target: Path, content: bytes, like: Path | None) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        if target.exists():
            before = target.stat()
            with suppress(PermissionError):
                os.chown(temporary, before.st_uid, before.st_gid)
            mode = stat.S_IMODE(before.st_mode)
        else:
            mode = _new_mode(like)
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _new_mode(like: Path | None) -> int:
    """Return the permissions of a new file; its owner can always write it again."""
    umask = os.umask(0)
    os.umask(umask)
    wanted = stat.S_IMODE(like.stat().st_mode) | stat.S_IWUSR if like is not None else 0o666
    return wanted & ~umask
