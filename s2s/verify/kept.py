# SPDX-License-Identifier: Apache-2.0
"""What is kept from one verification to the next, below the user's cache directory.

Everything can be made again: without a cache all goes well, only slower.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def cache_directory(kind: str) -> Path:
    """Return where things of one kind are kept (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "s2s" / kind


def keep(path: Path, content: bytes) -> None:
    """Put something into the cache, all of it or nothing."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)


def runtime_object(source: Path, compiler: Path, flags: Sequence[str]) -> Path | None:
    """Return where the object of one of our own C files is kept, None if that cannot be told.

    The name goes by the file, the headers beside it, the flags, and which compiler it is.
    """
    try:
        program = compiler.resolve()
        facts = program.stat()
        texts = [path.read_bytes() for path in (source, *sorted(source.parent.glob("*.h")))]
        directory = cache_directory("runtime")
    except (OSError, RuntimeError):  # there may be no home directory
        return None
    said = (str(source), str(program), str(facts.st_size), str(facts.st_mtime_ns), *flags)
    parts = (*(text.encode(errors="surrogateescape") for text in said), *texts)
    digest = hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts))
    return directory / f"{source.stem}-{digest.hexdigest()[:32]}.o"
