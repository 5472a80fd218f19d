"""Fields and their kinds: one registry for every layout that FlowQL reads.

Owns the canonical names, the aliases, and the rule that a field's kind is a function of its name alone, so
that files of different layouts never conflict in one topic: a name that is not registered is text. Knows
nothing of how a column is stored or how a value is compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from functools import cache


class Kind(Enum):
    """What sort of value a field holds. The value is the name that outputs and messages use."""

    TEXT = "text"
    ADDRESS = "address"
    PORT = "port"
    PROTOCOL = "protocol"
    COUNT = "count"
    TIME = "time"
    DURATION = "duration"  # computed: nanoseconds, which may be negative; never stored
    REAL = "real"  # computed (avg, share, bps); never stored
    NETWORK = "network"  # computed (srcaddr/24): an address and a prefix length; never stored

    @property
    def is_dictionary(self) -> bool:
        """Whether columns of this kind are stored as codes into a dictionary, with postings."""
        return self in (Kind.TEXT, Kind.ADDRESS, Kind.PORT, Kind.PROTOCOL)

    @property
    def value_max(self) -> int:
        """The greatest value of an integer kind: ports 65535, protocols 255, counts and times int64."""
        match self:
            case Kind.PORT:
                return 0xFFFF
            case Kind.PROTOCOL:
                return 0xFF
            case Kind.COUNT | Kind.TIME:
                return (1 << 63) - 1
            case Kind.ADDRESS:
                return (1 << 128) - 1
            case Kind.TEXT | Kind.REAL | Kind.DURATION | Kind.NETWORK:
                raise AssertionError(f"{self} has no greatest value")


@dataclass(frozen=True, slots=True)
class Field:
    """A named attribute of records: its canonical name (`interface-id`) and its kind.

    A virtual one is computed from a record's other fields, its topic or its place, and never stored.
    """

    name: str
    kind: Kind
    is_virtual: bool = False


@dataclass(frozen=True, slots=True, order=True)
class TopicName:
    """A topic's full name: the logset it belongs to, and its own."""

    logset: str
    topic: str

    def __str__(self) -> str:
        return f"{self.logset}/{self.topic}"


DEFAULT_LAYOUT: tuple[str, ...] = (
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
)

# Every name that is not here is text; names of the AWS layouts v3 to v8 that are text need no entry, but are
# listed in KNOWN_TEXT, because a header line is recognized by the names it holds.
_KINDS: dict[str, Kind] = {
    "srcaddr": Kind.ADDRESS,
    "dstaddr": Kind.ADDRESS,
    "pkt-srcaddr": Kind.ADDRESS,
    "pkt-dstaddr": Kind.ADDRESS,
    "srcport": Kind.PORT,
    "dstport": Kind.PORT,
    "protocol": Kind.PROTOCOL,
    "packets": Kind.COUNT,
    "bytes": Kind.COUNT,
    "tcp-flags": Kind.COUNT,
    "traffic-path": Kind.COUNT,
    "packets-lost-no-route": Kind.COUNT,
    "packets-lost-blackhole": Kind.COUNT,
    "packets-lost-mtu-exceeded": Kind.COUNT,
    "packets-lost-ttl-expired": Kind.COUNT,
    "start": Kind.TIME,
    "end": Kind.TIME,
}

KNOWN_TEXT: frozenset[str] = frozenset(
    [
        "version",
        "account-id",
        "interface-id",
        "action",
        "log-status",
        "vpc-id",
        "subnet-id",
        "instance-id",
        "type",
        "region",
        "az-id",
        "sublocation-type",
        "sublocation-id",
        "pkt-src-aws-service",
        "pkt-dst-aws-service",
        "flow-direction",
        "resource-type",
        "tgw-id",
        "tgw-attachment-id",
        "tgw-src-vpc-account-id",
        "tgw-dst-vpc-account-id",
        "tgw-src-vpc-id",
        "tgw-dst-vpc-id",
        "tgw-src-subnet-id",
        "tgw-dst-subnet-id",
        "tgw-src-eni",
        "tgw-dst-eni",
        "tgw-src-az-id",
        "tgw-dst-az-id",
        "tgw-pair-attachment-id",
        "ecs-cluster-arn",
        "ecs-cluster-name",
        "ecs-container-instance-arn",
        "ecs-container-instance-id",
        "ecs-container-id",
        "ecs-second-container-id",
        "ecs-service-name",
        "ecs-task-definition-arn",
        "ecs-task-arn",
        "ecs-task-id",
        "reject-reason",
        "dstregionid",
        "ccnid",
        "srcregionid",
        "region-id",
        "vswitch-id",
        "vm-id",
        "eni-id",
        "direction",
        "attachment-id",
        "cen-id",
        "src-region-id",
        "dst-region-id",
    ]
)

_ALIASES: dict[str, tuple[str, ...]] = {
    "version": ("ver",),
    "account-id": ("account", "acct", "appid"),
    "interface-id": ("eni", "interface"),
    "srcaddr": ("src", "source", "srcip", "src-ip", "sip", "saddr", "src-addr", "source-ip", "sourceaddress"),
    "dstaddr": (
        *("dst", "dest", "dstip", "dst-ip", "dip", "daddr", "dst-addr", "destination-ip"),
        "destinationaddress",
    ),
    "srcport": ("sport", "src-port", "source-port"),
    "dstport": ("dport", "dst-port", "dest-port", "destination-port"),
    "protocol": ("proto",),
    "packets": ("pkts", "numpackets"),
    "bytes": ("octets", "numbytes"),
    "start": ("stime",),
    "end": ("etime",),
    "log-status": ("status",),
}

# Computed fields: their kind, and the stored fields that they are computed from; a topic that lacks one of
# those lacks the computed field too. A topic's own field of that name goes first. `_source` and `_id` are
# normalized as other names are.
_VIRTUAL: dict[str, tuple[str, Kind, tuple[str, ...]]] = {
    "duration": ("duration", Kind.DURATION, ("start", "end")),
    "bps": ("bps", Kind.REAL, ("bytes", "start", "end")),
    "pps": ("pps", Kind.REAL, ("packets", "start", "end")),
    "bpp": ("bpp", Kind.REAL, ("bytes", "packets")),
    "src-zone": ("src-zone", Kind.TEXT, ("srcaddr",)),
    "dst-zone": ("dst-zone", Kind.TEXT, ("dstaddr",)),
    "service": ("service", Kind.TEXT, ("srcport", "dstport")),
    "protocol-name": ("protocol-name", Kind.TEXT, ("protocol",)),
    "conversation": ("conversation", Kind.TEXT, ("srcaddr", "dstaddr")),
    "topic": ("topic", Kind.TEXT, ()),
    "raw": ("raw", Kind.TEXT, ()),
    "-source": ("_source", Kind.TEXT, ()),
    "-id": ("_id", Kind.TEXT, ()),
}

_SIMILARITY_MIN = 0.7  # of difflib's ratio, from 0 to 1: `prt` and `port` are 0.86 alike
_SIMILARITY_SPAN = 0.1

# Names of other systems that are near no name here, and what they are called.
_FOREIGN: dict[str, str] = {
    "host": "ip",
    "ipaddr": "ip",
    "address": "ip",
    "ip-address": "ip",
    "time": "start",
    "timestamp": "start",
    "date": "start",
    "verdict": "action",
    "decision": "action",
    "length": "bytes",
    "size": "bytes",
    "flags": "tcp-flags",
}

# Either-side names: a clause on one looks at both fields.
EITHER_SIDE: dict[str, tuple[str, str]] = {
    "ip": ("srcaddr", "dstaddr"),
    "net": ("srcaddr", "dstaddr"),
    "port": ("srcport", "dstport"),
}


def normalize_name(name: str) -> str:
    """`name` as fields are compared: lower case, `_` and `.` as `-`."""
    return name.lower().replace("_", "-").replace(".", "-")


@cache
def field_named(name: str) -> Field:
    """The field of a normalized canonical name; a name that is not registered is text."""
    return Field(name, _KINDS.get(name, Kind.TEXT))


def virtual_names() -> tuple[str, ...]:
    """The names of the computed fields, as they are written."""
    return tuple(name for name, _, _ in _VIRTUAL.values())


def virtual_parts(name: str) -> tuple[str, ...]:
    """The stored fields that a computed one is computed from."""
    return _VIRTUAL[normalize_name(name)][2]


@cache
def _canonical_names() -> dict[str, str]:
    return {alias: name for name, aliases in _ALIASES.items() for alias in aliases}


def aliases_of(name: str) -> tuple[str, ...]:
    """The other names of a field, normalized, by its canonical name; the most usual first."""
    return _ALIASES.get(name, ())


def is_known_name(name: str) -> bool:
    """Whether a header's normalized column name is one that FlowQL knows of."""
    return name in _KINDS or name in KNOWN_TEXT


def foreign_name(schema: "Schema", name: str) -> tuple[str, ...]:
    """What a name of other systems is called here, as a tuple of at most one."""
    meant = _FOREIGN.get(normalize_name(name))
    if meant is None:
        return ()
    return (meant,) if EITHER_SIDE.get(meant, (meant,))[0] in schema else ()


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a topic (or of several), in the order in which their layouts brought them."""

    fields: tuple[Field, ...]

    def __contains__(self, name: object) -> bool:
        return any(field.name == name for field in self.fields)

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names, in order."""
        return tuple(field.name for field in self.fields)

    def resolve(self, name: str) -> Field | None:
        """The field that `name` (any case, any alias) means here, or None.

        A field's own name wins over an alias.
        """
        normal = normalize_name(name)
        for candidate in (normal, _canonical_names().get(normal)):
            if candidate is not None and candidate in self:
                return field_named(candidate)
        return None

    def resolve_virtual(self, name: str) -> Field | None:
        """The computed field that `name` means here, or None; a field of the schema itself goes first."""
        found = _VIRTUAL.get(normalize_name(name))
        if found is None or self.resolve(name) is not None or any(each not in self for each in found[2]):
            return None
        return Field(found[0], found[1], is_virtual=True)

    def of_kind(self, *kinds: Kind) -> tuple[Field, ...]:
        """The fields of these kinds, in order."""
        return tuple(field for field in self.fields if field.kind in kinds)

    def similar_names(self, name: str) -> tuple[str, ...]:
        """At most three names (fields, aliases, either-side names) close to an unknown one, nearest first."""
        # Of `event.action` the last part says most.
        normals = {normalize_name(name), normalize_name(name.rpartition(".")[2])}
        aliases = {a: canonical for canonical, known in _ALIASES.items() if canonical in self for a in known}
        sides = {side: side for side, (source, _) in EITHER_SIDE.items() if source in self}
        words = {**aliases, **sides, **{name: name for name in self.names}}
        scores: dict[str, float] = {}
        for word, meant in words.items():
            score = max(SequenceMatcher(None, normal, word).ratio() for normal in normals)
            scores[meant] = max(score, scores.get(meant, 0.0))
        # Only names about as near as the nearest: the others are noise beside it.
        least = max(_SIMILARITY_MIN, max(scores.values(), default=0.0) - _SIMILARITY_SPAN)
        near = [each for each in scores if scores[each] >= least]
        return tuple(sorted(near, key=lambda each: -scores[each])[:3])

    def union(self, others: Iterable["Schema"]) -> "Schema":
        """The fields of this schema, then those of `others` that it lacks."""
        fields = dict.fromkeys(self.fields)
        for other in others:
            fields.update(dict.fromkeys(other.fields))
        return Schema(tuple(fields))


def schema_of(names: Iterable[str]) -> Schema:
    """The schema of a layout's canonical column names."""
    return Schema(tuple(field_named(name) for name in names))


DEFAULT_SCHEMA = schema_of(DEFAULT_LAYOUT)
