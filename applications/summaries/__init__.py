"""The PDF summary (診断結果のまとめ) of a self-check: asked for by its owner, made as a job, kept with the check."""
