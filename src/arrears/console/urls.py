"""Addresses of the console."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from arrears.console.views import (
    access,
    account,
    book,
    calendar,
    cases,
    journal,
    mending,
    people,
    rules,
    sessions,
    settings,
    switches,
    tapes,
)

app_name = "console"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:today"), name="root"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("sign-out/", account.SignOut.as_view(), name="sign-out"),
    path("account/", sessions.account, name="account"),
    path("account/password/", sessions.password, name="password"),
    path("account/sessions/end/", sessions.end_others, name="end-others"),
    path("account/sessions/<uuid:session_id>/end/", sessions.end, name="end-session"),
    path("settings/sessions/", sessions.sessions, name="sessions"),
    path("settings/sessions/reset/", sessions.reset, name="reset-factor"),
    path("settings/sessions/of/<int:user_id>/end/", sessions.end_of, name="end-of"),
    path("today/", book.today, name="today"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/<uuid:case_id>/", cases.case_page, name="case"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("loans/<uuid:loan_id>/", people.loan_page, name="loan"),
    path("data/tapes/", tapes.tape_list, name="tapes"),
    path("data/tapes/<uuid:tape_id>/", tapes.tape_page, name="tape"),
    path("data/runs/", book.run_list, name="runs"),
    path("data/runs/<uuid:run_id>/", book.run_page, name="run"),
    path("data/set-aside/", mending.row_list, name="set-aside"),
    path("data/set-aside/<uuid:row_id>/", mending.row, name="set-aside-row"),
    path("data/differences/", tapes.difference_list, name="differences"),
    path("data/book/", book.book, name="book"),
    path("rules/", rules.index, name="rules"),
    path("rules/calendar/", calendar.model, name="calendar"),
    path("journal/", journal.entry_list, name="journal"),
    path("journal/seals/", journal.seal_list, name="seals"),
    path("journal/<uuid:entry_id>/", journal.entry_page, name="entry"),
    path("journal/<uuid:entry_id>/proof.json", journal.proof, name="proof"),
    path("rules/switches/", switches.switch_list, name="switches"),
    path("rules/switches/<uuid:stop_id>/confirm/", switches.confirm, name="confirm-stop"),
    path("rules/switches/<uuid:stop_id>/lift/", switches.lift, name="lift-stop"),
    path("people/<uuid:person_id>/reveal/", access.reveal_field, name="reveal"),
    path("people/<uuid:person_id>/looked/", access.looked, name="looked"),
    path("people/<uuid:person_id>/when/", calendar.person, name="when"),
    path("rules/<slug:code>/", rules.pack_page, name="rule-pack"),
    path("rules/<slug:code>/coverage/", rules.coverage, name="rule-coverage"),
    path("rules/<slug:code>/<str:anchor>/", rules.rule_page, name="rule"),
    path("settings/mode/", settings.mode, name="mode"),
    path("settings/access/", access.table, name="access"),
    path("settings/clients/", settings.clients, name="clients"),
    path("settings/clients/<uuid:client_id>/revoke/", settings.revoke, name="revoke-client"),
]
