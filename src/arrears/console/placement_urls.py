"""Addresses of the rooms of placements."""

from __future__ import annotations

from django.urls import path

from arrears.console.views import placed, placements, placing

urlpatterns = [
    path("placements/", placements.placement_list, name="placements"),
    path("placements/new/", placing.new, name="placement-new"),
    path("placements/keep/", placing.keep, name="placement-keep"),
    path("placements/notices/", placed.notices, name="placement-notices"),
    path("placements/<uuid:batch_id>/", placements.batch_page, name="placement-batch"),
    path("placements/<uuid:batch_id>/ask/", placements.ask_batch, name="placement-ask"),
    path("placements/<uuid:batch_id>/approve/", placements.approve_batch, name="placement-approve"),
    path("placements/<uuid:batch_id>/refuse/", placements.refuse_batch, name="placement-refuse"),
    path(
        "placements/<uuid:batch_id>/carry-out/",
        placements.carry_out_batch,
        name="placement-carry-out",
    ),
    path("placements/<uuid:batch_id>/undo/", placements.undo_batch, name="placement-undo"),
    path("placements/<uuid:batch_id>/set-aside.csv", placements.batch_file, name="placement-file"),
    path("people/<uuid:person_id>/recall/", placed.recall_one, name="placement-recall"),
    path("people/<uuid:person_id>/told/", placed.tell_one, name="placement-told"),
]
