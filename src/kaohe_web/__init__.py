"""The web application: a shop's appraisal from upload to accepted pay sheet. Counts and judges nothing itself; see `kaohe`."""
