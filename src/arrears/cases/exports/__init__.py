"""Lists that leave the house as a file: asked for, approved above a size, fetched once."""
