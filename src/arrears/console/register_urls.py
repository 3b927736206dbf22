"""Addresses of the register: organisations and their papers, staff and theirs, teams."""

from __future__ import annotations

from django.urls import path

from arrears.console.views import agencies, staff, teams

_OF = "organisations/<slug:ref>/"
_CONTRACT = f"{_OF}contracts/<uuid:contract_id>/"
_STAFF = "staff/<uuid:staff_id>/"

urlpatterns = [
    path("organisations/", agencies.organisation_list, name="organisations"),
    path("register/publish/", agencies.publish, name="publish-agencies"),
    path("register/propose/", agencies.propose, name="propose-agency"),
    path(_OF, agencies.organisation_page, name="organisation"),
    path(f"{_OF}amend/", agencies.amend, name="amend-organisation"),
    path(f"{_OF}contracts/enter/", agencies.contract, name="enter-contract"),
    path(f"{_CONTRACT}amend/", agencies.amend_contract, name="amend-contract"),
    path(f"{_CONTRACT}end/", agencies.end_contract, name="end-contract"),
    path(f"{_CONTRACT}assess/", agencies.assess, name="assess-impact"),
    path(f"{_OF}letters/give/", agencies.give_letter, name="give-house-letter"),
    path(f"{_OF}letters/<uuid:letter_id>/revoke/", agencies.revoke_letter,
         name="revoke-house-letter"),
    path(f"{_OF}review/", agencies.review, name="review-agency"),
    path(f"{_OF}deletion/", agencies.deletion, name="prove-deletion"),
    path(f"{_OF}steps/<slug:step>/", agencies.move, name="move-agency"),
    path("staff/", staff.staff_list, name="staff"),
    path("staff/enter/", staff.hire, name="hire"),
    path("staff/teams/", teams.team_list, name="teams"),
    path("staff/teams/make/", teams.new_team, name="make-team"),
    path("staff/teams/<uuid:team_id>/amend/", teams.amend_team, name="amend-team"),
    path("staff/teams/<uuid:team_id>/close/", teams.close_team, name="close-team"),
    path(_STAFF, staff.staff_member, name="staff-member"),
    path(f"{_STAFF}photo/", staff.staff_photo, name="staff-photo"),
    path(f"{_STAFF}photo/give/", staff.give_photo, name="give-photo"),
    path(f"{_STAFF}amend/", staff.amend_member, name="amend-staff"),
    path(f"{_STAFF}certify/", staff.certify, name="certify"),
    path(f"{_STAFF}certificates/<uuid:certificate_id>/revoke/", staff.revoke_certificate,
         name="revoke-certificate"),
    path(f"{_STAFF}letter/", staff.give_letter, name="give-letter"),
    path(f"{_STAFF}letters/<uuid:letter_id>/revoke/", staff.revoke_letter, name="revoke-letter"),
    path(f"{_STAFF}conflict/", staff.declare_conflict, name="declare-conflict"),
    path(f"{_STAFF}conflicts/<uuid:conflict_id>/withdraw/", staff.withdraw_conflict,
         name="withdraw-conflict"),
    path(f"{_STAFF}leave/", staff.leave, name="leave"),
    path(f"{_STAFF}away/", teams.add_absence, name="add-absence"),
    path(f"{_STAFF}away/<uuid:absence_id>/end/", teams.end_absence, name="back-at-work"),
    path(f"{_STAFF}team/", teams.join_team, name="join-team"),
    path(f"{_STAFF}team/leave/", teams.leave_team, name="leave-team"),
]  # fmt: skip
