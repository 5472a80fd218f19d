"""Whether a predicate holds for a record: two-valued, false on missing, `Not` the complement."""

from collections.abc import Sequence

from flowql.plan import predicates
from flowql.plan.predicates import Predicate
from flowql.schema import Kind
from flowql.values import format_address, format_epoch, lower_ascii, tokens
from oracle.records import Record


def holds(predicate: Predicate, record: Record) -> bool:
    """Whether `record` is one for which the predicate is true."""
    match predicate:
        case predicates.Everything():
            return True
        case predicates.Nothing():
            return False
        case predicates.Not(item):
            return not holds(item, record)
        case predicates.And(items):
            return all(holds(item, record) for item in items)
        case predicates.Or(items):
            return any(holds(item, record) for item in items)
        case _:
            value = record.get(predicate.field.name)
            return value is not None and _leaf_holds(predicate, value)


def _leaf_holds(leaf: predicates.Leaf, value: int | str) -> bool:
    match leaf:
        case predicates.Exists():
            return True
        case predicates.InRanges(_, ranges):
            assert isinstance(value, int)
            return any(low <= value <= high for low, high in ranges)
        case predicates.TextEquals(_, values):
            return lower_ascii(str(value)) in {lower_ascii(each) for each in values}
        case predicates.HasTokens(_, text):
            whole, wanted = lower_ascii(str(value)), lower_ascii(text)
            return whole == wanted or _in_a_row(tokens(wanted), tokens(whole))
        case predicates.Like(field, pattern, wildcards):
            return _covers(pattern, wildcards, printed(value, field.kind))
        case predicates.TokenLike(field, pattern, wildcards):
            whole = printed(value, field.kind)
            return any(_covers(pattern, wildcards, text) for text in (whole, *tokens(whole)))
        case _:
            raise AssertionError(f"no such predicate: {leaf}")


def printed(value: int | str, kind: Kind) -> str:
    """A value as a record prints it."""
    match kind:
        case Kind.ADDRESS:
            return format_address(int(value))
        case Kind.TIME:
            return format_epoch(int(value))
        case _:
            return str(value)


def _in_a_row(wanted: Sequence[str], present: Sequence[str]) -> bool:
    """Whether `wanted`, which must hold something, stands in `present` one after another."""
    count = len(wanted)
    return count > 0 and any(present[i : i + count] == wanted for i in range(len(present) - count + 1))


def _covers(pattern: str, wildcards: Sequence[int], text: str) -> bool:
    """Whether the pattern covers all of `text`: the textbook table of prefixes against prefixes."""
    text = lower_ascii(text)
    reach = [True] + [False] * len(text)
    for place, character in enumerate(lower_ascii(pattern)):
        wild = character if place in wildcards else ""
        after = [reach[0] and wild == "*"]
        for i, letter in enumerate(text):
            match wild:
                case "*":
                    after.append(reach[i + 1] or after[i])
                case "?":
                    after.append(reach[i])
                case _:
                    after.append(reach[i] and letter == character)
        reach = after
    return reach[-1]
