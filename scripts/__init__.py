"""What make uses: bringing the environment up, and keeping the README true."""
