# SPDX-License-Identifier: Apache-2.0
"""Give regions that are launched often a second copy, which the race detector does not slow down.

The copy is a file that is included behind the region, whose functions clang leaves alone: the
names of kernels begin with the number of the file that they come from, which an ignore list can
name. ``runtime/watched_accesses.c`` says at each launch which of the two it is to be::

    { if (s2s_watch(0)) {
    #line 32
    #pragma omp target teams distribute parallel for
      for (…) …
    } else {
    #include "…/s2s-unwatched/0.inc"
    } s2s_watch_end(); }
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from s2s.verify.c_text import UnreadableError, masked, statement_end
from s2s.verify.compile import Compiler, Unit
from s2s.verify.directives import Directive, directives_in

_DECLARATIONS = b"""#ifdef __cplusplus
extern "C" {
#endif
int s2s_watch(int);
void s2s_watch_end(void);
#ifdef __cplusplus
}
#endif
#line 1
"""
_NO_REGION = (b"data", b"enter", b"exit", b"update")
_DEFERRED = (b"nowait", b"depend", b"device")
_PREPROCESSOR = re.compile(rb"^[ \t]*#(?![ \t]*pragma\b)", re.MULTILINE)


def with_unwatched_copies(
    compiler: Compiler, units: Sequence[Unit], lines: Collection[int], name: str
) -> tuple[Unit, ...]:
    """Return units in which the target regions at some lines have an unwatched copy.

    A region whose end cannot be told, or that is not a launch of its own (``nowait``), stays as it
    is. Units that have none stay the same ones. ``name`` tells the files apart.
    """
    directory = compiler.scratch / name / "s2s-unwatched"
    copies: list[Path] = []

    def rewrite(_: Unit, text: bytes) -> bytes:
        directory.mkdir(parents=True, exist_ok=True)
        return _rewritten(text, lines, directory, copies)

    made = compiler.rewritten(units, rewrite, name)
    ignored = directory / "ignored"
    if copies:
        ignored.write_text("".join(_kernels_of(path) for path in copies))
    flag = f"-fsanitize-ignorelist={ignored}"
    return tuple(
        replace(unit, flags=(flag,)) if unit is not old else unit
        for unit, old in zip(made, units, strict=True)
    )


def _kernels_of(path: Path) -> str:
    """Return the line of an ignore list for a file's kernels (clang's TargetRegionEntryInfo)."""
    status = path.stat()
    return f"fun:__omp_offloading_{status.st_dev:x}_{status.st_ino:x}_*\n"


def _rewritten(text: bytes, lines: Collection[int], directory: Path, copies: list[Path]) -> bytes:
    out, done, mask = [], 0, masked(text)
    for directive in directives_in(text):
        line = text.count(b"\n", 0, directive.begin) + 1
        if directive.begin < done or line not in lines or not _is_launch(directive):
            continue
        try:
            end = statement_end(mask, directive.end)
        except UnreadableError:
            continue
        region = text[directive.begin : end]
        if _PREPROCESSOR.search(region):
            continue
        copy = directory / f"{len(copies)}.inc"
        copy.write_bytes(region + b"\n")
        last = text.count(b"\n", 0, end) + 1
        out += [
            text[done : directive.begin],
            b"\n{ if (s2s_watch(%d)) {\n#line %d\n" % (len(copies), line),
            region,
            b'\n} else {\n#include "%s"\n} s2s_watch_end(); }\n' % str(copy).encode(),
            b"#line %d\n" % last,
        ]
        copies.append(copy)
        done = end
    return b"".join((_DECLARATIONS, *out, text[done:])) if out else text


def _is_launch(directive: Directive) -> bool:
    name = directive.name
    return name[:1] == (b"target",) and not directive.clauses_of(*_NO_REGION, *_DEFERRED)
