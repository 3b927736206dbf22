"""An agency reads its placements; nobody but the lender says who leads whom."""

from django.db import migrations

from arrears.placements.security import open_to_agencies
from arrears.store.rowsecurity import lender_alone, of_organisation


class Migration(migrations.Migration):
    dependencies = [("placements", "0004_leading_agency")]

    operations = [
        lender_alone("placements_placement", of_organisation()),
        open_to_agencies("placements_placement", of_organisation()),
    ]
