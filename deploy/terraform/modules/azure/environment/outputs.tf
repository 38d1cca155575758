# Each goes where deploy/terraform/README.md says.

output "cluster" {
  value = { name = module.cluster.name, resource_group = azurerm_resource_group.this.name }
}

output "database_host" {
  value = module.database.host
}

output "register_endpoint" {
  value = module.register.endpoint
}

output "event_grid_endpoint" {
  value = module.events.endpoint
}

output "uploads" {
  value = { endpoint = module.storage.uploads_endpoint, container = module.storage.uploads_container }
}

output "vault_url" {
  value = module.vault.url
}

output "client_ids" {
  value = module.identity.client_ids
}

output "front_door" {
  value = [for edge in module.edge : { host = edge.endpoint_host, validation_token = edge.domain_validation_token }]
}
