"""Addresses of the rooms of pay: schemes, targets, statements."""

from __future__ import annotations

from django.urls import path

from arrears.console.views import schemes, statements, targets

urlpatterns = [
    path("pay/schemes/", schemes.scheme_list, name="schemes"),
    path("pay/schemes/<str:ref>/", schemes.scheme_page, name="scheme"),
    path("pay/proposals/<uuid:proposal_id>/", schemes.proposal_page, name="proposal"),
    path("pay/proposals/<uuid:proposal_id>/decide/", schemes.decide, name="decide-proposal"),
    path("pay/charges/<str:ref>/", statements.charge_page, name="charges"),
    path("pay/targets/", targets.target_page, name="targets"),
    path("pay/targets/<str:kind>/<uuid:subject>/", targets.months, name="target-months"),
    path("pay/statements/", statements.statement_list, name="statements"),
    path("pay/statements/<uuid:statement_id>/", statements.statement_page, name="statement"),
    path("pay/statements/<uuid:statement_id>/step/", statements.step, name="statement-step"),
    path("pay/statements/<uuid:statement_id>/export/", statements.export, name="statement-export"),
]
