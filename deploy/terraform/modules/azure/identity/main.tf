# Identities for the service accounts that ask Azure for something. A component that is not here has none: it talks to PostgreSQL
# and Temporal, and neither asks for one.
resource "azurerm_user_assigned_identity" "this" {
  for_each = toset(["api", "feedback", "delivery", "events", "vault-reader"])

  name                = "${var.name}-${each.key}"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
}

# The API takes uploads and reads the register; `feedback` writes documents; `delivery` removes what is left over; `events` feeds the
# register and sends to Event Grid; `vault-reader` is External Secrets'. What each may do is written where it may do it (../storage,
# ../register, ../events, ../vault).
resource "azurerm_federated_identity_credential" "this" {
  for_each = azurerm_user_assigned_identity.this

  name                      = "aks"
  user_assigned_identity_id = each.value.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = var.oidc_issuer_url
  subject                   = "system:serviceaccount:${var.namespace}:${each.key}"
}
