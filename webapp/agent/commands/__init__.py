"""The agent's commands: each module has `run(options, environment)`, which returns an exit code."""
