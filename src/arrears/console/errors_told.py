"""What refused an act of the rooms of work and pay, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arrears.kernel.errors import ArrearsError, BadInput, Conflict, NotAllowed, NotFound

# By what the stages say, word for word; a test sees that each is still said.
SENTENCES: Final[Mapping[str, Promise]] = {
    "this case is in another team's queue": gettext_lazy(
        "This case is in another team's queue; their lead can hand it over."
    ),
    "somebody else has taken this case up already": gettext_lazy(
        "Somebody else has taken this case up already; take the next one."
    ),
    "this case is not in your hands": gettext_lazy(
        "This case is not in your hands today; take it up first."
    ),
    "the case is closed": gettext_lazy("The case is closed."),
    "the case is on hold": gettext_lazy(
        "The case is on hold; it comes back into the queue once the hold has ended."
    ),
    "a conflict of interest with this person is on the register": gettext_lazy(
        "A conflict of interest with this person is on the register: leave it to a colleague."
    ),
    "a case cannot be put off to this day": gettext_lazy(
        "A case can be put off to a day from today on, within a year."
    ),
    "nobody keeps such a case": gettext_lazy("Nobody keeps this case."),
    "nobody keeps one of these cases": gettext_lazy(
        "One of these cases is kept by nobody any more; look at the list again."
    ),
    "these are no cases to hand over": gettext_lazy("Choose the cases to hand over."),
    "they keep this case already": gettext_lazy("They keep this case already."),
    "this case cannot be handed over to them": gettext_lazy(
        "This case cannot be handed over to them: they are not at work, may not act, or do not"
        " fit the case."
    ),
    "a team lead hands over the work of their own team": gettext_lazy(
        "A lead decides about the work of their own team only."
    ),
    "the plan has changed since it was looked at": gettext_lazy(
        "Cases or staff have changed since you looked; here is the plan as it is now."
    ),
    "they are away on one of these days already": gettext_lazy(
        "They are away on one of these days already."
    ),
    "the period holds no day": gettext_lazy("The first day back must come after the first day."),
    "it ends sooner already": gettext_lazy("The absence ends sooner already."),
    "a scheme that begins then or later stands already": gettext_lazy(
        "A scheme that begins then or later stands already."
    ),
    "a month was stated by the scheme before": gettext_lazy(
        "That month was stated by the scheme before; choose a later one."
    ),
    "a scheme of this organisation is proposed already": gettext_lazy(
        "A scheme of this organisation waits for a second person already; have it decided first."
    ),
    "nobody approves what they proposed": gettext_lazy(
        "Nobody approves what they proposed: ask a second person."
    ),
    "this is not the scheme that was read": gettext_lazy(
        "This is not the scheme that you read; look at it again."
    ),
    "every bucket needs a rate": gettext_lazy("Every bucket needs a rate."),
    "the weights are not a whole": gettext_lazy("The weights must add up to 100 %."),
    "each component of the scheme has one target": gettext_lazy(
        "Each component of the scheme needs a target."
    ),
    "the target of the amount recovered cannot be used": gettext_lazy(
        "The target of the amount recovered is one amount in one currency."
    ),
    "the month is not over yet": gettext_lazy("The month is not over yet."),
    "a draft of another month stands": gettext_lazy(
        "A draft of another month stands; issue it or drop it first."
    ),
    "a later month was stated already": gettext_lazy(
        "A later month was stated already; what belongs to this one stands there."
    ),
    "a score of the month is not known yet": gettext_lazy(
        "A score of the month is not known yet: enter it, with how it was found."
    ),
    "nothing changed since the month was stated": gettext_lazy(
        "Nothing changed since the month was stated."
    ),
    "a statement is settled by a second person": gettext_lazy(
        "Who drew a statement up does not settle it: ask a second person."
    ),
    "this complaint was put down already": gettext_lazy(
        "A complaint with this reference was put down already."
    ),
    "this is still to come": gettext_lazy("That day is still to come."),
    "this is no amount": gettext_lazy("This is no amount."),
    "this is no score": gettext_lazy("A score is 0 to 100 %."),
    "nobody has this badge": gettext_lazy("Nobody has this badge."),
    "this is somebody of another organisation": gettext_lazy(
        "This is somebody of another organisation."
    ),
}


def error_told(error: ArrearsError) -> str:
    """The sentence for an error; a general one by its kind where there is none of its own."""
    known = SENTENCES.get(error.message)
    if known is not None:
        return str(known)
    if error.message.startswith("no scheme of this organisation is in force"):
        return _("No scheme is in force in that month.")
    if isinstance(error, NotAllowed):
        return _("This is not for your role.")
    if isinstance(error, NotFound):
        return _("It is not there any more; the page shows how it stands.")
    if isinstance(error, Conflict):
        return _("It was changed meanwhile; the page shows how it stands.")
    if isinstance(error, BadInput) and "reason" in str(error.where.get("key", "")):
        return _("Give a reason that others can follow.")
    return _("Something in the form is missing or cannot be used; nothing was done.")


def acted(request: HttpRequest, act: Callable[[], Any], told: Callable[[Any], str] | str) -> bool:
    """Carry out an act of a form and say how it went; whether it was done."""
    try:
        result = act()
    except (BadInput, NotFound, NotAllowed, Conflict) as error:
        messages.error(request, error_told(error))
        return False
    messages.success(request, told if isinstance(told, str) else told(result))
    return True
