"""Announcing what happened to whom it concerns."""
