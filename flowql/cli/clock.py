"""`--tz` and `--now`: the zone in which times are read and shown, and the time that a query is asked at.

Owns these options, and how a time on the command line is read.
"""

import click

from flowql.cli.completing import complete_zone
from flowql.cli.options import SettingOption
from flowql.times import BadTimeError, format_time, now_ns, parse_time
from flowql.zones import UTC, find_zone, similar_zones


def _read_zone(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    """The name of a zone as the engine knows it."""
    if text is None:
        return None
    zone = find_zone(text)
    if zone is None:
        near = ", ".join(similar_zones(text)) or "Asia/Shanghai, UTC or +08:00"
        raise click.BadParameter(f"{text!r} is no zone; write {near}", ctx, param)
    return zone.name


def read_time(ctx: click.Context, option: str, text: str, *, now: int) -> int:
    """The time that an option gives, in nanoseconds; without an offset, on the clock of `--tz`."""
    zone = find_zone(ctx.params.get("tz") or "") or UTC
    try:
        unit = parse_time(text, now=now, zone=zone)
    except BadTimeError as error:
        hint = error.reason or f"write {error.instead or '2018-12-13T14:00:00Z, 2018-12-13 or epoch seconds'}"
        raise click.BadParameter(f"{text!r} is no time; {hint}", ctx, param_hint=f"'{option}'") from error
    if unit.other is not None:
        readings = " or ".join(format_time(each, zone) for each in (unit.first, unit.other))
        message = f"the clock of {zone} leaves a doubt; write {readings}"
        raise click.BadParameter(message, ctx, param_hint=f"'{option}'")
    return unit.first


def _read_now(ctx: click.Context, param: click.Parameter, text: str | None) -> int | None:
    """The time of `--now`, in nanoseconds."""
    return None if text is None else read_time(ctx, param.opts[0], text, now=now_ns())


tz_option = click.option(
    "--tz",
    cls=SettingOption,
    setting="tz",
    metavar="ZONE|none",
    shell_complete=complete_zone,
    callback=_read_zone,
    is_eager=True,
    help="Zone in which times are read and shown, unless the query says tz.  [default: UTC]",
)
now_option = click.option(
    "--now", metavar="TIME", callback=_read_now, help="The time that `last` and `now` in the query refer to."
)
