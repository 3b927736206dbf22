"""Addresses below ``/scim/v2``."""

from __future__ import annotations

from django.urls import path, re_path

from arrears.api.scim import views

urlpatterns = [
    path("Users", views.users, name="scim-users"),
    path("Users/<str:user_id>", views.user, name="scim-user"),
    path("ServiceProviderConfig", views.supported, name="scim-supported"),
    path("ResourceTypes", views.types, name="scim-types"),
    path("ResourceTypes/<str:name>", views.types, name="scim-type"),
    path("Schemas", views.schemas, name="scim-schemas"),
    path("Schemas/<str:name>", views.schemas, name="scim-schema"),
    re_path("", views.nowhere, name="scim-nowhere"),
]
