"""What stood out, judged: findings, waste, risk, suppressions."""
