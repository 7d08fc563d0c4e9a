"""Sentence vectors of a base encoder that nobody has fine-tuned, kept between calls."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fazhi.encoding import Encoder, Sentence
from training.base_encoder import load_base, save_tokenizer
from training.batches import input_batches
from training.config import TrainingConfig
from training.run_folder import TOKENIZER, load_encoder


class FrozenEncoder:
    """A base encoder with its tokenizer; `cache` is a folder that keeps what was computed."""

    def __init__(self, base_model: str, cache: Path) -> None:
        """Load a local folder or hub name.

        Raises:
            FazhiError: it can't be loaded, or has no suitable tokenizer.
        """
        self._cache = cache
        with tempfile.TemporaryDirectory() as scratch:
            tokenizer = Path(scratch) / TOKENIZER
            save_tokenizer(base_model, tokenizer)
            self._encoder: Encoder = load_encoder(tokenizer, TrainingConfig().max_length_tokens)
            self._hash = hashlib.sha256(tokenizer.read_bytes())
        self._model = load_base(base_model, 1, 1).eval()
        for name, tensor in self._model.encoder.state_dict().items():
            self._hash.update(name.encode() + tensor.numpy().tobytes())

    def vectors(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        """The mean of each sentence's token vectors, headings seen but left out: (sentences, hidden)."""
        key = self._hash.copy()
        key.update(json.dumps([[s.text, *s.heading_path] for s in sentences]).encode())
        path = self._cache / f"{key.hexdigest()[:32]}.npy"
        if path.exists():
            return np.asarray(np.load(path))
        vectors = self._compute(sentences)
        self._cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npy")
        np.save(partial, vectors)
        partial.rename(path)
        return vectors

    @torch.inference_mode()
    def _compute(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        # Sentences of like length together: less padding to compute.
        order = sorted(
            range(len(sentences)),
            key=lambda i: sum(map(len, sentences[i].heading_path), len(sentences[i].text)),
        )
        batches = input_batches(self._encoder, [sentences[i] for i in order])
        pooled = torch.cat([self._model.pool(**batch) for batch in batches]).float().numpy()
        return np.asarray(pooled[np.argsort(order)])
