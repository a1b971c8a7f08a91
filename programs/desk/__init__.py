"""The officers' desk (担当官の画面): pages within the admin where drafts are written, reviewed and published."""
