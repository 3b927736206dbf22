"""Tables of placements; each part has a module here."""

from arrears.placements.models.batches import BatchLine, PlacementBatch
from arrears.placements.models.placements import AgencyNotice, Placement

__all__ = ["AgencyNotice", "BatchLine", "Placement", "PlacementBatch"]
