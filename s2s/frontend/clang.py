# SPDX-License-Identifier: Apache-2.0
"""The C/C++ front end: libclang, parsed once, walked once, turned into IR.

The file is parsed without ``-fopenmp`` (captured bodies are not visited with it) and with a
preamble, so that parsing the file again after an edit takes milliseconds. An error silently
deletes parts of the tree, so a function with an error inside is marked and never touched.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from clang import cindex
from clang.cindex import CursorKind as K

from s2s.diagnostics import Remark, RemarkKind
from s2s.errors import FrontendError
from s2s.frontend.clang_convert import Converter
from s2s.frontend.clang_symbols import Symbols
from s2s.frontend.libclang import Node, RawCursor, Tree
from s2s.frontend.pragmas import find_pragmas
from s2s.frontend.templates import declaration_begin, without_templates
from s2s.ir.program import Compound, Function, Program, Variable
from s2s.source import SourceFile, Span
from s2s.toolchain.discover import find_resource_dir

_ERROR, _FATAL = 3, 4
# PrecompiledPreamble | CreatePreambleOnFirstParse | KeepGoing
_OPTIONS = 0x04 | 0x100 | 0x200
_CXX_SUFFIXES = frozenset({".cc", ".cp", ".cxx", ".cpp", ".c++", ".C", ".hpp", ".hh", ".hxx"})
_TEMPLATE_ROUNDS = 4
_CONTAINERS = frozenset({K.NAMESPACE.value, K.LINKAGE_SPEC.value, K.UNEXPOSED_DECL.value})


class ClangFrontend:
    """Parses C and C++ files; keeps the translation unit for cheap parsing after an edit."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, tuple[str, ...]], cindex.TranslationUnit] = {}

    def parse(self, source: SourceFile, arguments: tuple[str, ...]) -> Program:
        """Parse a file.

        Raises:
            FrontendError: a header is missing, an error stands outside every function, or no
                function is free of errors.
        """
        unit = self._unit(source, arguments)
        errors = _errors(unit, source)
        tree = Tree(unit, source.path, source.content)
        content = source.content
        is_cxx = source.path.suffix in _CXX_SUFFIXES
        if is_cxx and not errors:
            tree, content = self._without_templates(tree, source, arguments)
        symbols = Symbols(tree)
        converter = Converter(tree, symbols, source.path, content)
        functions: list[Function] = []
        variables: list[Variable] = []
        for cursor in _declarations(tree):
            if cursor.kind == K.FUNCTION_DECL.value:
                function = _function(tree.build(cursor), tree, symbols, converter, errors)
                if function is not None:
                    begin = declaration_begin(source.content, function.span.begin)
                    span = Span(begin, function.span.end)
                    functions.append(replace(function, span=span) if is_cxx else function)
            elif cursor.kind == K.VAR_DECL.value:
                variables.append(converter.variable(tree.build(cursor)))
        remarks = _judge_errors(errors, functions, source)
        return Program(
            source,
            tuple(functions),
            tuple(variables),
            find_pragmas(source.content),
            remarks,
            "c++" if is_cxx else "c",
            "size_t" if tree.has_size_type else "unsigned long",
        )

    def _without_templates(
        self, tree: Tree, source: SourceFile, arguments: tuple[str, ...]
    ) -> tuple[Tree, bytes]:
        """Return the tree of the text in which templates are functions, as far as they can be.

        What a template calls is known only once it is a function itself.
        """
        content = source.content
        for _ in range(_TEMPLATE_ROUNDS):
            changed = without_templates(tree, content)
            if changed == content:
                break
            made = self._unit(SourceFile(source.path, changed), arguments)
            if any(d.severity >= _ERROR for d in made.diagnostics):
                made = self._unit(SourceFile(source.path, content), arguments)
                return Tree(made, source.path, content), content
            content = changed
            tree = Tree(made, source.path, content)
        return tree, content

    def _unit(self, source: SourceFile, arguments: tuple[str, ...]) -> cindex.TranslationUnit:
        key = (str(source.path), arguments)
        text = source.content.decode("utf-8")
        unsaved = [(str(source.path), text)]
        unit = self._units.get(key)
        if unit is not None:
            unit.reparse(unsaved, _OPTIONS)
            return unit
        try:
            unit = cindex.Index.create().parse(
                str(source.path), _full_arguments(arguments), unsaved, _OPTIONS
            )
        except cindex.TranslationUnitLoadError as error:
            raise FrontendError(
                "the compiler front end could not read the file",
                path=source.path,
                hint="check the options after '--'",
            ) from error
        self._units[key] = unit
        return unit


def _full_arguments(arguments: tuple[str, ...]) -> list[str]:
    out = ["-fno-openmp", "-Wno-everything", "-ferror-limit=0", "-fbracket-depth=4096"]
    resources = find_resource_dir()
    if resources is not None:
        out.append(f"-resource-dir={resources}")
    else:
        out += ["-isystem", str(Path(__file__).parent / "include")]
    return out + list(arguments)


def _declarations(tree: Tree) -> list[RawCursor]:
    """Return file-scope declarations, those inside namespaces and linkage blocks included."""
    out: list[RawCursor] = []
    for cursor in tree.top_level():
        if cursor.kind in _CONTAINERS:
            out.extend(_nested(tree.build(cursor)))
        else:
            out.append(cursor)
    return out


def _nested(node: Node) -> list[RawCursor]:
    out: list[RawCursor] = []
    for child in node.children:
        if child.kind in _CONTAINERS:
            out.extend(_nested(child))
        else:
            out.append(child.cursor)
    return out


def _errors(unit: cindex.TranslationUnit, source: SourceFile) -> list[tuple[int, str]]:
    """Return (offset, message) of the errors in the main file.

    Raises:
        FrontendError: a header is missing or broken.
    """
    found: list[tuple[int, str]] = []
    main = os.path.realpath(source.path)
    for diagnostic in unit.diagnostics:
        if diagnostic.severity < _ERROR:
            continue
        place = diagnostic.location
        name = place.file.name if place.file else None
        if diagnostic.severity >= _FATAL and "file not found" in diagnostic.spelling:
            raise FrontendError(
                diagnostic.spelling,
                path=name or source.path,
                line=place.line or None,
                hint="give the include path after '--' (-- -Iinclude), or -p DIR for a "
                "compile_commands.json",
            )
        if name is None:
            raise FrontendError(diagnostic.spelling, path=source.path)
        if os.path.realpath(name) != main:
            raise FrontendError(
                diagnostic.spelling,
                path=name,
                line=place.line,
                hint="the header does not compile with these options; give -D, -I and -std "
                "after '--'",
            )
        found.append((place.offset, diagnostic.spelling))
    return found


def _judge_errors(
    errors: list[tuple[int, str]], functions: list[Function], source: SourceFile
) -> tuple[Remark, ...]:
    """Turn errors inside functions into remarks; refuse the file for any other error."""
    remarks: list[Remark] = []
    for offset, message in errors:
        inside = [f for f in functions if f.span.begin <= offset < f.span.end]
        if not inside or all(f.has_errors for f in functions):
            raise FrontendError(
                message,
                path=source.path,
                line=source.line(min(offset, len(source.content))),
                hint="s2s needs a file that compiles; give -D, -I and -std after '--'",
            )
        remarks.append(
            Remark(
                RemarkKind.MISSED,
                "S2S101",
                Span(offset, offset + 1),
                f"function '{inside[0].name}' is left alone: it does not compile: {message}",
                help="the rest of the file is translated; give missing -D, -I, -std after '--'",
                function=inside[0].name,
            )
        )
    return tuple(remarks)


def _function(
    node: Node, tree: Tree, symbols: Symbols, converter: Converter, errors: list[tuple[int, str]]
) -> Function | None:
    """Convert a function definition; None for a mere declaration."""
    bodies = [c for c in node.children if c.kind == K.COMPOUND_STMT.value]
    if len(bodies) != 1:
        return None
    body = converter.statement(bodies[0])
    assert isinstance(body, Compound)
    parameters = [converter.variable(c) for c in node.children if c.kind == K.PARM_DECL.value]
    span = Span(node.begin, node.end)
    return Function(
        symbols.symbol(node.cursor),
        tuple(parameters),
        body,
        span,
        symbols.is_static_function(node.cursor),
        bool(tree.library.is_variadic(node.cursor)),
        any(span.begin <= offset < span.end for offset, _ in errors),
        symbols.type(tree.library.result_type(node.cursor)),
    )
