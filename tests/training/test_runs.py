"""A run that is stopped, ceases to improve, or is asked for twice; and what its folder says."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from filelock import FileLock
from tensorboardX.proto.event_pb2 import Event
from torch import nn
from transformers import TrainerControl, TrainerState

from fazhi.errors import FazhiError
from tests.tiny import ROOT
from training.batches import body_units
from training.checkpoints import last_checkpoint
from training.corpus import load_corpus
from training.decision import Decision
from training.evaluation.metrics import measure
from training.fit import train
from training.order import EpochOrder
from training.predictions import read_predictions
from training.run_folder import PREDICTIONS, Run
from training.validation import Schedule, Validation

# Kills itself without warning in the middle of an epoch, one step after a checkpoint there.
KILLED_AT = 9
KILLED = f"""
import json, os, signal, sys
from training.averaging import Averaging
from training.config import TrainingConfig
from training.fit import train

mix = Averaging.on_step_end

def on_step_end(self, args, state, control, **kwargs):
    if state.global_step == {KILLED_AT}:
        os.kill(os.getpid(), signal.SIGKILL)
    return mix(self, args, state, control, **kwargs)

Averaging.on_step_end = on_step_end
train(TrainingConfig(**json.loads(sys.argv[1])))
"""


def log_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]


def test_a_killed_run_ends_as_if_it_had_not_been(tiny_run: Path, tmp_path: Path) -> None:
    config = replace(Run.load(tiny_run).config, output=str(tmp_path / "run"))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, json.dumps(asdict(config))],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    checkpoint = last_checkpoint(tmp_path / ".run.partial")
    assert checkpoint is not None and checkpoint.name == f"checkpoint-{KILLED_AT - 1}"
    assert not (tmp_path / "run").exists()

    resumed = train(config)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert {p.name for p in resumed.iterdir()} == {p.name for p in tiny_run.iterdir()}
    weights, expected = Run.load(resumed).model.state_dict(), Run.load(tiny_run).model.state_dict()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)
    for name in (PREDICTIONS, "metrics.json"):
        assert (resumed / name).read_bytes() == (tiny_run / name).read_bytes()
    assert log_of(resumed)[-1]["sessions"] == 2
    measured = [[r for r in log_of(run) if "validation_loss" in r] for run in (resumed, tiny_run)]
    assert measured[0] == measured[1]
    assert sorted(scalars(resumed)) == sorted(scalars(tiny_run))


def test_a_run_that_ceases_to_improve_stops_and_may_be_finished_later(
    tiny_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = replace(
        Run.load(tiny_run).config,
        output=str(tmp_path / "run"),
        learning_rate=0.0,
        head_learning_rate=0.0,
        evaluations_per_epoch=5,
        patience=2,
    )

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.closing.write_results", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config)
    assert last_checkpoint(tmp_path / ".run.partial") is not None
    log = log_of(train(config))
    assert "goes on from" in capsys.readouterr().out
    assert sum("validation_loss" in row for row in log) == 3
    assert log[-1]["step"] == 3


def test_other_settings_start_anew_and_say_so(
    tiny_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = replace(Run.load(tiny_run).config, output=str(tmp_path / "run"), epochs=0.4)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.closing.write_results", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config)
    run = train(replace(config, seed=14))
    printed = capsys.readouterr().out
    assert "checkpoint-2 is of a run with other seed; starting anew" in printed
    assert "goes on from" not in printed
    assert log_of(run)[-1]["sessions"] == 1


def test_two_runs_into_one_folder_are_refused(tiny_run: Path, tmp_path: Path) -> None:
    work = tmp_path / ".run.partial"
    work.mkdir()
    config = replace(Run.load(tiny_run).config, output=str(tmp_path / "run"))
    with FileLock(work / "lock"), pytest.raises(FazhiError, match="another training is at work"):
        train(config)
    assert work.exists()


def test_the_order_is_a_permutation_of_its_own_each_epoch() -> None:
    order = EpochOrder([3, 1, 2] * 40, batch_size=4, seed=5)
    epochs = []
    for epoch in (0, 1, 0):
        order.epoch = epoch
        epochs.append(list(order))
    assert epochs[0] == epochs[2] != epochs[1]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(120))
    assert list(EpochOrder([3, 1, 2] * 40, batch_size=4, seed=6)) != epochs[0]


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (Schedule(epoch_steps=5, per_epoch=2, steps=10), [3, 5, 8, 10]),
        (Schedule(epoch_steps=4, per_epoch=1, steps=10), [4, 8, 10]),
        (Schedule(epoch_steps=2, per_epoch=9, steps=3), [1, 2, 3]),
    ],
)
def test_validation_is_due_within_an_epoch_and_at_its_end(
    schedule: Schedule, due: list[int]
) -> None:
    assert [s for s in range(1, schedule.steps + 1) if schedule.is_due(s)] == due


class Average:
    """Stands for averaged weights; the one weight is the number of the evaluation."""

    def __init__(self) -> None:
        self.average = nn.Module()
        self.average.module = nn.Linear(1, 1)


def watch(figures: list[tuple[float, float]], patience: int) -> tuple[Validation, int]:
    """A validation that has seen these F1 and losses, and the evaluations until it stopped."""
    averaging, rows = Average(), iter(figures)

    def figures_of(_: object) -> dict[str, float]:
        f1, loss = next(rows)
        return {"loss": loss, "micro_f1": f1, "macro_f1": f1, "role_accuracy": 1.0}

    validation = Validation(averaging, figures_of, Schedule(1, 1, 99), patience)  # type: ignore[arg-type]
    for step in range(1, len(figures) + 1):
        nn.init.constant_(averaging.average.module.weight, step)
        control, state = TrainerControl(), TrainerState(global_step=step)
        validation.on_step_end(None, state, control)  # type: ignore[arg-type]
        if control.should_training_stop:
            break
    return validation, step


def test_the_best_weights_are_kept_and_the_later_of_equals() -> None:
    worse, _ = watch([(0.8, 1.0), (0.9, 0.5), (0.85, 0.6)], patience=9)
    assert worse.standing.kept_step == 2 == worse.kept["weight"].item()
    equal, _ = watch([(0.8, 1.0), (0.9, 0.5), (0.899, 0.6)], patience=9)
    assert equal.standing.kept_step == 3 == equal.kept["weight"].item()
    sinking, _ = watch([(0.9, 1.0), (0.898, 1.0), (0.896, 1.0)], patience=9)
    assert sinking.standing.kept_step == 2


@pytest.mark.parametrize(
    ("figures", "patience", "stops"),
    [
        ([(0.0, 5.0 - i) for i in range(5)], 2, 5),  # the head isn't awake yet
        ([(0.1 * i, 1.0 + i) for i in range(5)], 2, 5),  # it only grows surer
        ([(0.5, 1.0)] * 5, 2, 3),
        ([(0.5, 1.0)] * 5, 0, 5),
        ([(0.5, 1.0), (0.4, 1.0), (0.6, 1.0), (0.5, 1.0), (0.5, 1.0)], 2, 5),
    ],
)
def test_it_stops_when_neither_f1_nor_loss_get_better(
    figures: list[tuple[float, float]], patience: int, stops: int
) -> None:
    assert watch(figures, patience)[1] == stops


def test_predictions_give_the_metrics(tiny_run: Path, tiny_corpus: Path) -> None:
    run = Run.load(tiny_run)
    for split in ("validation", "test"):
        units = body_units(load_corpus(tiny_corpus, run.taxonomy).records_of(split))
        predictions = read_predictions(tiny_run / PREDICTIONS, split)
        assert predictions.ids == tuple(unit.id for unit in units)
        assert predictions.labels == tuple(unit.labels for unit in units)
        assert predictions.roles == tuple(unit.role for unit in units)
        # A threshold that the untrained model passes, so that there is something to compare.
        cut = float(np.quantile(1 / (1 + np.exp(-predictions.logits.topics)), 0.9))
        thresholds = dict.fromkeys(run.taxonomy.label_ids, cut)
        low = replace(Decision.neutral(run.taxonomy), thresholds=thresholds)
        answers = low.answers(predictions.logits, units, run.taxonomy)
        assert 0 < measure(units, answers, run.taxonomy)["micro_f1"] < 1
        answers = run.decision.answers(predictions.logits, units, run.taxonomy)
        got = measure(units, answers, run.taxonomy)
        assert got == run.metrics[split]


def test_provenance_names_data_encoder_code_and_machine(tiny_run: Path) -> None:
    facts = Run.load(tiny_run).provenance
    for name in ("taxonomy_sha256", "base_model_sha256"):
        assert len(facts[name]) == 64
    assert {"python", "torch", "transformers"} <= set(facts["versions"])
    assert facts["machine"]["cpu"] and facts["machine"]["cpus"] >= 1
    assert facts["timing"]["training_seconds"] > 0 < facts["timing"]["sentences_per_second"]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    assert (facts["commit"] or "").removesuffix("-dirty") == head


def test_the_pictures_are_there(tiny_run: Path) -> None:
    for name in ("curves.png", "labels.png"):
        content = (tiny_run / name).read_bytes()
        assert content.startswith(b"\x89PNG") and len(content) > 10_000


def scalars(run: Path) -> Iterator[tuple[str, int, float]]:
    """Name, step and value of what TensorBoard reads."""
    (file,) = (run / "tensorboard").iterdir()
    content, at = file.read_bytes(), 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        event = Event.FromString(content[at + 12 : at + 12 + length])
        at += 16 + length  # length, its checksum, the event, its checksum
        for value in event.summary.value:
            yield value.tag, event.step, value.simple_value


def test_tensorboard_has_loss_rate_and_validation_figures(tiny_run: Path) -> None:
    found = list(scalars(tiny_run))
    log = log_of(tiny_run)
    assert {"training/learning_rate", "validation/loss", "validation/macro_f1"} <= {
        t for t, *_ in found
    }
    losses = [(step, value) for tag, step, value in found if tag == "training/loss"]
    assert losses == [(row["step"], pytest.approx(row["loss"])) for row in log if "loss" in row]
