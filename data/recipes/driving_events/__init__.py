"""See recipe.json."""
