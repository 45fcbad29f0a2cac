"""Write a population: logs in a format of the user's choice, context files, and the truth."""
