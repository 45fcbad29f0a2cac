"""Charts of the HTML report: each drawn by Vega-Lite, each with a table of its numbers."""
