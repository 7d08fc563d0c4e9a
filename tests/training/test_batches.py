"""What training shows of a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import TrainerState

from training.averaging import Averaging
from training.batches import Collator
from training.model import SentenceClassifier
from training.run_folder import Run

ROW = {
    "number": 0,
    "text": "压减材料61份。",
    "heading_path": ["一、工作成效", "（一）政务服务"],
    "topics": [1.0] + [0.0] * 25,
    "role": 0,
}


def collator(tiny_run: Path, **chances: float) -> Collator:
    encoder = Run.load(tiny_run).encoder()
    none = {"heading_dropout": 0.0, "noise": 0.0}
    return Collator(encoder, **(none | chances), seed=3)


@pytest.mark.parametrize("chance", ["heading_dropout", "noise"])
def test_some_sentences_are_changed_and_the_answers_never(chance: str, tiny_run: Path) -> None:
    plain = collator(tiny_run)([ROW])
    collate = collator(tiny_run, **{chance: 0.5})
    shown = [collate([ROW | {"number": i}]) for i in range(60)]
    same = [batch["input_ids"].tolist() == plain["input_ids"].tolist() for batch in shown]
    assert 10 <= sum(same) <= 55
    for batch in shown:
        assert torch.equal(batch["topics"], plain["topics"])
        assert torch.equal(batch["role"], plain["role"])


@pytest.mark.parametrize("steps", [1, 20, 1_000])
def test_average_of_the_weights_smooths_the_last_and_forgets_the_first(
    steps: int, tiny_base: Path
) -> None:
    model = SentenceClassifier.from_base(str(tiny_base), 26, 4)
    averaging = Averaging(model, steps, warmup_steps=steps // 10)
    for step in range(1, steps + 1):
        with torch.no_grad():
            model.head.bias.fill_(100.0 if step < steps // 5 else 2.0 + step % 2)
        state = TrainerState(global_step=step)
        averaging.on_step_end(None, state, None, model=model)  # type: ignore[arg-type]
    bias = averaging.average.module.head.bias
    expected = 3.0 if steps == 1 else 2.5
    assert torch.allclose(bias, torch.tensor(expected), atol=0.3)
