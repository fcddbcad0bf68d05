"""Inbox to raw."""
