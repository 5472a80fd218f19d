"""Fitting a table into a width: what is shown, what is told once, what is left out."""

from flowql.render.fit import GAP, Layout, Measured, fit


def total(layout: Layout) -> int:
    """Characters of a line."""
    return sum(layout.widths) + GAP * (len(layout.widths) - 1)


def test_a_table_without_a_limit_is_shown_as_it_is() -> None:
    columns = [Measured("srcaddr", 300, 15), Measured("bytes", 9, 9, is_constant=True)]
    assert fit(columns, None) == Layout((0, 1), (300, 9))


def test_a_table_that_fits_keeps_its_constant_columns() -> None:
    columns = [Measured("srcaddr", 15, 15), Measured("action", 6, 6, is_constant=True)]
    assert fit(columns, 23) == Layout((0, 1), (15, 6))


def test_constant_columns_go_first_and_only_as_many_as_needed() -> None:
    columns = [
        Measured("version", 7, 7, is_constant=True),
        Measured("interface-id", 21, 12),
        Measured("action", 6, 6, is_constant=True),
    ]
    assert fit(columns, 29) == Layout((1, 2), (21, 6), constant=(0,))
    assert fit(columns, 28) == Layout((1,), (21,), constant=(0, 2))


def test_cells_are_shortened_before_columns_are_left_out() -> None:
    columns = [Measured("interface-id", 21, 12), Measured("srcaddr", 39, 15), Measured("bytes", 5, 5)]
    layout = fit(columns, 50)
    assert layout.shown == (0, 1, 2)
    assert layout.widths == (19, 22, 5)  # the spare is shared
    assert total(layout) == 50


def test_spare_width_goes_to_those_who_want_it() -> None:
    columns = [Measured("a", 13, 12), Measured("b", 40, 12)]
    assert fit(columns, 40) == Layout((0, 1), (13, 25))


def test_the_least_telling_columns_are_left_out() -> None:
    columns = [Measured(name, 8, 8) for name in ("version", "start", "end", "az-id", "region")]
    assert fit(columns, 38).left_out == (4,)
    assert fit(columns, 28).left_out == (3, 4)
    assert fit(columns, 18).left_out == (0, 3, 4)
    assert fit(columns, 8) == Layout((1,), (8,), left_out=(0, 2, 3, 4))


def test_one_column_stays_however_narrow_the_terminal() -> None:
    columns = [Measured("dstaddr", 39, 15), Measured("srcaddr", 39, 15, is_constant=True)]
    assert fit(columns, 5) == Layout((0,), (15,), constant=(1,))


def test_a_narrow_column_is_shown_where_a_wide_one_that_tells_more_has_no_room() -> None:
    columns = [Measured("srcaddr", 15, 15), Measured("bytes", 20, 20), Measured("packets", 7, 7)]
    assert fit(columns, 30) == Layout((0, 2), (15, 7), left_out=(1,))


def test_columns_are_read_in_one_order_where_some_had_to_go() -> None:
    columns = [Measured(name, 10, 10) for name in ("bytes", "dstaddr", "x", "srcaddr", "start", "y")]
    assert fit(columns, 100).shown == (0, 1, 2, 3, 4, 5)
    assert fit(columns, 60).shown == (4, 3, 1, 0, 2)
    assert fit(columns, 60).left_out == (5,)


def test_a_table_of_no_flow_records_keeps_its_order() -> None:
    columns = [Measured(name, 10, 10) for name in ("topic", "bytes", "srcaddr", "y")]
    assert fit(columns, 40).shown == (0, 1, 2)


def test_a_constant_column_without_values_goes_first() -> None:
    columns = [
        Measured("action", 10, 10, is_constant=True),
        Measured("srcaddr", 10, 10, is_constant=True, is_empty=True),
        Measured("x", 10, 10),
    ]
    assert fit(columns, 30) == Layout((0, 2), (10, 10), constant=(1,), empty=(1,))


def test_a_column_of_two_widths_has_one_of_them() -> None:
    columns = [Measured("start", 20, 9, is_stepwise=True), Measured("x", 30, 12)]
    assert fit(columns, 40).widths == (9, 29)
    assert fit(columns, 51).widths == (9, 30)
    assert fit(columns, 52).widths == (20, 30)
