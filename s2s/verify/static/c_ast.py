# SPDX-License-Identifier: Apache-2.0
"""Compare two C files function by function on their syntax trees, as pycparser reads them.

This knows nothing of LLVM, so that it is a second opinion on whether two texts are the same code.
Directives, comments, formatting, braces around statements, empty statements and the names of local
variables are not compared; everything else is.

pycparser reads standard C without headers. It is given the preprocessed lines of the main file,
after ``typedef`` stubs for the names out of headers, GNU spellings replaced by standard ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pycparser import c_ast, c_parser
from pycparser.c_parser import ParseError

from s2s.verify.invocation import Invocation
from s2s.verify.static.c_shape import Shape, Shaper

MAX_CHARACTERS = 1_500_000
"""Texts longer than this are not read: pycparser needs about a second for 100 kB."""

_GNU_SPELLINGS = (
    "-D__STRICT_ANSI__",  # assert() without a statement expression
    "-D_GNU_SOURCE",  # but everything that the program may use
    "-D__attribute__(x)=",
    "-D__extension__=",
    "-D__restrict=restrict",
    "-D__restrict__=restrict",
    "-D__inline=inline",
    "-D__inline__=inline",
    "-D__const=const",
    "-D__volatile__=volatile",
    "-D__signed__=signed",
    "-D__alignof__=_Alignof",
    "-D__thread=_Thread_local",
    "-D__int128=long long",
    "-D__builtin_va_arg(list,type)=(*(type *)__s2s_va_arg(list))",
    "-D__builtin_offsetof(type,member)=((unsigned long)&((type *)0)->member)",
)
_BUILT_IN_TYPES = ("__builtin_va_list", "_Float16", "_Float128", "__float128")
_LINE_MARKER = re.compile(r'^# \d+ "((?:[^"\\]|\\.)*)"')
_PRAGMA = re.compile(r"^\s*#\s*pragma\s+(.*)$")
_WITHOUT_EFFECT = re.compile(
    r"(?:omp|acc|unroll|nounroll|ivdep|vector|simd|once|clang\s+(?:loop|diagnostic)|"
    r"GCC\s+(?:ivdep|unroll|diagnostic))\b"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_TYPEDEF = re.compile(r"\btypedef\b")


class NotReadError(Exception):
    """pycparser cannot read a text; the message says why."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """The shapes of what a file defines, by name; the pragmas that change what code means."""

    shapes: dict[str, Shape]
    pragmas: tuple[str, ...]


def read_declarations(invocation: Invocation, masks: tuple[str, ...]) -> Declarations:
    """Read one C file; ``masks`` are definitions that both sides of a comparison get.

    Raises NotReadError when it is beyond pycparser or does not get through the preprocessor.
    """
    text = invocation.output_of(("-E", "-w", *_GNU_SPELLINGS, *masks))
    if text is None:
        raise NotReadError("the preprocessor refuses it")
    headers, main = _main_lines(text)
    if len(main) > MAX_CHARACTERS:
        raise NotReadError(f"it has more than {MAX_CHARACTERS:,} characters")
    pragmas = tuple(_pragmas(main))
    code = re.sub(r"^\s*#.*$", "", main, flags=re.MULTILINE)
    return Declarations(_shapes(_stubs(headers, code) + code), pragmas)


def _main_lines(text: str) -> tuple[str, str]:
    """Split preprocessed text into that of headers and that of the main file."""
    parts: tuple[list[str], list[str]] = ([], [])
    main_file: str | None = None
    in_main = False
    for line in text.splitlines():
        marker = _LINE_MARKER.match(line)
        if marker is None:
            parts[in_main].append(line)
            continue
        main_file = main_file or marker[1]
        in_main = marker[1] == main_file
    return "\n".join(parts[0]), "\n".join(parts[1])


def _pragmas(text: str) -> Iterator[str]:
    """Return the pragmas that are more than hints to the optimizer, such as ``pack``."""
    for line in text.splitlines():
        found = _PRAGMA.match(line)
        if found and not _WITHOUT_EFFECT.match(found[1]):
            yield " ".join(found[1].split())


def _stubs(headers: str, code: str) -> str:
    """Declare the type names that come from headers and are used in the code."""
    used = set(_WORD.findall(code))
    names = {*_typedef_names(headers), *_BUILT_IN_TYPES} & used
    return "".join(f"typedef int {name};" for name in sorted(names)) + "\n"


def _typedef_names(text: str) -> Iterator[str]:
    for found in _TYPEDEF.finditer(text):
        yield from _declared(_declaration(text, found.end()))


def _declaration(text: str, at: int) -> str:
    """Return the text up to the semicolon that ends a declaration, what is in braces left out."""
    out: list[str] = []
    depth = 0
    for position in range(at, len(text)):
        character = text[position]
        depth += (character == "{") - (character == "}")
        if character == ";" and depth == 0:
            break
        if depth == 0 and character != "}":
            out.append(character)
    return "".join(out)


def _declared(declaration: str) -> Iterator[str]:
    """Return the names that the declarators of a ``typedef`` declare."""
    for part in _split(declaration):
        pointer = re.search(r"\(\s*\*[\s*]*(?:const\s+|volatile\s+)*([A-Za-z_]\w*)", part)
        name = pointer or re.search(r"([A-Za-z_]\w*)\s*(?:\[.*|\(.*)?$", part.strip(), re.DOTALL)
        if name:
            yield name[1]


def _split(declaration: str) -> Iterator[str]:
    """Split at the commas that are in no parentheses."""
    depth, begin = 0, 0
    for at, character in enumerate(declaration):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            yield declaration[begin:at]
            begin = at + 1
    yield declaration[begin:]


def _shapes(text: str) -> dict[str, Shape]:
    try:
        tree = c_parser.CParser().parse(text)
    except ParseError as error:
        raise NotReadError(f"pycparser cannot read it ({_reason(error)})") from error
    except RecursionError as error:
        raise NotReadError("pycparser cannot read anything as deeply nested") from error
    out: dict[str, Shape] = {}
    for item in tree.ext:
        named = _entity(item)
        if named is not None:
            name, shape = named
            out[name] = (*out[name], shape) if name in out else (shape,)
    return out


def _reason(error: ParseError) -> str:
    """Return pycparser's message without the place, which is one of the preprocessed text."""
    return re.sub(r"^\S*?:\d+(?::\d+)?:\s*", "", str(error))


def _entity(item: c_ast.Node) -> tuple[str, Shape] | None:
    """Return name and shape of a definition at file scope, None for what defines nothing."""
    shaper = Shaper()
    if isinstance(item, c_ast.FuncDef):
        return item.decl.name, shaper.function(item)
    if isinstance(item, c_ast.Typedef):
        return f"typedef {item.name}", shaper.node(item)
    if isinstance(item, c_ast.Decl) and not isinstance(item.type, c_ast.FuncDecl):
        name = item.name or f"{type(item.type).__name__.lower()} {item.type.name}"
        return name, shaper.node(item)
    return None
