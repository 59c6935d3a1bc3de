"""Servers that run models, each behind the interface of `base`; no Django in here."""
