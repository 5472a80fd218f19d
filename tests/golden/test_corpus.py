"""What holds of all golden files: the table of kinds and operators is full, every text goes round."""

import pytest

from flowql.syntax.canonical import canonical
from golden.corpus import FORMS, SORTS, cells_of, is_bound, missing_answers, parsed, texts
from golden.printing import NOTHING

_UNORDERED = (">", ">=", "<", "<=", "range")
REFUSED = {
    *((sort, form) for sort in ("text", "zone", "service") for form in _UNORDERED),
    *((sort, form) for sort in ("time", "quotient") for form in ("wildcard", "~", "!~")),
}
"""What a sort of field does not do: text has no order, times and quotients are not matched as they are printed."""


def test_every_sort_of_field_meets_every_form_of_clause() -> None:
    """No cell of the table is empty, and each is answered or refused as the language says."""
    empty = []
    for sort in SORTS:
        cells = set(cells_of(sort))
        for form in FORMS:
            outcome = "refused" if form == "wrong type" or (sort, form) in REFUSED else "answered"
            if (form, outcome) not in cells:
                empty.append(f"{sort} {form}: no golden query has it {outcome}")
            if outcome == "refused" and (form, "answered") in cells:
                empty.append(f"{sort} {form}: is answered, but is to be refused")
    assert not empty, "\n".join(empty)


@pytest.mark.parametrize("sort", SORTS)
def test_the_records_of_a_sort_have_missing_values(sort: str) -> None:
    """An operator that meets no missing value proves little."""
    answers = list(missing_answers(sort))
    assert answers
    assert NOTHING not in answers


def test_every_text_that_parses_prints_as_a_text_that_prints_the_same() -> None:
    """Parse, print, parse, print: of every text in a golden file or a document."""
    for text in texts():
        query = parsed(text)
        if query is not None:
            printed = canonical(query)
            again = parsed(printed)
            assert again is not None, f"{text}\nprints as what does not parse: {printed}"
            assert canonical(again) == printed, text


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_every_prefix_is_a_query_or_has_a_diagnostic(step: int) -> None:
    """No beginning of any text brings parser or binder to an exception of another kind."""
    prefixes = {text[:length] for text in texts() for length in range(len(text) + 1)}
    outcomes = {is_bound(prefix) for prefix in sorted(prefixes)[::step]}
    assert outcomes == {True, False}, "some prefixes are queries, and some are not"
