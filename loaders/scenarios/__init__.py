"""Labelled networks, lawful, unlawful and disguised, as canonical files; what screening says."""
