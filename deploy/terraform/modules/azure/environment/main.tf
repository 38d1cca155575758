# All of one environment. What differs between environments is a variable here and a value in live/azure; nothing else does.
locals {
  name           = "certifiable-${var.environment}"
  pod_cidr       = "192.168.0.0/16"
  resource_group = { name = azurerm_resource_group.this.name, location = azurerm_resource_group.this.location }
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "this" {
  name     = local.name
  location = var.location

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_log_analytics_workspace" "this" {
  name                         = local.name
  resource_group_name          = azurerm_resource_group.this.name
  location                     = azurerm_resource_group.this.location
  sku                          = "PerGB2018"
  retention_in_days            = 365
  local_authentication_enabled = false
}

module "network" {
  source = "../network"

  name           = local.name
  resource_group = local.resource_group
  cidr           = var.cidr
  pod_cidr       = local.pod_cidr
}

module "cluster" {
  source = "../cluster"

  name                   = local.name
  resource_group         = local.resource_group
  kubernetes_version     = var.kubernetes_version
  network_id             = module.network.id
  subnet_id              = module.network.subnet_ids["nodes"]
  pod_cidr               = local.pod_cidr
  api_cidrs              = var.api_cidrs
  admin_group_object_ids = [var.admin_group.object_id]
  node_size              = var.node_size
  nodes                  = var.nodes
  log_workspace_id       = azurerm_log_analytics_workspace.this.id
}

module "identity" {
  source = "../identity"

  name            = local.name
  resource_group  = local.resource_group
  oidc_issuer_url = module.cluster.oidc_issuer_url
}

module "database" {
  source = "../database"

  name                   = local.name
  resource_group         = local.resource_group
  tenant_id              = data.azurerm_client_config.current.tenant_id
  subnet_id              = module.network.subnet_ids["data"]
  dns_zone_id            = module.network.dns_zone_ids["postgresql"]
  sku_name               = var.database.sku_name
  storage_mb             = var.database.storage_mb
  max_connections        = var.database.max_connections
  backup_days            = var.database.backup_days
  geo_redundant_backup   = var.database.geo_redundant_backup
  admin_group            = var.admin_group
  administrator_password = var.administrator_password
  log_workspace_id       = azurerm_log_analytics_workspace.this.id
}

module "register" {
  source = "../register"

  name               = local.name
  resource_group     = local.resource_group
  read_locations     = var.register.read_locations
  zone_redundant     = var.register.zone_redundant
  max_throughput     = var.register.max_throughput
  endpoint_subnet_id = module.network.subnet_ids["private-endpoints"]
  dns_zone_id        = module.network.dns_zone_ids["cosmos"]
  principal_ids      = { api = module.identity.principal_ids["api"], events = module.identity.principal_ids["events"] }
}

module "events" {
  source = "../events"

  name                = local.name
  resource_group      = local.resource_group
  sender_principal_id = module.identity.principal_ids["events"]
  endpoint_subnet_id  = module.network.subnet_ids["private-endpoints"]
  dns_zone_id         = module.network.dns_zone_ids["events"]
}

module "storage" {
  source = "../storage"

  name                = local.name
  resource_group      = local.resource_group
  uploads_account     = var.storage.uploads_account
  uploads_replication = var.storage.uploads_replication
  backups_account     = var.storage.backups_account
  backups_replication = var.storage.backups_replication
  endpoint_subnet_id  = module.network.subnet_ids["private-endpoints"]
  blobs_dns_zone_id   = module.network.dns_zone_ids["blobs"]
  log_workspace_id    = azurerm_log_analytics_workspace.this.id
  principal_ids       = { for component in ["api", "feedback", "delivery"] : component => module.identity.principal_ids[component] }
}

module "vault" {
  source = "../vault"

  name                    = local.name
  vault                   = var.vault
  resource_group          = local.resource_group
  tenant_id               = data.azurerm_client_config.current.tenant_id
  reader_principal_id     = module.identity.principal_ids["vault-reader"]
  officer_group_object_id = var.admin_group.object_id
  admin_cidrs             = var.admin_cidrs
  endpoint_subnet_id      = module.network.subnet_ids["private-endpoints"]
  dns_zone_id             = module.network.dns_zone_ids["vault"]
  log_workspace_id        = azurerm_log_analytics_workspace.this.id
}

# After the chart's first installation, which makes the Private Link Service.
module "edge" {
  count  = var.private_link_service == null ? 0 : 1
  source = "../edge"

  name                    = local.name
  resource_group          = local.resource_group
  host                    = var.host
  private_link_service_id = "/subscriptions/${data.azurerm_client_config.current.subscription_id}/resourceGroups/${module.cluster.node_resource_group}/providers/Microsoft.Network/privateLinkServices/${var.private_link_service}"
  log_workspace_id        = azurerm_log_analytics_workspace.this.id
}
