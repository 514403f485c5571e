"""A report as a page, a workbook and figures: headings, numbers as text, tables, templates."""
