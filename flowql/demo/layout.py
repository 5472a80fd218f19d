"""How flow rows are laid out: columns of a record batch, then lines of text.

Owns the names, order and types of the columns of both layouts, what is missing where, and the printing of
a batch. Does not know how rows come about or where lines go.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from flowql.demo.flows import OK, Rows
from flowql.demo.network import AWS_SERVICES, NO_SERVICE, PER_SUBNET, VPCS, Network
from flowql.schema import DEFAULT_LAYOUT

V5_LAYOUT: tuple[str, ...] = (
    *DEFAULT_LAYOUT,
    *("vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr", "region"),
    *("az-id", "sublocation-type", "sublocation-id", "pkt-src-aws-service", "pkt-dst-aws-service"),
    *("flow-direction", "traffic-path"),
)

_ACCOUNTS = pa.array(["123456789010", "210987654321", "345678901234", "456789012345"])
_ZONES = pa.array(["use1-az1", "use1-az2", "use1-az4"])
_SERVICES = pa.array(AWS_SERVICES)
_SMALL_NUMBERS = pc.cast(pa.array(np.arange(1 << 16)), pa.string())
"""Text of every number of 16 bits: looking it up is several times faster than printing it."""
_OTHER_VPC, _SAME_VPC, _ENDPOINT, _GATEWAY = 4, 1, 7, 8
"""Values of `traffic-path`."""
_PER_UNOWNED = 16
"""One interface of so many belongs to a load balancer or an endpoint, not to an instance."""

_Codes = npt.NDArray[np.int32]
_Mask = npt.NDArray[np.bool_] | None


def to_batch(rows: Rows, network: Network, *, v5: bool) -> Any:
    """Return `rows` as a record batch: dictionaries for texts, integers for numbers, nulls for gaps."""
    silent: _Mask = rows.status != OK
    if not np.any(rows.status):
        silent = None
    subnet = rows.interface // PER_SUBNET
    columns = [
        _constant("2", len(rows)),
        _coded(subnet % VPCS, _ACCOUNTS),
        _coded(rows.interface, network.interface_ids),
        _coded(rows.source, network.addresses, silent),
        _coded(rows.target, network.addresses, silent),
        *(pa.array(ports, mask=silent) for ports in (rows.source_port, rows.target_port)),
        *(pa.array(numbers, mask=silent) for numbers in (rows.protocol, rows.packets, rows.size)),
        pa.array(rows.start),
        pa.array(rows.end),
        _coded(rows.rejected.view(np.int8), pa.array(["ACCEPT", "REJECT"]), silent),
        _coded(rows.status, pa.array(["OK", "NODATA", "SKIPDATA"])),
    ]
    if v5:
        columns += _v5_columns(rows, network, subnet, silent)
    return pa.RecordBatch.from_arrays(columns, names=V5_LAYOUT if v5 else DEFAULT_LAYOUT)


def to_lines(batch: Any) -> Any:
    """Return the lines of a batch, newlines included, as a string array; `-` stands for what is missing."""
    if not len(batch):
        return pa.array([], pa.string())
    texts = [_text(column) for column in batch.columns]
    texts[-1] = _join([texts[-1], "\n"], "")
    return _join(texts, " ")


def header_of(layout: tuple[str, ...]) -> bytes:
    """Return the header line of a layout."""
    return (" ".join(layout) + "\n").encode()


def _v5_columns(rows: Rows, network: Network, subnet: _Codes, silent: _Mask) -> list[Any]:
    """Return the 15 columns that version 5 adds; without NAT here, packet addresses are the flow's."""
    leaves = network.is_inside(rows.source) & (rows.source % network.interfaces == rows.interface)
    source, target = (_coded(codes, network.addresses, silent) for codes in (rows.source, rows.target))
    unowned = rows.interface % _PER_UNOWNED == 0
    no_path = ~leaves if silent is None else ~leaves | silent
    return [
        _coded(subnet % VPCS, network.vpc_ids),
        _coded(subnet, network.subnet_ids),
        _coded(rows.interface, network.instance_ids, unowned),
        pa.array(rows.flags, mask=silent),
        _coded(network.is_ipv6(rows.source).view(np.int8), pa.array(["IPv4", "IPv6"]), silent),
        source,
        target,
        _constant("us-east-1", len(rows)),
        _coded(subnet // VPCS % len(_ZONES), _ZONES),
        *(pa.DictionaryArray.from_arrays(pa.nulls(len(rows), pa.int32()), pa.array([], pa.string())),) * 2,
        *(_services(network, codes, silent) for codes in (rows.source, rows.target)),
        _coded(leaves.view(np.int8), pa.array(["ingress", "egress"]), silent),
        pa.array(_paths(network, rows.target, subnet), mask=no_path),
    ]


def _services(network: Network, codes: _Codes, silent: _Mask) -> Any:
    service = network.aws_service[codes]
    missing = service == NO_SERVICE
    return _coded(service.view(np.int8), _SERVICES, missing if silent is None else missing | silent)


def _paths(network: Network, target: _Codes, subnet: _Codes) -> npt.NDArray[np.uint8]:
    """Way out for every row, as if it left: inside by VPC, outside by the service reached."""
    other = target % network.interfaces // PER_SUBNET % VPCS != subnet % VPCS
    service = network.aws_service[target]
    endpoint = (service == AWS_SERVICES.index("S3")) | (service == AWS_SERVICES.index("DYNAMODB"))
    inside = np.where(other, _OTHER_VPC, _SAME_VPC)
    outside = np.where(endpoint, _ENDPOINT, _GATEWAY)
    return np.where(network.is_inside(target), inside, outside).astype(np.uint8)


def _coded(codes: npt.NDArray[Any], texts: Any, missing: _Mask = None) -> Any:
    # Codes are within their tables by construction; checking them again would cost a pass per column.
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=missing), texts, safe=False)


def _constant(text: str, count: int) -> Any:
    return _coded(np.zeros(count, np.int8), pa.array([text]))


def _text(column: Any) -> Any:
    """Return a column's texts, or one scalar if they are all the same: that is joined much faster."""
    if column.null_count == len(column):
        return pa.scalar("-")
    if pa.types.is_dictionary(column.type):
        if len(column.dictionary) == 1 and not column.null_count:
            return column.dictionary[0]
        return column.dictionary.take(column.indices)
    if column.type in (pa.uint8(), pa.uint16()):
        return _SMALL_NUMBERS.take(column)
    return pc.cast(column, pa.string())


def _join(parts: list[Any], separator: str) -> Any:
    return pc.binary_join_element_wise(*parts, separator, null_handling="replace", null_replacement="-")
