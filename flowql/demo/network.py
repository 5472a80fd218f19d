"""The made-up network: who is there and which services they use.

Owns the catalogue of services, the interfaces with their addresses, and the popularity of every
peer. Every participant is a small whole number here (a code into `Network.addresses`), so drawing
a flow is arithmetic. Does not know time, flows, or how a log line looks.

Codes, for I interfaces and O outside addresses, in this order: I inside IPv4 addresses (code = the
interface's number), I inside IPv6 addresses, O outside IPv4, about O/16 outside IPv6, then the actors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

TCP, UDP, ICMP = 6, 17, 1
ANY_CLOSED = -1
"""A service's port when the client is only trying doors."""
PER_SUBNET = 40
PER_IPV6 = 4
"""One interface of this many neighbours has an IPv6 address; a power of two."""
VPCS = 4
MOST_INTERFACES = PER_SUBNET * VPCS * 256

# Share of the interfaces, and of the outside addresses, by what they are for. Tiers are neighbours in
# code, hence in subnet, as in a real address plan; workers come first because clients count from there.
INSIDE_TIERS = {"workers": 40, "web": 16, "app": 16, "data": 8, "cache": 5, "names": 4, "admin": 4,
                "mailers": 3, "storage": 4}  # fmt: skip
OUTSIDE_TIERS = {"clouds": 15.0, "resolvers": 0.5, "clocks": 0.5, "relays": 1.0, "hosts": 3.0,
                 "clients": 78.5, "scanners": 1.5}  # fmt: skip

# First octets with nothing private, shared, documentary, link-local or multicast below them.
_SPECIAL = {10, 100, 127, 169, 172, 192, 198, 203}
_CLOUDY = (3, 13, 18, 20, 34, 35, 40, 44, 52, 54, 99, 104, 108, 142, 151, 157, 162, 184, 199, 205)
_SIX_PREFIXES = ("2001:4860", "2600:9000", "2606:4700", "2620:1ec", "2a00:1450", "2a02:26f0", "2a03:2880",
                 "2a01:4f8")  # fmt: skip

AWS_SERVICES = ("AMAZON", "S3", "DYNAMODB", "EC2", "CLOUDFRONT")
NO_SERVICE = 255

_Whole = npt.NDArray[np.int32]
_Real = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of conversation, between two tiers; "inside" is all the inside tiers together.

    `weight` is relative. `packets` is a request's median, `spread` the deviation of its logarithm; `ask` and
    `answer` are bytes per packet.
    """

    client: str
    server: str
    protocol: int
    port: int
    weight: float
    packets: float
    spread: float
    ask: int
    answer: int


SERVICES = (
    Service("inside", "clouds", TCP, 443, 225, 14, 1.3, 210, 950),
    Service("inside", "clouds", TCP, 80, 28, 8, 1.1, 160, 700),
    Service("inside", "clouds", UDP, 443, 14, 18, 1.2, 240, 980),
    Service("inside", "resolvers", UDP, 53, 36, 1.4, 0.5, 74, 170),
    Service("inside", "clocks", UDP, 123, 16, 1, 0.3, 76, 76),
    Service("inside", "relays", TCP, 587, 4, 16, 0.9, 620, 90),
    Service("inside", "hosts", TCP, 22, 7, 40, 1.4, 130, 180),
    Service("inside", "hosts", TCP, 8080, 6, 10, 1.1, 180, 620),
    Service("inside", "hosts", ICMP, 0, 3, 3, 0.6, 84, 84),
    Service("clients", "web", TCP, 443, 185, 12, 1.2, 170, 1050),
    Service("clients", "web", TCP, 80, 42, 6, 1.0, 150, 600),
    Service("clients", "web", UDP, 443, 9, 16, 1.2, 160, 1050),
    Service("clients", "app", TCP, 8080, 15, 9, 1.1, 190, 640),
    Service("clients", "admin", TCP, 22, 8, 45, 1.4, 110, 160),
    Service("clients", "admin", TCP, 3389, 4, 120, 1.3, 120, 480),
    Service("clients", "mailers", TCP, 25, 6, 18, 0.9, 640, 80),
    Service("clients", "web", ICMP, 0, 5, 2, 0.6, 84, 84),
    Service("inside", "data", TCP, 5432, 66, 24, 1.2, 160, 420),
    Service("inside", "data", TCP, 3306, 40, 20, 1.2, 150, 400),
    Service("inside", "cache", TCP, 6379, 58, 30, 1.1, 95, 210),
    Service("inside", "names", UDP, 53, 72, 1.6, 0.6, 70, 150),
    Service("inside", "app", TCP, 8080, 52, 12, 1.1, 260, 560),
    Service("inside", "app", TCP, 9092, 14, 60, 1.3, 520, 110),
    Service("inside", "storage", TCP, 2049, 12, 80, 1.5, 700, 700),
    Service("inside", "names", TCP, 389, 7, 8, 0.7, 130, 260),
    Service("inside", "admin", TCP, 22, 7, 50, 1.3, 120, 170),
    Service("inside", "web", ICMP, 0, 4, 2, 0.5, 84, 84),
    Service("scanners", "inside", TCP, ANY_CLOSED, 33, 1, 0.2, 44, 44),
    Service("scanners", "inside", UDP, ANY_CLOSED, 4, 1, 0.2, 60, 60),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """For every service, whom to pick from: a run of codes whose first ones are the most popular."""

    first: _Whole
    size: _Whole
    head: _Real
    reach: _Real

    @classmethod
    def of(cls, runs: Sequence[tuple[int, int]], outside: Sequence[bool]) -> "Choice":
        """Zipf-like popularity 1/(rank + head) over each run (first, size)."""
        first, size = np.array(runs, np.int32).T.copy()
        # Inside, popularity is flatter: no single host makes a tenth of a company's traffic.
        head = np.where(outside, 1, np.maximum(1, size / 8)).astype(np.float32)
        return cls(first, size, head, np.log1p(size / head).astype(np.float32))

    def pick(self, kind: npt.NDArray[np.uint8], unit: _Real) -> _Whole:
        """One code for each service in `kind`: where the popularity's running sum passes `unit` in [0, 1)."""
        rank = self.head[kind] * np.expm1(unit * self.reach[kind])
        # Rounding may reach one past the last rank.
        picked: _Whole = self.first[kind] + np.minimum(rank.astype(np.int32), self.size[kind] - 1)
        return picked


@dataclass(frozen=True, slots=True)
class Network:
    """The participants of one made-up network; equal arguments of `build` give equal networks."""

    interfaces: int
    outside: int
    outside6: int
    addresses: Any
    """Text of every code (pyarrow string array)."""
    actors: dict[str, int]
    """Code of every extra outside address asked for."""
    aws_service: npt.NDArray[np.uint8]
    """By code: index into AWS_SERVICES, or NO_SERVICE."""
    interface_ids: Any
    instance_ids: Any
    subnet_ids: Any
    vpc_ids: Any
    clients: Choice
    servers: Choice

    @classmethod
    def build(cls, seed: int, interfaces: int, outside: int, actors: tuple[str, ...] = ()) -> "Network":
        """Draw all names and addresses; a few tens of milliseconds for 300,000 outside addresses."""
        rng = np.random.default_rng([seed, 0])
        runs = _runs(INSIDE_TIERS, 0, interfaces) | _runs(OUTSIDE_TIERS, 2 * interfaces, outside)
        runs["inside"] = (0, interfaces)
        first_client = runs["clients"][0] - 2 * interfaces
        others = [octet for octet in range(1, 224) if octet not in _SPECIAL and octet not in _CLOUDY]
        outside6 = max(16, outside // 16)
        addresses = [
            pa.array([inside_address(number) for number in range(interfaces)]),
            _ipv6(rng, ("2600:1f18",), interfaces),
            _ipv4(rng, _CLOUDY, first_client),
            _ipv4(rng, others, outside - first_client),
            _ipv6(rng, _SIX_PREFIXES, outside6),
            pa.array(actors, pa.string()),
        ]
        total = sum(map(len, addresses))
        service = np.full(total, NO_SERVICE, np.uint8)
        clouds = slice(runs["clouds"][0], sum(runs["clouds"]))
        known = np.array([NO_SERVICE, *range(len(AWS_SERVICES))], np.uint8)
        service[clouds] = rng.choice(known, runs["clouds"][1], p=[0.55, 0.2, 0.1, 0.05, 0.07, 0.03])
        subnets = -(-interfaces // PER_SUBNET)
        return cls(
            interfaces,
            outside,
            outside6,
            pa.concat_arrays(addresses),
            {actor: total - len(actors) + place for place, actor in enumerate(actors)},
            service,
            _ids(rng, "eni", interfaces),
            _ids(rng, "i", interfaces),
            _ids(rng, "subnet", subnets),
            _ids(rng, "vpc", VPCS),
            Choice.of([runs[s.client] for s in SERVICES], [s.client in OUTSIDE_TIERS for s in SERVICES]),
            Choice.of([runs[s.server] for s in SERVICES], [s.server in OUTSIDE_TIERS for s in SERVICES]),
        )

    def is_inside(self, codes: _Whole) -> npt.NDArray[np.bool_]:
        """Which codes belong to an interface of this network."""
        inside: npt.NDArray[np.bool_] = codes < 2 * self.interfaces
        return inside

    def is_ipv6(self, codes: _Whole) -> npt.NDArray[np.bool_]:
        """Which codes are IPv6 addresses."""
        six = 2 * self.interfaces + self.outside
        inside = (codes >= self.interfaces) & (codes < 2 * self.interfaces)
        answer: npt.NDArray[np.bool_] = inside | ((codes >= six) & (codes < six + self.outside6))
        return answer

    def as_ipv6(self, codes: _Whole) -> _Whole:
        """For IPv4 codes, an IPv6 peer in the same role; inside, the neighbour that has such an address."""
        outside = 2 * self.interfaces
        six: _Whole = np.where(
            codes < outside,
            self.interfaces + (codes & ~np.int32(PER_IPV6 - 1)),
            outside + self.outside + (codes - outside) % self.outside6,
        ).astype(np.int32)
        return six


def inside_address(interface: int) -> str:
    """Private IPv4 address of an interface: the same for every seed, so that stories can name it."""
    subnet, place = divmod(interface, PER_SUBNET)
    return f"10.{20 + subnet % VPCS}.{subnet // VPCS}.{10 + place * 17 % PER_SUBNET * 6}"


def _runs(shares: dict[str, int] | dict[str, float], first: int, size: int) -> dict[str, tuple[int, int]]:
    """Cut `size` codes from `first` on by share, each run with at least one code: name -> (first, size)."""
    ends = np.cumsum(list(shares.values())) / sum(shares.values()) * (size - len(shares))
    edges = [0, *(int(end) + place for place, end in enumerate(ends, 1))]
    edges[-1] = size
    return {name: (first + edges[at], edges[at + 1] - edges[at]) for at, name in enumerate(shares)}


def _ids(rng: np.random.Generator, prefix: str, count: int) -> Any:
    return pa.array([f"{prefix}-0{number:016x}" for number in rng.integers(0, 1 << 63, count).tolist()])


def _ipv4(rng: np.random.Generator, octets: Sequence[int], count: int) -> Any:
    """Distinct addresses below the first octets given, in random order."""
    space = len(octets) << 24
    numbers = rng.permutation(np.unique(rng.integers(0, space, count + count // 10 + 50)))[:count]
    parts = (np.array(octets)[numbers >> 24], numbers >> 16 & 255, numbers >> 8 & 255, numbers & 255)
    return pc.binary_join_element_wise(*(pc.cast(pa.array(part), pa.string()) for part in parts), ".")


def _ipv6(rng: np.random.Generator, prefixes: Sequence[str], count: int) -> Any:
    """Addresses in canonical text: no group is zero, so none needs shortening."""
    groups = pa.array([f"{number:x}" for number in range(1, 1 << 16)])
    parts = [groups.take(pa.array(rng.integers(0, len(groups), count))) for _ in range(6)]
    begins = pa.array(prefixes).take(pa.array(np.arange(count) % len(prefixes)))
    return pc.binary_join_element_wise(begins, *parts, ":")
