"""Why did a number change? Two sets of rows compared, from the store to one sentence."""
