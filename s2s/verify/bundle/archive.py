# SPDX-License-Identifier: Apache-2.0
"""Write a ``tar.xz`` quickly: the big files that every bundle has are compressed once.

An xz file may consist of several streams one after the other. The content of a library is a chain
of streams of its own, kept in a cache by the hash of what is in it; its header in the archive is
in another, so that the same compressed bytes serve archives of any name. Pieces of a file are
compressed side by side.

Source: *The .xz File Format* 1.1.0, section 2 ("Overall Structure"); POSIX pax for the archive.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import platform
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

from s2s.verify.bundle.contents import Contents
from s2s.verify.kept import keep

PRESET = 2
"""LLVM's library, 129 MB, takes 39 s of a processor and 28.8 MB; with 6 it is 110 s and 25.0 MB."""
_CACHE_VERSION = "1"
_PIECE_BYTES = 32 << 20
_EXECUTABLE = 0o755
_PLAIN = 0o644


class ArchiveWriter:
    """An archive under way; members are added one by one, then ``finish`` ends it.

    ``cache`` is a directory for compressed contents (None: none is kept).
    """

    def __init__(self, stream: IO[bytes], folder: str, cache: Path | None) -> None:
        self._stream = stream
        self._folder = folder
        self._cache = cache
        self._pending = bytearray()

    def add_directory(self, name: str) -> None:
        """Add a directory; only those that are empty need that."""
        info = tarfile.TarInfo(f"{self._folder}/{name}")
        info.type = tarfile.DIRTYPE
        info.mode = _EXECUTABLE
        self._pending += info.tobuf(tarfile.PAX_FORMAT)

    def add(self, name: str, content: bytes, *, executable: bool = False) -> None:
        """Add a file of the program's own."""
        self._pending += self._header(name, len(content), executable)
        self._pending += content + _padding(len(content))

    def add_library(self, name: str, path: Path) -> None:
        """Add a file that other archives will hold as well."""
        content = path.read_bytes()
        self._pending += self._header(name, len(content), executable=True)
        self._flush()
        padded = content + _padding(len(content))
        for piece in self._compressed_once(padded):
            self._stream.write(piece)

    def finish(self) -> None:
        """Write the end of the archive."""
        self._pending += bytes(2 * tarfile.BLOCKSIZE)
        self._flush()

    def _header(self, name: str, size: int, executable: bool) -> bytes:
        """Return a member's header: always the same one, whoever made the archive and when."""
        info = tarfile.TarInfo(f"{self._folder}/{name}")
        info.size = size
        info.mode = _EXECUTABLE if executable else _PLAIN
        return info.tobuf(tarfile.PAX_FORMAT)

    def _flush(self) -> None:
        self._stream.write(compress(bytes(self._pending)))
        self._pending.clear()

    def _compressed_once(self, content: bytes) -> Iterator[bytes]:
        key = hashlib.sha256(content).hexdigest()
        kept = self._cache / f"{_CACHE_VERSION}-{PRESET}-{key}.xz" if self._cache else None
        if kept is not None:
            with suppress(OSError):
                yield kept.read_bytes()
                return
        pieces = [content[at : at + _PIECE_BYTES] for at in range(0, len(content), _PIECE_BYTES)]
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            done = b"".join(pool.map(compress, pieces))
        if kept is not None:
            keep(kept, done)
        yield done


def compress(content: bytes) -> bytes:
    """Return one xz stream; the branch filter is for the machine code that most of it is."""
    filters: list[dict[str, int]] = [{"id": lzma.FILTER_LZMA2, "preset": PRESET}]
    if platform.machine() == "x86_64":
        filters.insert(0, {"id": lzma.FILTER_X86})
    return lzma.compress(content, lzma.FORMAT_XZ, lzma.CHECK_CRC32, filters=filters)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def pack(contents: Contents, stream: IO[bytes], cache: Path | None) -> None:
    """Write the archive of a bundle."""
    writer = ArchiveWriter(stream, contents.name, cache)
    for member in contents.members:
        match member.source:
            case None:
                writer.add_directory(member.name)
            case bytes() as content:
                writer.add(member.name, content, executable=member.executable)
            case path if member.is_shared:
                writer.add_library(member.name, path)
            case path:
                writer.add(member.name, path.read_bytes(), executable=member.executable)
    writer.finish()
