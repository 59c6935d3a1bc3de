"""The page on which people export their conversations, and exporters those of others."""
