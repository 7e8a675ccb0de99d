"""What leaves the program and what comes in: the export, the PDF, the import."""
