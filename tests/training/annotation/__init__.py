"""Tests of `training.annotation`."""
