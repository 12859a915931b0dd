"""Schemes on the site: from a template, edited with live checks, compared, simulated, published."""
