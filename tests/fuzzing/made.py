"""Texts by number: derived from the grammar's rules, or known texts mutated.

Owns the choice, which the seed and the number decide alone. Knows nothing of what has to hold of a text.
"""

from collections.abc import Sequence
from functools import cache
from random import Random

from lark.grammar import NonTerminal, Rule

from flowql.syntax.parser import grammar_parser
from fuzzing.words import PIECES, SAMPLES
from golden.corpus import texts

_LENGTH_MAX = 400
"""Characters of a text that is mutated further: joins would grow without end."""
_DEPTH_MAX = 12
_DERIVED_SHARE = 0.35
_PLAIN_SHARE = 0.1
"""Known texts that are taken as they are."""
_MUTATIONS_MAX = 4
_SPAN_MAX = 8
_REFUSED_KEPT_SHARE = 0.15
"""How often a rule that is read only to be refused is taken where another could be."""


def text_of(seed: int, number: int) -> str:
    """The text of that number."""
    chance = Random(f"{seed}/{number}")  # noqa: S311 - the same texts every time
    share = chance.random()
    if share < _PLAIN_SHARE:
        return chance.choice(_known())
    text = _derived(chance) if share < _PLAIN_SHARE + _DERIVED_SHARE else chance.choice(_known())
    if share < _PLAIN_SHARE + _DERIVED_SHARE / 2:
        return text
    for _ in range(chance.randint(1, _MUTATIONS_MAX)):
        text = _mutated(chance, text)
    return text


@cache
def _known() -> tuple[str, ...]:
    return tuple(texts())


# ---- from the grammar


@cache
def _rules() -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in grammar_parser().rules:
        rules.setdefault(rule.origin.name, []).append(rule)
    terminals = {terminal.name for terminal in grammar_parser().terminals} - {"BLANK", "COMMENT"}
    assert terminals == set(SAMPLES), (
        f"terminals without samples, or the other way: {terminals ^ set(SAMPLES)}"
    )
    return rules


@cache
def _heights() -> dict[str, int]:
    """How many rules deep each rule must go at least."""
    heights: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for name, rules in _rules().items():
            found = [height for rule in rules if (height := _height(rule, heights)) is not None]
            if found and heights.get(name, min(found) + 1) > min(found):
                heights[name] = min(found)
                changed = True
    return heights


def _height(rule: Rule, heights: dict[str, int]) -> int | None:
    parts = [heights.get(part.name) for part in rule.expansion if isinstance(part, NonTerminal)]
    known = [part for part in parts if part is not None]
    return 1 + max(known, default=0) if len(known) == len(parts) else None


def _derived(chance: Random) -> str:
    """A text that a derivation from the first rule gives, blanks between its terminals or not."""
    words: list[str] = []
    waiting: list[tuple[str, int, bool]] = [("query", 0, False)]
    while waiting:
        name, depth, is_terminal = waiting.pop()
        if is_terminal:
            words.append(chance.choice(SAMPLES[name]))
            words.append(chance.choice(("", " ", " ", " ")) if name not in _TIGHT else "")
            continue
        rule = _chosen(chance, _rules()[name], depth)
        waiting += [(part.name, depth + 1, part.is_term) for part in reversed(rule.expansion)]
    return "".join(words)[: 4 * _LENGTH_MAX]


_TIGHT = frozenset(
    (
        "RANGE",
        "RANGE_UP",
        "RANGE_DOWN",
        "MINUS",
        "EXCLUDED",
        "DESCENDING",
        "NEGATIVE",
        "HOST",
        "MATCH",
        "PLUS",
        "CALL",
    )
)


def _chosen(chance: Random, rules: Sequence[Rule], depth: int) -> Rule:
    if depth > _DEPTH_MAX:
        heights = _heights()
        return min(rules, key=lambda rule: _height(rule, heights) or 0)
    taken = chance.choice(rules)
    if (
        any(part.name.startswith("refused") for part in taken.expansion)
        and chance.random() > _REFUSED_KEPT_SHARE
    ):
        taken = chance.choice(rules)
    return taken


# ---- from known texts


def _mutated(chance: Random, text: str) -> str:
    """The text with one piece deleted, doubled, swapped, put in, exchanged, cut off, or another text joined on."""
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.randint(0, _SPAN_MAX))
    match chance.randrange(8):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + text[start:]
        case 2:
            words = text.split(" ")
            first, second = chance.randrange(len(words)), chance.randrange(len(words))
            words[first], words[second] = words[second], words[first]
            return " ".join(words)
        case 3 | 4:
            return text[:start] + chance.choice(PIECES) + text[start:]
        case 5:
            return text[:start] + chance.choice(PIECES) + text[end:]
        case 6:
            return text[:start] if chance.random() < 0.5 else text[start:]
        case _:
            other = chance.choice(_known())
            joint = chance.choice((" ", " AND ", " OR ", " | ", "", "\n", " NOT "))
            return (text[:start] + joint + other[chance.randint(0, len(other)) :])[:_LENGTH_MAX]
