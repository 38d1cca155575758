# Facts live here and nowhere else: a standby in another zone, any second of the last weeks to go back to, no public address.
resource "azurerm_postgresql_flexible_server" "this" {
  #checkov:skip=CKV_AZURE_136:a variable: on in production
  #checkov:skip=CKV2_AZURE_57:it has no public address: it lies in a subnet of ours

  name                = var.name
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  version             = var.engine_version
  sku_name            = var.sku_name
  storage_mb          = var.storage_mb
  auto_grow_enabled   = true

  delegated_subnet_id           = var.subnet_id
  private_dns_zone_id           = var.dns_zone_id
  public_network_access_enabled = false

  zone = "1"

  high_availability {
    mode                      = "ZoneRedundant"
    standby_availability_zone = "2"
  }

  backup_retention_days        = var.backup_days
  geo_redundant_backup_enabled = var.geo_redundant_backup

  # The application's role signs in with a password, people with Entra ID. The administrator's password is given to Azure and to
  # nobody else: neither the plan nor the state holds it, and nobody needs it again.
  administrator_login               = "certadmin"
  administrator_password_wo         = var.administrator_password
  administrator_password_wo_version = var.administrator_password_version

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = true
    tenant_id                     = var.tenant_id
  }

  maintenance_window {
    day_of_week  = 0
    start_hour   = 2
    start_minute = 30
  }

  lifecycle {
    prevent_destroy = true
    # A failover swaps them.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }
}

resource "azurerm_postgresql_flexible_server_active_directory_administrator" "group" {
  server_name         = azurerm_postgresql_flexible_server.this.name
  resource_group_name = var.resource_group.name
  tenant_id           = var.tenant_id
  object_id           = var.admin_group.object_id
  principal_name      = var.admin_group.name
  principal_type      = "Group"
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = "certifiable"
  server_id = azurerm_postgresql_flexible_server.this.id
  charset   = "UTF8"
  collation = "en_US.utf8"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "this" {
  for_each = {
    require_secure_transport            = "on"
    ssl_min_protocol_version            = "TLSv1.2"
    TimeZone                            = "UTC"
    max_connections                     = tostring(var.max_connections)
    idle_in_transaction_session_timeout = "60000"
    log_connections                     = "on"
    log_checkpoints                     = "on"
    log_lock_waits                      = "on"
    log_min_duration_statement          = "1000"
    log_parameter_max_length            = "0"
    log_parameter_max_length_on_error   = "0"
  }

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = each.value
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "logs"
  target_resource_id         = azurerm_postgresql_flexible_server.this.id
  log_analytics_workspace_id = var.log_workspace_id

  enabled_log {
    category = "PostgreSQLLogs"
  }

  enabled_metric {
    category = "AllMetrics"
  }
}
