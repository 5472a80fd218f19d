"""Text predicates over texts that were made for rows, not looked up.

Owns the answers of the predicates on text for an array of texts, where there is neither a dictionary nor a
vocabulary: computed fields. What a predicate means is said in plan/predicates.py.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flowql.plan.predicates import (
    Exists,
    FieldLeaf,
    HasTokens,
    InValues,
    Like,
    Matches,
    TextEquals,
    TokenLike,
)
from flowql.store.patterns import any_token_pattern, consecutive_pattern, matching_regex, whole_pattern
from flowql.values import lower_ascii


def texts_hold(leaf: FieldLeaf, texts: pa.StringArray) -> NDArray[np.bool_]:
    """For each text whether the predicate holds; false where it is missing."""
    held = _held(leaf, texts)
    return np.asarray(pc.fill_null(held, False) if held.null_count else held)  # noqa: FBT003 - Arrow's signature


def _held(leaf: FieldLeaf, texts: pa.StringArray) -> Any:
    match leaf:
        case Exists():
            return texts.is_valid()
        case TextEquals(_, values):
            return _equals(texts, pa.array(map(lower_ascii, values), pa.string()))
        case InValues(_, values):
            return _equals(texts, values)
        case HasTokens(_, text):
            pattern = consecutive_pattern(text)
            whole = _equals(texts, pa.array([lower_ascii(text)], pa.string()))
            return whole if pattern is None else pc.or_(whole, pc.match_substring_regex(texts, pattern))
        case Like(_, pattern, wildcards):
            return pc.match_substring_regex(texts, whole_pattern(pattern, wildcards))
        case TokenLike(_, pattern, wildcards):
            whole = pc.match_substring_regex(texts, whole_pattern(pattern, wildcards))
            return pc.or_(whole, pc.match_substring_regex(texts, any_token_pattern(pattern, wildcards)))
        case Matches(_, regex):
            return matching_regex(texts, regex)
        case _:
            raise AssertionError(leaf)


def _equals(texts: pa.StringArray, lowered: pa.StringArray) -> Any:
    return pc.is_in(pc.ascii_lower(texts), lowered)
