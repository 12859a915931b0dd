"""Figures on a page: boards, trends, heat maps, compliance, ranking, and the evidence behind each figure."""
