"""The consultation sheet (相談シート): a frozen context, its HTML, its PDF; drafts, final sheets and their seals."""
