"""Addresses of the rooms of daily work: queue, board, allotment."""

from __future__ import annotations

from django.urls import path

from arrears.console.views import allotting, board, work

urlpatterns = [
    path("queue/", work.queue_page, name="work"),
    path("queue/cases/<uuid:case_id>/take-up/", work.take, name="take-up"),
    path("queue/cases/<uuid:case_id>/done/", work.done, name="finish-case"),
    path("queue/cases/<uuid:case_id>/put-back/", work.back, name="put-back"),
    path("queue/cases/<uuid:case_id>/", allotting.why_page, name="case-keeper"),
    path("queue/cases/<uuid:case_id>/hand-over/", allotting.hand_one_over, name="hand-over"),
    path("queue/board/", board.board, name="board"),
    path("queue/board/<uuid:staff_id>/", board.member_page, name="member"),
    path("queue/board/<uuid:staff_id>/hand-over/", board.hand_several_over, name="hand-over-some"),
    path("queue/board/<uuid:staff_id>/away/", board.away, name="enter-absence"),
    path(
        "queue/board/<uuid:staff_id>/away/<uuid:absence_id>/end/",
        board.back_at_work,
        name="end-absence",
    ),
    path("queue/allotment/", allotting.allotment, name="allotment"),
]
