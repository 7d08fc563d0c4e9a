"""The loss of topics and role, that training descends and validation shows."""

from __future__ import annotations

from torch import Tensor, nn


def joint_loss(topic_logits: Tensor, role_logits: Tensor, topics: Tensor, role: Tensor) -> Tensor:
    """Mean over a batch, a scalar; `topics` (batch, labels) and `role` (batch, roles) are probabilities.

    A row of zeros in `role` counts for nothing.
    """
    loss = nn.functional.binary_cross_entropy_with_logits(topic_logits, topics, reduction="none")
    # Summed over labels: a sentence weighs what its labels weigh.
    total = loss.sum(dim=1).mean()
    having_role = role.sum(dim=1) > 0
    if having_role.any():
        total = total + nn.functional.cross_entropy(role_logits[having_role], role[having_role])
    return total
