"""Labelled units → a fine-tuned model → a model folder that `fazhi` serves."""
