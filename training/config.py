"""What a training run is made of: one frozen dataclass, every field described, saved with the run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TrainingConfig:
    """Defaults are those of the released model."""

    base_model: str = field(
        default="models/work/base", metadata={"help": "folder or hub name of a BERT-like encoder"}
    )
    data: list[str] = field(
        default_factory=lambda: ["data/corpus"],
        metadata={"help": "files of labelled units, or folders of them"},
    )
    taxonomy: str = field(default="data/taxonomy.yaml", metadata={"help": "label set"})
    output: str = field(default="models/work/run", metadata={"help": "run folder to write"})
    epochs: float = field(default=4.0, metadata={"help": "passes over the training split"})
    batch_size: int = field(default=16, metadata={"help": "sentences per step"})
    learning_rate: float = field(default=1e-4, metadata={"help": "peak rate of the encoder"})
    head_learning_rate: float = field(default=2e-3, metadata={"help": "peak rate of the head"})
    weight_decay: float = field(default=0.01, metadata={"help": "AdamW decay of matrices"})
    warmup_ratio: float = field(default=0.1, metadata={"help": "share of steps with rising rate"})
    heading_dropout: float = field(
        default=0.15, metadata={"help": "chance that a sentence is shown without its headings"}
    )
    noise: float = field(
        default=0.1,
        metadata={"help": "chance that a sentence is shown as bad pages and scans print it"},
    )
    teachers: str = field(
        default="",
        metadata={
            "help": "run or model folders, separated by commas, whose answers are learnt as well"
        },
    )
    layers: int = field(
        default=0, metadata={"help": "layers of the encoder to keep, evenly spaced; 0: all"}
    )
    max_length_tokens: int = field(default=192, metadata={"help": "longest input, in tokens"})
    evaluations_per_epoch: int = field(
        default=2, metadata={"help": "how often validation is measured and a checkpoint written"}
    )
    patience: int = field(
        default=4,
        metadata={
            "help": "evaluations without a better F1 or loss after which training stops; 0: never"
        },
    )
    seed: int = field(default=13, metadata={"help": "seeds weights, order and dropout"})
