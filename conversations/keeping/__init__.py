"""How long things are kept: the trash, retention, holds, purges, and chats that are not kept at all."""
