"""`python -m fuzzing --seed N --first N --texts N`: check a batch of texts; what was found is one line of JSON."""

import argparse
import json
import sys

from fuzzing.batch import check_batch


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m fuzzing")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--texts", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    options = _options()
    batch = check_batch(options.seed, range(options.first, options.first + options.texts))
    sys.stdout.write(json.dumps(batch.as_dict()) + "\n")
