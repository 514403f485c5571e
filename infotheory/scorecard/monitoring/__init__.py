"""A card in use: new periods compared with the reference."""
