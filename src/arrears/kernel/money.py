"""Money is an integer of minor units beside an ISO 4217 code; nothing here knows a float."""

from __future__ import annotations

import re
from collections.abc import Sequence

# ISO 4217:2015 minor-unit exponents that differ from 2 (list one, as amended to 2025).
EXPONENTS_OTHER_THAN_2 = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCIES_WITH_2 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
    "TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
EXPONENTS: dict[str, int] = dict.fromkeys(CURRENCIES_WITH_2.split(), 2) | {
    code: exponent for exponent, codes in EXPONENTS_OTHER_THAN_2.items() for code in codes.split()
}

SYMBOLS = {"CNY": "¥", "TWD": "NT$", "USD": "$", "EUR": "€", "GBP": "£", "INR": "₹"}

_MAJOR = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?")


def exponent(currency: str) -> int:
    """How many minor digits a currency has: 2 for CNY, 0 for JPY, 3 for KWD.

    Raises
    ------
    ValueError
        If the code is not a current ISO 4217 currency.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not a currency code of ISO 4217") from None


def parse_major(text: str, currency: str, thousands: str = "") -> int:
    """Read an amount in major units, ``12.34``, ``1,234.50`` or ``1.00E+05``, as minor units.

    Raises
    ------
    ValueError
        If it is no number, or has digits below the minor unit that are not zero.
    """
    bare = text.strip()
    if thousands:
        bare = bare.replace(thousands, "")
    match = _MAJOR.fullmatch(bare)
    if match is None:
        raise ValueError(f"{text!r} is not an amount such as 1234.50")
    sign, whole, fraction, power = match.groups()
    fraction = fraction or ""
    digits, shift = whole + fraction, exponent(currency) + int(power or 0) - len(fraction)
    if shift >= 0:
        minor: int = int(digits) * 10**shift
    else:
        minor, rest = divmod(int(digits), 10**-shift)
        if rest:
            raise ValueError(f"{text!r} has more digits than {currency} has minor units")
    return -minor if sign == "-" else minor


def format_minor(amount_minor: int, currency: str, symbol: bool = True) -> str:
    """Write minor units for a reader: ``¥1,234.50``, ``-NT$12.00``; the code where no symbol."""
    digits = exponent(currency)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    number = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    sign = "-" if amount_minor < 0 else ""
    if not symbol:
        return sign + number
    return sign + SYMBOLS.get(currency, f"{currency} ") + number


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split a sum in proportion to weights so that the parts sum to it exactly (V5).

    Largest remainder (Hamilton); ties go to the earlier part. A negative total is split as its
    mirror image.

    Raises
    ------
    ValueError
        If there is no weight, one is negative, or all are zero while the total is not.
    """
    if not weights or min(weights) < 0:
        raise ValueError("split needs at least one weight, none negative")
    whole = sum(weights)
    if whole == 0:
        if total_minor:
            raise ValueError("split needs a positive weight for a sum that is not zero")
        return [0] * len(weights)
    if total_minor < 0:
        return [-part for part in split(-total_minor, weights)]
    parts = [total_minor * weight // whole for weight in weights]
    remainders = [total_minor * weight % whole for weight in weights]
    missing = total_minor - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:missing]:
        parts[index] += 1
    return parts


def round_half_even(numerator: int, denominator: int) -> int:
    """The integer nearest to ``numerator / denominator``; a tie goes to the even one. Exact."""
    if denominator <= 0:
        raise ValueError("round_half_even needs a positive denominator")
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient
