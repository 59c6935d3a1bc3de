"""How long things are kept, on the site: the trash, and temporary chats."""
