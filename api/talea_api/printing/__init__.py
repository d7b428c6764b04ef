"""Files to take away: a document is put together once, and written as PDF or as DOCX."""
