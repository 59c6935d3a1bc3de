"""Staff reading conversations: on the record, labelled, assessed, and blind where a project says so."""
