"""A person's own data: taken along as a file, or deleted with the account."""
