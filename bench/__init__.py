"""What we claim about speed, measurable by anyone: ratios taken in one run, described in README.md."""
