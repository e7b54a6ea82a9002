"""The printed tables as Word, Excel, LaTeX and CSV files."""
