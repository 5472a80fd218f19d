"""The settings of a shell: each is read, written and listed by one table."""

from dataclasses import fields

import pytest

from flowql.errors import UsageError
from flowql.shell.settings import SETTINGS, Settings, with_setting, written_setting


def test_every_setting_is_in_the_table_and_reads_back() -> None:
    settings = Settings()
    for field in fields(Settings):
        text = written_setting(settings, field.name)
        assert getattr(with_setting(settings, field.name, text), field.name) == getattr(settings, field.name)
        assert SETTINGS[field.name].help


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("mode", "csv", "csv"),
        ("limit", "7", 7),
        ("limit", "all", None),
        ("lines", "3", 3),
        ("lines", "all", None),
        ("tz", "asia/shanghai", "Asia/Shanghai"),
        ("tz", "none", None),
        ("now", "2018-12-13T14:00Z", 1_544_709_600_000_000_000),
        ("now", "none", None),
        ("strict", "on", True),
        ("histogram", "Off", False),
        ("pager", "never", "never"),
        ("editing", "vi", "vi"),
    ],
)
def test_a_value_is_read_and_reads_back(name: str, text: str, value: object) -> None:
    settings = with_setting(Settings(), name, text)
    assert getattr(settings, name) == value
    assert with_setting(Settings(tz="UTC"), name, written_setting(settings, name)) == with_setting(
        Settings(tz="UTC"), name, text
    )


def test_now_is_read_on_the_clock_of_the_zone() -> None:
    settings = with_setting(Settings(tz="Asia/Shanghai"), "now", "2018-12-13 22:00")
    assert settings.now == 1_544_709_600_000_000_000
    assert written_setting(settings, "now") == "2018-12-13T22:00:00+08:00"


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("limt", "5", "settings: limit"),
        ("mode", "jsn", r"\set mode json"),
        ("limit", "few", r"\set limit 100"),
        ("lines", "2", r"\set lines 100"),
        ("tz", "Berlin", "Europe/Berlin"),
        ("now", "soon", "2018-12-13T14:00:00Z"),
        ("timing", "maybe", r"\set timing on"),
        ("editing", "vim", r"\set editing vi"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_do(name: str, text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        with_setting(Settings(), name, text)
    assert hint in str(caught.value.hint)


def test_a_time_that_the_clock_reads_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves a doubt"):
        with_setting(Settings(tz="Europe/Berlin"), "now", "2018-10-28 02:30")
