# SPDX-License-Identifier: Apache-2.0
"""The shape of a C function: its syntax tree as nested tuples that are equal for equal code.

Braces, empty statements and directives leave no trace in a shape. A local variable is called by the
declaration that it refers to, not by its name, so that braces that are gone cannot make one
variable out of two, and renaming one changes nothing.
"""

from __future__ import annotations

from typing import TypeAlias

from pycparser import c_ast

Part: TypeAlias = "Shape | str | bool | None"
Shape: TypeAlias = tuple[Part, ...]


class Shaper:
    """Makes the shape of one definition; remembers the declarations in scope."""

    def __init__(self) -> None:
        self._scopes: list[dict[str, str]] = []
        self._count = 0

    def function(self, definition: c_ast.FuncDef) -> Shape:
        """Return the shape of a function with its name, type, storage and body."""
        declaration = definition.decl
        head = (*declaration.storage, *declaration.funcspec, str(declaration.name))
        self._scopes.append({})
        type_ = self._function_type(declaration.type)
        old_style = tuple(self.node(d) for d in definition.param_decls or ())
        return (head, type_, old_style, self._items(definition.body.block_items))

    def node(self, node: c_ast.Node | None) -> Shape:
        """Return the shape of an expression, a type or a declaration."""
        match node:
            case None:
                return ()
            case c_ast.ID():
                return ("ID", self._resolved(node.name))
            case c_ast.StructRef():
                return ("StructRef", node.type, self.node(node.name), node.field.name)
            case c_ast.NamedInitializer():
                return ("NamedInitializer", *map(self._designator, node.name), self.node(node.expr))
            case c_ast.Decl():
                return self._declaration(node)
            case c_ast.TypeDecl():
                return ("TypeDecl", *node.quals, self.node(node.type))
            case c_ast.Struct() | c_ast.Union():
                return self._record(node)
            case c_ast.FuncDecl():
                return self._nested_function_type(node)
            case c_ast.Compound():
                return ("Statements", *self._statements(node))
            case _:
                return self._generic(node)

    def _generic(self, node: c_ast.Node) -> Shape:
        attributes = tuple(_value(getattr(node, name)) for name in node.attr_names)
        children = tuple(self.node(child) for _, child in node.children())
        return (type(node).__name__, attributes, children)

    # -- statements ------------------------------------------------------------------------------

    def _items(self, items: list[c_ast.Node] | None) -> Shape:
        """Return the shapes of the statements of a block, those of blocks in it among them."""
        out: list[Part] = []
        self._scopes.append({})
        for item in items or ():
            out += self._statements(item)
        self._scopes.pop()
        return tuple(out)

    def _statements(self, statement: c_ast.Node | None) -> Shape:
        """Return the shapes of the statements that a statement stands for."""
        match statement:
            case None | c_ast.EmptyStatement() | c_ast.Pragma():
                return ()
            case c_ast.Compound():
                return self._items(statement.block_items)
            case c_ast.Label():
                return (("Label", statement.name), *self._statements(statement.stmt))
            case c_ast.Case():
                return (("Case", self.node(statement.expr)), *self._listed(statement.stmts))
            case c_ast.Default():
                return (("Default",), *self._listed(statement.stmts))
            case c_ast.If():
                branches = self._block(statement.iftrue), self._block(statement.iffalse)
                return (("If", self.node(statement.cond), *branches),)
            case c_ast.Switch():
                return (("Switch", self.node(statement.cond), self._block(statement.stmt)),)
            case c_ast.For() | c_ast.While() | c_ast.DoWhile():
                return (self._loop(statement),)
            case _:
                return (self.node(statement),)

    def _listed(self, statements: list[c_ast.Node] | None) -> Shape:
        """Return the shapes after a label of ``switch``, whose scope is that of the block."""
        return tuple(shape for item in statements or () for shape in self._statements(item))

    def _block(self, statement: c_ast.Node | None) -> Shape:
        return self._items(None if statement is None else [statement])

    def _loop(self, loop: c_ast.For | c_ast.While | c_ast.DoWhile) -> Shape:
        self._scopes.append({})
        names = ("init", "cond", "next") if isinstance(loop, c_ast.For) else ("cond",)
        head = tuple(self.node(getattr(loop, name)) for name in names)
        body = self._block(loop.stmt)
        self._scopes.pop()
        return (type(loop).__name__, *head, body)

    # -- declarations ----------------------------------------------------------------------------

    def _declaration(self, declaration: c_ast.Decl) -> Shape:
        storage: Shape = (*declaration.storage, *declaration.funcspec, *declaration.quals)
        storage += tuple(self.node(a) for a in declaration.align or ())
        type_ = self.node(declaration.type)
        name = self._declared(declaration)
        width, initial = self.node(declaration.bitsize), self.node(declaration.init)
        return ("Decl", storage, name, type_, width, initial)

    def _declared(self, declaration: c_ast.Decl) -> str:
        """Bind a local name; functions and ``extern`` variables keep theirs."""
        name = str(declaration.name)
        is_local = self._scopes and declaration.name is not None
        if not is_local:
            return name
        if "extern" in declaration.storage or isinstance(declaration.type, c_ast.FuncDecl):
            self._scopes[-1][name] = name
            return name
        self._count += 1
        self._scopes[-1][name] = f"local {self._count}"
        return self._scopes[-1][name]

    def _resolved(self, name: str) -> str:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return name

    def _record(self, record: c_ast.Struct | c_ast.Union) -> Shape:
        """Return a record; the names of its members are no variables."""
        members = tuple(
            (str(getattr(m, "name", None)), self.node(m.type), self.node(m.bitsize))
            if isinstance(m, c_ast.Decl)
            else self.node(m)
            for m in record.decls or ()
        )
        return (type(record).__name__, record.name, record.decls is not None, members)

    def _function_type(self, type_: c_ast.FuncDecl) -> Shape:
        """Return result and parameters, which are bound in the scope there is."""
        parameters = tuple(self.node(p) for p in (type_.args.params if type_.args else ()))
        return ("FuncDecl", self.node(type_.type), parameters)

    def _nested_function_type(self, type_: c_ast.FuncDecl) -> Shape:
        """Return the type of a function that is declared or pointed to."""
        self._scopes.append({})
        shape = self._function_type(type_)
        self._scopes.pop()
        return shape

    def _designator(self, node: c_ast.Node) -> Shape:
        return (".", node.name) if isinstance(node, c_ast.ID) else ("[]", self.node(node))


def _value(value: object) -> Part:
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    return None if value is None else str(value)
