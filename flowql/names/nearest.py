"""The nearest names to a misspelled one.

Owns the measure of nearness and the preference for words people say. Knows nothing of what names stand for.
"""

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from typing import Final

# A diagnostic shows the names on one line; more than three is a list to read, not a hint.
NEAREST_MAX: Final = 3

# Below this share of common letters a proposal reads as a guess (`uorb` for `flurb`).
RATIO_MIN: Final = 0.7
# Of three letters one is a third of the word, and `shh` is meant for `ssh`.
SHORT_LENGTH: Final = 3
SHORT_RATIO_MIN: Final = 0.66

# Swapped letters are the commonest slip, and the measure counts them as a letter lost and one gained: `tpc`
# and `tcp` share 0.67. A name made of the same letters is nearer than one with a letter more or less.
SAME_LETTERS_RATIO: Final = 0.95

# The registry holds thousands of names nobody types; a word people say is worth about one letter more.
SAID_BONUS: Final = 0.1

# The first letter is rarely the wrong one.
FIRST_LETTER_BONUS: Final = 0.05

# No name is near a longer text, and the measure is quadratic in its length; registered names have up to 15.
WORD_LENGTH_MAX: Final = 40


def nearest(word: str, names: Iterable[str], said: Collection[str]) -> tuple[str, ...]:
    """Return up to `NEAREST_MAX` of `names` near `word`, nearest first, those in `said` preferred.

    Of names that are as near, those that come first in `names`, as the registry's oldest and best known do.
    """
    if len(word) > WORD_LENGTH_MAX:
        return ()
    # SequenceMatcher remembers its second text, so the word goes there and the names pass through the first.
    least = SHORT_RATIO_MIN if len(word) <= SHORT_LENGTH else RATIO_MIN
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    scored: list[tuple[float, int, str]] = []
    for place, name in enumerate(names):
        matcher.set_seq1(name)
        # The quick ratios, of lengths and of letters, are upper bounds; they mostly spare the real one.
        if matcher.real_quick_ratio() < least or (letters := matcher.quick_ratio()) < least:
            continue
        ratio = SAME_LETTERS_RATIO if letters == 1 else matcher.ratio()
        if ratio >= least:
            bonus = SAID_BONUS * (name in said) + FIRST_LETTER_BONUS * (name[:1] == word[:1])
            scored.append((ratio + bonus, place, name))
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return tuple(name for _, _, name in scored[:NEAREST_MAX])
