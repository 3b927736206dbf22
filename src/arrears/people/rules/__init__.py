"""Pure decisions about people: who may act on which day, what of an identity is shown."""

from arrears.people.rules.masking import MASK, masked, masked_email

__all__ = ["MASK", "masked", "masked_email"]
