"""What Chatsite adds to allauth's second factors, passkeys and sign-in at an OIDC provider."""
