"""The order in which units are learnt, a function of seed and epoch alone.

So a run that goes on in the middle of an epoch sees the rest of it and nothing twice, without
any state of a random generator.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_pt_utils import get_length_grouped_indices

from training.batches import Collator


class EpochOrder(Sampler[int]):
    """A permutation an epoch, units of like length together: less padding to compute."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths, self._batch_size, self._seed = list(lengths), batch_size, seed
        self.epoch = 0

    def __iter__(self) -> Iterator[int]:
        seed = random.Random(f"{self._seed}/{self.epoch}").getrandbits(63)
        generator = torch.Generator().manual_seed(seed)
        order: list[int] = get_length_grouped_indices(
            self._lengths, self._batch_size, generator=generator
        )
        return iter(order)

    def __len__(self) -> int:
        return len(self._lengths)


class EpochCounter(TrainerCallback):
    """Tells order and collator which epoch begins."""

    def __init__(self, order: EpochOrder, collator: Collator) -> None:
        self._listeners = (order, collator)

    def on_epoch_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,
    ) -> None:
        """Pass the number on."""
        for listener in self._listeners:
            listener.epoch = int(state.epoch or 0)
