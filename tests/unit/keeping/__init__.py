"""How long things are kept: trash, retention, holds, purges, temporary chats."""
