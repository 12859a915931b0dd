"""Uploading export files: recognised, mapped, imported in the background, refused rows mended."""
