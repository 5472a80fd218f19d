"""A shell over an engine that takes half a minute for `slow`, and notices nothing meanwhile."""

import sys
import time
from pathlib import Path
from typing import Any

import flowql
from flowql.shell.loop import run_shell


class SlowEngine(flowql.Engine):
    """Searches as any engine does, but for one word."""

    def search(self, query: str, **options: Any) -> flowql.Result:
        """The answer, late."""
        if query == "slow":
            time.sleep(30)
        return super().search(query, **options)


if __name__ == "__main__":
    run_shell(SlowEngine(Path(sys.argv[1])))
