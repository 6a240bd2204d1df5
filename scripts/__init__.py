"""Scripts behind the Makefile: set up the environment, generate the schema and README parts."""
