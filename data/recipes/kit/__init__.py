"""What every recipe shares: the job contract, shards, scores, weights. numpy only."""
