"""Takes conversations in: our own transcripts, and the exports of ChatGPT and Open WebUI, alone, in lists or in a zip.

All of a conversation or nothing, and never the word of a file for what must hold.
"""

from conversations.transcripts.importing.errors import Unreadable
from conversations.transcripts.importing.own import read_transcript
from conversations.transcripts.importing.reading import drafts, take_all
from conversations.transcripts.importing.report import Outcome
from conversations.transcripts.importing.storing import Imported, store, take
from conversations.transcripts.importing.trees import Draft

__all__ = ["Draft", "Imported", "Outcome", "Unreadable", "drafts", "read_transcript", "store", "take", "take_all"]
