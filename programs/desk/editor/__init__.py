"""The editor of drafts (案の編集): pages of plain forms, made from the schema of the programme document."""
