"""What rows are grouped by: `srcaddr`, `dstaddr/24`, `start 5m`, `ip`.

Owns the steps (the prefix of an address, the bucket of a time), the rule that at most one key looks at two
sides, and that no two keys have one name.
"""

from collections.abc import Sequence

from flowql.buckets import Bucket
from flowql.errors import Span
from flowql.plan.bind.binding import Binding
from flowql.plan.bind.columns import Columns
from flowql.plan.bind.nouns import noun_of
from flowql.plan.expressions import Prefix
from flowql.plan.logical import Column, Key
from flowql.schema import Kind, normalize_name
from flowql.syntax import nodes
from flowql.syntax.refusal import Edit, Fix, Refusal, replace
from flowql.values import DAY_NS, format_duration, parse_duration, parse_integer

IPV4_LENGTH_MAX = 32
IPV6_LENGTH_MAX = 128
IPV6_LENGTH_DEFAULT = 64
"""What is kept of IPv6 addresses where only a length for IPv4 is written: a subnet."""


def bind_key(columns: Columns, key: nodes.Key) -> Key:
    """The typed key of what is written; raises `Refusal`."""
    column = columns.key(key.column)
    if key.prefix is not None:
        _check_kind(key, column, Kind.ADDRESS, "a prefix is kept of addresses")
        prefix = checked_prefix(*key.prefix, _behind_name(key), "/{}/{}")
        return Key(column, Column(column.name, Kind.NETWORK), prefix)
    if key.bucket is not None:
        _check_kind(key, column, Kind.TIME, "buckets are cut out of times")
        return Key(column, Column(column.name, Kind.TIME), bind_bucket(columns.binding, key.bucket))
    output = Column(column.name, column.kind) if column.sides else column
    return Key(column, output)


def bind_keys(columns: Columns, keys: Sequence[nodes.Key], stage: Span) -> tuple[Key, ...]:
    """The keys of a stage, which stands at `stage`; two of one name, or two with two sides, are refused."""
    found: dict[str, Key] = {}
    for place, written in enumerate(keys):
        key = bind_key(columns, written)
        name = normalize_name(key.output.name)
        if name in found:
            removed = Span(keys[place - 1].span.end, written.span.end) if place else written.span
            raise _twice(found[name], key, written, replace(removed, ""), stage)
        if key.column.sides and any(each.column.sides for each in found.values()):
            first, second = key.column.sides
            message = f"one key of a stage looks at two sides, {key.column.name} is the second"
            fixes = (replace(written.column.span, first), replace(written.column.span, second))
            raise Refusal("not-supported", message, written.span, *fixes)
        found[name] = key
    return tuple(found.values())


def bind_bucket(binding: Binding, written: nodes.Literal) -> Bucket:
    """The buckets of a width as written, on the clock of the query's zone; raises `Refusal`."""
    width_ns = None if written.wildcards else parse_duration(written.text)
    if width_ns is None:
        number = parse_integer(written.text)
        fixes = () if number is None else (replace(written.span, f"{written.text}s"),)
        message = f'expected the width of a bucket, such as 5m, 1h or 1d, found "{written.text}"'
        raise Refusal("bad-bucket", message, written.span, *fixes)
    return bucket_of(binding, width_ns, written.span)


def bucket_of(binding: Binding, width_ns: int, span: Span) -> Bucket:
    """The buckets of a width, on the clock of the query's zone; raises `Refusal`."""
    try:
        return Bucket(width_ns, binding.zone)
    except ValueError as error:
        days = width_ns // DAY_NS
        fixes = (replace(span, format_duration(days * DAY_NS)),) if days else ()
        raise Refusal("bad-bucket", str(error), span, *fixes) from error


def checked_prefix(ipv4_length: int, ipv6_length: int | None, span: Span, form: str) -> Prefix:
    """How much of an address two lengths keep, which stand at `span` in a form such as `/{}/{}`.

    Raises `Refusal`.
    """
    ipv6 = IPV6_LENGTH_DEFAULT if ipv6_length is None else ipv6_length
    if ipv4_length <= IPV4_LENGTH_MAX and ipv6 <= IPV6_LENGTH_MAX:
        return Prefix(ipv4_length, ipv6)
    if ipv4_length > IPV4_LENGTH_MAX:
        family, length, length_max = "IPv4", ipv4_length, IPV4_LENGTH_MAX
        meant = (IPV4_LENGTH_MAX, min(ipv4_length if ipv6_length is None else ipv6, IPV6_LENGTH_MAX))
    else:
        family, length, length_max = "IPv6", ipv6, IPV6_LENGTH_MAX
        meant = (ipv4_length, IPV6_LENGTH_MAX)
    message = f"the prefix length of an {family} network is from 0 to {length_max}, found {length}"
    details = ("the first length is for IPv4 addresses, a second one for IPv6",)
    raise Refusal("bad-prefix-length", message, span, replace(span, form.format(*meant)), details=details)


def _behind_name(key: nodes.Key) -> Span:
    return Span(key.column.span.end, key.span.end)


def _check_kind(key: nodes.Key, column: Column, kind: Kind, rule: str) -> None:
    if column.kind is kind:
        return
    message = f"{rule}, but {column.name} is {noun_of(column.kind)}"
    raise Refusal("bad-key", message, key.span, replace(_behind_name(key), ""))


def _twice(first: Key, second: Key, written: nodes.Key, removal: Fix, stage: Span) -> Refusal:
    """The error for two keys of one name; those that differ are told apart by an eval before the stage."""
    name = second.output.name
    if first == second or second.column.sides or second.step is None:
        return Refusal("duplicate-column", f"{name} stands twice", written.span, removal)
    match second.step:
        case Prefix(ipv4_length, ipv6_length):
            lengths = f"{ipv4_length}, {ipv6_length}"
            new, call = f"{name}_{ipv4_length}", f"prefix({name}, {lengths})"
        case _:
            new, call = f"{name}_{second.step}", f"bucket({name}, {second.step})"
    fix = (Edit(Span(stage.start, stage.start), f"eval {new} = {call} | "), Edit(written.span, new))
    message = f"{name} stands twice: a key has the name of its field"
    return Refusal("duplicate-column", message, written.span, fix, removal)
