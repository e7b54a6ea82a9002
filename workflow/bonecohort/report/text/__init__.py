"""Sentences: methods with their citations, results, agreement, the STROBE checklist."""
