# SPDX-License-Identifier: Apache-2.0
"""Is a result, without its directives, the original?

Both texts are compiled as serial programs, without optimization, and compared function by function
in LLVM's IR; for C, the syntax trees that pycparser reads are compared as well. clang sees what the
code means and nothing that the preprocessor took out; pycparser sees what is written, also in
functions that are never emitted. They share no code, so that where they disagree, that is told.

Macros that tell a place or a time (``__LINE__``, ``__FILE__``, …) are given one value on both
sides, since an inserted directive moves all lines. Texts that test ``_OPENMP`` are compared once
more with it defined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from s2s.verify.invocation import Invocation
from s2s.verify.static.c_ast import Declarations, NotReadError, read_declarations
from s2s.verify.static.llvm_ir import definitions
from s2s.verify.static.symbols import demangled

OPENMP_VERSION = "-D_OPENMP=202011"

_MASKS = (
    "-Wno-builtin-macro-redefined",
    "-D__LINE__=0",
    '-D__FILE__=""',
    '-D__FILE_NAME__=""',
    '-D__BASE_FILE__=""',
    '-D__DATE__=""',
    '-D__TIME__=""',
    '-D__TIMESTAMP__=""',
    "-D__builtin_LINE()=0",
    '-D__builtin_FILE()=""',
)
_SERIAL_IR = (
    "-w", "-O0", "-Xclang", "-disable-O0-optnone", "-g0", "-fno-openmp", "-fno-openmp-simd",
    "-fno-lto", "-fdiscard-value-names", "-S", "-emit-llvm",
)  # fmt: skip

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reader finds: names of functions and variables, none where all is the same.

    ``known`` are all names that it saw on either side. ``types`` are type definitions and pragmas
    that are not the same on both sides; they may change what every function means.
    """

    differing: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    @property
    def changed(self) -> frozenset[str]:
        """Everything that is not the same."""
        return self.differing | self.added | self.removed


@dataclass(frozen=True, slots=True)
class StructureComparison:
    """In what a result differs from its original beyond directives.

    Each name is in one of ``differing``, ``added`` and ``removed``, sorted. ``compared`` is False
    when nothing could be said; ``notes`` say why, what could not be looked at, and where the two
    readers disagree.
    """

    compared: bool
    differing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted((*self.differing, *self.added, *self.removed)))

    def without(self, declared: Set[str]) -> StructureComparison:
        """Return the comparison without functions in which differences were announced."""

        def rest(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(n for n in names if n not in declared and _plain_name(n) not in declared)

        return StructureComparison(
            self.compared, rest(self.differing), rest(self.added), rest(self.removed), self.notes
        )

    def __str__(self) -> str:
        parts = (("in", self.differing), ("added", self.added), ("removed", self.removed))
        return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)


def compare_structure(
    original: Invocation, result: Invocation, declared: Set[str] = frozenset()
) -> StructureComparison:
    """Compare a result with its original; functions in ``declared`` may differ.

    Raises VerificationError when the compiler cannot be started.
    """
    by_ir, notes = ir_opinion(original, result)
    by_ast: Opinion | None = None
    if not (original.is_cxx or result.is_cxx):
        try:
            by_ast = ast_opinion(original, result)
        except NotReadError as error:
            notes.append(f"no second opinion on the structure: {error}")
    if by_ir is None and by_ast is None:
        return StructureComparison(False, notes=tuple(notes))
    joint = _joined(by_ir, by_ast)
    if by_ir is not None and by_ast is not None:
        notes += _disagreements(by_ir, by_ast, declared)
    if original.is_cxx:
        joint = _with_readable_names(joint, original)
    return StructureComparison(
        True,
        tuple(sorted(joint.differing)),
        tuple(sorted(joint.added)),
        tuple(sorted(joint.removed)),
        tuple(notes),
    ).without(declared)


def ir_opinion(original: Invocation, result: Invocation) -> tuple[Opinion | None, list[str]]:
    """Compare the IR of two texts, with notes on what could not be compared."""
    opinion = _compiled_opinion(original, result, ())
    notes = [] if opinion else ["the structure was not compared in IR: a side does not compile"]
    tests_openmp = any(b"_OPENMP" in side.source.read_bytes() for side in (original, result))
    if opinion is not None and tests_openmp:
        other = _compiled_opinion(original, result, (OPENMP_VERSION,))
        if other is None:
            notes.append("code under _OPENMP was not compared: it does not compile without OpenMP")
        else:
            opinion = _united(opinion, other)
    return opinion, notes


def ast_opinion(original: Invocation, result: Invocation) -> Opinion:
    """Compare what pycparser reads of two C texts. Raises NotReadError."""
    before, after = (_read(side) for side in (original, result))
    names = _compared(before.shapes, after.shapes)
    types = {name for name in names.changed if " " in name}
    if before.pragmas != after.pragmas:
        types |= {f"pragma {p}" for p in {*before.pragmas} ^ {*after.pragmas}} or {"pragmas"}
    return Opinion(
        names.differing - types,
        names.added - types,
        names.removed - types,
        names.known,
        frozenset(types),
    )


def _read(side: Invocation) -> Declarations:
    try:
        return read_declarations(side, _MASKS)
    except NotReadError as error:
        raise NotReadError(f"{side.source.name}: {error}") from error


def _compiled_opinion(
    original: Invocation, result: Invocation, extra: tuple[str, ...]
) -> Opinion | None:
    """Compare with the macros of place masked, or as they are where masks break a program."""
    for masks in (_MASKS, ()):
        texts = [side.output_of((*_SERIAL_IR, *masks, *extra)) for side in (original, result)]
        if texts[0] is not None and texts[1] is not None:
            before, after = definitions(texts[0]), definitions(texts[1])
            return _by_function(_compared(before, after), not original.is_cxx)
    return None


def _compared(before: Mapping[str, Value], after: Mapping[str, Value]) -> Opinion:
    both = before.keys() & after.keys()
    return Opinion(
        frozenset(name for name in both if before[name] != after[name]),
        frozenset(after.keys() - both),
        frozenset(before.keys() - both),
        frozenset(before.keys() | after.keys()),
    )


def _by_function(opinion: Opinion, is_c: bool) -> Opinion:
    """Count the static variables of a C function (``f.count``) as part of it."""
    if not is_c:
        return opinion
    owners = {name: name.split(".")[0] for name in opinion.known if "." in name}
    owners = {name: owner for name, owner in owners.items() if owner in opinion.known}
    inner = frozenset(owners)
    changed = {owners[name] for name in opinion.changed & inner}
    return Opinion(
        opinion.differing - inner | (changed - opinion.added - opinion.removed),
        opinion.added - inner,
        opinion.removed - inner,
        opinion.known - inner,
    )


def _united(one: Opinion, two: Opinion) -> Opinion:
    added, removed = one.added | two.added, one.removed | two.removed
    return Opinion(
        (one.differing | two.differing) - added - removed,
        added,
        removed - added,
        one.known | two.known,
        one.types | two.types,
    )


def _joined(by_ir: Opinion | None, by_ast: Opinion | None) -> Opinion:
    """Return what both readers make of it.

    The IR decides on all that it holds; but where the trees are the same and no type is another,
    the code is the same, and only its emission differs (the life time of an array in braces).
    The trees decide on what is not emitted.
    """
    if by_ir is None or by_ast is None:
        opinion = by_ir or by_ast
        assert opinion is not None
        return opinion
    cleared = frozenset[str]() if by_ast.types else by_ast.known - by_ast.changed
    unseen = by_ast.known - by_ir.known
    return Opinion(
        by_ir.differing - cleared | (by_ast.differing & unseen),
        by_ir.added - cleared | (by_ast.added & unseen),
        by_ir.removed - cleared | (by_ast.removed & unseen),
    )


def _disagreements(by_ir: Opinion, by_ast: Opinion, declared: Set[str]) -> list[str]:
    both = (by_ir.known & by_ast.known) - declared
    out = []
    only_ir = sorted((by_ir.changed - by_ast.changed) & both)
    if only_ir and not by_ast.types:
        out.append(
            f"{', '.join(only_ir)}: the same code to pycparser, but clang emits another; taken "
            "for the same"
        )
    only_ast = sorted((by_ast.changed - by_ir.changed) & both)
    if only_ast:
        out.append(
            f"{', '.join(only_ast)}: written in another way, but clang emits the same; taken for "
            "the same"
        )
    return out


def _plain_name(name: str) -> str:
    """Return the name of a C++ function without its scopes and parameters."""
    found = re.search(r"(~?[A-Za-z_]\w*)(?:<.*>)?\(", name)
    return found[1] if found else name


def _with_readable_names(opinion: Opinion, invocation: Invocation) -> Opinion:
    names = demangled(opinion.changed, invocation.clang)

    def readable(mangled: frozenset[str]) -> frozenset[str]:
        return frozenset(names[name] for name in mangled)

    return Opinion(readable(opinion.differing), readable(opinion.added), readable(opinion.removed))
