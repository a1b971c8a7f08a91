"""Pages of the supporter's desk (支援者の机), below /desk/."""
