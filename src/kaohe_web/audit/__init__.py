"""What was changed, by whom: a log that is only added to, each entry sealed with the one before it."""
