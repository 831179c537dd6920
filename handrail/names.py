"""The names under which a project's machines, functions and builds are deployed."""

PREFIX = "handrail-"
"""What the name of everything that Handrail deploys begins with; IAM policies and people find it by that."""
