"""`python -m bench peers|ingest|search|language|export|stages|fuzz|screens`.

Runs a benchmark, tries texts without number, or takes pictures of the shell's screen. Owns the command line
and the exit code: 0 when every answer was right, 1 when one was not, 2 for wrong usage.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import export, fuzz, growth, ingest, language, peers, search, stages
from bench.machine import facts
from bench.results import Results
from flowql.demo.traffic import Traffic

_PROJECT = Path(__file__).resolve().parent.parent
_BENCHES = {
    "ingest": ingest.run,
    "search": search.run,
    "language": language.run,
    "export": export.run,
    "stages": stages.run,
}
_RECORDS_MIN = 10_000
"""Smaller logs have too few busy ports to ask each run for another."""
_RECORDS, _GROWTH_RECORDS = 10_000_000, 100_000_000
_RUNS = {"peers": 7, "ingest": 3, "search": 7, "language": 7, "export": 5, "stages": 5}
_SEEDS = {"peers": 7, "fuzz": 1}


def main(arguments: Sequence[str]) -> int:
    """Run one benchmark; its exit code."""
    options = _options(arguments)
    if options.bench == "fuzz":
        return fuzz.run(options.texts, options.seed)
    if options.bench == "screens":
        # Loaded here: the benchmarks run without what drives a terminal.
        from bench.screens import run  # noqa: PLC0415

        return run(options.only)
    results = Results(facts(options.records), options.only)
    runs = options.runs or _RUNS[options.bench]
    if options.bench == "peers":
        traffic = Traffic(options.records, skew=options.skew)
        if options.growth:
            growth.run(results, traffic, runs, options.cache, options.seed)
        else:
            peers.run(results, traffic, runs, options.cache, options.seed, keep=options.keep)
    else:
        _BENCHES[options.bench](results, options.records, runs, options.cache)
    sys.stderr.write(results.table())
    return 1 if results.refusals else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description="Measure FlowQL beside its peers.")
    parser.add_argument("bench", choices=["peers", *_BENCHES, "fuzz", "screens"])
    parser.add_argument("--records", type=_record_count, help="records of each log (default: 10 million)")
    parser.add_argument("--runs", type=_positive, help="runs of each (default: 3, 5 or 7, by benchmark)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only what has TEXT in its name")
    parser.add_argument(
        "--cache",
        type=Path,
        default=_PROJECT / ".cache" / "bench",
        metavar="DIR",
        help="folder for logs, kept, and stores, made anew (default: .cache/bench of the project)",
    )
    parser.add_argument("--texts", type=_positive, default=1_000_000, help="fuzz: how many texts")
    parser.add_argument("--seed", type=int, help="peers, fuzz: what literals or texts are drawn from")
    parser.add_argument("--skew", type=float, default=1.0, help="peers: how unequal hosts are in the log")
    parser.add_argument("--keep", action="store_true", help="peers: keep the stores, and use kept ones")
    parser.add_argument(
        "--growth", action="store_true", help="peers: a hundredth, a tenth and all of 100 million records"
    )
    options = parser.parse_args(arguments)
    options.seed = _SEEDS.get(options.bench) if options.seed is None else options.seed
    options.records = options.records or (_GROWTH_RECORDS if options.growth else _RECORDS)
    return options


def _positive(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _record_count(text: str) -> int:
    if (number := _positive(text)) < _RECORDS_MIN:
        raise argparse.ArgumentTypeError(f"must be at least {_RECORDS_MIN:,}")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
