"""Labelled records → padded tensors, through the encoder that serving uses."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fazhi.classifier import Logits
from fazhi.encoding import Encoder, Sentence, collate
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.augmentation import disturb
from training.model import SentenceClassifier

_EVALUATION_BATCH = 32


def learnable(records: Sequence[Record]) -> list[Record]:
    """Units that can be learnt from; metadata has neither topics nor a role."""
    return [record for record in records if record.kind != "meta" and record.text.strip()]


def body_units(records: Sequence[Record]) -> list[Record]:
    """Units that are measured."""
    return [record for record in records if record.kind == "body"]


def sentence_of(record: Record) -> Sentence:
    """A body unit with its headings; a heading is labelled by its own words, so it stands alone."""
    return Sentence(record.text, record.heading_path if record.kind == "body" else ())


def example_of(record: Record, taxonomy: Taxonomy) -> dict[str, Any]:
    """A row of the training dataset; `length`, in characters, serves to batch like with like.

    `topics` and `role` are probabilities; all of `role` are 0 for headings, which teach topics only.
    """
    sentence = sentence_of(record)
    return {
        "text": sentence.text,
        "heading_path": list(sentence.heading_path),
        "topics": [float(label in (record.labels or ())) for label in taxonomy.label_ids],
        "role": [float(role == record.role) for role in taxonomy.role_ids],
        "length": _length(sentence),
    }


def _length(sentence: Sentence) -> int:
    return sum(map(len, (sentence.text, *sentence.heading_path)))


@dataclass
class Collator:
    """Rows of the training dataset → one batch; some, at random, without headings or with noise.

    What happens to a row depends on `seed`, `epoch` and its `number` alone, so that a run that goes on
    in the middle of an epoch shows it as it would have.
    """

    encoder: Encoder
    heading_dropout: float
    noise: float
    seed: int
    epoch: int = 0

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Inputs of the model, `topics` (batch, labels) and `role` (batch, roles), float32."""
        sentences = [self._seen(row) for row in rows]
        return {
            **to_tensors(self.encoder, sentences),
            "topics": torch.tensor([row["topics"] for row in rows]),
            "role": torch.tensor([row["role"] for row in rows]),
        }

    def _seen(self, row: dict[str, Any]) -> Sentence:
        """What training shows of a sentence this time."""
        sentence = Sentence(row["text"], tuple(row["heading_path"]))
        chance = random.Random(f"{self.seed}/{self.epoch}/{row['number']}")
        if chance.random() < self.heading_dropout:
            sentence = Sentence(sentence.text)
        if chance.random() < self.noise:
            sentence = disturb(sentence, chance)
        return sentence


def to_tensors(encoder: Encoder, sentences: Sequence[Sentence]) -> dict[str, Tensor]:
    """`input_ids`, `attention_mask`, `token_type_ids`, each (batch, length), int64."""
    arrays = collate(encoder.encode(sentences), encoder.pad_id)
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def input_batches(encoder: Encoder, sentences: Sequence[Sentence]) -> Iterator[dict[str, Tensor]]:
    """Inputs in order, a few sentences at a time."""
    for at in range(0, len(sentences), _EVALUATION_BATCH):
        yield to_tensors(encoder, sentences[at : at + _EVALUATION_BATCH])


@torch.inference_mode()
def predict_logits(
    model: SentenceClassifier, encoder: Encoder, sentences: Sequence[Sentence]
) -> Logits:
    """Logits of the torch model for sentences, in order, as float32 arrays."""
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    # Sentences of like length together: less padding to compute.
    order = sorted(range(len(sentences)), key=lambda i: _length(sentences[i]))
    outputs = [
        model(**{name: tensor.to(device) for name, tensor in batch.items()})
        for batch in input_batches(encoder, [sentences[i] for i in order])
    ]
    model.train(was_training)
    back = np.argsort(order)
    topics, roles = (
        np.concatenate([o[i].float().cpu().numpy() for o in outputs])[back] for i in (0, 1)
    )
    return Logits(topics, roles)
