"""Completion: from what the grammar allows at the cursor to the texts that may stand there.

Owns the choice among the readings of a text, the order of what is proposed (what people type most first), and
the words of the language. Fields and columns are in `complete_names`, the values of fields in
`complete_values`, times in `complete_times`. Nothing here raises for any text.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from flowql.errors import FlowqlError
from flowql.names import ZONE_NAMES
from flowql.plan.bind.fields import find_target
from flowql.plan.candidates import Around, Candidate, CandidateKind, Source, around
from flowql.plan.complete_names import aggregates, columns, fields, operators
from flowql.plan.complete_times import days, durations, hours, time_zones, times, written_day
from flowql.plan.complete_values import ends, terms, values
from flowql.plan.given import NOTHING_GIVEN, Given, ParameterValue
from flowql.schema import Kind, TopicName
from flowql.syntax.build_endpoints import ANY
from flowql.syntax.completion import places_at
from flowql.syntax.expected import Expectation, Expected
from flowql.syntax.writing import written_topic

CANDIDATE_COUNT_MAX = 100
"""Candidates for one place: nobody reads on; another letter shows the others."""
_DETAIL_LENGTH_MAX = 40

_WORDS = {
    "AND": "both hold",
    "OR": "one of them holds",
    "NOT": "does not hold",
    "last": "a duration up to now",
    "from": "topics",
    "since": "from a time on",
    "until": "before a time",
    "between": "two times",
    "on": "a day or a month",
    "tz": "the time zone",
    "daily": "hours of every day",
    "match": "which flows a range finds",
    "explain": "the plan instead of rows",
    "profile": "what the query costs",
    "of data": "up to the newest record",
    "|": "a stage",
    "start": "flows that begin in the range",
    "overlap": "flows that reach into the range",
    "TO": "the other end",
    "by": "a group for each",
    "as": "a name",
    "if": "of some rows only",
    "asc": "upwards",
    "desc": "downwards",
    "and": "the other end",
    "(": "a, b, c..d, @list",
}
_STAGES = {
    "stats": "aggregates, by groups",
    "top": "the most frequent values",
    "count": "the number of rows",
    "sort": "by columns, - for downwards",
    "head": "the first rows",
    "fields": "some columns",
    "where": "a filter on the columns here",
    "timechart": "aggregates, by buckets of time",
    "eval": "computed columns",
    "facets": "the most frequent values of every column",
    "lookup": "columns of a list",
    "rare": "the least frequent values",
    "dedup": "the first row of each combination",
    "tail": "the last rows",
    "rename": "other names for columns",
    "select": "SQL",
}
_IN_STAGES = {**_WORDS, "on": "the column that is looked up"}
_FUNCTIONS = {
    "if": "one of two values, by a filter",
    "coalesce": "the first value that is present",
    "round": "to so many decimals",
    "concat": "texts joined",
    "lower": "in lower case",
    "prefix": "the network of an address",
    "bucket": "the beginning of a time's bucket",
}
_ROW_COUNTS = ("10", "20", "50", "100")


def complete(
    text: str, cursor: int | None, source: Source, now: int, given: Given = NOTHING_GIVEN
) -> tuple[Candidate, ...]:
    """What may stand at `cursor` (the end if None), the likeliest first, each text once."""
    found: dict[str, Candidate] = {}
    places = places_at(text, cursor)
    is_value = any(place.expects(Expected.VALUE) or place.expects(Expected.END) for place in places)
    for place in places:
        if found and is_value and place.expects(Expected.FIELD):
            break  # what a set holds would be a query only if it is no value
        for each in islice(_candidates(around(place, source, given, now)), CANDIDATE_COUNT_MAX):
            found.setdefault(each.text, each)
        if found and place.expects(Expected.OPERATOR) and not is_value:
            break  # a field's name is no word of its own
    return tuple(islice(found.values(), CANDIDATE_COUNT_MAX))


def _candidates(at: Around) -> Iterator[Candidate]:
    for expectation in at.place.expected:
        yield from _of(expectation, at)


def _of(expectation: Expectation, at: Around) -> Iterator[Candidate]:
    match expectation.what:
        case Expected.OPERATOR:
            return operators(at, expectation.words)
        case Expected.VALUE:
            return values(at, expectation.words)
        case Expected.STAGE:
            return _worded(at, expectation.words, _STAGES, CandidateKind.STAGE)
        case Expected.KEYWORD | Expected.SET:
            details = _WORDS if at.place.rows is None else _IN_STAGES
            return _worded(at, expectation.words, details, CandidateKind.KEYWORD)
        case Expected.FUNCTION:
            return _worded(at, expectation.words, _FUNCTIONS, CandidateKind.AGGREGATE)
        case what:
            return _PROPOSERS[what](at)


def _worded(
    at: Around, words: tuple[str, ...], details: dict[str, str], kind: CandidateKind
) -> Iterator[Candidate]:
    prefix = " ".join(at.place.prefix.lower().split())
    if at.place.prefix[-1:].isspace():
        prefix += " "
    for word in words:
        if word.lower().startswith(prefix) and word != at.place.prefix:
            yield at.candidate(word, kind, details[word])


def _lists(at: Around) -> Iterator[Candidate]:
    """The lists: of a field only where they can hold its values; as a term once an @ asks for them."""
    target = find_target(at.binding, at.place.field)
    is_of_other = at.place.field and (target is None or target.kind not in (Kind.ADDRESS, Kind.PORT))
    if is_of_other or _is_unasked(at):
        return iter(())
    try:
        names = at.given.lists.names()
    except FlowqlError:  # a folder that cannot be read; the query itself will say so
        names = ()
    return at.fitting([(f"@{name}", "list") for name in names], CandidateKind.LIST)


def _parameters(at: Around) -> Iterator[Candidate]:
    if (at.place.field and find_target(at.binding, at.place.field) is None) or _is_unasked(at):
        return iter(())
    pairs = [(f"${name}", _shown(value)) for name, value in at.given.parameters.items()]
    return at.fitting(pairs, CandidateKind.PARAMETER)


def _is_unasked(at: Around) -> bool:
    """Whether the place is a term's, and no sign has been typed."""
    return at.place.expects(Expected.TERM) and not at.place.prefix


def _shown(value: ParameterValue) -> str:
    several = value if isinstance(value, list | tuple) else (value,)
    text = ", ".join("-" if each is None else str(each) for each in several)
    return text if len(text) <= _DETAIL_LENGTH_MAX else f"{text[: _DETAIL_LENGTH_MAX - 1]}…"


def _topics(at: Around) -> Iterator[Candidate]:
    """The topics of the default logset by their names, then the others by their full ones; not one twice."""
    known, default = at.source.topics(), at.source.default_logset
    named = {pattern.text.lower() for pattern in at.place.topics}
    own = [(topic.topic, topic) for topic in known if topic.logset == default]
    others = [topic for topic in known if topic.logset != default or "/" in at.place.prefix]
    pairs = [*own, *((str(topic), topic) for topic in others)]
    left = [(written_topic(name), _newest(at, topic)) for name, topic in pairs if name.lower() not in named]
    return at.fitting(left, CandidateKind.TOPIC)


def _newest(at: Around, topic: TopicName) -> str:
    newest = at.source.newest_start(topic)
    return "" if newest is None else f"newest record {written_day(newest, at.given.zone)}"


def _sides(at: Around) -> Iterator[Candidate]:
    zones = [(zone, "zone") for zone in ZONE_NAMES]
    return at.fitting([*zones, (ANY, "every address")], CandidateKind.NAME)


def _row_counts(at: Around) -> Iterator[Candidate]:
    return at.fitting([(each, "rows") for each in _ROW_COUNTS], CandidateKind.EXAMPLE)


_PROPOSERS: Mapping[Expected, Callable[[Around], Iterator[Candidate]]] = MappingProxyType(
    {
        Expected.FIELD: fields,
        Expected.TERM: terms,
        Expected.END: ends,
        Expected.SIDE: _sides,
        Expected.LIST: _lists,
        Expected.PARAMETER: _parameters,
        Expected.TOPIC: _topics,
        Expected.DURATION: durations,
        Expected.TIME: times,
        Expected.DAY: days,
        Expected.HOURS: hours,
        Expected.ZONE: time_zones,
        Expected.AGGREGATE: aggregates,
        Expected.COLUMN: columns,
        Expected.ROW_COUNT: _row_counts,
    }
)
"""What proposes for each expectation that has no words of its own; a test holds that none is left out."""
