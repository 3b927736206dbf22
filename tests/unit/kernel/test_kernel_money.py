"""Money in and out as text, and the exponents of ISO 4217."""

import pytest

from arrears.kernel.money import EXPONENTS, exponent, format_minor, parse_major, split


@pytest.mark.parametrize(
    ("text", "currency", "thousands", "amount_minor"),
    [
        ("12.34", "CNY", "", 1234),
        ("1,234.50", "CNY", ",", 123450),
        ("1.00E+05", "TWD", "", 10_000_000),
        ("1.5e3", "JPY", "", 1500),
        ("-0.01", "USD", "", -1),
        ("+7", "JPY", "", 7),
        ("12.", "CNY", "", 1200),
        ("1.2340", "KWD", "", 1234),
        ("12.3400", "CNY", "", 1234),
        (" 5 ", "CNY", "", 500),
    ],
)
def test_a_written_amount_is_read_in_minor_units(text, currency, thousands, amount_minor):
    assert parse_major(text, currency, thousands) == amount_minor


@pytest.mark.parametrize(
    "text", ["", "abc", "1,234.50", "12.345", "1e", "--1", ".5", "NaN", "inf", "1e-3", "1E+9999"]
)
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(ValueError):
        parse_major(text, "CNY")


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (123450, "CNY", "¥1,234.50"),
        (-5, "CNY", "-¥0.05"),
        (1500, "JPY", "JPY 1,500"),
        (1234, "KWD", "KWD 1.234"),
        (0, "TWD", "NT$0.00"),
        (10**16, "CNY", "¥100,000,000,000,000.00"),
    ],
)
def test_an_amount_is_written_with_the_digits_of_its_currency(amount_minor, currency, text):
    assert format_minor(amount_minor, currency) == text


def test_an_unknown_currency_is_named():
    with pytest.raises(ValueError, match="RMB"):
        exponent("RMB")


def test_exponents_cover_each_code_once():
    assert len(EXPONENTS) == len("".join(EXPONENTS)) // 3
    assert {exponent(c) for c in ("CNY", "JPY", "KWD", "UYW")} == {0, 2, 3, 4}


def test_ties_of_the_largest_remainder_go_to_the_earlier_part():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [-1, 2], [0, 0]])
def test_a_split_without_a_usable_weight_is_refused(weights):
    with pytest.raises(ValueError):
        split(1, weights)
