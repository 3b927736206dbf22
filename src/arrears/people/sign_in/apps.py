from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "arrears.people.sign_in"
    label = "sign_in"
