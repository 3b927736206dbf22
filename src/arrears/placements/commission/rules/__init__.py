"""Pure rules of schemes, attribution, commission and scores."""
