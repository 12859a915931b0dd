"""People who use the site: who they are, what they may do, and about whom."""
