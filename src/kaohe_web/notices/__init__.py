"""Notices to robots of DingTalk, WeCom and Feishu and by e-mail."""
