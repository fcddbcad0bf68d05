"""Staged to reconciled."""
