# An empty vault: a person puts the values there (deploy/terraform/README.md), so that no plan and no state ever holds one. Names
# are those of the Kubernetes Secrets that External Secrets makes of them.
resource "azurerm_key_vault" "this" {
  #checkov:skip=CKV_AZURE_189:off unless admin_cidrs names somebody

  name                = var.vault
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  tenant_id           = var.tenant_id
  sku_name            = "standard"

  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = length(var.admin_cidrs) > 0

  # By the private endpoint, and for a person who puts a value there from one of these.
  network_acls {
    bypass         = "None"
    default_action = "Deny"
    ip_rules       = var.admin_cidrs
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_role_assignment" "reader" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = var.reader_principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "officer" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = var.officer_group_object_id
  principal_type       = "Group"
}

resource "azurerm_private_endpoint" "this" {
  name                = "${var.name}-vault"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  subnet_id           = var.endpoint_subnet_id

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.this.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [var.dns_zone_id]
  }
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "audit"
  target_resource_id         = azurerm_key_vault.this.id
  log_analytics_workspace_id = var.log_workspace_id

  enabled_log {
    category = "AuditEvent"
  }
}
