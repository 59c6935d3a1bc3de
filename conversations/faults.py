"""The plain words for everything that can go wrong, by code; pages, sockets, API and terminal all read them here."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Fault:
    """What happened (`text`), what to do (`advice`), and whether trying the same again can help."""

    text: str | Promise
    advice: str | Promise
    retryable: bool = True


def _anew() -> str:
    words = gettext(
        "Your text is kept. Counting starts anew at midnight (%(zone)s). An administrator can raise the limit."
    )
    return words % {"zone": settings.TIME_ZONE}


_ANEW = lazy(_anew, str)()

FAULTS: dict[str, Fault] = {
    # A reply's, from its backend
    "upstream_down": Fault(
        _("The model server does not answer."),
        _("Your message is kept. Try again when it is up; whoever runs this site can start it."),
    ),
    "upstream_timeout": Fault(
        _("The model server took the question and sent nothing back."),
        _("Your message is kept. Try again, or choose a smaller model."),
    ),
    "upstream_stalled": Fault(
        _("The model server stopped sending."), _("The text so far is kept. Continue from here, or try again.")
    ),
    "upstream_lost": Fault(
        _("The connection to the model server broke off."),
        _("The text so far is kept. Continue from here, or try again."),
    ),
    "upstream_protocol": Fault(
        _("The model server sent something that is not a reply."),
        _("Check that the address is a model server’s, then try again."),
    ),
    "upstream_error": Fault(
        _("The model server reported an error."), _("The text so far is kept. Try again, or choose another model.")
    ),
    "model_missing": Fault(
        _("The model server does not have this model."),
        _("Choose another model, or have this one installed."),
        retryable=False,
    ),
    "server_gone": Fault(
        _("The model server of this chat is gone: an administrator removed it or switched it off."),
        _("Your message is kept. Choose another model, then try again."),
        retryable=False,
    ),
    "refused": Fault(
        _("The model server refused the question."),
        _("Change the settings or the model, then try again."),
        retryable=False,
    ),
    "model_cannot_see": Fault(
        _("The model cannot see images."),
        _("Choose a model with vision, or send the message without the images."),
        retryable=False,
    ),
    "model_cannot_use_tools": Fault(
        _("The model cannot use tools."), _("Choose a model with tools, or turn the tools off."), retryable=False
    ),
    "too_much_context": Fault(
        _("The conversation is longer than the model can read."),
        _("Start a new chat, shorten the message, or raise the context length."),
        retryable=False,
    ),
    "out_of_memory": Fault(
        _("The model does not fit into the server’s memory."),
        _("Choose a smaller model or a shorter context."),
    ),
    "unauthorized": Fault(
        _("The model server wants a sign-in that this site does not have."),
        _("An administrator can set it up."),
        retryable=False,
    ),
    "key_unreadable": Fault(
        _("The key of this model server cannot be read any more."),
        _("SECRET_KEY was changed. An administrator has to enter the key again."),
        retryable=False,
    ),
    "busy": Fault(_("The model server is busy."), _("Your message is kept. Try again in a moment.")),
    "answer_too_long": Fault(
        _("The reply grew past the limit and was cut."), _("The text so far is kept."), retryable=False
    ),
    "interrupted": Fault(_("The reply was interrupted."), _("The text so far is kept. Continue from here.")),
    "internal": Fault(
        _("The reply failed inside Chatsite."), _("The text so far is kept. Try again; the log has the cause.")
    ),
    # A tool's call, which the model reads too
    "tool_unknown": Fault(_("The model asked for a tool that is not on here."), _("It was told so."), retryable=False),
    "tool_arguments": Fault(_("The tool cannot use what the model gave it."), _("It was told so."), retryable=False),
    "tool_failed": Fault(_("The tool reported an error."), _("The model was told so."), retryable=False),
    "tool_timeout": Fault(_("The tool did not answer in time."), _("The model was told so."), retryable=False),
    "tool_died": Fault(
        _("The tool’s server is gone."),
        _("The model was told so. An administrator can test the server."),
        retryable=False,
    ),
    "tool_flooded": Fault(
        _("The tool’s server sent too much."),
        _("The model was told so. An administrator can test the server."),
        retryable=False,
    ),
    "tool_refused": Fault(_("Refused."), _("The model was told so."), retryable=False),
    "tool_unanswered": Fault(_("Nobody allowed this call in time."), _("The model was told so."), retryable=False),
    "tool_unapproved": Fault(
        _("This call needs a person’s approval."), _("Ask from the chat page, where it can be given."), retryable=False
    ),
    # A frame's, from the socket or the API
    "bad_json": Fault(_("That was not readable."), _("Reload the page."), retryable=False),
    "bad_frame": Fault(_("That was not readable."), _("Reload the page."), retryable=False),
    "bad_field": Fault(_("A value was not accepted."), _("Change it and try again."), retryable=False),
    "unknown_type": Fault(_("This page is older than the server."), _("Reload the page."), retryable=False),
    "not_found": Fault(_("This is not here any more."), _("It may have been deleted."), retryable=False),
    "empty": Fault(_("The message is empty."), _("Write something first."), retryable=False),
    "too_long": Fault(
        _("The message is too long."), _("The limit is 128 KiB. Shorten it; your text is kept."), retryable=False
    ),
    "conversation_busy": Fault(
        _("A reply is still being written here."), _("Your text is kept. Wait for the reply, or stop it.")
    ),
    "too_many_replies": Fault(_("You have too many replies waiting."), _("Your text is kept. Wait until one is done.")),
    "quota_messages": Fault(_("Your messages of today are used up."), _ANEW),
    "quota_tokens": Fault(_("Your tokens of today are used up."), _ANEW),
    "no_temporary": Fault(
        _("You cannot begin a temporary chat now: what you have is kept by a hold of this site’s staff."),
        _("Your text is kept. Send it in an ordinary chat."),
        retryable=False,
    ),
    "sharing_barred": Fault(
        _("A link to this conversation was stopped by this site’s staff."),
        _("Ask them if it is to be shared again."),
        retryable=False,
    ),
    "slow_down": Fault(_("That was too fast."), _("Your text is kept. Try again in a moment.")),
    "storage_busy": Fault(_("The database is busy."), _("Your text is kept. Try again in a moment.")),
    "attachment_gone": Fault(
        _("A file of this message is not here any more."), _("Remove it, and add it again."), retryable=False
    ),
    "too_many_files": Fault(_("A message takes ten files at most."), _("Remove some."), retryable=False),
    "unknown_request": Fault(
        _("What was asked then is not all here any more, so it cannot be asked again exactly."),
        _("Answer again instead."),
        retryable=False,
    ),
    "no_model": Fault(_("No model is chosen."), _("Choose one, then send again."), retryable=False),
}

# A file's that is not taken. Not for the page: the answer to the upload says them, with its values put in.
UPLOADS: dict[str, Fault] = {
    "file_missing": Fault(_("No file came."), _("Send one file as the field “file”."), retryable=False),
    "file_empty": Fault(_("The file is empty."), _("Choose another one."), retryable=False),
    "file_size": Fault(
        _("The file has %(size)s MB. The limit is %(limit)s MB."), _("Make it smaller, or split it."), retryable=False
    ),
    "file_binary": Fault(
        _("This is neither a picture nor a text nor a PDF."),
        _("PNG, JPEG, WebP, GIF, PDF and every kind of plain text can be added."),
        retryable=False,
    ),
    "file_office": Fault(
        _("Office documents and archives are not read."), _("Save it as PDF or as text, and add that."), retryable=False
    ),
    "file_heavy": Fault(
        _("Reading the file took too much time or memory."),
        _("It may be damaged. Save it anew in a simpler form."),
        retryable=False,
    ),
    "image_format": Fault(
        _("This picture format is not read."), _("Save it as PNG, JPEG, WebP or GIF."), retryable=False
    ),
    "image_pixels": Fault(
        _("The picture has %(width)s × %(height)s pixels. The limit is %(limit)s million."),
        _("Make it smaller."),
        retryable=False,
    ),
    "image_broken": Fault(_("The picture is damaged."), _("Open and save it anew."), retryable=False),
    "text_length": Fault(
        _("The text has %(length)s characters. The limit is %(limit)s."), _("Add a part of it."), retryable=False
    ),
    "pdf_broken": Fault(_("The PDF is damaged."), _("Print it into a new PDF."), retryable=False),
    "pdf_locked": Fault(_("The PDF is locked with a password."), _("Save a copy without one."), retryable=False),
    "pdf_empty": Fault(
        _("There is no text in this PDF. It is probably scanned."), _("Add its pages as pictures."), retryable=False
    ),
    "too_many_uploads": Fault(
        _("%(count)s of your files are not sent yet. That is the limit."), _("Send or remove some."), retryable=False
    ),
    "no_room": Fault(
        _("Your files take %(used)s MB of the %(limit)s MB that you have; this one needs %(size)s MB."),
        _("Remove files that are not sent, or ask an administrator for more space."),
        retryable=False,
    ),
    "busy_reading": Fault(_("Too many files are being read."), _("Try again in a moment.")),
}


# The library's. Not for the chat page.
LIBRARY: dict[str, Fault] = {
    "bad_name": Fault(
        _("This is not a name that a model can have."),
        _(
            "Names look like llama3.2, qwen3:8b or hf.co/user/model:Q4_K_M. Each part has up to 80 letters (A to Z), "
            "digits, underscores, dots and hyphens."
        ),
        retryable=False,
    ),
    "not_published": Fault(
        _("There is no model of this name to download."),
        _("Check the spelling and the tag after the colon; ollama.com/library lists the names."),
        retryable=False,
    ),
    "disk_full": Fault(
        _("The model server’s disk is full."), _("What has arrived is kept. Delete a model, then resume.")
    ),
    "digest_mismatch": Fault(
        _("A part arrived damaged, and the model server has thrown it away."),
        _("Resume: only that part is fetched again."),
    ),
    "registry_unauthorized": Fault(
        _("The registry does not let this model server in."),
        _("Sign the model server in there, or use a name that it owns."),
        retryable=False,
    ),
    "registry_down": Fault(
        _("The model server cannot reach the registry."), _("What has arrived is kept. Resume when it can.")
    ),
    "transfer_lost": Fault(
        _("The connection to the model server broke off."), _("What has arrived is kept. Resume to go on from there.")
    ),
    "library_unsupported": Fault(
        _("This model server has no way to do that."), _("It works with an Ollama server."), retryable=False
    ),
    "too_many_jobs": Fault(_("Eight jobs are running already."), _("Wait until one is done, or stop one.")),
    # What is said of a reply above, here of a job
    "upstream_down": Fault(_("The model server does not answer."), _("Start it, then try again.")),
    "upstream_timeout": Fault(_("The model server sent nothing back."), _("Try again, or look at its log.")),
    "upstream_stalled": Fault(
        _("The model server stopped sending."), _("What has arrived is kept. Resume to go on from there.")
    ),
    "upstream_error": Fault(_("The model server reported an error."), _("Its own words are below.")),
    "upstream_protocol": Fault(
        _("The model server sent something that is not an answer."),
        _("Check that the address is a model server’s, then try again."),
    ),
    "refused": Fault(_("The model server refused."), _("Its own words are below."), retryable=False),
    "model_missing": Fault(
        _("The model server does not have this model."), _("It may have been deleted."), retryable=False
    ),
    "server_gone": Fault(
        _("This model server is gone: an administrator removed it or switched it off."),
        _("Choose another one."),
        retryable=False,
    ),
    "busy": Fault(_("The model server is busy."), _("Try again in a moment.")),
    "interrupted": Fault(
        _("Nobody works on this any more."), _("What has arrived is kept. Resume to go on from there.")
    ),
    "internal": Fault(_("This failed inside Chatsite."), _("Try again; the log has the cause.")),
}


def fault(code: str) -> Fault:
    """The words for `code`; an unknown code gets the general ones."""
    return FAULTS.get(code) or LIBRARY.get(code) or FAULTS["internal"]


def library_fault(code: str) -> Fault:
    """The words for `code` where it is not a reply that failed, but a change of what is installed."""
    return LIBRARY.get(code) or FAULTS.get(code) or LIBRARY["internal"]
