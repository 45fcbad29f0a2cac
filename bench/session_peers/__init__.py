"""Claude Code and Codex session folders read by tokenscan and by the programs people use for them today."""
