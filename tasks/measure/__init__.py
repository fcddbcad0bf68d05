"""Reconciled to measured."""
