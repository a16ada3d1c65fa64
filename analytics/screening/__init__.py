"""From measures to findings: bands, typologies, packs, the verdict of every scope."""
