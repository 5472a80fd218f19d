"""The loop between the keyboard and a session.

Owns the beginning and the end of a session. Does not know what is typed.
"""

from typing import Protocol

from flowql import __version__
from flowql.shell.completer import CompletingEngine, QueryCompleter
from flowql.shell.history import history_path, open_history
from flowql.shell.prompt import make_prompt
from flowql.shell.session import QueryEngine, Session


class ShellEngine(QueryEngine, CompletingEngine, Protocol):
    """What the shell needs of an engine."""


def run_shell(engine: ShellEngine) -> None:
    """Take queries from the terminal until the user leaves. Raises what the store's first look raises."""
    record_count = sum(topic.rows for topic in engine.topics())
    session = Session(engine)
    session.say(rf"FlowQL {__version__}, {record_count:,} records. \? helps, Ctrl-D leaves.")
    prompt = make_prompt(open_history(history_path()), QueryCompleter(engine))
    while not session.is_over:
        try:
            session.take(prompt.prompt())
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
