"""The settings of a conversation that a model is sent: their names, types and ranges, once for form, socket and API."""

from conversations.sampling.values import (
    BESIDE_OPTIONS,
    LOAD_TIME,
    Sampling,
    ThinkChoice,
    think_value,
    written,
)

__all__ = ["BESIDE_OPTIONS", "LOAD_TIME", "Sampling", "ThinkChoice", "think_value", "written"]
