"""Score reports against labels: how well they find gaming, and whom they accuse wrongly."""
