"""The process of one reading: `python -m bench.stages_reader ORDER`, which is JSON, as is what it prints.

Owns the clock and the sampling of memory while a query's batches are read, of which none is kept. Imports
nothing of the peer.
"""

import json
import sys
import time
from pathlib import Path

from bench.machine import anonymous_bytes
from bench.memory import PeakMemory
from flowql.engine import open_engine
from flowql.errors import LimitError


def _main() -> None:
    order = json.loads(sys.argv[1])
    limit, rows = None, 0
    with open_engine(Path(order["store"])) as engine:
        engine.topics()
        idle_bytes = anonymous_bytes()
        with PeakMemory() as memory:
            begin = time.perf_counter()
            try:
                for batch in engine.search(order["query"]).batches():
                    rows += len(batch)
            except LimitError as error:
                limit = error.limit_name
            seconds = time.perf_counter() - begin
    told = {
        "seconds": seconds,
        "peak_bytes": memory.peak_bytes,
        "idle_bytes": idle_bytes,
        "rows": rows,
        "limit": limit,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main()
