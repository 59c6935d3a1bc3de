"""The options in words: what people are shown of each, in the order and the groups of the form."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Option:
    """`usual` is what most models do when it is not set."""

    label: Words
    help: Words
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Options that belong together; those without a label are in everybody's sight."""

    name: str
    label: Words
    options: tuple[str, ...]


GROUPS = (
    Group("", "", ("temperature", "num_predict")),
    Group("sampling", _("Sampling"), ("top_p", "top_k", "min_p", "typical_p", "seed", "logprobs")),
    Group(
        "repetition",
        _("Repetition"),
        ("repeat_penalty", "repeat_last_n", "presence_penalty", "frequency_penalty"),
    ),
    Group("length", _("Length and context"), ("num_ctx", "num_keep", "truncate", "shift", "stop")),
    Group(
        "loading",
        _("Loading"),
        ("keep_alive", "num_batch", "num_gpu", "main_gpu", "num_thread", "use_mmap", "draft_num_predict"),
    ),
)

OPTIONS: dict[str, Option] = {
    "temperature": Option(_("Temperature"), _("Low keeps to the likely words, high takes more chances."), "0.8"),
    "num_predict": Option(_("Longest reply"), _("Tokens after which the reply is cut; −1 for no limit.")),
    "top_p": Option("Top p", _("Chooses among the likeliest words that together have this probability."), "0.9"),
    "top_k": Option("Top k", _("Chooses among this many of the likeliest words."), "40"),
    "min_p": Option("Min p", _("Leaves out words this much less likely than the likeliest one."), "0"),
    "typical_p": Option("Typical p", _("Keeps to words that are about as surprising as usual."), "1"),
    "seed": Option(_("Seed"), _("The same number gives the same reply to the same question.")),
    "logprobs": Option(
        _("Token confidence"),
        _("Keeps how sure the model was of each word, and this many it could have taken instead."),
    ),
    "repeat_penalty": Option(_("Repeat penalty"), _("Above 1 avoids words that were used just before."), "1"),
    "repeat_last_n": Option(
        _("Repeat window"), _("How many tokens back count as just before; −1 for the whole context."), "64"
    ),
    "presence_penalty": Option(_("Presence penalty"), _("Above 0 avoids words that were used at all."), "0"),
    "frequency_penalty": Option(
        _("Frequency penalty"), _("Above 0 avoids words the more, the more often they were used."), "0"
    ),
    "num_ctx": Option(_("Context length"), _("Tokens the model reads at once.")),
    "num_keep": Option(_("Kept from the start"), _("Tokens at the beginning that stay when the context is full."), "4"),
    "truncate": Option(
        _("Leave out the oldest"),
        _("What the model cannot read at once is left out. Off: the question is refused instead."),
    ),
    "shift": Option(
        _("Write past the context"), _("The oldest text makes room while the model writes. Off: the reply ends.")
    ),
    "stop": Option(_("Stop at"), _("The reply ends before any of these texts. One a line, at most 16.")),
    "keep_alive": Option(
        _("Keep loaded"),
        _("Seconds, or a duration such as 5m or 1h30m; 0 frees the memory at once, −1 never."),
        "5m",
    ),
    "num_batch": Option(_("Batch size"), _("Tokens of the prompt that are worked through at a time."), "512"),
    "num_gpu": Option(
        _("Layers on the GPU"), _("How many of the model’s layers; 0 for the CPU alone, −1 to let the server decide.")
    ),
    "main_gpu": Option(_("Main GPU"), _("The number of the GPU that does what is not shared out.")),
    "num_thread": Option(_("CPU threads"), _("How many; 0 to let the server decide.")),
    "use_mmap": Option(_("Map the file"), _("Reads the model’s file as it is needed instead of all at once.")),
    "draft_num_predict": Option(_("Draft tokens"), _("How many tokens a draft model guesses ahead; 0 for none.")),
}
