"""The key for the fingerprints of drift: how its secret is called, and what to do where there is none."""

NAMED_BY = "HANDRAIL_DRIFT_KEY_SECRET"
"""The variable that names the secret to a build."""

NAME = "handrail/drift-key"

REMEDY = (
    'Make it once: aws secretsmanager create-secret --name {} --secret-string "$(openssl rand -hex 32)".'
    " With another key, everything that is open is told once more as changed."
)


def missing(name: str) -> str:
    """What a person reads where Secrets Manager has no such secret."""
    return f"There is no secret {name}, which {NAMED_BY} names. {REMEDY.format(name)}"
