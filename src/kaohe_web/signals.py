"""What others hear of imports."""

from django.dispatch import Signal

imported = Signal()
"""Sent when an import is done, with its `number`."""
