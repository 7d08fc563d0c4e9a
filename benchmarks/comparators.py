"""The encoder as a `transformers` sequence classifier, which other servers can load.

Their classifier reads the first token through a pooler, ours the mean over the sentence, so the
function can't be the same; the head is random. Shape and size are the same, and so is the time.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from transformers import AutoModelForSequenceClassification
from transformers.utils import logging

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json")


def save_sequence_classifier(base_model: Path, label_ids: tuple[str, ...], folder: Path) -> None:
    """Write `folder`: the weights of `base_model`, a random head, a tokenizer for transformers 4 and 5.

    Raises:
        OSError: `base_model` isn't a folder of a `transformers` encoder.
    """
    logging.set_verbosity_error()  # the head is missing from the weights, as it should be
    logging.disable_progress_bar()
    names = dict(enumerate(label_ids))
    model = AutoModelForSequenceClassification.from_pretrained(
        base_model,
        num_labels=len(names),
        id2label=names,
        label2id={name: i for i, name in names.items()},
        problem_type="multi_label_classification",
    )
    model.save_pretrained(folder)
    for name in _TOKENIZER:
        shutil.copyfile(base_model / name, folder / name)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text("utf-8"))
    config["tokenizer_class"] = "PreTrainedTokenizerFast"  # transformers 5 writes another name
    path.write_text(json.dumps(config, indent=1) + "\n", "utf-8")
