"""Alignment of sentences and words."""
