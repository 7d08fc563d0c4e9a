"""The network: encoder → mean over the sentence → standardising → one linear layer.

Mean-pooled E5 vectors lie in a narrow cone; without standardising, a linear head with binary
cross-entropy learns nothing for a long time. The affine layer is fixed from the training
set before the first step and is exported with the graph.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from fazhi.errors import FazhiError

WEIGHTS_FILE = "classifier.safetensors"
_ENCODER_FOLDER = "encoder"
_SIZES_FILE = "sizes.json"

# A topic is on in about one sentence of twenty; starting there spares the head its first epoch.
_INITIAL_TOPIC_BIAS = -3.0


class SentenceClassifier(nn.Module):
    """Multi-label topics and a single-label role from one forward pass."""

    pooled_mean: Tensor
    pooled_scale: Tensor

    def __init__(self, encoder: PreTrainedModel, n_labels: int, n_roles: int) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.n_labels = n_labels
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(hidden, n_labels + n_roles)
        self.register_buffer("pooled_mean", torch.zeros(hidden))
        self.register_buffer("pooled_scale", torch.ones(hidden))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        nn.init.constant_(self.head.bias[:n_labels], _INITIAL_TOPIC_BIAS)

    @classmethod
    def from_base(cls, base_model: str, n_labels: int, n_roles: int) -> SentenceClassifier:
        """Start from a local folder or hub name of a BERT-like encoder.

        Attention is computed step by step: PyTorch's fused kernel has a slow backward pass on CPUs,
        and the steps are what the ONNX optimiser recognises. No dropout inside: drawing its masks
        takes a third of a step on CPUs.
        """
        encoder = AutoModel.from_pretrained(
            base_model,
            add_pooling_layer=False,
            attn_implementation="eager",
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=0.0,
        )
        return cls(encoder, n_labels, n_roles)

    @classmethod
    def from_pretrained(cls, folder: Path) -> SentenceClassifier:
        """Load what `save_pretrained` wrote."""
        sizes = json.loads((folder / _SIZES_FILE).read_text())
        config = AutoConfig.from_pretrained(folder / _ENCODER_FOLDER)
        model = cls(
            AutoModel.from_config(config, add_pooling_layer=False, attn_implementation="eager"),
            **sizes,
        )
        model.load_state_dict(load_file(folder / WEIGHTS_FILE))
        return model.eval()

    def save_pretrained(self, folder: Path) -> None:
        """Write weights and sizes into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        sizes = {"n_labels": self.n_labels, "n_roles": self.head.out_features - self.n_labels}
        (folder / _SIZES_FILE).write_text(json.dumps(sizes))
        self.encoder.config.save_pretrained(folder / _ENCODER_FOLDER)
        save_file({k: v.contiguous() for k, v in self.state_dict().items()}, folder / WEIGHTS_FILE)

    def keep_layers(self, number: int) -> None:
        """Drop encoder layers but `number`, evenly spaced from the first to the last.

        Raises:
            FazhiError: there are fewer, or fewer than two are to stay.
        """
        layers = cast(nn.ModuleList, self.encoder.get_submodule("encoder.layer"))
        if not 2 <= number <= len(layers):
            raise FazhiError(
                f"--layers {number}: the encoder has {len(layers)} layers; keep 2 to {len(layers)}"
            )
        kept = [round(i * (len(layers) - 1) / (number - 1)) for i in range(number)]
        self.encoder.set_submodule("encoder.layer", nn.ModuleList(layers[i] for i in kept))
        self.encoder.config.num_hidden_layers = number

    def pool(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Mean of the sentence's token vectors, headings and padding left out: (batch, hidden).

        Type 1 marks the sentence. Headings act through attention only; pooled along, they would
        lend their topic to every sentence below them.
        """
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state  # (batch, length, hidden)
        mask = (attention_mask * token_type_ids).unsqueeze(-1).to(hidden.dtype)
        pooled: Tensor = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
        return pooled

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Topic logits (batch, labels) and role logits (batch, roles), before sigmoid and softmax."""
        pooled = self.pool(input_ids, attention_mask, token_type_ids)
        standard = (pooled - self.pooled_mean) * self.pooled_scale
        logits = self.head(self.dropout(standard))
        return logits[:, : self.n_labels], logits[:, self.n_labels :]

    @torch.inference_mode()
    def fit_standardisation(self, batches: Any) -> None:  # noqa: ANN401 (any iterable of tensor dicts)
        """Fix mean and scale of the pooled vectors from batches of the training set."""
        self.eval()
        pooled = torch.cat([self.pool(**batch).float() for batch in batches])
        self.pooled_mean.copy_(pooled.mean(dim=0))
        self.pooled_scale.copy_(1 / pooled.std(dim=0).clamp(min=1e-6))
