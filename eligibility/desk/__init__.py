"""What the officers' desk needs of evaluation: acceptance cases, impact previews, tickets. Registers itself there."""
