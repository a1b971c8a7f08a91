"""The eligibility engine (適格判定エンジン): pure rules, three values, exact money.

Bottom layer of the project: it imports nothing of Django, of our other packages or of I/O and never reads a
clock. What goes in are plain values (a parsed profile, a date, programme documents); what comes out are frozen
values with a proof for every requirement. Read it in this order:

    facts, profile      what a company may say, and every problem of what it said at once
    truth, criteria/    Kleene logic and the closed set of criterion kinds
    citations, benefit_terms,
    document, linter    one programme version as one typed document, and what must hold before it loads
    money, subsidy, tax exact amounts and intervals
    availability        the call's own clock
    evaluate, answer    documents + profile + date -> verdicts with proofs, and the contract's JSON
"""
