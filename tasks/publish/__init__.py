"""Measured to published."""
