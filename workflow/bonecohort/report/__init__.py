"""The report: figures, quality control pictures, the web page and the Word tables."""
