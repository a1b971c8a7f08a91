"""Rates, caps and rounds of a draft as an Excel workbook (Excelでの編集): out, in, and what coming in would change.

layout   which sheets, columns and rows a draft has
writing  the workbook with these
guard    what a workbook from outside must not hold, seen before any library reads it
reading  the cells of one that may be read
cells    what a typed cell means
rows     rows of cells back into rounds and rate tables
saving   what a workbook would change in a draft, and saving that
"""
