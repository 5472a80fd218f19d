r"""Commands about saved queries: `\save`, `\run`, `\list`."""

import re
import shlex
from dataclasses import fields, is_dataclass
from typing import Any

from flowql.errors import UsageError, printable
from flowql.shell.commands.command import Command, Completes
from flowql.shell.desk import Desk
from flowql.shell.saved import save_query, saved_folder, saved_names, saved_query
from flowql.syntax.canonical import canonical
from flowql.syntax.nodes import Parameter
from flowql.syntax.parser import parse

_PARAMETER = re.compile(r"[^\W\d]\w*")
"""What the language can write after `$`."""


def _save(desk: Desk, argument: str) -> None:
    name, _, text = argument.partition(" ")
    if not name:
        raise UsageError("a name is needed", hint=r"write: \save ssh-rejects")
    text, _ = desk.going_on(text.strip())
    query = canonical(parse(text)) if text else desk.previous
    if query is None:
        raise UsageError("no query has run yet", hint=rf"name one: \save {name} action:REJECT")
    before = save_query(saved_folder(), name, query)
    desk.say(printable(f"{name}: {query}") + _needs(query))
    if before not in (None, query):
        desk.say(printable(f"instead of: {before}"))


def _run(desk: Desk, argument: str) -> None:
    try:
        name, *pairs = shlex.split(argument) or [""]
    except ValueError as error:
        raise UsageError(f"a quote is open in {argument}", hint="close it, or put \\ before it") from error
    if not name:
        raise UsageError(
            "a name is needed", hint=f"saved: {', '.join(saved_names(saved_folder())) or 'none'}"
        )
    query = saved_query(saved_folder(), name)
    params = _parameters(pairs)
    known = parameters_of(query)
    missing = [each for each in known if each not in params]
    if missing:
        given = " ".join(f"{each}=VALUE" for each in known)
        raise UsageError(
            f"{name} needs {', '.join(f'${each}' for each in missing)}", hint=rf"write: \run {name} {given}"
        )
    desk.search(query, params)


def _list(desk: Desk, argument: str) -> None:
    if argument:
        raise UsageError(rf"\list takes nothing, found {argument!r}", hint=rf"\run {argument} runs a query")
    folder = saved_folder()
    names = saved_names(folder)
    if not names:
        desk.say(r"no query is saved; \save NAME keeps the previous one")
        return
    width = max(map(len, names))
    desk.show_lines([f"{name:<{width}}  {saved_query(folder, name)}" for name in names])
    desk.say(printable(str(folder)))


def parameters_of(query: str) -> tuple[str, ...]:
    """The names of the parameters of a query, in its order, each once."""
    return tuple(dict.fromkeys(_parameter_names(parse(query))))


def _parameter_names(node: Any) -> list[str]:
    match node:
        case Parameter(name):
            return [name]
        case tuple():
            return [name for each in node for name in _parameter_names(each)]
        case _ if is_dataclass(node):
            return [name for each in fields(node) for name in _parameter_names(getattr(node, each.name))]
        case _:
            return []


def _parameters(pairs: list[str]) -> dict[str, str | list[str]]:
    """The value of each name; several where it is given several times."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not _PARAMETER.fullmatch(name):
            raise UsageError(
                f'expected name=value, found "{pair}"', hint=r"write: \run logins port=22 port=3389"
            )
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _needs(query: str) -> str:
    names = parameters_of(query)
    return f" (needs {', '.join(f'${each}' for each in names)})" if names else ""


COMMANDS = (
    Command(
        "save",
        "name [query]",
        "Keep a query, or the previous one, under a name.\n\n"
        r"$name in it is a value that \run gives. One kept under the name before is replaced, and told.",
        r"\save from-net srcaddr:$net action:REJECT",
        Completes.SAVED,
        _save,
    ),
    Command(
        "run",
        "name [parameter=value...]",
        "Run a saved query.\n\n"
        "A parameter that is given several times is a set. Quote a value that has blanks.",
        r"\run from-net net=10.0.0.0/8",
        Completes.SAVED,
        _run,
    ),
    Command("list", "", "The saved queries.", r"\list", Completes.NOTHING, _list),
)
