"""What people ask of flow logs, as guides of clouds and rules of detection ask it, in both languages.

The questions are those of CloudWatch Logs Insights' and Athena's examples, of Powerpipe's, Elastic's and
Sumo Logic's detections and of Security Lake's; the wording here is neither theirs nor their thresholds.
"""

from peers.pairs import Pair

PAIRS = (
    Pair(
        "top talkers by bytes between hosts",
        "* | stats sum(bytes) as transferred by srcaddr, dstaddr | sort -transferred | head 10",
        """SELECT srcaddr, dstaddr, sum(bytes) AS transferred FROM log
        GROUP BY srcaddr, src.rank, dstaddr, dst.rank ORDER BY transferred DESC, src.rank, dst.rank LIMIT 10""",
    ),
    Pair(
        "mean, least and most bytes between hosts",
        "* | stats avg(bytes) as mean, min(bytes) as least, max(bytes) as most by srcaddr, dstaddr | head 400",
        """SELECT srcaddr, dstaddr, avg(bytes) AS mean, min(bytes) AS least, max(bytes) AS most FROM log
        GROUP BY srcaddr, src.rank, dstaddr, dst.rank ORDER BY src.rank, dst.rank LIMIT 400""",
    ),
    Pair(
        "most packets between hosts",
        "* | stats sum(packets) as packets_sent by srcaddr, dstaddr | sort -packets_sent | head 15",
        """SELECT srcaddr, dstaddr, sum(packets) AS packets_sent FROM log
        GROUP BY srcaddr, src.rank, dstaddr, dst.rank ORDER BY packets_sent DESC, src.rank, dst.rank LIMIT 15""",
    ),
    Pair(
        "bytes sent over UDP",
        "protocol:udp | stats sum(bytes) as transferred by srcaddr, dstaddr | sort -transferred | head 10",
        """SELECT srcaddr, dstaddr, sum(bytes) AS transferred FROM log WHERE protocol = 17
        GROUP BY srcaddr, src.rank, dstaddr, dst.rank ORDER BY transferred DESC, src.rank, dst.rank LIMIT 10""",
    ),
    Pair(
        "sources with the most rejected requests",
        "action:REJECT | stats count() as rejections by srcaddr | sort -rejections | head 20",
        """SELECT srcaddr, count(*) AS rejections FROM log WHERE upper(action) = 'REJECT'
        GROUP BY srcaddr, src.rank ORDER BY rejections DESC, src.rank LIMIT 20""",
    ),
    Pair(
        "interfaces whose records were skipped during the window",
        "log-status:SKIPDATA | stats count() as skipped by interface-id | sort -skipped",
        """SELECT "interface-id", count(*) AS skipped FROM log WHERE "log-status" = 'SKIPDATA'
        GROUP BY 1 ORDER BY skipped DESC, lower("interface-id")""",
    ),
    Pair(
        "one record for each connection",
        "interface-id:eni-ties | dedup srcaddr, srcport, dstaddr, dstport | fields start, srcaddr, srcport, dstaddr, dstport",
        """SELECT start, srcaddr, srcport, dstaddr, dstport FROM log WHERE "interface-id" = 'eni-ties'
        QUALIFY row_number()
            OVER (PARTITION BY srcaddr, srcport, dstaddr, dstport ORDER BY start DESC, place DESC) = 1
        ORDER BY start DESC, place DESC""",
    ),
    Pair(
        "most bytes from one host to each destination",
        "srcaddr:10.20.0.1 | stats sum(bytes) as transferred by dstaddr | sort -transferred | head 10",
        """SELECT dstaddr, sum(bytes) AS transferred FROM log WHERE srcaddr = '10.20.0.1'
        GROUP BY dstaddr, dst.rank ORDER BY transferred DESC, dst.rank LIMIT 10""",
    ),
    Pair(
        "rejected TCP by day of the log",
        "action:REJECT protocol:tcp | stats count() as rejections by start 1d, interface-id, srcaddr",
        """SELECT start // 86400 * 86400 AS start, "interface-id", srcaddr, count(*) AS rejections FROM log
        WHERE upper(action) = 'REJECT' AND protocol = 6
        GROUP BY 1, 2, srcaddr, src.rank ORDER BY 1, lower("interface-id"), src.rank""",
    ),
    Pair(
        "servers that get the most packets on the HTTPS port",
        "dstport:443 | stats sum(packets) as packet_count by dstaddr | sort -packet_count | head 10",
        """SELECT dstaddr, sum(packets) AS packet_count FROM log WHERE dstport = 443
        GROUP BY dstaddr, dst.rank ORDER BY packet_count DESC, dst.rank LIMIT 10""",
    ),
    Pair(
        "SSH and RDP that came in from public addresses and was accepted",
        "public -> any:{22, 3389} action:ACCEPT | fields start, srcaddr, dstaddr, dstport, bytes",
        """SELECT start, srcaddr, dstaddr, dstport, bytes FROM log
        WHERE src.public AND dst IS NOT NULL AND dstport IN (22, 3389) AND upper(action) = 'ACCEPT'
        ORDER BY start DESC, place DESC""",
    ),
    Pair(
        "rejected SSH by source",
        "action:REJECT dstport:ssh proto:tcp | stats count() as tries, dc(dstaddr) as hosts by srcaddr | sort -tries",
        """SELECT srcaddr, count(*) AS tries, count(DISTINCT dstaddr) AS hosts FROM log
        WHERE upper(action) = 'REJECT' AND dstport = 22 AND protocol = 6
        GROUP BY srcaddr, src.rank ORDER BY tries DESC, src.rank""",
    ),
    Pair(
        "port scans: many ports of one host tried by one source",
        "action:REJECT | stats dc(dstport) as ports, count() as tries, min(start) as first_start, "
        "max(start) as last_start by srcaddr, dstaddr | where ports>=10 | sort -ports",
        """SELECT srcaddr, dstaddr, count(DISTINCT dstport) AS ports, count(*) AS tries,
            min(start) AS first_start, max(start) AS last_start
        FROM log WHERE upper(action) = 'REJECT' GROUP BY srcaddr, src.rank, dstaddr, dst.rank
        HAVING ports >= 10 ORDER BY ports DESC, src.rank, dst.rank""",
    ),
    Pair(
        "port scans within five minutes",
        "action:REJECT | stats dc(dstport) as ports, dc(dstaddr) as hosts by srcaddr, start 5m | where ports>=15 OR hosts>=15",
        """SELECT srcaddr, start // 300 * 300 AS start, count(DISTINCT dstport) AS ports,
            count(DISTINCT dstaddr) AS hosts
        FROM log WHERE upper(action) = 'REJECT' GROUP BY srcaddr, src.rank, start // 300 * 300
        HAVING ports >= 15 OR hosts >= 15 ORDER BY src.rank, 2""",
    ),
    Pair(
        "sweeps: many hosts reached by one source on ports of services",
        "dstport in (21, 22, 23, 25, 139, 445, 3389, 5985, 5986) "
        "| stats dc(dstaddr) as hosts by srcaddr, dstport | where hosts>=4 | sort -hosts, srcaddr",
        """SELECT srcaddr, dstport, count(DISTINCT dstaddr) AS hosts FROM log
        WHERE dstport IN (21, 22, 23, 25, 139, 445, 3389, 5985, 5986)
        GROUP BY srcaddr, src.rank, dstport HAVING hosts >= 4 ORDER BY hosts DESC, src.rank, dstport""",
    ),
    Pair(
        "bytes by hour, in and out of the company",
        "* | timechart 1h sum(bytes) if (dst:public) as outwards, sum(bytes) if (src:public) as inwards",
        """WITH edges AS (SELECT unnest(range(
            (SELECT min(start) // 3600 * 3600 FROM log), (SELECT max(start) + 1 FROM log), 3600)) AS edge)
        SELECT edge AS start, sum(bytes) FILTER (dst.public) AS outwards, sum(bytes) FILTER (src.public) AS inwards
        FROM edges LEFT JOIN log ON start // 3600 * 3600 = edge GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "rejects by five minutes",
        "on 2025-03-08 action:REJECT | timechart 5m count() as rejections",
        """SELECT edge AS start, count(place) AS rejections FROM range(1741392000, 1741478400, 300) AS each_edge (edge)
        LEFT JOIN log ON start // 300 * 300 = edge AND upper(action) = 'REJECT' GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "minutes with an unusual number of rejects",
        "action:REJECT | stats count() as rejections by start 5m | where rejections>100",
        """SELECT start // 300 * 300 AS start, count(*) AS rejections FROM log WHERE upper(action) = 'REJECT'
        GROUP BY 1 HAVING rejections > 100 ORDER BY 1""",
    ),
    Pair(
        "protocols by bytes",
        "* | top 10 protocol by sum(bytes)",
        """SELECT protocol, sum(bytes) AS sum_bytes, sum(bytes)::DOUBLE / sum(sum(bytes)) OVER () AS share
        FROM log GROUP BY 1 ORDER BY sum_bytes DESC, protocol LIMIT 10""",
    ),
    Pair(
        "the 95th percentile of bytes by interface",
        "log-status:OK | stats p95(bytes) as p, max(bytes) as most, count() as n by interface-id | sort -p",
        """SELECT "interface-id", nearest_rank(bytes, 95) AS p, max(bytes) AS most, count(*) AS n FROM log
        WHERE "log-status" = 'OK' GROUP BY 1 ORDER BY p DESC, lower("interface-id")""",
    ),
    Pair(
        "large transfers in one flow",
        "action:ACCEPT bytes:>1MB | sort -bytes | fields start, interface-id, srcaddr, dstaddr, dstport, bytes",
        """SELECT start, "interface-id", srcaddr, dstaddr, dstport, bytes FROM log
        WHERE upper(action) = 'ACCEPT' AND bytes > 1000000 ORDER BY bytes DESC, start DESC, place DESC""",
    ),
    Pair(
        "flows of very many packets",
        "action:ACCEPT packets:>1k | sort -packets, -start | fields start, srcaddr, dstaddr, protocol-name, packets | head 60",
        """SELECT start, srcaddr, dstaddr,
            CASE protocol WHEN 1 THEN 'icmp' WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' END AS "protocol-name", packets
        FROM log WHERE upper(action) = 'ACCEPT' AND packets > 1000
        ORDER BY packets DESC, start DESC, place DESC LIMIT 60""",
    ),
    Pair(
        "databases that were reached, by who reached them",
        "action:ACCEPT dstport in (1433, 1521, 3306, 5432, 6379, 27017) "
        "| stats count() as flows, sum(bytes) as b by srcaddr/24, dstport",
        """SELECT src.net AS srcaddr, dstport, count(*) AS flows, sum(bytes) AS b FROM log
        WHERE upper(action) = 'ACCEPT' AND dstport IN (1433, 1521, 3306, 5432, 6379, 27017)
        GROUP BY src.net, src.net_rank, dstport ORDER BY src.net_rank, dstport""",
    ),
    Pair(
        "traffic that is neither TCP, UDP nor ICMP",
        "protocol:* protocol not in (1, 6, 17, 58) | stats count() as n, values(srcaddr) as sources by protocol",
        """SELECT protocol, count(*) AS n,
            array_to_string([pair[2] FOR pair IN list_sort(list(DISTINCT [src.rank, srcaddr]))], ', ') AS sources
        FROM log WHERE protocol NOT IN (1, 6, 17, 58) GROUP BY 1 ORDER BY 1""",
    ),
    Pair(
        "accepted on ports that are not on the list of allowed ones",
        "src:public dst:private action:ACCEPT dstport not in (80, 443) dstport:<1024 | stats count() as n by dstaddr, dstport",
        """SELECT dstaddr, dstport, count(*) AS n FROM log
        WHERE src.public AND dst.private AND upper(action) = 'ACCEPT' AND dstport NOT IN (80, 443) AND dstport < 1024
        GROUP BY dstaddr, dst.rank, dstport ORDER BY dst.rank, dstport""",
    ),
    Pair(
        "the share of rejects of every interface",
        "action:* | stats count() as n, count() if (action:REJECT) as rejects by interface-id "
        "| eval share = rejects / n | sort -share | head 25",
        """SELECT "interface-id", count(*) AS n, count(*) FILTER (upper(action) = 'REJECT') AS rejects, rejects / n AS share
        FROM log WHERE action IS NOT NULL GROUP BY 1 ORDER BY share DESC, lower("interface-id") LIMIT 25""",
    ),
    Pair(
        "beacons: one pair that talks evenly all day",
        "dst:203.0.113.0/24 OR dst:198.51.100.0/24 | stats count() as n, dc(start) as moments, p50(bytes) as usual, "
        "max(bytes) as most, avg(bytes) as mean by srcaddr, dstaddr, dstport | where n>=100 most<2k",
        """SELECT srcaddr, dstaddr, dstport, count(*) AS n, count(DISTINCT start) AS moments,
            nearest_rank(bytes, 50) AS usual, max(bytes) AS most, avg(bytes) AS mean
        FROM log WHERE dst.net IN ('203.0.113.0/24', '198.51.100.0/24')
        GROUP BY srcaddr, src.rank, dstaddr, dst.rank, dstport HAVING n >= 100 AND most < 2000
        ORDER BY src.rank, dst.rank, dstport""",
    ),
    Pair(
        "bits a second, the fastest flows",
        "duration:>0s action:ACCEPT interface-id!=eni-great | sort -bps | head 50 | fields srcaddr, dstaddr, bytes, bps",
        """SELECT srcaddr, dstaddr, bytes, 8.0::DOUBLE * bytes / duration AS bps FROM log
        WHERE duration > 0 AND upper(action) = 'ACCEPT' AND "interface-id" <> 'eni-great'
        ORDER BY bytes / duration DESC, start DESC, place DESC LIMIT 50""",
    ),
    Pair(
        "destinations that only IPv6 reaches",
        "dst:::/0 | stats sum(bytes) as b, dc(srcaddr) as sources by dstaddr/24 | sort -b | head 30",
        """SELECT dst.net AS dstaddr, sum(bytes) AS b, count(DISTINCT srcaddr) AS sources FROM log
        WHERE dst.version = 6 GROUP BY dst.net, dst.net_rank ORDER BY b DESC, dst.net_rank LIMIT 30""",
    ),
)
