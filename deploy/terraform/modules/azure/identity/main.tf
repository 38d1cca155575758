# Identities for the service accounts that ask Azure for something. A component that is not here has none: it talks to PostgreSQL,
# Temporal and the share of uploads, and none of them asks for one.
resource "azurerm_user_assigned_identity" "this" {
  for_each = toset(["api", "events", "vault-reader"])

  name                = "${var.name}-${each.key}"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
}

# The API reads the register; `events` feeds it and sends to Event Grid; `vault-reader` is External Secrets'. What each may do
# is written where it may do it (../register, ../events, ../vault).
resource "azurerm_federated_identity_credential" "this" {
  for_each = azurerm_user_assigned_identity.this

  name                      = "aks"
  user_assigned_identity_id = each.value.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = var.oidc_issuer_url
  subject                   = "system:serviceaccount:${var.namespace}:${each.key}"
}
