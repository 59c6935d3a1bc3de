"""Sign-in at an OpenID Connect provider: loaded only where `OIDC_ISSUER` names one. An app of Django's for allauth."""
