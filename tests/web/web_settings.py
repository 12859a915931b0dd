"""The site's settings over a workspace of its own, made for one test run."""

import os
import tempfile

os.environ["KAOHE_WORKSPACE"] = tempfile.mkdtemp(prefix="kaohe-web-")

from kaohe_web.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Tests log in often; how hard a hash is to guess is not what they look at."""
