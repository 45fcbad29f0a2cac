"""The two tables every later step works on, and how raw rows become them."""
