"""Cycles of appraisal from announcement to pay: standing, scores, review, appeals, the agent's own page."""
