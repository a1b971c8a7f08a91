"""A document in words (文書を言葉に): its parts' names, its differences, the printed table, the readable whole."""
