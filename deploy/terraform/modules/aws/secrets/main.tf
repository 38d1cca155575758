# Names alone: a person puts the values there (deploy/terraform/README.md), so that no plan and no state ever holds one.
resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:signing keys, API keys and passwords of others are rotated by people: docs/runbooks

  for_each = {
    certifiable-database        = "url: how migrations reach PostgreSQL, with the password of the owner of the tables"
    certifiable-database-logins = "by component: how it reaches PostgreSQL, with the password of its own login"
    certifiable-database-ca     = "the authorities of RDS in this region, as PEM: nothing secret, and the same way into the pods"
    certifiable-receipts        = "jwks: private keys that sign receipts, the first one first"
    certifiable-credentials     = "jwks: private keys that sign certificates"
    certifiable-issuer-keys     = "statement: which keys sign certificates, signed by the root key; nothing secret"
    certifiable-secret-keys     = "jwks: by which secrets that lie in the database are sealed"
    certifiable-codec-keys      = "jwks: by which what Temporal keeps is encrypted, the first one first"
    certifiable-temporal        = "apiKey: of Temporal Cloud"
    certifiable-smtp            = "url: of the mail server, with user and password"
  }

  name                    = "${var.environment}/${each.key}"
  description             = each.value
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}
