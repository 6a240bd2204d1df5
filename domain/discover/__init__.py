"""What somebody may like next: similar moments, rising best parts, and news of whom they follow."""
