"""The training losses: next-token cross-entropy, phoneme CTC on the encoder, and guided attention."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import WhisperForConditionalGeneration

from theresa_training.examples import IGNORE
from theresa_training.feeding import DeviceBatch
from theresa_training.model import ALIGNMENT_HEADS, decode, encode

LABEL_SMOOTHING = 0.02
_FRAME_S = 0.02
_SLACK_S = 0.06


@dataclass(frozen=True, slots=True)
class Losses:
    """The three losses of a batch, as scalars."""

    cross_entropy: Tensor
    ctc: Tensor
    """CTC loss per phoneme."""

    guided: Tensor
    """Guided attention."""

    def total(self, progress: float) -> Tensor:
        """Return the weighted sum; the auxiliary losses fade with the progress in [0, 1]."""
        return (
            self.cross_entropy + (0.6 * (1 - progress) + 0.05) * self.ctc + (0.3 * (1 - progress) + 0.02) * self.guided
        )


def ctc_loss(logits: Tensor, phonemes: Tensor, counts: Tensor) -> Tensor:
    """Return the connectionist temporal classification loss (Graves et al. 2006) per phoneme; the last class is blank.

    Args:
        logits: (n, frames, classes).
        phonemes: Phonemes of all examples, concatenated.
        counts: Phonemes per example, on the CPU.
    """
    if not len(phonemes):
        return logits.sum() * 0.0
    loss = functional.ctc_loss(
        logits.float().log_softmax(-1).transpose(0, 1),
        phonemes,
        torch.full((len(counts),), logits.shape[1]),
        counts,
        blank=logits.shape[-1] - 1,
        reduction="none",
        zero_infinity=True,
    )
    # Otherwise, windows with little or no speech would outweigh all others.
    return (loss / counts.clamp(min=logits.shape[1] // 10).to(loss.device, non_blocking=True)).mean()


def guided_attention_loss(weights: Tensor, token_times: Tensor) -> Tensor:
    """Return minus the log of the attention that the alignment heads give to each token's time span.

    After Tachibana et al. 2018, with known word times instead of a diagonal.

    Args:
        weights: (n, heads, tokens, frames).
        token_times: (n, tokens, 2) in seconds, -1 for none.
    """
    known = token_times[:, :, 0] >= 0
    times = torch.arange(weights.shape[-1], device=weights.device) * _FRAME_S
    inside = (times >= token_times[:, :, :1] - _SLACK_S) & (times <= token_times[:, :, 1:] + _SLACK_S)
    mass = (weights[:, :ALIGNMENT_HEADS].float() * inside[:, None]).sum(-1)
    logs = mass.clamp(min=1e-6).log() * known[:, None]
    # The mean over the known tokens, without waiting for a GPU to count them.
    return -logs.sum() / (known.sum() * mass.shape[1]).clamp(min=1)


def compute(
    model: WhisperForConditionalGeneration, head: nn.Linear, batch: DeviceBatch, read_only: bool = False
) -> Losses:
    """Return the losses of a batch. With ``read_only`` the CTC loss trains the head without changing the encoder."""
    with torch.autocast(batch.features.device.type, torch.bfloat16):
        memory = encode(model, batch.features)
        logits, weights = decode(model, batch.inputs, memory)
        phonemes = head(memory.detach() if read_only else memory)
    cross_entropy = functional.cross_entropy(
        logits.float().flatten(0, 1),
        batch.targets.flatten(),
        ignore_index=IGNORE,
        label_smoothing=LABEL_SMOOTHING,
    )
    guided = guided_attention_loss(weights, batch.token_times)
    return Losses(cross_entropy, ctc_loss(phonemes, batch.phonemes, batch.phoneme_counts), guided)
