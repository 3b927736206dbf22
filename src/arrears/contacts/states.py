"""The transition tables of a wording, of a message that waits, and of its hand-over."""

from arrears.kernel.transitions import Transitions

WORDING = Transitions(
    name="wording",
    initial="draft",
    table={
        ("draft", "propose"): "proposed",  # the check passed
        ("draft", "retire"): "retired",
        ("proposed", "approve"): "live",  # by a second person
        ("proposed", "refuse"): "draft",
        ("live", "retire"): "retired",
    },
)

MESSAGE = Transitions(
    name="message",
    initial="queued",
    table={
        ("queued", "hand_over"): "handed_over",
        ("queued", "drop"): "dropped",  # the rules refused it until it was too late
        ("queued", "cancel"): "cancelled",  # needless, or a hold began
        ("handed_over", "free"): "queued",  # the carrier surely did not take it
        ("handed_over", "give_up"): "dead",  # refused for good, or too often
        ("handed_over", "settle"): "done",
        ("dead", "resend"): "queued",
    },
)

HAND_OVER = Transitions(
    name="hand-over",
    initial="handed_over",  # committed before the carrier is called
    table={
        ("handed_over", "accept"): "sent",
        ("handed_over", "deny"): "not_taken",
        ("handed_over", "doubt"): "in_doubt",  # asked about, never sent again blindly
        ("handed_over", "deliver"): "delivered",  # the report came before the answer
        ("handed_over", "bounce"): "bounced",
        ("in_doubt", "accept"): "sent",
        ("in_doubt", "deny"): "not_taken",
        ("in_doubt", "deliver"): "delivered",
        ("in_doubt", "bounce"): "bounced",
        ("sent", "deliver"): "delivered",
        ("sent", "bounce"): "bounced",
        ("delivered", "bounce"): "bounced",  # some carriers take their word back
    },
)
