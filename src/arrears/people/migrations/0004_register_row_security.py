from django.db import migrations

from arrears.store.rowsecurity import of_organisation, protect_shared

# What row security lets an agency see of people_staff are its own people.
_OWN_STAFF = "staff_id IN (SELECT s.id FROM people_staff s)"


class Migration(migrations.Migration):
    dependencies = [("people", "0003_register")]

    operations = [
        protect_shared("people_staff", of_organisation()),
        protect_shared("people_team", of_organisation()),
        protect_shared("people_agency_contract", of_organisation()),
        protect_shared("people_agency_review", of_organisation()),
        protect_shared("people_deletion_proof", of_organisation()),
        protect_shared("people_team_member", _OWN_STAFF),
        protect_shared("people_absence", _OWN_STAFF),
        protect_shared("people_certificate", _OWN_STAFF),
        protect_shared("people_conflict", _OWN_STAFF),
        protect_shared("people_authority_letter", f"{_OWN_STAFF} OR {of_organisation()}"),
    ]
