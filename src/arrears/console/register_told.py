"""What refused an entry of the register, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arrears.kernel.errors import ArrearsError, BadInput, Conflict, IllegalTransition

# By what the register says, word for word; a test sees that each is still said, and none missing.
SENTENCES: Final[Mapping[str, Promise]] = {
    "an agency cannot be called this": gettext_lazy(
        "A short name has 1 to 50 small letters, digits and hyphens, and is not “lender”."
    ),
    "there is an agency of this name": gettext_lazy("There is an agency of this short name."),
    "an approved agency can be reached": gettext_lazy(
        "An approved agency needs an address, and a phone number or an e-mail address: the public"
        " list shows them."
    ),
    "another contract of this agency covers a day of this one": gettext_lazy(
        "Another contract of this agency covers a day of this one: one at a time. End the other"
        " one first."
    ),
    "the period holds no day": gettext_lazy("The end must come after the beginning."),
    "a licence that ends has a number": gettext_lazy("Give the number of the licence too."),
    "this is still to come": gettext_lazy("That day is still to come."),
    "the next review comes later": gettext_lazy("The next review comes after this one."),
    "the agency cannot be approved yet": gettext_lazy(
        "The agency cannot be approved yet; it needs: %(what)s."
    ),
    "the agency cannot be ended yet": gettext_lazy(
        "The agency cannot be ended yet; it needs: %(what)s."
    ),
    "this is the lender, not an agency": gettext_lazy("This is the lender, not an agency."),
    "the agency is ended": gettext_lazy("The agency has ended; its record stays as it is."),
    "unknown capacity": gettext_lazy("The capacity is 0 to 10,000 persons."),
    "the badge would end before it begins": gettext_lazy(
        "The badge must end after the first day of work."
    ),
    "the badge or the sign-in is somebody else's": gettext_lazy(
        "This badge number or this user name is somebody else's."
    ),
    "they have another sign-in already": gettext_lazy("They sign in with another user name."),
    "nobody joins an agency that has ended": gettext_lazy("Nobody joins an agency that has ended."),
    "they are gone already": gettext_lazy("They have left already; the entry stays as it is."),
    "nobody leaves before they join": gettext_lazy("Nobody leaves before they joined."),
    "the certificate cannot be good for so long": gettext_lazy(
        "It must end after it was passed: training and test within a year, a background check"
        " within three."
    ),
    "a letter is for one member of staff or one organisation": gettext_lazy(
        "A letter is for one member of staff or one organisation."
    ),
    "there is a letter of this number": gettext_lazy("There is a letter of this number already."),
    "the lead works for another organisation": gettext_lazy(
        "The lead works for another organisation."
    ),
    "the organisation has a team of this name": gettext_lazy(
        "The organisation has, or had, a team of this name."
    ),
    "the team is of another organisation": gettext_lazy("The team is of another organisation."),
    "they joined another team at the same time": gettext_lazy(
        "They joined another team at the same time; look at how it stands now."
    ),
    "they are in no team then": gettext_lazy("They are in no team on that day."),
    "they are away on one of these days already": gettext_lazy(
        "They are away on one of these days already."
    ),
    "it ends sooner already": gettext_lazy("It ends sooner already."),
    "the photo is too large": gettext_lazy("The photo is too large: 4 MB at most."),
    "the photo is empty": gettext_lazy("The file is empty."),
    "this is no photo": gettext_lazy(
        "This is no photo that can be used: choose a picture as JPEG, PNG or WebP."
    ),
    "the photo has the wrong size": gettext_lazy(
        "The photo is too small or too large: at least 160 pixels a side."
    ),
    "there is no such user": gettext_lazy("Nobody has this user name."),
    "there is no such person": gettext_lazy("There is no person of this number."),
    "there is nobody with this badge": gettext_lazy("Nobody has this badge."),
    "this command id was already used for another request": gettext_lazy(
        "This form was sent already with other words; look at how it stands now."
    ),
}


def sentence(error: ArrearsError) -> str:
    """The sentence for an error; a general one by its kind where there is none of its own."""
    known = SENTENCES.get(error.message)
    if known is not None:
        # What a step still needs is told in the reader's language by the action itself.
        return str(known) % {"what": error.expected} if "%(what)s" in str(known) else str(known)
    if error.message.startswith("no contract of this agency covers"):
        return _("No contract covers that day; it must lie within the contract.")
    if error.message.startswith("the contract covers no "):
        return _("The contract covers one at least.")
    if isinstance(error, IllegalTransition):
        return _("It was changed meanwhile, and this step cannot be taken now.")
    if isinstance(error, Conflict):
        return _("It was changed meanwhile; look at how it stands now.")
    if isinstance(error, BadInput):
        return _("Something in the form is missing or cannot be used; nothing was done.")
    return _("It is not there any more; look at how it stands now.")
