"""From a PACS export to a study folder: find the files, group them, propose, write the tables."""
