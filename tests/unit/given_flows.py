"""Flow records that no file holds, as answers: the default layout of 14 columns, and a wide one of 29."""

from collections.abc import Sequence

import pyarrow as pa
from given_answers import FakeAnswer, address

from flowql.plan.logical import Column
from flowql.schema import DEFAULT_LAYOUT, Kind, field_named
from flowql.values import SECOND_NS, parse_address

WIDE_LAYOUT = (
    *("account-id", "action", "az-id", "bytes", "dstaddr", "dstport", "end", "flow-direction", "instance-id"),
    *("interface-id", "log-status", "packets", "pkt-dst-aws-service", "pkt-dstaddr", "pkt-src-aws-service"),
    *("pkt-srcaddr", "protocol", "region", "srcaddr", "srcport", "start", "sublocation-id"),
    *("sublocation-type", "subnet-id", "tcp-flags", "traffic-path", "type", "version", "vpc-id"),
)
FIRST_S = 1_741_132_799
_KINDS = {Kind.TEXT: pa.string(), Kind.ADDRESS: pa.binary(16)}
_FLOWS = """
10.20.12.88 24.29.121.210 443 58481 6 7 8758 ACCEPT
10.23.15.202 10.22.2.82 8080 51677 6 1 450 ACCEPT
183.93.175.177 10.23.3.118 11599 8443 6 1 60 REJECT
162.244.206.237 10.23.2.22 443 50797 6 19 24754 ACCEPT
2600:1f18:567f:2a90:8659:ba2d:6932:bb70 2600:1f18:f86d:3e6:239f:a09c:127f:ed50 5432 37611 6 164 47257 ACCEPT
142.203.74.2 10.20.23.154 123 49861 17 1 99 ACCEPT
10.21.4.5 10.20.1.9 8 0 1 4 336 ACCEPT
213.164.30.115 10.21.2.28 54228 22 6 1 56 REJECT
- - - - - - - -
10.20.9.14 198.51.100.40 51002 22 6 9000 11000000000 ACCEPT
"""


def flows(count: int = 10) -> FakeAnswer:
    """Records of the default layout, the newest first."""
    return answer_of(DEFAULT_LAYOUT, [_record(k) for k in range(count)])


def wide_flows(count: int = 4) -> FakeAnswer:
    """Records of 29 columns, most of them alike in every row, as those of one instance are."""
    alike = {
        "az-id": "use2-az2",
        "region": "us-east-2",
        "instance-id": "i-00123456789abcdef",
        "subnet-id": "subnet-0123456789abcdef",
        "vpc-id": "vpc-04456ab739938ee3f",
        "type": "IPv4",
        "version": "5",
        "interface-id": "eni-00123456789abcdef",
    }
    records = []
    for k in range(count):
        record = _record(k)
        own = {
            "flow-direction": "egress" if k % 2 else "ingress",
            "tcp-flags": (2, 18, 19, 3)[k % 4],
            "traffic-path": k % 8 or None,
            "pkt-srcaddr": record["srcaddr"],
            "pkt-dstaddr": record["dstaddr"],
            "pkt-src-aws-service": "S3" if k % 2 else None,
        }
        records.append(record | alike | own)
    return answer_of(WIDE_LAYOUT, records)


def answer_of(names: Sequence[str], records: Sequence[dict[str, object]]) -> FakeAnswer:
    """An answer with the fields of these names."""
    columns = tuple(Column(name, field_named(name).kind) for name in names)
    arrays = []
    for column in columns:
        values = [record.get(column.name) for record in records]
        if column.kind is Kind.ADDRESS:
            values = [None if value is None else _packed(str(value)) for value in values]
        arrays.append(pa.array(values, _KINDS.get(column.kind, pa.int64())))
    batch = pa.RecordBatch.from_arrays(arrays, names=list(names))
    return FakeAnswer(columns, [batch], query="*")


def _record(k: int) -> dict[str, object]:
    lines = _FLOWS.strip().splitlines()
    cells = [None if cell == "-" else cell for cell in lines[k % len(lines)].split()]
    source, target, *numbers, action = cells
    srcport, dstport, protocol, packets, size = (None if each is None else int(each) for each in numbers)
    return {
        "version": "2",
        "account-id": ("123456789010", "210987654321")[k % 2],
        "interface-id": f"eni-{0x076E97F882F111BF2 + k % 5 * 0x9E3779B97F4A7:017x}",
        "srcaddr": source,
        "dstaddr": target,
        "srcport": srcport,
        "dstport": dstport,
        "protocol": protocol,
        "packets": packets,
        "bytes": size,
        "start": (FIRST_S - k // 3) * SECOND_NS,
        "end": (FIRST_S + 60 - k) * SECOND_NS,
        "action": action,
        "log-status": "NODATA" if source is None else "OK",
    }


def _packed(text: str) -> bytes:
    number = parse_address(text)
    assert number is not None
    return address(number)
