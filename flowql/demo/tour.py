"""The demo's tour: five questions to its log, each with what there is to see in the answer.

Owns the questions. The numbers in their answers are those of `incidents`. Does not know how queries are run
or shown.
"""

from dataclasses import dataclass

from flowql.demo.incidents import BEACON, BLOCKED_REPLY, BULK_UPLOAD, PORT_SCAN


@dataclass(frozen=True, slots=True)
class Stop:
    """A question: its title, one sentence on what to see in the answer, and the query."""

    title: str
    lead: str
    query: str


TOUR = (
    Stop(
        "the whole day",
        "A day of a small company: who was let through, who was refused, and how much was sent.",
        "* | stats count() as flows, dc(srcaddr) as sources, sum(bytes) as volume by action",
    ),
    Stop(
        PORT_SCAN.name,
        f"{PORT_SCAN.outside} was refused at {PORT_SCAN.rejected} different ports of one host, within four "
        "minutes; nobody else comes near that.",
        "action:REJECT dstport<10000 | stats dc(dstport) as ports, count() as flows, min(start) as first, "
        "max(start) as last by srcaddr, dstaddr | sort -ports | head 5",
    ),
    Stop(
        BEACON.name,
        f"{BEACON.inside} calls {BEACON.outside} most often of all, every five minutes, and always sends "
        "nearly the same: see how close the least and the most are.",
        f"src:10.0.0.0/8 dst!=10.0.0.0/8 dstport:{BEACON.port} | stats count() as flows, "
        "min(bytes) as least, max(bytes) as most by srcaddr, dstaddr | sort -flows | head 5",
    ),
    Stop(
        BLOCKED_REPLY.name,
        f"For an hour, what {BLOCKED_REPLY.outside} answered from port {BLOCKED_REPLY.port} was rejected at "
        "the client's side: the requests left, the replies did not come in.",
        f"srcport:{BLOCKED_REPLY.port} action:REJECT | stats count() as flows, min(start) as first, "
        "max(start) as last by srcaddr, dstaddr | sort -flows | head 5",
    ),
    Stop(
        BULK_UPLOAD.name,
        f"{BULK_UPLOAD.inside} sent 50 GB to {BULK_UPLOAD.outside} over ssh, by night: the most by far of "
        "all that left the network.",
        "src:10.0.0.0/8 dst!=10.0.0.0/8 | stats sum(bytes) as sent, count() as flows, min(start) as first, "
        "max(start) as last by srcaddr, dstaddr, dstport | sort -sent | head 5",
    ),
)
