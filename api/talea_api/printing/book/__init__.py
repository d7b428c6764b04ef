"""The book of a publication: composed once from the graph, then written as PDF, EPUB and HTML."""
