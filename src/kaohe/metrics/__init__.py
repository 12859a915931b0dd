"""Figures: the catalogue, tallies, figures, explanations."""
