# SPDX-License-Identifier: Apache-2.0
"""The C text of a driver, which is put after the text of the function's file."""

from __future__ import annotations

from collections.abc import Iterator

from s2s.verify.function.signature import BufferInput, Role, ScalarInput, Signature

RENAMED_MAIN = "-Dmain=s2s_harness_main_of_the_program"
"""The argument that lets a file with a main of its own have the driver's as well."""

RETURNED = "returned"
_TEXT = '"s2s"'


def driver_text(signature: Signature) -> bytes:
    """Return the driver of a function: statements that follow its file."""
    lines = [
        "",
        "#undef main",
        "static void s2s_harness_globals(void)",
        "{",
        *(f"    {line}" for line in _globals(signature)),
        "}",
        "static void s2s_harness_keep_globals(void)",
        "{",
        *(f"    {line}" for line in _kept(signature)),
        "}",
        "int main(int s2s_argc, char **s2s_argv)",
        "{",
        "    s2s_harness_open(s2s_argc, s2s_argv);",
        "    while (s2s_harness_next()) {",
        "        s2s_harness_globals();",
        *(f"        {line}" for line in _parameters(signature)),
        *(f"        {line}" for line in _call(signature)),
        "        s2s_harness_keep_globals();",
        "        s2s_harness_end();",
        "    }",
        "    return s2s_harness_close();",
        "}",
        "",
    ]
    return "\n".join(lines).encode()


def outputs_of(signature: Signature) -> tuple[tuple[str, str], ...]:
    """Return name and kind of everything that a driver writes in each case."""
    out = [
        (i.symbol.name, i.element.kind)
        for i in signature.inputs if i.is_written
    ]  # fmt: skip
    if signature.returned is not None:
        out.append((RETURNED, signature.returned.kind))
    return tuple(out)


def _globals(signature: Signature) -> Iterator[str]:
    first = len(signature.parameters)
    for number, given in enumerate(signature.globals, first):
        name = given.symbol.name
        if isinstance(given, ScalarInput):
            yield f"{name} = {_scalar(number, given)};"
        elif given.extent:
            arguments = f'{number}, "{name}", "{given.element.kind}", {given.role.value}'
            at = f"(void *)&{name}, {given.extent}"
            yield f"s2s_harness_fill({arguments}, {int(given.is_written)}, {at});"
        else:
            yield f"{name} = {_buffer(number, given)};"


def _kept(signature: Signature) -> Iterator[str]:
    for given in signature.globals:
        if isinstance(given, ScalarInput) and given.is_written:
            name = given.symbol.name
            yield f's2s_harness_keep("{name}", "{given.element.kind}", (void *)&{name}, 1);'


def _parameters(signature: Signature) -> Iterator[str]:
    """Yield the declarations of the arguments: lengths speak of numbers, which come first."""
    numbered = list(enumerate(signature.parameters))
    for number, given in numbered:
        if isinstance(given, ScalarInput):
            name = given.symbol.name
            yield f"{given.element.c_type} {name} = {_scalar(number, given)};"
    for number, given in numbered:
        if isinstance(given, BufferInput):
            yield f"void *{given.symbol.name} = {_buffer(number, given)};"


def _call(signature: Signature) -> Iterator[str]:
    names = ", ".join(given.symbol.name for given in signature.parameters)
    call = f"{signature.function.name}({names});"
    element = signature.returned
    if element is None:
        yield f"(void){call}"
        return
    yield f"{element.c_type} s2s_returned = {call}"
    yield f's2s_harness_keep("{RETURNED}", "{element.kind}", &s2s_returned, 1);'


def _scalar(number: int, given: ScalarInput) -> str:
    getter = "real" if given.element.kind[0] == "f" else "integer"
    return f"({given.element.c_type})s2s_harness_{getter}({number})"


def _buffer(number: int, given: BufferInput) -> str:
    if given.is_text and given.role is Role.VALUES:
        return f"(void *){_TEXT}"
    declared = f"s2s_harness_length((long)({given.declared}))" if given.declared else "-1"
    kind = f'"{given.element.kind}", {given.element.parts}'
    return (
        f's2s_harness_buffer({number}, "{given.symbol.name}", {kind}, {given.role.value}, '
        f"{int(given.is_written)}, {declared})"
    )
