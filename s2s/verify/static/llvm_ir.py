# SPDX-License-Identifier: Apache-2.0
"""Read LLVM IR as text, function by function and global by global, without what cannot matter.

What is left out or made the same: metadata, the numbers of attribute groups, of string literals and
of other constants that have no name in the source, names of types (types are compared by their
layout), comments, and declarations, whose use is seen where they are called. Values and labels are
numbered by clang in the order of the code, so that equal code has equal numbers.

Source: *LLVM Language Reference Manual*, "Module Structure" and "Identifiers".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_NAME = r'(?:"[^"]*"|[-\w.$]+)'
_TYPE = re.compile(rf"^%(?P<name>{_NAME}) = type (?P<body>.*)$")
_GLOBAL = re.compile(rf"^@(?P<name>{_NAME}) = (?P<body>.*)$")
_FUNCTION = re.compile(rf"^define [^@]*@(?P<name>{_NAME})\(")
_ATTRIBUTES = re.compile(r"^attributes #(?P<number>\d+) = \{(?P<body>.*)\}$")
_ASSEMBLY = re.compile(r"^module asm (?P<body>.*)$")
_LABEL_COMMENT = re.compile(r"^(\d+:)\s+; preds = .*$", re.MULTILINE)
_REFERENCE = re.compile(
    rf'(?P<sigil>[@%])(?P<name>{_NAME})|#(?P<group>\d+)\b|"[^"]*"|(?P<metadata>,?\s+![\w.]+ !\d+)'
)
_INITIALIZER = re.compile(r"^_GLOBAL__sub_I_.*$")


@dataclass
class _Module:
    """The parts of a module as they stand in the text."""

    types: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    assembly: list[str] = field(default_factory=list)


def definitions(text: str) -> dict[str, str]:
    """Return the normalised text of every function and variable that a module defines, by name."""
    return _Normaliser(_parts(text)).all()


def _parts(text: str) -> _Module:
    module = _Module()
    lines = iter(text.splitlines())
    for line in lines:
        if found := _FUNCTION.match(line):
            module.functions[_plain(found["name"])] = "\n".join((line, *_body(lines)))
        elif found := _GLOBAL.match(line):
            module.variables[_plain(found["name"])] = found["body"]
        elif found := _TYPE.match(line):
            module.types[_plain(found["name"])] = found["body"]
        elif found := _ATTRIBUTES.match(line):
            module.groups[found["number"]] = found["body"].strip()
        elif found := _ASSEMBLY.match(line):
            module.assembly.append(found["body"])
    return module


def _body(lines: Iterator[str]) -> Iterator[str]:
    """Return the lines of a function up to the brace that closes it."""
    for line in lines:
        yield line
        if line == "}":
            return


def _plain(name: str) -> str:
    return name.strip('"')


class _Normaliser:
    """Rewrites the parts of one module."""

    def __init__(self, module: _Module) -> None:
        self._module = module
        self._types: dict[str, str] = {}
        self._constants: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """Return every definition that has a name of its own."""
        module = self._module
        out = {
            name: self._text(body)
            for name, body in module.variables.items()
            if not self._is_anonymous(name)
        }
        for name, body in module.functions.items():
            text = _LABEL_COMMENT.sub(r"\1", body)
            out[_INITIALIZER.sub("_GLOBAL__sub_I_", name)] = self._text(text)
        if module.assembly:
            out["asm"] = "\n".join(module.assembly)
        return out

    def _is_anonymous(self, name: str) -> bool:
        """Whether a variable is a constant or compound literal that the compiler numbered."""
        body = self._module.variables.get(name)
        if body is None:
            return False
        is_literal = name.startswith(".") and body.startswith("internal ")
        return is_literal or body.startswith("private ")

    def _text(self, text: str) -> str:
        return _REFERENCE.sub(self._resolved, text)

    def _resolved(self, match: re.Match[str]) -> str:
        if match["group"]:
            return "{" + self._module.groups.get(match["group"], "") + "}"
        if not match["sigil"]:
            return "" if match["metadata"] else match[0]
        name = _plain(match["name"])
        if match["sigil"] == "%":
            return self._type(name) if name in self._module.types else match[0]
        if self._is_anonymous(name):
            return self._constant(name)
        return "@" + _INITIALIZER.sub("_GLOBAL__sub_I_", name)

    def _type(self, name: str) -> str:
        """Return a type by its layout; types hold no pointers to types, so that this ends."""
        if name not in self._types:
            self._types[name] = "%" + _digest(self._text(self._module.types[name]))
        return self._types[name]

    def _constant(self, name: str) -> str:
        """Return a constant by its value, which may refer to other constants."""
        if name not in self._constants:
            self._constants[name] = "@itself"  # until its value is known
            self._constants[name] = "@" + _digest(self._text(self._module.variables[name]))
        return self._constants[name]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
