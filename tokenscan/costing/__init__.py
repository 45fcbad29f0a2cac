"""Where the money went: cost by any of person, team, model, app, provider and period, and budgets."""
