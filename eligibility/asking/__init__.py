"""How the self-check asks (質問): the questions of fixtures/questions.yaml as forms, and answers read from them.

questions  the document, checked against the vocabulary
months     which months a grid of monthly sales asks for
fields     one form field per fact type: what people type, in the contract's values
asked      what a template needs to draw one question
forms      a page's questions as one Django form
"""
