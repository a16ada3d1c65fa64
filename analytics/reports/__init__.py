"""Reports that officers read and print: the same id gives the same bytes."""
