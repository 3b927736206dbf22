"""What the tape's words of a number mean for an act."""

from __future__ import annotations

import pytest

from arrears.conduct.rules.points import Point, point_facts, prevailing, read_point

A, B = "a" * 64, "b" * 64


def test_words_are_read_in_both_languages_and_however_they_are_written():
    assert read_point("手机", A, " Contract ", "空号", "本人") == Point(
        "phone", A, "contract", "invalid", "self"
    )
    assert read_point("E-Mail", A, "bought", "Not Verified", "employer") == Point(
        "email", A, "unlawful", "unverified", "work"
    )


def test_what_is_not_said_stays_open_and_strange_words_are_taken_for_the_worse():
    assert read_point("pager", A, None, " ", None) == Point("other", A, None, None, None)
    assert read_point("phone", A, "hearsay", "so so", "the neighbour") == Point(
        "phone", A, "unknown", "doubtful", "unknown"
    )


def test_a_number_of_somebody_else_is_doubtful_as_the_persons_own():
    theirs = Point("phone", A, "contract", "verified", "other")
    assert theirs.status_for("borrower") == "doubtful"
    assert theirs.status_for("unrelated_third") == "verified"
    assert Point("phone", A, "contract", "invalid", "other").status_for("borrower") == "invalid"


def test_of_two_words_about_one_number_the_worse_counts():
    points = [
        Point("phone", A, "contract", "verified", "self"),
        Point("chat", A, "unlawful", "invalid", "work"),
        Point("phone", B, "contract", "verified", "self"),
    ]
    assert point_facts(points, "sms", A, "borrower") == {
        "point_source": "unlawful",
        "point_status": "invalid",
        "point_is_work": True,
    }
    assert point_facts(points, "sms", B, "borrower") == {
        "point_source": "contract",
        "point_status": "verified",
    }
    assert point_facts(points, "sms", "c" * 64, "borrower") == {}


def test_with_no_number_named_the_best_of_the_channels_is_meant():
    bad, good = Point("phone", A, None, "invalid", None), Point("phone", B, None, "verified", None)
    mail = Point("email", B, None, "doubtful", None)
    points = sorted([bad, good, mail], key=lambda point: point.worth)
    assert point_facts(points, "phone", None, "borrower") == {"point_status": "verified"}
    assert point_facts(points, "email", None, "borrower") == {"point_status": "doubtful"}
    assert point_facts(points, "app", None, "borrower") == {}


@pytest.mark.parametrize(
    ("taped", "told", "stands"),
    [
        ("unverified", "verified", "verified"),
        ("verified", "doubtful", "doubtful"),
        ("verified", "invalid", "invalid"),
        ("doubtful", "verified", "doubtful"),
        ("doubtful", "invalid", "invalid"),
        ("invalid", "verified", "invalid"),
    ],
)
def test_nobody_talks_away_what_the_tape_holds_against_a_number(taped, told, stands):
    assert prevailing({"point_status": taped}, {"point_status": told}) == {"point_status": stands}


def test_what_the_tape_does_not_say_is_not_made_up():
    assert prevailing({}, {"point_status": "verified"}) == {}
    assert prevailing({"point_source": "unlawful"}, {"point_source": "contract"}) == {
        "point_source": "unlawful"
    }
