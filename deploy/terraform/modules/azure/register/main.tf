# The public register, as publication/register/cosmos.ts wants it: point reads by id, one region that takes writes. A copy, which `npm run
# register -- rebuild` makes anew from the records.
resource "azurerm_cosmosdb_account" "this" {
  #checkov:skip=CKV_AZURE_100:public data, with Microsoft's keys: docs/decisions/0008

  name                = var.name
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  kind                = "GlobalDocumentDB"
  offer_type          = "Standard"
  minimal_tls_version = "Tls12"

  # Between several regions that take writes the last one wins, not the highest revision: the application refuses such an account.
  multiple_write_locations_enabled = false
  automatic_failover_enabled       = length(var.read_locations) > 0

  # Identities alone, and none of them by the account's keys.
  local_authentication_disabled      = true
  access_key_metadata_writes_enabled = false
  public_network_access_enabled      = false

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = var.resource_group.location
    failover_priority = 0
    zone_redundant    = var.zone_redundant
  }

  dynamic "geo_location" {
    for_each = var.read_locations

    content {
      location          = geo_location.value
      failover_priority = geo_location.key + 1
    }
  }

  backup {
    type = "Continuous"
    tier = "Continuous7Days"
  }
}

resource "azurerm_cosmosdb_sql_database" "this" {
  name                = "certifiable"
  resource_group_name = var.resource_group.name
  account_name        = azurerm_cosmosdb_account.this.name
}

resource "azurerm_cosmosdb_sql_container" "this" {
  name                  = "register"
  resource_group_name   = var.resource_group.name
  account_name          = azurerm_cosmosdb_account.this.name
  database_name         = azurerm_cosmosdb_sql_database.this.name
  partition_key_paths   = ["/id"]
  partition_key_version = 2

  autoscale_settings {
    max_throughput = var.max_throughput
  }

  # Point reads need no index, and the check of revisions this one.
  indexing_policy {
    indexing_mode = "consistent"

    included_path {
      path = "/revision/?"
    }

    excluded_path {
      path = "/*"
    }
  }
}

resource "azurerm_private_endpoint" "this" {
  name                = "${var.name}-cosmos"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  subnet_id           = var.endpoint_subnet_id

  private_service_connection {
    name                           = "cosmos"
    private_connection_resource_id = azurerm_cosmosdb_account.this.id
    subresource_names              = ["Sql"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "cosmos"
    private_dns_zone_ids = [var.dns_zone_id]
  }
}

# Built-in roles of Cosmos DB's own: 1 reads, 2 reads and writes. The API only reads.
locals {
  roles = { api = "00000000-0000-0000-0000-000000000001", events = "00000000-0000-0000-0000-000000000002" }
}

resource "azurerm_cosmosdb_sql_role_assignment" "this" {
  for_each = local.roles

  resource_group_name = var.resource_group.name
  account_name        = azurerm_cosmosdb_account.this.name
  role_definition_id  = "${azurerm_cosmosdb_account.this.id}/sqlRoleDefinitions/${each.value}"
  principal_id        = var.principal_ids[each.key]
  scope               = azurerm_cosmosdb_account.this.id
}
