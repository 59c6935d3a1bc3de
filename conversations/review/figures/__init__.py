"""Figures of the site for staff: what was asked, written and failed, and how quick it was."""
