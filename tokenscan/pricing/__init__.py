"""Cost of a call when the log has none: list prices, contract prices, discounts."""
