# SPDX-License-Identifier: Apache-2.0
"""Stands in for the compiler in a build of the user's own; started by that build, not by s2s.

A build calls this script through little shell scripts named ``cc``, ``g++``, ``nvc`` and so on. It
takes the user's offload flags out, puts in those of the verification, has clang do the work and
notes what it did. The script is copied beside its settings and run by a bare interpreter, so that
it imports nothing but the standard library.

Compiling and linking in one call is done in two steps: with a sanitizer's flags the driver would
link the static runtime, which an image for the device cannot be linked with.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SETTINGS = "settings.json"
LOG = "calls.jsonl"
_REFUSED = 1
_STDIN = "-"

_OFFLOAD = re.compile(
    r"-f(no-)?openmp|-fiopenmp$|-q(no-)?openmp|-q(smp|offload)\b|-mp(=|$)|-gpu=|-acc(=|$)|-Minfo"
    r"|-fopenacc|-foffload|--?offload|--cuda-path=|-Xarch_|-nogpu|-nocuda|--target=(nvptx|amdgcn)"
    r"|-march=(gfx|sm_)|-mcpu=(gfx|sm_)|-l(gomp|iomp5|omptarget)$"
)
"""Arguments that say whether and for which device OpenMP is compiled: clang's, gcc's, NVIDIA's,
Intel's, IBM's. The modes of the verification have their own."""
_OFFLOAD_WITH_VALUE = re.compile(r"-Xopenmp-target|-Xarch_|-Xcuda-|-Xsycl-|-fopenmp-targets$")
_IN_THE_WAY = re.compile(
    r"-Werror|-fsanitize|-fno-sanitize|-static(-libasan|-libtsan)?$|-s$|-g(\d|gdb|line|dwarf|$)"
    r"|-f(no-)?lto|-Wl,(-s$|-z,?defs|--no-undefined|--strip|-flto)|-fast$|-fopt-info|-M(?:no|vect)"
    r"|-tp=|-tp$|-ipo$|-x(Host|HOST|CORE|AVX)|-qopt|-no-ipo"
)
"""Arguments that the instrumented builds or the lines of reports do not get along with, and those
of other compilers that clang does not know."""
_INEXACT = re.compile(
    r"-Ofast$|-f(fast-math|associative-math|unsafe-math-optimizations|reciprocal-math)$"
    r"|-ffp-(contract|model)=fast"
)
"""Arguments by which the same program computes something else at another level of optimization."""
_OPTIMIZATION = re.compile(r"-O(\d|s|z|g|fast)?$")
_WITH_VALUE = frozenset(
    (
        "-o",
        "-I",
        "-D",
        "-U",
        "-L",
        "-l",
        "-x",
        "-T",
        "-u",
        "-z",
        "-e",
        "-A",
        "-B",
        "-G",
        "-include",
        "-imacros",
        "-isystem",
        "-iquote",
        "-idirafter",
        "-iprefix",
        "-isysroot",
        "--sysroot",
        "-MF",
        "-MT",
        "-MQ",
        "-MJ",
        "-Xlinker",
        "-Xclang",
        "-Xpreprocessor",
        "-Xassembler",
        "-mllvm",
        "-target",
        "-arch",
        "--param",
        "-rpath",
        "-dumpbase",
        "-framework",
    )
)
_NO_LINK = frozenset(("-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-r"))
_SOURCE = re.compile(r"\.(c|i|cc|cp|cpp|cxx|c\+\+|C|CPP|ii|cppm)$")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the calls of one build are changed.

    ``compile_flags`` and ``link_flags`` come before the user's; ``first`` and ``last`` are files
    that are linked into every program, before and after the user's. ``fixed_optimization`` leaves
    the user's ``-O`` out. Nothing is written outside of ``root``, where the build's private copy
    lies.
    """

    compiler: str
    cxx_compiler: str
    root: str
    compile_flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    fixed_optimization: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the compiler, taken apart: options, inputs in their order, where output goes."""

    words: tuple[str, ...]
    inputs: tuple[str, ...]
    output: str
    links: bool

    @property
    def sources(self) -> tuple[str, ...]:
        """The inputs that are to be compiled."""
        return tuple(word for word in self.inputs if word == _STDIN or _SOURCE.search(word))


@dataclass(slots=True)
class Record:
    """What is noted of a call, for the one who waits for the build to end."""

    words: list[str]
    directory: str
    is_cxx: bool
    sources: list[str]
    output: str
    linked: bool
    exit_code: int = 0
    messages: str = ""
    commands: list[list[str]] = field(default_factory=list)


def is_offload(argument: str) -> bool:
    """Tell whether an argument is about OpenMP or the device it is compiled for."""
    return _OFFLOAD.match(argument) is not None


def is_inexact(argument: str) -> bool:
    """Tell whether an argument lets the results depend on how much is optimized.

    The builds of a verification are optimized differently, and are compared.
    """
    return _INEXACT.match(argument) is not None


def cleaned(words: Iterable[str], fixed_optimization: bool = False) -> list[str]:
    """Return a call's arguments without those that the verification has its own for."""
    out: list[str] = []
    rest = iter(words)
    for word in rest:
        if _OFFLOAD_WITH_VALUE.match(word):
            next(rest, None)
        elif is_offload(word) or is_inexact(word) or _IN_THE_WAY.match(word):
            continue
        elif word in _WITH_VALUE:
            out += [word, *([value] if (value := next(rest, None)) is not None else [])]
        elif not (fixed_optimization and _OPTIMIZATION.match(word)):
            out.append(word)
    return out


def take_apart(words: list[str]) -> Call:
    """Find inputs and output among a call's arguments."""
    inputs, output = [], ""
    links = not _NO_LINK.intersection(words)
    rest = iter(words)
    for word in rest:
        if word == "-o":
            output = next(rest, "")
        elif word.startswith("-o") and word != "-o":
            output = word[2:]
        elif word in _WITH_VALUE:
            next(rest, None)
        elif word == _STDIN or not word.startswith("-"):
            inputs.append(word)
    return Call(tuple(words), tuple(inputs), output, links and bool(inputs))


def expanded(words: list[str]) -> list[str]:
    """Return arguments with those that response files (``@file``) hold."""
    out: list[str] = []
    for word in words:
        path = Path(word[1:])
        if word.startswith("@") and path.is_file():
            out += shlex.split(path.read_text("utf-8", "surrogateescape"))
        else:
            out.append(word)
    return out


def _with_whole_names(words: list[str]) -> list[str]:
    """Return arguments with sources named from the root: reports know them by those names."""
    sources = set(take_apart(words).sources) - {_STDIN}
    return [str(Path(word).absolute()) if word in sources else word for word in words]


def commands_for(call: Call, is_cxx: bool, settings: Settings, scratch: Path) -> list[list[str]]:
    """Return what clang is called with, instead of a call that was cleaned."""
    compiler = settings.cxx_compiler if is_cxx else settings.compiler
    if not call.inputs:
        return [[compiler, *call.words]]
    if not call.links:
        flags = () if "-r" in call.words else settings.compile_flags
        return [[compiler, *flags, *call.words]]
    commands, objects = [], {}
    options = _without_inputs(call)
    for number, (source, language) in enumerate(_languages(call)):
        made = str(scratch / f"{number}.o")
        command = [compiler, *settings.compile_flags, *options, *language, "-c", source]
        commands.append([*command, "-o", made])
        objects[source] = made
    return [*commands, _link(call, compiler, objects, settings)]


def _languages(call: Call) -> list[tuple[str, list[str]]]:
    """Return the sources, each with the ``-x`` that is in force where it stands."""
    found: list[tuple[str, list[str]]] = []
    language: list[str] = []
    rest = iter(call.words)
    for word in rest:
        if word == "-x":
            language = ["-x", next(rest, "none")]
        elif word.startswith("-x"):
            language = [word]
        elif word in _WITH_VALUE:
            next(rest, None)
        elif word in call.sources:
            found.append((word, language))
    return found


def _link(call: Call, compiler: str, objects: dict[str, str], settings: Settings) -> list[str]:
    words = [objects.get(word, word) for word in _without_language(call.words)]
    program = "-shared" not in words
    first = settings.first if program else ()
    last = settings.last if program else ()
    paths = [f"-Wl,-rpath,{path}" for path in _library_dirs(words, settings)]
    if paths:  # the older tag goes before LD_LIBRARY_PATH, which may lead to another build's
        paths.append("-Wl,--disable-new-dtags")
    return [compiler, *settings.link_flags, *first, *words, *last, *paths]


def _library_dirs(words: list[str], settings: Settings) -> list[str]:
    """Return the directories of this build that hold shared libraries it links with."""
    found = []
    pairs = zip(words, [*words[1:], ""], strict=True)
    for word, after in pairs:
        if word == "-L":
            found.append(after)
        elif word.startswith("-L"):
            found.append(word[2:])
        elif word.endswith(".so") and not word.startswith("-"):
            found.append(str(Path(word).parent))
    real = dict.fromkeys(os.path.realpath(path) for path in found)
    return [path for path in real if _is_below(path, settings.root)]


def _without_inputs(call: Call) -> list[str]:
    """Return the options that matter for compiling: no inputs, languages, output or libraries."""
    out: list[str] = []
    rest = iter(call.words)
    for word in rest:
        if word in ("-o", "-l", "-L", "-Xlinker"):
            next(rest, None)
        elif word in _WITH_VALUE:
            value = next(rest, "")
            out += [word, value] if word != "-x" else []
        elif word.startswith(("-o", "-l", "-L", "-x", "-Wl,")) or word == "-shared":
            continue
        elif word != _STDIN and word.startswith("-"):
            out.append(word)
    return out


def _without_language(words: tuple[str, ...]) -> list[str]:
    """Return arguments without ``-x``, which would make sources of the objects to be linked."""
    out: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "-x":
            next(rest, None)
        elif not word.startswith("-x"):
            out.append(word)
    return out


def _is_below(path: str, root: str) -> bool:
    return os.path.commonpath((path, root)) == root


def refusal(call: Call, settings: Settings) -> str:
    """Return why a call is not carried out: it would write outside of the private copy."""
    if not call.inputs or call.output in (_STDIN, os.devnull):
        return ""
    target = os.path.realpath(call.output or ".")
    if _is_below(target, settings.root):
        return ""
    return (
        f"s2s: the build writes {target}, outside of the directory that it was given a copy of; "
        "name the directory that holds all of the build"
    )


def perform(name: str, words: list[str], settings: Settings) -> Record:
    """Carry out one call and tell what became of it; the compiler's messages are passed on."""
    is_cxx = name == "cxx"
    call = take_apart(_with_whole_names(cleaned(expanded(words), settings.fixed_optimization)))
    sources = [str(Path(word).absolute()) for word in call.sources if word != _STDIN]
    record = Record(words, str(Path.cwd()), is_cxx, sources, call.output, call.links)
    record.messages = refusal(call, settings)
    if record.messages:
        record.exit_code = _REFUSED
        sys.stderr.write(f"{record.messages}\n")
        return record
    with tempfile.TemporaryDirectory(dir=settings.root, prefix="objects-") as scratch:
        for command in commands_for(call, is_cxx, settings, Path(scratch)):
            record.commands.append(command)
            done = subprocess.run(command, stderr=subprocess.PIPE, check=False)
            sys.stderr.buffer.write(done.stderr)
            record.messages += done.stderr.decode("utf-8", "replace")
            record.exit_code = done.returncode
            if done.returncode:
                break
    return record


def main() -> int:
    """Read the settings beside this script, carry out the call, note it."""
    here = Path(__file__).parent
    loaded: dict[str, Any] = json.loads((here / SETTINGS).read_text("utf-8"))
    settings = Settings(**loaded)
    record = perform(sys.argv[1], sys.argv[2:], settings)
    line = json.dumps(asdict(record)) + "\n"
    descriptor = os.open(here / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())  # in one piece: calls of one build run side by side
    finally:
        os.close(descriptor)
    return record.exit_code if record.exit_code >= 0 else _REFUSED


if __name__ == "__main__":
    sys.exit(main())
