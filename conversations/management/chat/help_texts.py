"""What `/?` says."""

from __future__ import annotations

COMMANDS = """\
  /set            settings of this conversation and of the terminal (/? set)
  /show           what is known of the model (/? show)
  /list           the models there are
  /load NAME      another model in a new conversation; or go on with a conversation, by title or identifier
  /save NAME      make a model of this one, with the system prompt, the parameters and the messages so far
  /clear          begin a new conversation with the same settings; this one is kept
  /bye            leave (also Ctrl-D)
  /?, /help       this; /? shortcuts for the keys

\"\"\" begins and ends a message of several lines.
The path of a picture (/…, ./… or ~/…, png, jpg, webp) sends the picture, to a model that sees.
Every conversation is kept, and stands in the browser as well."""

SET = """\
  /set parameter NAME VALUE …   such as temperature 0.2; without a value it is not set any more
  /set system TEXT              what stands ahead of every message
  /set think [LEVEL]            on, off, low, medium, high …; /set nothink
  /set format json              or a JSON schema, or a file with one; /set noformat
  /set tools NAME …             what the model may call; without a name they are listed; /set notools
  /set verbose                  figures after each reply; /set quiet
  /set wordwrap                 lines break between words; /set nowordwrap
  /set history                  what is typed is remembered; /set nohistory"""

SHOW = """\
  /show info          the model in short
  /show license       its licence
  /show modelfile     how it is made
  /show parameters    its parameters, and those of this conversation
  /show system        its system prompt, and that of this conversation
  /show template      its prompt template"""

SHORTCUTS = """\
  Ctrl-C        stop the reply and keep it; at the prompt, drop the line
  Ctrl-D        leave
  Alt-Enter     another line in the same message
  Ctrl-G        write the message in the editor ($EDITOR)
  Tab           complete commands and names
  Up, Down      what was typed before; Ctrl-R searches it
  Ctrl-A, E     to the start, the end of the line
  Ctrl-K, U     cut behind, before the cursor; Ctrl-W the word before it
  Ctrl-L        clear the screen"""

TOPICS = {"set": SET, "show": SHOW, "shortcuts": SHORTCUTS}
